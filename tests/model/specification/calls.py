"""The calls there are, with what a client says in each. Keys and ids are the clients' own texts."""

from dataclasses import dataclass

from tests.model.specification.values import Caller

__all__ = [
    "Accept",
    "Advance",
    "Call",
    "CancelByUser",
    "CancelPayment",
    "CancelRefund",
    "CapturePayment",
    "CaptureRefund",
    "CheckInUser",
    "CreatePos",
    "CreateRefund",
    "Creating",
    "DeletePos",
    "FindPayments",
    "FindPos",
    "FindRefunds",
    "GetCheckIn",
    "GetPayment",
    "GetPos",
    "GetRefund",
    "Initiate",
    "Prepare",
    "Ready",
    "SetStore",
    "TakeCard",
    "Terms",
]


@dataclass(frozen=True)
class Call:
    """A call of the PoS API."""

    who: Caller


@dataclass(frozen=True)
class Creating(Call):
    """A call that makes something, and takes an idempotency key."""

    key: str


@dataclass(frozen=True)
class Terms:
    """What a payment is about, once that is known."""

    amount: int
    currency: str = "DKK"
    delay: str = "None"
    disallows: frozenset[str] | None = None
    label: str | None = None


# --- points of sale ---


@dataclass(frozen=True)
class CreatePos(Creating):
    store: str
    merchant_pos_id: str
    beacon: str
    name: str = "Till"
    alias: str | None = None
    payment_first: bool = False
    types: tuple[str, ...] = ("QR",)


@dataclass(frozen=True)
class GetPos(Call):
    id: str


@dataclass(frozen=True)
class DeletePos(Call):
    id: str


@dataclass(frozen=True)
class FindPos(Call):
    store: str | None = None
    merchant_pos_id: str | None = None
    beacon: str | None = None


@dataclass(frozen=True)
class GetCheckIn(Call):
    id: str


# --- payments ---


@dataclass(frozen=True)
class Initiate(Creating):
    till: str
    order: str
    terms: Terms


@dataclass(frozen=True)
class Prepare(Creating):
    till: str
    order: str


@dataclass(frozen=True)
class Ready(Call):
    id: str
    terms: Terms


@dataclass(frozen=True)
class CapturePayment(Call):
    id: str
    amount: int


@dataclass(frozen=True)
class CancelPayment(Call):
    id: str


@dataclass(frozen=True)
class GetPayment(Call):
    id: str


@dataclass(frozen=True)
class FindPayments(Call):
    till: str | None = None
    order: str | None = None
    captured: bool = False


# --- refunds ---


@dataclass(frozen=True)
class CreateRefund(Creating):
    payment: str
    order: str
    amount: int
    currency: str = "DKK"


@dataclass(frozen=True)
class CaptureRefund(Call):
    id: str


@dataclass(frozen=True)
class CancelRefund(Call):
    id: str


@dataclass(frozen=True)
class GetRefund(Call):
    id: str


@dataclass(frozen=True)
class FindRefunds(Call):
    payment: str | None = None


# --- the customer, time, and what happens outside the API ---


@dataclass(frozen=True)
class CheckInUser:
    beacon: str
    phone: str


@dataclass(frozen=True)
class Accept:
    beacon: str
    phone: str


@dataclass(frozen=True)
class CancelByUser:
    beacon: str


@dataclass(frozen=True)
class TakeCard:
    """The customer of a payment takes another card, credit or debit."""

    id: str
    card: str


@dataclass(frozen=True)
class Advance:
    """Time passes, in milliseconds."""

    by: int


@dataclass(frozen=True)
class SetStore:
    """A store is activated or not, and its balance set, in cents of a currency."""

    store: str
    active: bool
    balance: int
    currency: str
