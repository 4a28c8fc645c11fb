"""A world's director: picks a scenario for each new payment and plays it, step by step.

It reads the world's events and acts through the world's clock, so that a step happens at its due
time whoever asks next and however far time jumps.
"""

from collections import deque
from dataclasses import dataclass

from simulator.engine import points_of_sale
from simulator.engine.errors import SimulatorError
from simulator.engine.events import Event, PaymentChanged
from simulator.engine.records import Payment
from simulator.engine.world import World
from simulator.scripting.actions import Stage
from simulator.scripting.library import Library
from simulator.scripting.scenario import Scenario

__all__ = ["Director", "ScriptStarted", "ScriptStopped"]


@dataclass(frozen=True, slots=True)
class ScriptStarted(Event):
    """A scenario began to play on a payment."""

    payment_id: str
    scenario: str


@dataclass(frozen=True, slots=True)
class ScriptStopped(Event):
    """A scenario stopped; `reason` says why where it did not play to its end."""

    payment_id: str
    scenario: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PlaysStep:
    """Timer: a scenario's step is due."""

    payment_id: str
    number: int


@dataclass(slots=True)
class Run:
    """A scenario at work on a payment: `number` is the step it waits for."""

    scenario: Scenario
    payment_id: str
    number: int = 0


class Director:
    """Plays scenarios in one world.

    Args:
        world: where.
        library: the scenarios there are.
        default: the name of the one for payments that nothing else is chosen for.
    """

    def __init__(self, world: World, library: Library, default: str) -> None:
        self._world = world
        self._library = library
        self._default = library.get(default)
        self._queues: dict[str | None, deque[Scenario]] = {}
        self._runs: dict[str, Run] = {}
        world.handlers[PlaysStep] = self._play
        world.subscribers.append(self._notice)

    @property
    def library(self) -> Library:
        """The scenarios there are."""
        return self._library

    @property
    def default(self) -> str:
        """The scenario for payments that nothing else is chosen for."""
        return self._default.name

    def queued(self) -> list[tuple[str | None, str]]:
        """Returns what waits for payments to come: (PoS id or None for any, scenario)."""
        return [(pos_id, each.name) for pos_id, queue in self._queues.items() for each in queue]

    def queue(self, name: str, pos_id: str | None = None, times: int = 1) -> None:
        """Keeps a scenario for the next payments, of one point of sale or of any.

        Raises:
            UnknownScenario: there is none of this name.
        """
        scenario = self._library.get(name)
        self._queues.setdefault(pos_id, deque()).extend([scenario] * times)

    def playing(self, payment_id: str) -> str | None:
        """Returns the name of the scenario at work on a payment, or None."""
        run = self._runs.get(payment_id)
        return run.scenario.name if run else None

    def hand_over(self, pos_id: str) -> None:
        """A person plays the customer from here on: the script of the active payment stops."""
        payment = self._world.payments.active_on(pos_id)
        if payment is not None:
            self._stop(payment.id, "a simulated user took over")

    def _notice(self, event: Event) -> None:
        if not isinstance(event, PaymentChanged):
            return
        payment = self._world.payments.get(event.payment_id)
        if payment is None:
            return
        if event.before is None:
            self._begin(payment, event.script)
            return
        if event.before.is_active and not event.after.is_active:
            self._send_home(payment.pos_id)
        if payment.id in self._runs:
            self._react(payment)

    def _begin(self, payment: Payment, requested: str | None) -> None:
        scenario = self._pick(payment, requested)
        if scenario is None:
            return
        self._runs[payment.id] = Run(scenario, payment.id)
        self._world.record(ScriptStarted(self._world.clock.now, payment.id, scenario.name))
        self._wait(self._runs[payment.id], payment)

    def _pick(self, payment: Payment, requested: str | None) -> Scenario | None:
        for pos_id in (payment.pos_id, None):
            if queue := self._queues.get(pos_id):
                return queue.popleft()
        if requested is not None:
            return self._library.get(requested)
        check_in = self._world.check_ins.get(payment.pos_id)
        if check_in is not None and not check_in.is_scripted:
            return None
        pos = self._world.points_of_sale.get(payment.pos_id)
        return self._library.that_applies_to(payment, pos) or self._default

    def _react(self, payment: Payment) -> None:
        if payment.state.is_final:
            self._stop(payment.id)
        else:
            self._wait(self._runs[payment.id], payment)

    def _wait(self, run: Run, payment: Payment) -> None:
        """Sets the timer of the step the run has come to, unless its state is still to come."""
        if run.number == len(run.scenario.steps):
            self._stop(payment.id)
            return
        step = run.scenario.steps[run.number]
        command = PlaysStep(payment.id, run.number)
        if step.when not in (None, payment.state):
            self._world.clock.cancel(command)
        elif self._world.clock.due_at(command) is None:
            self._world.clock.schedule(self._world.clock.now + step.after, command)

    def _play(self, world: World, command: PlaysStep) -> None:
        run = self._runs.get(command.payment_id)
        payment = world.payments.get(command.payment_id)
        if run is None or payment is None or run.number != command.number:
            return
        step = run.scenario.steps[run.number]
        run.number += 1
        try:
            step.do.run(Stage(world, payment))
        except SimulatorError as refused:
            self._stop(payment.id, f"step {run.number} ({step.do.word}): {refused}")
            return
        current = world.payments.get(payment.id)
        if current is not None and payment.id in self._runs:
            self._wait(run, current)

    def _stop(self, payment_id: str, reason: str | None = None) -> None:
        run = self._runs.pop(payment_id, None)
        if run is None:
            return
        self._world.clock.cancel(PlaysStep(payment_id, run.number))
        now = self._world.clock.now
        self._world.record(ScriptStopped(now, payment_id, run.scenario.name, reason))

    def _send_home(self, pos_id: str) -> None:
        """A scripted customer leaves once there is nothing left to do at the till."""
        check_in = self._world.check_ins.get(pos_id)
        if check_in is not None and check_in.is_scripted:
            points_of_sale.check_out(self._world, pos_id)
