"""The records of a world. They are immutable: a change is a new record with the same id."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from .customers import CustomerRecord
from .states import PaymentState, RefundState
from .values import BeaconType, Currency, PlannedCaptureDelay, Restrictions


@dataclass(frozen=True, slots=True)
class Caller:
    """An integrator that acts for a merchant.

    Args:
        client_id: the integrator: its name, or the OAuth client id of one with a single client.
        merchant: the VAT number of the merchant.
    """

    client_id: str
    merchant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedRecord:
    """What an integrator has created for a merchant."""

    id: str
    client_id: str
    merchant: str

    def belongs_to(self, caller: Caller) -> bool:
        return self.client_id == caller.client_id and self.merchant == caller.merchant


@dataclass(frozen=True, slots=True, kw_only=True)
class PointOfSaleRecord(OwnedRecord):
    """A till, a terminal or a printed QR code."""

    store_id: str
    merchant_pos_id: str
    name: str
    beacon_id: str
    supported_beacon_types: tuple[BeaconType, ...]
    callback_alias: str | None = None
    require_payment_before_checkin: bool = False


@dataclass(frozen=True, slots=True)
class CheckInRecord:
    """A customer at a point of sale; `is_scripted` if a scenario checked the customer in."""

    customer: CustomerRecord
    since: datetime
    is_scripted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord(OwnedRecord):
    """A payment. `amount` to `label` are None until a prepared payment is marked as ready.

    Unless it is reserved, `expires_at` is when a reservation made at its start would end.
    """

    store_id: str
    pos_id: str
    order_id: str
    state: PaymentState
    created_at: datetime
    amount: Decimal | None = None
    currency: Currency | None = None
    capture_delay: PlannedCaptureDelay | None = None
    restrictions: Restrictions | None = None
    label: str | None = None
    customer: CustomerRecord | None = None
    paired_at: datetime | None = None
    reserved_at: datetime | None = None
    expires_at: datetime | None = None
    captured_amount: Decimal | None = None
    captured_at: datetime | None = None
    was_made_ready: bool = False
    ended_at: datetime | None = None

    @property
    def partial_capture_possible(self) -> bool | None:
        """Whether the card allows it; None unless the payment is reserved."""
        if self.state is not PaymentState.RESERVED or self.customer is None:
            return None
        return self.customer.partial_capture


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRecord(OwnedRecord):
    """A refund."""

    payment_id: str
    store_id: str
    order_id: str
    amount: Decimal
    currency: Currency
    state: RefundState
    created_at: datetime


class NotificationDelivery(StrEnum):
    """What became of a notification."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class NotificationPolicy:
    """How notifications are sent: `copies` of each (0 drops it), `after` a delay."""

    copies: int = 1
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class NotificationAttempt:
    """An attempt to send a notification, and the status or error it ended with."""

    at: datetime
    status: int | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    """A notification of a check-in."""

    id: str
    pos_id: str
    alias: str
    url: str
    body: tuple[tuple[str, str], ...]
    created_at: datetime
    delivery: NotificationDelivery = NotificationDelivery.WAITING
    attempts: tuple[NotificationAttempt, ...] = ()
