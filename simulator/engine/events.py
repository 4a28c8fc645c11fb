"""The events of a world: what happened, in the past tense."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from .states import PaymentState, RefundState, Trigger


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """Something that happened, and the world's time of it."""

    #: The name of the class in stored files. It never changes, even if the class is renamed.
    tag: ClassVar[str]

    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentChanged(WorldEvent):
    """A payment was created (`before` is None) or changed its state."""

    tag: ClassVar[str] = "events.PaymentChanged"

    payment_id: str
    pos_id: str
    before: PaymentState | None
    after: PaymentState
    trigger: Trigger
    #: The scenario that the call asked for by name.
    script: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentTakenOver(WorldEvent):
    """Another customer checked in, and the active payment became theirs."""

    tag: ClassVar[str] = "events.PaymentTakenOver"

    payment_id: str
    phone: str


@dataclass(frozen=True, slots=True)
class CardRefused(WorldEvent):
    """The app refused a card that the payment disallows; the payment stayed as it was."""

    tag: ClassVar[str] = "events.CardRefused"

    payment_id: str
    phone: str
    card: str


@dataclass(frozen=True, slots=True)
class CardChosen(WorldEvent):
    """The customer chose another card for the payment."""

    tag: ClassVar[str] = "events.CardChosen"

    payment_id: str
    phone: str
    card: str


@dataclass(frozen=True, slots=True)
class RefundChanged(WorldEvent):
    """A refund was created (`before` is None) or changed its state."""

    tag: ClassVar[str] = "events.RefundChanged"

    refund_id: str
    payment_id: str
    before: RefundState | None
    after: RefundState
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class PosCreated(WorldEvent):
    """A point of sale was created."""

    tag: ClassVar[str] = "events.PosCreated"

    pos_id: str


@dataclass(frozen=True, slots=True)
class PosDeleted(WorldEvent):
    """A point of sale was deleted."""

    tag: ClassVar[str] = "events.PosDeleted"

    pos_id: str


@dataclass(frozen=True, slots=True)
class CheckedIn(WorldEvent):
    """A customer checked in at a point of sale."""

    tag: ClassVar[str] = "events.CheckedIn"

    pos_id: str
    phone: str


@dataclass(frozen=True, slots=True)
class CheckedOut(WorldEvent):
    """A check-in ended: by time, with its payment, by another check-in, or with the PoS."""

    tag: ClassVar[str] = "events.CheckedOut"

    pos_id: str
    phone: str


@dataclass(frozen=True, slots=True)
class NotificationTried(WorldEvent):
    """A check-in notification was sent; `status` is None without a response, `error` says why."""

    tag: ClassVar[str] = "events.NotificationTried"

    pos_id: str
    notification_id: str
    status: int | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class StoreChanged(WorldEvent):
    """A store was activated or deactivated, or its balance was set."""

    tag: ClassVar[str] = "events.StoreChanged"

    store_id: str
    is_active: bool
    balance: Decimal | None
