"""What the service keeps, as values that never change.

Money is in cents, time in milliseconds since the start. Nothing here is the simulator's: it is
written from the service's documentation, so that the two can be compared.
"""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

__all__ = [
    "ACTIVE",
    "NOTHING",
    "USERS",
    "Caller",
    "CheckIn",
    "Map",
    "Outcome",
    "Payment",
    "Refund",
    "Results",
    "State",
    "Store",
    "Till",
    "Use",
    "User",
    "answered",
    "refused",
]

K = TypeVar("K")
V = TypeVar("V")


class Map(dict[K, V], Generic[K, V]):
    """A dict that nobody changes, so that it has a hash."""

    _hash: int | None = None

    def put(self, key: K, value: V) -> "Map[K, V]":
        """Returns one in which the key has this value."""
        return Map({**self, key: value})

    def drop(self, key: K) -> "Map[K, V]":
        """Returns one without the key."""
        return Map({each: value for each, value in self.items() if each != key})

    def __hash__(self) -> int:  # type: ignore[override]
        if self._hash is None:
            self._hash = hash(frozenset(self.items()))
        return self._hash


#: A body, or a part of the state, in which there is nothing.
NOTHING: Map[Any, Any] = Map()

#: Of these states a point of sale has one payment at the most.
ACTIVE = frozenset({"Prepared", "Initiated", "Paired", "IssuedToUser"})


@dataclass(frozen=True)
class User:
    """A test user: their card, and what can be looked up of them."""

    card: str = "credit"
    is_partial: bool = False
    is_loyal: bool = False
    has_receipts: bool = False


_KINDS = (
    User(),
    User("debit"),
    User(has_receipts=True),
    User(is_loyal=True),
    User(is_partial=True),
)
#: The test users, by phone number: ...01 to ...05 in Denmark, ...001 to ...005 in Finland.
USERS = {f"+452003180{n}": user for n, user in enumerate(_KINDS, 1)} | {
    f"+35820031800{n}": user for n, user in enumerate(_KINDS, 1)
}


@dataclass(frozen=True)
class Caller:
    """Who calls: an integrator in the name of a merchant."""

    integrator: str
    merchant: str


@dataclass(frozen=True)
class Store:
    merchant: str
    is_active: bool = True


@dataclass(frozen=True)
class Till:
    """A point of sale."""

    owner: Caller
    store: str
    name: str
    merchant_pos_id: str
    beacon: str
    alias: str | None
    payment_first: bool
    types: tuple[str, ...]


@dataclass(frozen=True)
class CheckIn:
    phone: str
    since: int


@dataclass(frozen=True)
class Payment:
    """A payment; `number` counts the payments in the order in which they were made."""

    owner: Caller
    till: str
    store: str
    order: str
    number: int
    state: str
    since: int
    began: int
    amount: int | None = None
    currency: str | None = None
    delay: str | None = None
    disallows: frozenset[str] | None = None
    label: str | None = None
    phone: str | None = None
    #: The card that the customer has taken instead of their own, for this payment alone.
    card: str | None = None
    reserved_at: int | None = None
    captured: int | None = None
    captured_at: int | None = None
    #: What `ready` was called with.
    ready_with: Any = None


@dataclass(frozen=True)
class Refund:
    owner: Caller
    payment: str
    order: str
    amount: int
    currency: str
    state: str
    since: int


@dataclass(frozen=True)
class Use:
    """What an idempotency key was used for, what that made, and when."""

    call: Any
    made: str
    at: int


@dataclass(frozen=True)
class State:
    """Everything there is."""

    now: int = 0
    stores: Map[str, Store] = field(default_factory=Map)
    #: By store and currency, in cents.
    balances: Map[tuple[str, str], int] = field(default_factory=Map)
    tills: Map[str, Till] = field(default_factory=Map)
    #: By point of sale.
    check_ins: Map[str, CheckIn] = field(default_factory=Map)
    payments: Map[str, Payment] = field(default_factory=Map)
    refunds: Map[str, Refund] = field(default_factory=Map)
    #: Who deleted which points of sale.
    deleted: Map[str, Caller] = field(default_factory=Map)
    keys: Map[tuple[Caller, str], Use] = field(default_factory=Map)

    def active_on(self, till: str) -> tuple[str, Payment] | None:
        """Returns the payment that is active on a point of sale, with its id."""
        for made, payment in self.payments.items():
            if payment.till == till and payment.state in ACTIVE:
                return made, payment
        return None

    def till_with_beacon(self, beacon: str) -> str | None:
        """Returns the id of the point of sale that has a beacon."""
        return next((each for each, till in self.tills.items() if till.beacon == beacon), None)


@dataclass(frozen=True)
class Outcome:
    """What a client is told: the status, a refusal's code, what the body says.

    A refusal without a body has the code "". A body holds what a client can rely on: what is random
    (a customer's token) is there as True.
    """

    status: int
    code: str = ""
    body: Map[str, Any] = NOTHING


#: What may come of a call: any of these outcomes, each with the state it leaves.
Results = tuple[tuple[Outcome, State], ...]


def answered(state: State, **body: Any) -> Results:
    """The call works, and this is what it tells."""
    return ((Outcome(200, body=Map(body)), state),)


def refused(state: State, status: int, code: str = "") -> Results:
    """The call is refused, and nothing changes."""
    return ((Outcome(status, code), state),)
