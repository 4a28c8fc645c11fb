"""Where a world keeps its records: a table of each kind, with an index for every question asked.

Rules never see the tables; another kind of storage replaces these classes and nothing else. Indexes
follow from the tables, so that putting all records again in their order makes the same storage.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from simulator.engine.callers import Caller
from simulator.engine.merchants import Store
from simulator.engine.records import Payment, PointOfSale, Refund
from simulator.engine.states import PaymentState
from simulator.engine.tables import Table

__all__ = ["Answered", "IdempotencyKeys", "Payments", "PointsOfSale", "Refunds", "Stores"]

#: A dictionary used as an ordered set.
Ordered = dict[str, None]


class Stores:
    """Stores by id and by merchant."""

    def __init__(self) -> None:
        self.table: Table[str, Store] = Table()
        self.merchants: Table[str, tuple[str, ...]] = Table()

    def admit(self, vat: str, stores: Iterable[Store]) -> None:
        """Takes in all stores of a merchant."""
        stores = tuple(stores)
        self.merchants[vat] = tuple(store.id for store in stores)
        self.table.update((store.id, store) for store in stores)

    def put(self, store: Store) -> None:
        """Replaces the record of a store."""
        self.table[store.id] = store

    def get(self, store_id: str) -> Store | None:
        """Returns the store, or None."""
        return self.table.get(store_id)

    def of_merchant(self, vat: str) -> list[Store]:
        """Returns a merchant's stores in their order."""
        return [self.table[store_id] for store_id in self.merchants.get(vat, ())]


class PointsOfSale:
    """Points of sale by id; the active ones also by beacon, store and merchant PoS id."""

    def __init__(self) -> None:
        self.table: Table[str, PointOfSale] = Table()
        self._by_beacon: dict[str, str] = {}
        self._by_merchant_pos_id: dict[tuple[str, str, str], str] = {}
        self._by_store: dict[str, Ordered] = {}

    def add(self, pos: PointOfSale) -> None:
        """Takes in a new, active point of sale."""
        self.table[pos.id] = pos
        self._by_beacon[pos.beacon_id] = pos.id
        self._by_merchant_pos_id[pos.client_id, pos.merchant, pos.merchant_pos_id] = pos.id
        self._by_store.setdefault(pos.store_id, {})[pos.id] = None

    def remove(self, pos: PointOfSale) -> None:
        """Forgets a point of sale; its beacon and merchant PoS id are free again."""
        del self.table[pos.id]
        del self._by_beacon[pos.beacon_id]
        del self._by_merchant_pos_id[pos.client_id, pos.merchant, pos.merchant_pos_id]
        del self._by_store[pos.store_id][pos.id]

    def get(self, pos_id: str) -> PointOfSale | None:
        """Returns the active point of sale, or None."""
        return self.table.get(pos_id)

    def with_beacon(self, beacon_id: str) -> PointOfSale | None:
        """Returns the active point of sale with this beacon, or None."""
        return self.table.get(self._by_beacon.get(beacon_id, ""))

    def with_merchant_pos_id(self, caller: Caller, merchant_pos_id: str) -> PointOfSale | None:
        """Returns the caller's active point of sale with this merchant PoS id, or None."""
        key = (caller.client_id, caller.merchant, merchant_pos_id)
        return self.table.get(self._by_merchant_pos_id.get(key, ""))

    def of_store(self, store_id: str) -> list[PointOfSale]:
        """Returns the active points of sale of a store in the order they were created."""
        return [self.table[pos_id] for pos_id in self._by_store.get(store_id, ())]

    def __iter__(self) -> Iterator[PointOfSale]:
        return iter(self.table.values())


