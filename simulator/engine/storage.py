"""Where a world stores its records: tables, with an index for each query.

The indexes depend on the tables alone: putting all records in their order makes the same storage.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from .merchants import StoreRecord
from .records import Caller, PaymentRecord, PointOfSaleRecord, RefundRecord
from .states import PaymentState
from .tables import Table

#: A dictionary used as an ordered set.
Ordered = dict[str, None]


#: So many merchants of which nothing is there but their stores a world keeps at most.
MOST_MERCHANTS = 1_000


class Stores:
    """Stores by id and by merchant."""

    def __init__(self) -> None:
        self.table: Table[str, StoreRecord] = Table()
        self.merchants: Table[str, tuple[str, ...]] = Table()
        #: Once there are so many merchants, those that nobody uses are looked for.
        self.most = MOST_MERCHANTS
        #: Returns the store of an id, or None.
        self.get = self.table.get

    def admit(self, vat: str, stores: Iterable[StoreRecord]) -> None:
        stores = tuple(stores)
        self.merchants[vat] = tuple(store.id for store in stores)
        self.table.update((store.id, store) for store in stores)

    def put(self, store: StoreRecord) -> None:
        self.table[store.id] = store

    def forget(self, vat: str) -> None:
        for store_id in self.merchants.pop(vat):
            del self.table[store_id]

    def of_merchant(self, vat: str) -> list[StoreRecord]:
        """Returns a merchant's stores in their order."""
        return [self.table[store_id] for store_id in self.merchants.get(vat, ())]


class PointsOfSale:
    """The active points of sale by id, beacon, store and merchant PoS id; who deleted others."""

    def __init__(self) -> None:
        self.table: Table[str, PointOfSaleRecord] = Table()
        self.deleted: Table[str, Caller] = Table()
        #: Returns the active point of sale of an id, or None.
        self.get = self.table.get
        self._by_beacon: dict[str, str] = {}
        self._by_merchant_pos_id: dict[tuple[str, str, str], str] = {}
        self._by_store: dict[str, Ordered] = {}

    def add(self, pos: PointOfSaleRecord) -> None:
        """Adds a new, active point of sale."""
        self.table[pos.id] = pos
        self._by_beacon[pos.beacon_id] = pos.id
        self._by_merchant_pos_id[pos.client_id, pos.merchant, pos.merchant_pos_id] = pos.id
        self._by_store.setdefault(pos.store_id, {})[pos.id] = None

    def remove(self, pos: PointOfSaleRecord) -> None:
        """Removes a point of sale; its beacon and merchant PoS id are free again."""
        del self.table[pos.id]
        del self._by_beacon[pos.beacon_id]
        del self._by_merchant_pos_id[pos.client_id, pos.merchant, pos.merchant_pos_id]
        del self._by_store[pos.store_id][pos.id]
        self.deleted[pos.id] = Caller(pos.client_id, pos.merchant)

    @property
    def all_made(self) -> frozenset[str]:
        """The ids of those there are, and of those that were deleted."""
        return frozenset((*self.table, *self.deleted))

    def was_made(self, pos_id: str) -> bool:
        """Whether there is a point of sale of this id, or was until it was deleted."""
        return pos_id in self.table or pos_id in self.deleted

    def with_beacon(self, beacon_id: str) -> PointOfSaleRecord | None:
        """Returns the active point of sale with this beacon, or None."""
        return self.table.get(self._by_beacon.get(beacon_id, ""))

    def with_merchant_pos_id(
        self, caller: Caller, merchant_pos_id: str
    ) -> PointOfSaleRecord | None:
        """Returns the caller's active point of sale with this merchant PoS id, or None."""
        key = (caller.client_id, caller.merchant, merchant_pos_id)
        return self.table.get(self._by_merchant_pos_id.get(key, ""))

    def of_store(self, store_id: str) -> list[PointOfSaleRecord]:
        """Returns the active points of sale of a store in the order they were created."""
        return [self.table[pos_id] for pos_id in self._by_store.get(store_id, ())]

    def __iter__(self) -> Iterator[PointOfSaleRecord]:
        return iter(self.table.values())


