"""THE STATE TABLES: every state, every transition, who makes it, and what a refusal is called.

A transition that is not in a table does not happen: `step` looks it up and refuses the rest.
Sources: section 7 (payments) and section 8 (refunds) of the service's documentation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from simulator.engine.errors import Refusal, SimulatorError

__all__ = [
    "PAYMENTS",
    "REFUNDS",
    "Machine",
    "PaymentState",
    "RefundState",
    "Transition",
    "Trigger",
]


S = TypeVar("S", bound=StrEnum)


class PaymentState(StrEnum):
    """The states of a payment, as the API names them."""

    PREPARED = "Prepared"
    INITIATED = "Initiated"
    PAIRED = "Paired"
    ISSUED_TO_USER = "IssuedToUser"
    RESERVED = "Reserved"
    CAPTURED = "Captured"
    CANCELLED_BY_USER = "CancelledByUser"
    CANCELLED_BY_CLIENT = "CancelledByClient"
    CANCELLED_BY_MOBILEPAY = "CancelledByMobilePay"
    EXPIRED_AND_CANCELLED = "ExpiredAndCancelled"

    @property
    def is_active(self) -> bool:
        """Whether it occupies its point of sale."""
        return self in _ACTIVE

    @property
    def is_open(self) -> bool:
        """Whether it is active or reserved."""
        return self in _ACTIVE or self is PaymentState.RESERVED

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to it any more."""
        return not self.is_open


_ACTIVE = frozenset(
    {
        PaymentState.PREPARED,
        PaymentState.INITIATED,
        PaymentState.PAIRED,
        PaymentState.ISSUED_TO_USER,
    }
)


class RefundState(StrEnum):
    """The states of a refund, as the API names them."""

    INITIATED = "Initiated"
    RESERVED = "Reserved"
    CAPTURED = "Captured"
    CANCELLED_BY_CLIENT = "CancelledByClient"
    CANCELLED_BY_MOBILEPAY = "CancelledByMobilePay"
    EXPIRED_AND_CAPTURED = "ExpiredAndCaptured"

    @property
    def is_cancelled(self) -> bool:
        """Whether its amount went back to the store."""
        return self in (RefundState.CANCELLED_BY_CLIENT, RefundState.CANCELLED_BY_MOBILEPAY)

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self not in (RefundState.INITIATED, RefundState.RESERVED)


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
class Transition(Generic[S]):
    """One row: `before` is None for the transition that makes the thing."""

    before: S | None
    after: S
    trigger: Trigger
    source: str


class Machine(Generic[S]):
    """A state table that can be asked for the next state.

    Args:
        transitions: the rows.
        refusals: what a trigger is refused with in a state that has no row for it.
    """

    def __init__(
        self, transitions: Iterable[Transition[S]], refusals: dict[Trigger, Refusal]
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


def _payment_transitions() -> Iterable[Transition[PaymentState]]:
    P, T = PaymentState, Trigger
    yield Transition(None, P.INITIATED, T.INITIATE, _SEVEN)
    yield Transition(None, P.ISSUED_TO_USER, T.INITIATE_CHECKED_IN, _SEVEN)
    yield Transition(None, P.PREPARED, T.PREPARE, _SEVEN)
    yield Transition(None, P.PAIRED, T.PREPARE_CHECKED_IN, _SEVEN)
    yield Transition(P.PREPARED, P.PAIRED, T.CHECK_IN, _SEVEN)
    yield Transition(P.PREPARED, P.INITIATED, T.READY, _SEVEN)
    yield Transition(P.PAIRED, P.ISSUED_TO_USER, T.READY, _SEVEN)
    yield Transition(P.INITIATED, P.ISSUED_TO_USER, T.CHECK_IN, _SEVEN)
    yield Transition(P.ISSUED_TO_USER, P.RESERVED, T.RESERVE, _SEVEN)
    yield Transition(P.PAIRED, P.CANCELLED_BY_USER, T.CUSTOMER_CANCELS, _SEVEN)
    yield Transition(P.ISSUED_TO_USER, P.CANCELLED_BY_USER, T.CUSTOMER_CANCELS, _SEVEN)
    yield Transition(P.PREPARED, P.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, _SEVEN)
    yield Transition(P.PAIRED, P.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, _TEXT)
    yield Transition(P.INITIATED, P.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, _SEVEN)
    yield Transition(P.ISSUED_TO_USER, P.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, _SEVEN)
    yield Transition(P.RESERVED, P.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, _SEVEN)
    for reason in (T.MOBILEPAY_CANCELS, T.INACTIVITY):
        yield Transition(P.PREPARED, P.CANCELLED_BY_MOBILEPAY, reason, _SEVEN)
        yield Transition(P.PAIRED, P.CANCELLED_BY_MOBILEPAY, reason, _TEXT)
        yield Transition(P.INITIATED, P.CANCELLED_BY_MOBILEPAY, reason, _SEVEN)
        yield Transition(P.ISSUED_TO_USER, P.CANCELLED_BY_MOBILEPAY, reason, _SEVEN)
    yield Transition(P.ISSUED_TO_USER, P.CANCELLED_BY_MOBILEPAY, T.RESERVING_FAILS, _SEVEN)
    yield Transition(P.RESERVED, P.CAPTURED, T.CAPTURE, _SEVEN)
    yield Transition(P.RESERVED, P.EXPIRED_AND_CANCELLED, T.EXPIRE, _SEVEN)


def _refund_transitions() -> Iterable[Transition[RefundState]]:
    R, T, eight = RefundState, Trigger, "section 8"
    yield Transition(None, R.INITIATED, T.REFUND, eight)
    yield Transition(R.INITIATED, R.RESERVED, T.REFUND_RESERVED, eight)
    yield Transition(R.RESERVED, R.CAPTURED, T.CAPTURE, eight)
    yield Transition(R.INITIATED, R.CANCELLED_BY_MOBILEPAY, T.MOBILEPAY_CANCELS, eight)
    yield Transition(R.INITIATED, R.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, eight)
    yield Transition(R.RESERVED, R.CANCELLED_BY_CLIENT, T.CLIENT_CANCELS, eight)
    yield Transition(R.RESERVED, R.EXPIRED_AND_CAPTURED, T.EXPIRE, eight)


PAYMENTS: Machine[PaymentState] = Machine(
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

REFUNDS: Machine[RefundState] = Machine(
    _refund_transitions(),
    {
        Trigger.CAPTURE: Refusal.REFUND_NOT_RESERVED,
        Trigger.CLIENT_CANCELS: Refusal.CANNOT_CANCEL_REFUND,
        Trigger.MOBILEPAY_CANCELS: Refusal.CANNOT_CANCEL_REFUND,
    },
)