class Payments:
    """Payments by id, by point of sale and by order, each oldest first; the open ones also apart.

    There may be a million of them, so the indexes are made for taking little room.
    """

    def __init__(self) -> None:
        self.table: Table[str, Payment] = Table()
        self._active: dict[str, str] = {}
        self._open_on: dict[str, Ordered] = {}
        self._on_pos: dict[str, list[str]] = {}
        #: By integrator and merchant. Most orders have one payment, which then stands there itself.
        self._of_order: dict[tuple[str, str], dict[str, str | list[str]]] = {}

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[Payment]:
        return iter(self.table.values())

    def get(self, payment_id: str) -> Payment | None:
        """Returns the payment, or None."""
        return self.table.get(payment_id)

    def put(self, payment: Payment) -> None:
        """Takes in a payment's new record, and moves it between the indexes."""
        before = self.table.get(payment.id)
        self.table[payment.id] = payment
        if before is None:
            self._index(payment)
        if not payment.state.is_open and (before is None or before.state.is_open):
            self._close(payment)
        if payment.state.is_active:
            self._active[payment.pos_id] = payment.id
        elif self._active.get(payment.pos_id) == payment.id:
            del self._active[payment.pos_id]

    def active_on(self, pos_id: str) -> Payment | None:
        """Returns the one payment that occupies a point of sale, or None."""
        return self.table.get(self._active.get(pos_id, ""))

    def find(
        self,
        caller: Caller,
        pos_id: str | None,
        order_id: str | None,
        *,
        captured: bool,
    ) -> list[str]:
        """Returns ids of the caller's open or captured payments on a point of sale, oldest first.

        Args:
            caller: whose.
            pos_id: the point of sale.
            order_id: if given, only the newest payment with it; on any point of sale without one.
            captured: the captured ones, instead of the open ones.
        """
        ids: Iterable[str]
        if order_id is not None:
            ids = reversed(self._with_order(caller, order_id))
        else:
            ids = (self._on_pos if captured else self._open_on).get(pos_id or "", ())
        found = (
            payment.id
            for payment in (self.table[each] for each in ids)
            if payment.belongs_to(caller)
            and pos_id in (None, payment.pos_id)
            and (payment.state is PaymentState.CAPTURED if captured else payment.state.is_open)
        )
        return list(found if order_id is None else islice(found, 1))

    def _with_order(self, caller: Caller, order_id: str) -> Sequence[str]:
        """Returns ids of all payments of the caller's order, oldest first."""
        found = self._of_order.get((caller.client_id, caller.merchant), {}).get(order_id, ())
        return (found,) if isinstance(found, str) else found

    def _index(self, payment: Payment) -> None:
        self._on_pos.setdefault(payment.pos_id, []).append(payment.id)
        self._open_on.setdefault(payment.pos_id, {})[payment.id] = None
        orders = self._of_order.setdefault((payment.client_id, payment.merchant), {})
        before = orders.setdefault(payment.order_id, payment.id)
        if isinstance(before, list):
            before.append(payment.id)
        elif before != payment.id:
            orders[payment.order_id] = [before, payment.id]

    def _close(self, payment: Payment) -> None:
        entries = self._open_on[payment.pos_id]
        del entries[payment.id]
        if not entries:
            del self._open_on[payment.pos_id]


class Refunds:
    """Refunds by id, oldest first, and by payment."""

    def __init__(self) -> None:
        self.table: Table[str, Refund] = Table()
        self._by_payment: dict[str, list[str]] = {}

    def __iter__(self) -> Iterator[Refund]:
        return iter(self.table.values())

    def get(self, refund_id: str) -> Refund | None:
        """Returns the refund, or None."""
        return self.table.get(refund_id)

    def put(self, refund: Refund) -> None:
        """Takes in a refund's new record."""
        if refund.id not in self.table:
            self._by_payment.setdefault(refund.payment_id, []).append(refund.id)
        self.table[refund.id] = refund

    def of_payment(self, payment_id: str) -> list[Refund]:
        """Returns the refunds of a payment, oldest first."""
        return [self.table[refund_id] for refund_id in self._by_payment.get(payment_id, ())]


class Answered(NamedTuple):
    """What an idempotency key was used for, when, and the id of what was made."""

    request: object
    made: str
    at: datetime


class IdempotencyKeys:
    """Keys that did their work; the oldest are first, as time only moves forward."""

    def __init__(self) -> None:
        self.table: Table[tuple[Caller, str], Answered] = Table()
        #: In the order of their use. To find the first entry of a dictionary takes the longer the
        #: more have been removed before it.
        self._order: deque[tuple[Caller, str]] = deque()

    def __len__(self) -> int:
        return len(self.table)

    def get(self, caller: Caller, key: str) -> Answered | None:
        """Returns what the caller's key was used for, or None."""
        return self.table.get((caller, key))

    def put(self, caller: Caller, key: str, answer: Answered) -> None:
        """Remembers a new key."""
        used = caller, key
        self.table[used] = answer
        self._order.append(used)

    def restore(self) -> None:
        """Finds the order of the keys' use, once the table is filled."""
        self._order = deque(sorted(self.table, key=lambda key: self.table[key].at))

    def forget_before(self, moment: datetime) -> None:
        """Drops the keys used before `moment`."""
        while self._order and self.table[self._order[0]].at < moment:
            del self.table[self._order.popleft()]
