"""Stores: commands on a world."""

from dataclasses import replace
from decimal import Decimal

from .errors import SimulatorError
from .events import StoreChanged
from .merchants import StoreRecord
from .records import Caller
from .refusals import Refusal
from .storage import MOST_MERCHANTS
from .values import Currency
from .world import World

_WHEN_THERE = (
    "the stores of a merchant are there from the first call for it on, and those that nobody uses "
    "are forgotten where there are very many merchants"
)


def admit_merchant(world: World, vat: str) -> None:
    """Adds a merchant's stores to the world, unless they are there already."""
    if vat in world.stores.merchants:
        return
    if len(world.stores.merchants) >= world.stores.most:
        _forget_unused(world)
    world.stores.admit(vat, world.directory.merchant(vat).stores)


def _forget_unused(world: World) -> None:
    """Forgets the merchants that nobody uses, but for the newest: they can be generated again."""
    stores = world.stores
    used = {each.merchant for each in world.points_of_sale.table.values()}
    used.update(each.merchant for each in world.points_of_sale.deleted.values())
    used.update(each.merchant for each in world.payments.table.values())
    used.update(stores.table[store_id].merchant for store_id, _ in world.balances)
    used.update(each.merchant for each in stores.table.values() if not each.is_active)
    unused = [
        vat for vat in stores.merchants if vat not in used and world.directory.is_generated(vat)
    ]
    for vat in unused[: -(MOST_MERCHANTS // 2)]:
        stores.forget(vat)
    # Where most are used, they are not looked through for each merchant that comes.
    stores.most = max(MOST_MERCHANTS, len(stores.merchants) + MOST_MERCHANTS // 2)


def get(world: World, caller: Caller, store_id: str) -> StoreRecord:
    """Returns one of the caller's stores.

    Raises:
        SimulatorError: the store is unknown, or belongs to another merchant (decided: same error).
    """
    admit_merchant(world, caller.merchant)
    store = world.stores.get(store_id)
    if store is None or store.merchant != caller.merchant:
        raise SimulatorError(Refusal.NOT_FOUND, f"no store {store_id} of {caller.merchant}")
    return store


def find(
    world: World, caller: Caller, brand_id: str | None = None, location_id: str | None = None
) -> list[StoreRecord]:
    """Returns the caller's stores, or only those of a brand and location."""
    admit_merchant(world, caller.merchant)
    return [
        store
        for store in world.stores.of_merchant(caller.merchant)
        if brand_id is None or (store.brand_id == brand_id and store.location_id == location_id)
    ]


def first(world: World, caller: Caller) -> StoreRecord:
    """Returns the first of the caller's stores.

    Raises:
        SimulatorError: the merchant has none, as data files may say.
    """
    found = find(world, caller)
    if not found:
        raise SimulatorError(Refusal.STORE_NOT_FOUND, f"merchant {caller.merchant} has no store")
    return found[0]


def balance_of(world: World, store: StoreRecord, currency: Currency) -> Decimal:
    """Returns a store's balance: the opening balance plus captures, less refunds."""
    balance = world.balances.get((store.id, currency))
    if balance is not None:
        return balance
    if currency is not store.currency:
        return Decimal("0.00")
    return world.rules.opening_balance if store.opening_balance is None else store.opening_balance


def change_store(
    world: World,
    store_id: str,
    *,
    is_active: bool | None = None,
    balance: Decimal | None = None,
) -> StoreRecord:
    """Activates or deactivates a store, or sets its balance.

    Args:
        balance: the new balance in the currency of the store's country.

    Raises:
        SimulatorError: there is no such store.
    """
    store = world.stores.get(store_id)
    if store is None:
        raise SimulatorError(Refusal.NOT_FOUND, f"no store {store_id}; {_WHEN_THERE}")
    if is_active is not None:
        store = replace(store, is_active=is_active)
        world.stores.put(store)
    if balance is not None:
        world.balances[store.id, store.currency] = balance
    world.record(StoreChanged(world.clock.now, store.id, store.is_active, balance))
    return store