class Payments:
    """Payments by id, by point of sale and by order, oldest first; the open ones separately, too.

    There may be a million of them, so the indexes have to be small.
    """

    def __init__(self) -> None:
        self.table: Table[str, PaymentRecord] = Table()
        #: Returns the payment of an id, or None.
        self.get = self.table.get
        self._active: dict[str, str] = {}
        self._open_on: dict[str, Ordered] = {}
        self._on_pos: dict[str, list[str]] = {}
        #: By integrator and merchant. An order with one payment has its id instead of a list.
        self._of_order: dict[tuple[str, str], dict[str, str | list[str]]] = {}

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[PaymentRecord]:
        return iter(self.table.values())

    def put(self, payment: PaymentRecord) -> None:
        """Stores a payment's new record, and updates the indexes."""
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

    def was_on(self, pos_id: str) -> bool:
        """Whether there was ever a payment on a point of sale."""
        return pos_id in self._on_pos

    def active_on(self, pos_id: str) -> PaymentRecord | None:
        """Returns the active payment on a point of sale, or None."""
        return self.table.get(self._active.get(pos_id, ""))

    def find(
        self,
        caller: Caller,
        pos_id: str | None,
        order_id: str | None,
        *,
        captured: bool,
    ) -> list[str]:
        """Returns ids of the caller's open or captured payments, oldest first.

        Args:
            caller: the owner of the payments.
            pos_id: the point of sale; None for all.
            order_id: returns only the newest payment with this order id, if given.
            captured: whether to return the captured payments instead of the open ones.
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
        """Returns the ids of an order's payments, oldest first."""
        found = self._of_order.get((caller.client_id, caller.merchant), {}).get(order_id, ())
        return (found,) if isinstance(found, str) else found

    def _index(self, payment: PaymentRecord) -> None:
        self._on_pos.setdefault(payment.pos_id, []).append(payment.id)
        self._open_on.setdefault(payment.pos_id, {})[payment.id] = None
        orders = self._of_order.setdefault((payment.client_id, payment.merchant), {})
        before = orders.setdefault(payment.order_id, payment.id)
        if isinstance(before, list):
            before.append(payment.id)
        elif before != payment.id:
            orders[payment.order_id] = [before, payment.id]

    def _close(self, payment: PaymentRecord) -> None:
        entries = self._open_on[payment.pos_id]
        del entries[payment.id]
        if not entries:
            del self._open_on[payment.pos_id]


class Refunds:
    """Refunds by id, oldest first, and by payment."""

    def __init__(self) -> None:
        self.table: Table[str, RefundRecord] = Table()
        #: Returns the refund of an id, or None.
        self.get = self.table.get
        self._by_payment: dict[str, list[str]] = {}

    def __iter__(self) -> Iterator[RefundRecord]:
        return iter(self.table.values())

    def put(self, refund: RefundRecord) -> None:
        if refund.id not in self.table:
            self._by_payment.setdefault(refund.payment_id, []).append(refund.id)
        self.table[refund.id] = refund

    def of_payment(self, payment_id: str) -> list[RefundRecord]:
        """Returns the refunds of a payment, oldest first."""
        return [self.table[refund_id] for refund_id in self._by_payment.get(payment_id, ())]


class KeyUse(NamedTuple):
    """The use of an idempotency key: the request, the id of what it created, and the time."""

    request: object
    made: str
    at: datetime


class IdempotencyKeys:
    """The used idempotency keys, oldest first."""

    def __init__(self) -> None:
        self.table: Table[tuple[Caller, str], KeyUse] = Table()
        #: In the order of their use. Finding the first entry of a dictionary takes longer the more
        #: entries were removed before it.
        self._order: deque[tuple[Caller, str]] = deque()

    def __len__(self) -> int:
        return len(self.table)

    def get(self, caller: Caller, key: str) -> KeyUse | None:
        return self.table.get((caller, key))

    def put(self, caller: Caller, key: str, answer: KeyUse) -> None:
        used = caller, key
        self.table[used] = answer
        self._order.append(used)

    def restore(self) -> None:
        """Sorts the keys by their time, once the table is filled."""
        self._order = deque(sorted(self.table, key=lambda key: self.table[key].at))

    def forget_before(self, moment: datetime) -> None:
        """Removes the keys that were used before `moment`."""
        while self._order and self.table[self._order[0]].at < moment:
            del self.table[self._order.popleft()]
