"""What happened: frozen facts in the past tense. Whoever wants to know reads these."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from simulator.engine.states import PaymentState, RefundState, Trigger

__all__ = [
    "CheckedIn",
    "CheckedOut",
    "Event",
    "NotificationTried",
    "PaymentChanged",
    "PaymentTakenOver",
    "PosCreated",
    "PosDeleted",
    "RefundChanged",
    "StoreChanged",
]


@dataclass(frozen=True, slots=True)
class Event:
    """A fact, and the world's time of it."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentChanged(Event):
    """A payment was made (`before` is None) or changed its state."""

    payment_id: str
    pos_id: str
    before: PaymentState | None
    after: PaymentState
    trigger: Trigger
    #: The scenario the call that made the payment asked for by name.
    script: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentTakenOver(Event):
    """Another customer checked in, and the active payment became theirs."""

    payment_id: str
    phone: str


@dataclass(frozen=True, slots=True)
class RefundChanged(Event):
    """A refund was made (`before` is None) or changed its state."""

    refund_id: str
    payment_id: str
    before: RefundState | None
    after: RefundState
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class PosCreated(Event):
    """A point of sale was created."""

    pos_id: str


@dataclass(frozen=True, slots=True)
class PosDeleted(Event):
    """A point of sale was deleted."""

    pos_id: str


@dataclass(frozen=True, slots=True)
class CheckedIn(Event):
    """A customer checked in at a point of sale."""

    pos_id: str
    phone: str


@dataclass(frozen=True, slots=True)
class CheckedOut(Event):
    """A check-in ended: it lapsed, was taken over, the customer left or the PoS was deleted."""

    pos_id: str
    phone: str


@dataclass(frozen=True, slots=True)
class NotificationTried(Event):
    """A till was told of a check-in; `status` is None where nobody answered, `error` says why."""

    pos_id: str
    notification_id: str
    status: int | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class StoreChanged(Event):
    """A store was activated, deactivated or had its balance set."""

    store_id: str
    is_active: bool
    balance: Decimal | None
