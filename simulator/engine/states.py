"""THE STATE TABLES: every state, every transition, its trigger, and the error of a refusal.

A state is one row, with what people should see. A transition that is not in a table does not
happen: `step` looks it up and refuses the rest.
Sources: section 7 (payments) and section 8 (refunds) of the service's documentation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, Self, TypeVar

from .errors import SimulatorError
from .refusals import Refusal

S = TypeVar("S", bound=StrEnum)


class Phase(StrEnum):
    """What a state means for the money; the rules ask for the phase where they can."""

    #: The customer or MobilePay still has to act. Such a payment occupies its point of sale.
    ACTIVE = "active"
    #: The amount is held until the client captures or cancels.
    RESERVED = "reserved"
    CAPTURED = "captured"
    CANCELLED = "cancelled"


class Tone(StrEnum):
    """How a page colours a state."""

    WAITING = "wait"
    LIVE = "live"
    HELD = "held"
    GOOD = "good"
    OFF = "off"
    LEFT = "left"
    BROKEN = "bad"
    LATE = "late"


class LifecycleState(StrEnum):
    """A state is one row: everything that is said of it anywhere stands here.

    Args:
        name: what the API calls it.
        label: what people read.
        phase: what it means for the money.
        tone: how a page colours it.
        place: its column and row in the state diagram.
        next_step: what a client does next, in a sentence.
    """

    _value_: str
    label: str
    phase: Phase
    tone: Tone
    place: tuple[float, float]
    next_step: str
    #: Whether the customer or MobilePay still has to act.
    is_active: bool
    #: Whether it is active or reserved.
    is_open: bool
    #: Whether nothing can happen any more.
    is_final: bool

    def __new__(
        cls,
        name: str,
        label: str,
        phase: Phase,
        tone: Tone,
        place: tuple[float, float],
        next_step: str,
    ) -> Self:
        state = str.__new__(cls, name)
        state._value_ = name
        state.label, state.phase, state.tone = label, phase, tone
        state.place, state.next_step = place, next_step
        state.is_active = phase is Phase.ACTIVE
        state.is_open = phase in (Phase.ACTIVE, Phase.RESERVED)
        state.is_final = not state.is_open
        return state

    @property
    def is_cancelled(self) -> bool:
        """Whether it ended without the money being moved."""
        return self.phase is Phase.CANCELLED


_WAIT_FOR_DECISION = "until the payment is Reserved or has ended."
_ENDED = "It has ended without the money; start a new payment to try again."
_DONE = "Nothing is left to do."


# fmt: off
class PaymentState(LifecycleState):
    """The states of a payment."""

    PREPARED = (
        "Prepared", "Prepared", Phase.ACTIVE, Tone.WAITING, (0, 0),
        "Send PaymentReady once the amount is known.")
    INITIATED = (
        "Initiated", "Initiated", Phase.ACTIVE, Tone.WAITING, (0, 1),
        f"Show the QR code, and poll QueryPayment every pollDelayInMs {_WAIT_FOR_DECISION}")
    PAIRED = (
        "Paired", "Paired", Phase.ACTIVE, Tone.LIVE, (1, 0),
        "Send PaymentReady: the customer has checked in and waits for the amount.")
    ISSUED_TO_USER = (
        "IssuedToUser", "Issued to user", Phase.ACTIVE, Tone.LIVE, (1, 1),
        f"Poll QueryPayment every pollDelayInMs {_WAIT_FOR_DECISION}")
    RESERVED = (
        "Reserved", "Reserved", Phase.RESERVED, Tone.HELD, (2, 1),
        "Capture or cancel the payment before its reservation expires.")
    CAPTURED = (
        "Captured", "Captured", Phase.CAPTURED, Tone.GOOD, (3, 1),
        "Nothing is left to do; CreateRefund gives money back.")
    CANCELLED_BY_USER = (
        "CancelledByUser", "Cancelled by user", Phase.CANCELLED, Tone.LEFT, (1, 2.3), _ENDED)
    CANCELLED_BY_CLIENT = (
        "CancelledByClient", "Cancelled by client", Phase.CANCELLED, Tone.OFF, (2, 2.3), _DONE)
    CANCELLED_BY_MOBILEPAY = (
        "CancelledByMobilePay", "Cancelled by MobilePay", Phase.CANCELLED, Tone.BROKEN, (0, 2.3),
        _ENDED)
    EXPIRED_AND_CANCELLED = (
        "ExpiredAndCancelled", "Expired and cancelled", Phase.CANCELLED, Tone.LATE, (3, 0),
        f"{_ENDED} Capture or cancel sooner.")


class RefundState(LifecycleState):
    """The states of a refund."""

    INITIATED = (
        "Initiated", "Initiated", Phase.ACTIVE, Tone.WAITING, (0, 0),
        "Poll GetRefund every pollDelayInMs until the refund is Reserved.")
    RESERVED = (
        "Reserved", "Reserved", Phase.RESERVED, Tone.HELD, (1, 0),
        "Capture or cancel the refund; otherwise it is captured automatically.")
    CAPTURED = (
        "Captured", "Captured", Phase.CAPTURED, Tone.GOOD, (2, 0), _DONE)
    CANCELLED_BY_CLIENT = (
        "CancelledByClient", "Cancelled by client", Phase.CANCELLED, Tone.OFF, (1, 1), _DONE)
    CANCELLED_BY_MOBILEPAY = (
        "CancelledByMobilePay", "Cancelled by MobilePay", Phase.CANCELLED, Tone.BROKEN, (0, 1),
        "The amount could not be reserved; start a new refund.")
    EXPIRED_AND_CAPTURED = (
        "ExpiredAndCaptured", "Expired and captured", Phase.CAPTURED, Tone.GOOD, (2, 1), _DONE)
# fmt: on


class Trigger(StrEnum):
    """What makes a transition happen."""

    INITIATE = "initiate"
    PREPARE = "prepare"
    INITIATE_CHECKED_IN = "initiate with a customer checked in"
    PREPARE_CHECKED_IN = "prepare with a customer checked in"
    CHECK_IN = "check-in"
    READY = "ready"
    RESERVE = "the customer accepts and the amount is reserved"
    RESERVING_FAILS = "reserving the amount fails"
    CUSTOMER_CANCELS = "the customer cancels"
    CLIENT_CANCELS = "cancel"
    MOBILEPAY_CANCELS = "MobilePay cancels"
    INACTIVITY = "inactive too long"
    CAPTURE = "capture"
    EXPIRE = "not captured or cancelled in time"
    REFUND = "refund"
    REFUND_RESERVED = "the refund's amount is reserved"


@dataclass(frozen=True, slots=True)
class StateTransition(Generic[S]):
    """One row: `before` is None for the transition that makes the thing."""

    before: S | None
    after: S
    trigger: Trigger
    source: str


class StateMachine(Generic[S]):
    """A state table that can be asked for the next state.

    Args:
        transitions: the rows.
        refusals: what a trigger is refused with in a state that has no row for it.
    """

    def __init__(
        self, transitions: Iterable[StateTransition[S]], refusals: dict[Trigger, Refusal]
    ) -> None:
        self.transitions = tuple(transitions)
        self.refusals = MappingProxyType(refusals)
        self._next = {(row.before, row.trigger): row.after for row in self.transitions}

    def allows(self, state: S | None, trigger: Trigger) -> bool:
        """Whether there is a row for `trigger` in `state`."""
        return (state, trigger) in self._next

    def states_for(self, trigger: Trigger) -> frozenset[S]:
        """Returns the states that have a row for `trigger`."""
        rows = (row for row in self.transitions if row.trigger is trigger)
        return frozenset(row.before for row in rows if row.before is not None)

    def may_become(self, state: S, later: S) -> bool:
        """Whether `later` can follow, some time, on `state`; every state follows on itself."""
        seen, waiting = {state}, [state]
        while waiting:
            current = waiting.pop()
            for row in self.transitions:
                if row.before is current and row.after not in seen:
                    seen.add(row.after)
                    waiting.append(row.after)
        return later in seen

    def step(self, state: S | None, trigger: Trigger) -> S:
        """Returns the state that `trigger` leads to from `state`.

        Raises:
            SimulatorError: there is no such row.
        """
        after = self._next.get((state, trigger))
        if after is None:
            raise SimulatorError(self.refusals[trigger], f"it is {state}")
        return after


_SEVEN = "section 7"
_TEXT = "section 7, decided: the text over the diagram"


def _payment_transitions() -> Iterable[StateTransition[PaymentState]]:
    P, T = PaymentState, Trigger
    yield StateTransition(None, P.INITIATED, T.INITIATE, _SEVEN)
    yield StateTransition(None, P.ISSUED_TO_USER, T.INITIATE_CHECKED_IN, _SEVEN)
    yield StateTransition(None, P.PREPARED, T.PREPARE, _SEVEN)
    yield StateTransition(None, P.PAIRED, T.PREPARE_CHECKED_IN, _SEVEN)
    yield StateTransition(P.PREPARED, P.PAIRED, T.CHECK_IN, _SEVEN)
    yield StateTransition(P.PREPARED, P.INITIATED, T.READY, _SEVEN)
    yield StateTransition(P.PAIRED, P.ISSUED_TO_USER, T.READY, _SEVEN)
    yield StateTransition(P.INITIATED, P.ISSUED_TO_USER, T.CHECK_IN, _SEVEN)
    yield StateTransition(P.ISSUED_TO_USER, P.RESERVED, T.RESERVE, _SEVEN)
    yield StateTransition(P.PAIRED, P.CANCELLED_BY_USER, T.CUSTOMER_CANCELS, _SEVEN)
    yield StateTransition(P.ISSUED_TO_USER, P.CANCELLED_BY_USER, T.CUSTOMER_CANCELS, _SEVEN)
    yield StateTransition(P.PREPARED, P.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, _SEVEN)
    yield StateTransition(P.PAIRED, P.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, _TEXT)
    yield StateTransition(P.INITIATED, P.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, _SEVEN)
    yield StateTransition(P.ISSUED_TO_USER, P.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, _SEVEN)
    yield StateTransition(P.RESERVED, P.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, _SEVEN)
    for reason in (T.MOBILEPAY_CANCELS, T.INACTIVITY):
        yield StateTransition(P.PREPARED, P.CANCELLED_BY_MOBILEPAY, reason, _SEVEN)
        yield StateTransition(P.PAIRED, P.CANCELLED_BY_MOBILEPAY, reason, _TEXT)
        yield StateTransition(P.INITIATED, P.CANCELLED_BY_MOBILEPAY, reason, _SEVEN)
        yield StateTransition(P.ISSUED_TO_USER, P.CANCELLED_BY_MOBILEPAY, reason, _SEVEN)
    yield StateTransition(P.ISSUED_TO_USER, P.CANCELLED_BY_MOBILEPAY, T.RESERVING_FAILS, _SEVEN)
    yield StateTransition(P.RESERVED, P.CAPTURED, T.CAPTURE, _SEVEN)
    yield StateTransition(P.RESERVED, P.EXPIRED_AND_CANCELLED, T.EXPIRE, _SEVEN)


def _refund_transitions() -> Iterable[StateTransition[RefundState]]:
    R, T, eight = RefundState, Trigger, "section 8"
    yield StateTransition(None, R.INITIATED, T.REFUND, eight)
    yield StateTransition(R.INITIATED, R.RESERVED, T.REFUND_RESERVED, eight)
    yield StateTransition(R.RESERVED, R.CAPTURED, T.CAPTURE, eight)
    yield StateTransition(R.INITIATED, R.CANCELLED_BY_MOBILEPAY, T.MOBILEPAY_CANCELS, eight)
    yield StateTransition(R.INITIATED, R.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, eight)
    yield StateTransition(R.RESERVED, R.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, eight)
    yield StateTransition(R.RESERVED, R.EXPIRED_AND_CAPTURED, T.EXPIRE, eight)


PAYMENTS: StateMachine[PaymentState] = StateMachine(
    _payment_transitions(),
    {
        Trigger.READY: Refusal.NOT_PREPARED,
        Trigger.CAPTURE: Refusal.NOT_RESERVED,
        Trigger.CLIENT_CANCELS: Refusal.CANNOT_CANCEL,
        Trigger.RESERVE: Refusal.NOTHING_TO_ACCEPT,
        Trigger.RESERVING_FAILS: Refusal.NOTHING_TO_ACCEPT,
        Trigger.CUSTOMER_CANCELS: Refusal.NOTHING_TO_CANCEL,
        Trigger.MOBILEPAY_CANCELS: Refusal.CANNOT_CANCEL,
        Trigger.EXPIRE: Refusal.NOT_RESERVED,
    },
)

REFUNDS: StateMachine[RefundState] = StateMachine(
    _refund_transitions(),
    {
        Trigger.CAPTURE: Refusal.REFUND_NOT_RESERVED,
        Trigger.CLIENT_CANCELS: Refusal.CANNOT_CANCEL_REFUND,
        Trigger.MOBILEPAY_CANCELS: Refusal.CANNOT_CANCEL_REFUND,
    },
)
