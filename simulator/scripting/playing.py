"""Plays scripts: steps happen when their state has come and their time is due.

Steps are timers of the world's clock, so that each happens at its own due time whoever asks next
and however far time jumps.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.engine.errors import SimulatorError
from simulator.engine.events import Event
from simulator.engine.records import Payment
from simulator.engine.states import PaymentState
from simulator.engine.world import World
from simulator.scripting.actions import Stage
from simulator.scripting.scenario import Step

__all__ = ["Cursor", "PlaysStep", "ScriptPlayer", "ScriptStarted", "ScriptStopped", "StepBegun"]


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
class StepBegun(Event):
    """A step of a scenario began, counted from 1; what it did follows."""

    payment_id: str
    scenario: str
    number: int
    action: str


@dataclass(frozen=True, slots=True)
class PlaysStep:
    """Timer: a scenario's step is due."""

    payment_id: str
    number: int


@dataclass(slots=True)
class Cursor:
    """How far the script of one payment has come; `reason` says why it stopped before its end."""

    scenario: str
    steps: tuple[Step, ...]
    number: int = 0
    has_stopped: bool = False
    reason: str | None = None

    @property
    def next_step(self) -> Step | None:
        """The step it waits for, or None at its end."""
        return self.steps[self.number] if self.number < len(self.steps) else None


class ScriptPlayer:
    """Plays the scripts of one world's payments.

    Args:
        world: where.
        on_move: told of each payment whose script has come further.
    """

    def __init__(self, world: World, on_move: Callable[[str], None]) -> None:
        self._world = world
        self._on_move = on_move
        self._cursors: dict[str, Cursor] = {}
        world.handlers[PlaysStep] = self._play

    def begin(self, payment: Payment, cursor: Cursor) -> None:
        """Plays a script on a new payment."""
        self._cursors[payment.id] = cursor
        now = self._world.clock.now
        self._world.record(ScriptStarted(now, payment.id, cursor.scenario))
        self._wait(payment, cursor)

    def resume(self, payment_id: str, cursor: Cursor) -> None:
        """Goes on with a script; the timers of the world hold what is due of it."""
        self._cursors[payment_id] = cursor

    def react(self, payment_id: str) -> None:
        """Looks whether a change of the payment is what its script waits for."""
        cursor = self._cursors.get(payment_id)
        payment = self._world.payments.get(payment_id)
        if cursor is not None and payment is not None:
            self._wait(payment, cursor)

    def stop(self, payment_id: str, reason: str | None = None) -> None:
        """Ends the script of a payment, if one is playing."""
        cursor = self._cursors.pop(payment_id, None)
        if cursor is None:
            return
        cursor.has_stopped, cursor.reason = True, reason
        self._on_move(payment_id)
        self._world.clock.cancel(PlaysStep(payment_id, cursor.number))
        now = self._world.clock.now
        self._world.record(ScriptStopped(now, payment_id, cursor.scenario, reason))

    def _wait(self, payment: Payment, cursor: Cursor) -> None:
        """Sets the timer of the step the script has come to, unless its state is still to come."""
        step = cursor.next_step
        if step is None or (payment.state.is_final and not _may_come(step, payment)):
            self.stop(payment.id)
            return
        command = PlaysStep(payment.id, cursor.number)
        if not self._is_time(step, payment):
            self._world.clock.cancel(command)
        elif self._world.clock.due_at(command) is None:
            self._world.clock.schedule(self._world.clock.now + step.after, command)

    def _is_time(self, step: Step, payment: Payment) -> bool:
        if step.when not in (None, payment.state):
            return False
        refunds = self._world.refunds.of_payment(payment.id)
        return step.when_refund is None or any(each.state is step.when_refund for each in refunds)

    def _play(self, world: World, command: PlaysStep) -> None:
        cursor = self._cursors.get(command.payment_id)
        payment = world.payments.get(command.payment_id)
        step = cursor.next_step if cursor is not None else None
        if cursor is None or payment is None or step is None or step.do is None:
            return
        cursor.number += 1
        self._on_move(payment.id)
        begun = StepBegun(world.clock.now, payment.id, cursor.scenario, cursor.number, step.do.word)
        world.record(begun)
        try:
            step.do.run(Stage(world, payment))
        except SimulatorError as refused:
            self.stop(payment.id, f"step {cursor.number} ({step.do.word}): {refused}")
            return
        self.react(payment.id)


def _may_come(step: Step, payment: Payment) -> bool:
    """Whether a step is meant for a payment that is final already."""
    if step.when_refund is not None:
        return payment.state is PaymentState.CAPTURED
    return step.when is payment.state
