"""Merchants, their brand and their stores: made outside the API, looked up through it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.events import StoreChanged
from simulator.engine.ids import guid_from, seeded
from simulator.engine.values import Currency

if TYPE_CHECKING:
    from simulator.engine.callers import Caller
    from simulator.engine.world import World

__all__ = ["Directory", "Merchant", "Store", "balance_of", "change_store", "find", "get", "settle"]

CERTIFICATION_VATS = ("DK90000028", "FI90000040")
SEEDED_VATS = ("DK12345678", "FI12345678", *CERTIFICATION_VATS)
STORES_PER_MERCHANT = 2

_LOCALES = {"DK": "da_DK", "FI": "fi_FI"}
#: What names and addresses are made with; to look for all of Faker's providers takes long.
_PROVIDERS = ["faker.providers.address", "faker.providers.company", "faker.providers.person"]
_CURRENCIES = {"DK": Currency.DKK, "FI": Currency.EUR}


@dataclass(frozen=True, slots=True)
class Store:
    """A shop. `is_active` and `opening_balance` are None where the settings' defaults apply."""

    id: str
    merchant: str
    name: str
    street: str
    zip_code: str
    city: str
    brand_name: str
    brand_id: str
    location_id: str
    is_active: bool = True
    opening_balance: Decimal | None = None

    @property
    def country(self) -> str:
        """`DK` or `FI`, from the merchant's VAT number."""
        return self.merchant[:2]

    @property
    def currency(self) -> Currency:
        """The currency of the store's country."""
        return _CURRENCIES[self.country]


@dataclass(frozen=True, slots=True)
class Merchant:
    """A VAT number and what belongs to it."""

    vat: str
    name: str
    stores: tuple[Store, ...]


class Directory:
    """Every merchant there could be; the same seed and VAT number give the same merchant.

    Args:
        seed: what names and ids follow from.
        more: merchants of the user's own; they are never made up.
    """

    def __init__(self, seed: int, more: Iterable[Merchant] = ()) -> None:
        self._seed = seed
        self._merchants = {merchant.vat: merchant for merchant in more}

    def merchant(self, vat: str) -> Merchant:
        """Returns the merchant with a well-formed VAT number, made up on first sight."""
        merchant = self._merchants.get(vat)
        if merchant is None:
            merchant = self._merchants[vat] = self._made_up(vat)
        return merchant

    def _made_up(self, vat: str) -> Merchant:
        # Faker takes long to import, and is not needed where all merchants are the user's own.
        from faker import Faker

        fake = Faker(_LOCALES[vat[:2]], providers=_PROVIDERS)
        random = seeded("merchant", self._seed, vat)
        fake.seed_instance(random.getrandbits(64))
        name = fake.company()
        certifies = vat in CERTIFICATION_VATS
        brand_id = "MPPOSCERT1" if certifies else f"POS{vat[:2]}{random.randrange(10**5):05d}"
        first = 1 if certifies else 10001
        stores = tuple(
            Store(
                id=guid_from("store", self._seed, vat, number),
                merchant=vat,
                name=f"{name}, {(city := fake.city())}",
                street=fake.street_address(),
                zip_code=fake.postcode(),
                city=city,
                brand_name=name,
                brand_id=brand_id,
                location_id=f"{first + number:05d}",
            )
            for number in range(STORES_PER_MERCHANT)
        )
        return Merchant(vat, name, stores)


def settle(world: "World", vat: str) -> None:
    """Lets a merchant's stores appear in the world when its VAT number is first seen there."""
    if vat not in world.stores.merchants:
        world.stores.admit(vat, world.directory.merchant(vat).stores)


def get(world: "World", caller: "Caller", store_id: str) -> Store:
    """Returns one of the caller's stores.

    Raises:
        SimulatorError: there is none, or it is another merchant's (decided: the same answer).
    """
    settle(world, caller.merchant)
    store = world.stores.get(store_id)
    if store is None or store.merchant != caller.merchant:
        raise SimulatorError(Refusal.NOT_FOUND, f"no store {store_id} of {caller.merchant}")
    return store


def find(
    world: "World", caller: "Caller", brand_id: str | None = None, location_id: str | None = None
) -> list[Store]:
    """Returns the caller's stores, all or those of one brand and location."""
    settle(world, caller.merchant)
    return [
        store
        for store in world.stores.of_merchant(caller.merchant)
        if brand_id is None or (store.brand_id == brand_id and store.location_id == location_id)
    ]


def balance_of(world: "World", store: Store, currency: Currency) -> Decimal:
    """Returns the store's balance: opening balance, plus captures, less refunds."""
    balance = world.balances.get((store.id, currency))
    if balance is not None:
        return balance
    if currency is not store.currency:
        return Decimal("0.00")
    return world.rules.opening_balance if store.opening_balance is None else store.opening_balance


def change_store(
    world: "World",
    store_id: str,
    *,
    is_active: bool | None = None,
    balance: Decimal | None = None,
) -> Store:
    """Activates or deactivates a store, or sets its balance, as nobody could through the API.

    Args:
        balance: the new balance in the currency of the store's country.

    Raises:
        SimulatorError: there is no such store.
    """
    store = world.stores.get(store_id)
    if store is None:
        raise SimulatorError(Refusal.NOT_FOUND, f"no store {store_id} has been seen")
    if is_active is not None:
        store = replace(store, is_active=is_active)
        world.stores.put(store)
    if balance is not None:
        world.balances[store.id, store.currency] = balance
    world.record(StoreChanged(world.clock.now, store.id, store.is_active, balance))
    return store
