"""Runs the scripts of payments: a step runs once its state is reached and its delay is over.

A step is a timer of the world's clock, so that it runs at its due time, however far time jumps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from ..engine.errors import SimulatorError
from ..engine.events import WorldEvent
from ..engine.records import PaymentRecord
from ..engine.states import PaymentState
from ..engine.world import World
from .actions import ActionContext
from .scenario import Step


@dataclass(frozen=True, slots=True)
class ScriptStarted(WorldEvent):
    """The script of a payment started."""

    tag: ClassVar[str] = "playing.ScriptStarted"

    payment_id: str
    scenario: str


@dataclass(frozen=True, slots=True)
class ScriptStopped(WorldEvent):
    """The script of a payment stopped; `reason` says why if it stopped early."""

    tag: ClassVar[str] = "playing.ScriptStopped"

    payment_id: str
    scenario: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StepBegun(WorldEvent):
    """A step of a script began; the events of its action follow."""

    tag: ClassVar[str] = "playing.StepBegun"

    payment_id: str
    scenario: str
    number: int
    action: str


@dataclass(frozen=True, slots=True)
class RunStep:
    """Timer: runs a step of a script."""

    tag: ClassVar[str] = "playing.PlaysStep"

    payment_id: str
    number: int


@dataclass(slots=True)
class Cursor:
    """How far the script of a payment has come; `reason` says why it stopped early."""

    scenario: str
    steps: tuple[Step, ...]
    number: int = 0
    has_stopped: bool = False
    reason: str | None = None
    #: How many answered queries of its payment there were.
    queries: int = 0

    @property
    def next_step(self) -> Step | None:
        """The next step, or None at the end."""
        return self.steps[self.number] if self.number < len(self.steps) else None


class ScriptRunner:
    """Runs the scripts of a world's payments.

    Args:
        world: the world.
        on_progress: called with the payment whose script has advanced.
    """

    def __init__(self, world: World, on_progress: Callable[[str], None]) -> None:
        self._world = world
        self._on_progress = on_progress
        self._cursors: dict[str, Cursor] = {}
        world.handlers[RunStep] = self._run_step

    def start(self, payment: PaymentRecord, cursor: Cursor) -> None:
        """Starts the script of a new payment."""
        self._cursors[payment.id] = cursor
        now = self._world.clock.now
        self._world.record(ScriptStarted(now, payment.id, cursor.scenario))
        self._wait(payment, cursor)

    def resume(self, payment_id: str, cursor: Cursor) -> None:
        """Continues a script whose step is among the timers of the world."""
        self._cursors[payment_id] = cursor

    def react(self, payment_id: str) -> None:
        """Continues the script of a payment that has changed."""
        cursor = self._cursors.get(payment_id)
        payment = self._world.payments.get(payment_id)
        if cursor is not None and payment is not None:
            self._wait(payment, cursor)

    def note_query(self, payment_id: str) -> None:
        """Runs the steps of a payment that wait no longer than for this query of it.

        They run before the query is answered.
        """
        cursor = self._cursors.get(payment_id)
        if cursor is None:
            return
        cursor.queries += 1
        self._on_progress(payment_id)
        while self._is_due_by_query(payment_id, cursor):
            command = RunStep(payment_id, cursor.number)
            self._world.clock.cancel(command)
            self._run_step(self._world, command)

    def _is_due_by_query(self, payment_id: str, cursor: Cursor) -> bool:
        step, payment = cursor.next_step, self._world.payments.get(payment_id)
        if cursor.has_stopped or step is None or payment is None or step.or_query is None:
            return False
        return cursor.queries >= step.or_query and self._is_reached(step, payment)

    def stop(self, payment_id: str, reason: str | None = None) -> None:
        """Stops the script of a payment, if one runs."""
        cursor = self._cursors.pop(payment_id, None)
        if cursor is None:
            return
        cursor.has_stopped, cursor.reason = True, reason
        self._on_progress(payment_id)
        self._world.clock.cancel(RunStep(payment_id, cursor.number))
        now = self._world.clock.now
        self._world.record(ScriptStopped(now, payment_id, cursor.scenario, reason))

    def _wait(self, payment: PaymentRecord, cursor: Cursor) -> None:
        """Sets the timer of the next step, once its state is reached."""
        step = cursor.next_step
        if step is None or (payment.state.is_final and not _can_be_reached(step, payment)):
            self.stop(payment.id)
            return
        command = RunStep(payment.id, cursor.number)
        if not self._is_reached(step, payment):
            self._world.clock.cancel(command)
        elif self._world.clock.due_at(command) is None:
            self._world.clock.schedule(self._world.clock.now + step.after, command)

    def _is_reached(self, step: Step, payment: PaymentRecord) -> bool:
        if step.when not in (None, payment.state):
            return False
        if step.when_refund is None:
            return True
        refunds = self._world.refunds.of_payment(payment.id)
        return any(each.state is step.when_refund for each in refunds)

    def _run_step(self, world: World, command: RunStep) -> None:
        cursor = self._cursors.get(command.payment_id)
        payment = world.payments.get(command.payment_id)
        step = cursor.next_step if cursor is not None else None
        if cursor is None or payment is None or step is None or step.do is None:
            return
        cursor.number += 1
        self._on_progress(payment.id)
        begun = StepBegun(world.clock.now, payment.id, cursor.scenario, cursor.number, step.do.word)
        world.record(begun)
        try:
            step.do.run(ActionContext(world, payment))
        except SimulatorError as refused:
            self.stop(payment.id, f"step {cursor.number} ({step.do.word}): {refused}")
            return
        self.react(payment.id)


def _can_be_reached(step: Step, payment: PaymentRecord) -> bool:
    """Whether a step can still run on a payment that is final."""
    if step.when_refund is not None:
        return payment.state is PaymentState.CAPTURED
    return step.when is payment.state
