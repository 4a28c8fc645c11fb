"""The records a world keeps. They never change: a change is a new record under the same id."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from simulator.engine.callers import Caller
from simulator.engine.customers import Customer
from simulator.engine.states import PaymentState, RefundState
from simulator.engine.values import BeaconType, Currency, PlannedCaptureDelay, Restrictions

__all__ = ["CheckIn", "Payment", "PointOfSale", "Refund"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What an integrator made for a merchant."""

    id: str
    client_id: str
    merchant: str

    def belongs_to(self, caller: Caller) -> bool:
        """Whether `caller` made it, for the same merchant."""
        return self.client_id == caller.client_id and self.merchant == caller.merchant


@dataclass(frozen=True, slots=True, kw_only=True)
class PointOfSale(Owned):
    """A till, a terminal or a printed QR code."""

    store_id: str
    merchant_pos_id: str
    name: str
    beacon_id: str
    supported_beacon_types: tuple[BeaconType, ...]
    callback_alias: str | None = None
    require_payment_before_checkin: bool = False


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A customer at a point of sale; `is_scripted` where a scenario plays the customer."""

    customer: Customer
    since: datetime
    is_scripted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Owned):
    """A payment. `amount` to `label` are None until a prepared payment is marked as ready."""

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
    customer: Customer | None = None
    paired_at: datetime | None = None
    reserved_at: datetime | None = None
    expires_at: datetime | None = None
    captured_amount: Decimal | None = None
    captured_at: datetime | None = None

    @property
    def partial_capture_possible(self) -> bool | None:
        """What the card allows; known only while the payment is reserved."""
        if self.state is not PaymentState.RESERVED or self.customer is None:
            return None
        return self.customer.partial_capture


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Owned):
    """Money on its way back to a customer."""

    payment_id: str
    store_id: str
    order_id: str
    amount: Decimal
    currency: Currency
    state: RefundState
    created_at: datetime
