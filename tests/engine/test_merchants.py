"""Merchants, brands and stores (section 6), and the data of the certification (section 12)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from mobilepay_simulator.engine import merchants, storage, stores
from mobilepay_simulator.engine.errors import SimulatorError
from mobilepay_simulator.engine.events import StoreChanged
from mobilepay_simulator.engine.merchants import MerchantDirectory, MerchantRecord, StoreRecord
from mobilepay_simulator.engine.records import Caller
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.values import Currency, as_brand_id, as_guid, as_location_id

from tests.engine.full_shop import UNKNOWN, FullShop, refused
from tests.support import MERCHANT, OTHER_MERCHANT, make_world


def stores_of(shop: FullShop) -> list[StoreRecord]:
    with shop.world as world:
        return stores.find(world, shop.caller)


def my_store(vat: str = MERCHANT, balance: Decimal | None = None) -> StoreRecord:
    return StoreRecord(
        id=UNKNOWN,
        merchant=vat,
        name="My store",
        street="My street 1",
        zip_code="1000",
        city="My city",
        brand_name="Mine",
        brand_id="POSDK00001",
        location_id="00001",
        opening_balance=balance,
    )


@pytest.mark.parametrize("vat", ["DK12345678", "FI12345678", "DK00000001", "FI99999999"])
def test_every_merchant_has_a_brand_with_stores_in_the_documented_formats(vat: str) -> None:
    merchant = MerchantDirectory(seed=1).merchant(vat)

    assert merchant.vat == vat and merchant.name
    assert len(merchant.stores) == len({store.location_id for store in merchant.stores}) >= 2
    for store in merchant.stores:
        assert store.merchant == vat
        assert as_guid(store.id) == store.id
        assert as_brand_id(store.brand_id).startswith({"DK": "POSDK", "FI": "POSFI"}[vat[:2]])
        assert as_location_id(store.location_id)
        assert store.name and store.street and store.zip_code and store.city and store.brand_name


@pytest.mark.parametrize("vat", ["DK90000028", "FI90000040"])
def test_the_certifications_merchants_have_its_brand_and_location(vat: str) -> None:
    stores = MerchantDirectory(seed=1).merchant(vat).stores

    assert [store.location_id for store in stores] == ["00001", "00002"]
    assert {store.brand_id for store in stores} == {"MPPOSCERT1"}


def test_other_merchants_have_their_own_brand_and_locations() -> None:
    stores = [MerchantDirectory(seed=1).merchant(vat).stores for vat in (MERCHANT, OTHER_MERCHANT)]
    assert [[store.location_id for store in each] for each in stores] == [["10001", "10002"]] * 2
    assert len({store.brand_id for each in stores for store in each}) == 2


@pytest.mark.parametrize(
    ("vat", "country", "currency"),
    [("DK12345678", "DK", Currency.DKK), ("FI12345678", "FI", Currency.EUR)],
)
def test_a_stores_currency_is_its_countrys(vat: str, country: str, currency: Currency) -> None:
    store = MerchantDirectory(seed=1).merchant(vat).stores[0]

    assert (store.country, store.currency) == (country, currency)


def test_a_seed_gives_the_same_merchants_in_every_run_and_every_order() -> None:
    first, second = MerchantDirectory(seed=1), MerchantDirectory(seed=1)
    vats = ("DK12345678", "FI12345678", "DK00000001")
    second_time = {vat: second.merchant(vat) for vat in reversed(vats)}

    assert {vat: first.merchant(vat) for vat in vats} == second_time


def test_another_seed_gives_other_merchants() -> None:
    first, second = (MerchantDirectory(seed).merchant(MERCHANT) for seed in (1, 2))

    assert {store.id for store in first.stores}.isdisjoint(store.id for store in second.stores)


def test_no_two_merchants_share_a_store() -> None:
    directory = MerchantDirectory(seed=1)
    ids = [store.id for n in range(20) for store in directory.merchant(f"DK{n:08}").stores]

    assert len(set(ids)) == len(ids)


def test_a_merchant_of_ones_own_is_not_made_up() -> None:
    mine = MerchantRecord(MERCHANT, "Mine", (my_store(),))
    directory = MerchantDirectory(1, [mine])

    found = directory.merchant(MERCHANT)
    assert found == replace(mine, id=found.id)
    assert MerchantDirectory(1, [found]).merchant(MERCHANT) == found
    assert directory.merchant(OTHER_MERCHANT) == MerchantDirectory(1).merchant(OTHER_MERCHANT)


def test_the_merchants_are_the_same_in_every_sandbox_of_a_seed() -> None:
    first, second = (FullShop(make_world(name, seed=7)) for name in ("one", "two"))

    assert stores_of(first) == stores_of(second)


# --- looking ----------------------------------------------------------------------------------


def test_a_merchant_finds_its_own_stores_alone(shop: FullShop) -> None:
    mine, others = stores_of(shop), stores_of(shop.of_other_merchant())

    assert {store.merchant for store in mine} == {MERCHANT}
    assert {store.merchant for store in others} == {OTHER_MERCHANT}


def test_brand_and_location_find_one_store(shop: FullShop) -> None:
    first, second = stores_of(shop)

    def find(brand_id: str, location_id: str) -> list[StoreRecord]:
        with shop.world as world:
            return stores.find(world, shop.caller, brand_id, location_id)

    assert find(second.brand_id, second.location_id) == [second]
    assert find(first.brand_id, "99999") == []
    assert find("MPPOSCERT1", first.location_id) == []


def test_a_store_is_its_merchants_alone_whichever_integrator_asks(shop: FullShop) -> None:
    store = stores_of(shop)[0]
    with shop.world as world:
        assert stores.get(world, shop.caller, store.id) == store
        assert stores.get(world, shop.of_other_integrator().caller, store.id) == store
        with refused(Refusal.NOT_FOUND):
            stores.get(world, shop.of_other_merchant().caller, store.id)
        with refused(Refusal.NOT_FOUND):
            stores.get(world, shop.caller, UNKNOWN)


def test_a_store_is_there_before_anybody_has_looked_for_stores(shop: FullShop) -> None:
    store = MerchantDirectory(seed=1).merchant(MERCHANT).stores[1]
    with shop.world as world:
        assert stores.get(world, shop.caller, store.id) == store


# --- changing ---------------------------------------------------------------------------------


def test_a_store_can_be_deactivated_and_its_balance_set(shop: FullShop) -> None:
    store = stores_of(shop)[1]
    with shop.world as world:
        stores.change_store(world, store.id, is_active=False, balance=Decimal("5.00"))
        changed = stores.get(world, shop.caller, store.id)

        assert not changed.is_active
        assert stores.balance_of(world, changed, Currency.DKK) == Decimal("5.00")
        assert stores.balance_of(world, changed, Currency.EUR) == 0
    assert shop.world.events[-1] == StoreChanged(
        shop.world.clock.now, store.id, False, Decimal("5.00")
    )


def test_what_is_not_named_stays(shop: FullShop) -> None:
    store = stores_of(shop)[0]
    with shop.world as world:
        stores.change_store(world, store.id, is_active=False)
        stores.change_store(world, store.id, balance=Decimal("5.00"))
        stores.change_store(world, store.id)
        changed = stores.get(world, shop.caller, store.id)

        assert not changed.is_active
        assert stores.balance_of(world, changed, Currency.DKK) == Decimal("5.00")


def test_a_change_stays_in_its_sandbox(shop: FullShop) -> None:
    store = stores_of(shop)[0]
    with shop.world as world:
        stores.change_store(world, store.id, is_active=False)
    fresh_world = FullShop(make_world())

    assert stores_of(fresh_world)[0].is_active


def test_an_unknown_store_can_not_be_changed(shop: FullShop) -> None:
    # It may have been seen: that of a merchant that nobody used.
    with shop.world as world, pytest.raises(SimulatorError, match="forgotten") as found:
        stores.change_store(world, UNKNOWN, is_active=False)
    assert found.value.refusal is Refusal.NOT_FOUND


@pytest.mark.parametrize(
    ("vat", "balances"),
    [
        ("DK12345678", {Currency.DKK: Decimal("100.00"), Currency.EUR: Decimal("0.00")}),
        ("FI12345678", {Currency.DKK: Decimal("0.00"), Currency.EUR: Decimal("100.00")}),
    ],
)
def test_the_opening_balance_is_in_the_currency_of_the_stores_country(
    vat: str, balances: dict[Currency, Decimal]
) -> None:
    world = make_world(opening_balance=Decimal("100.00"))
    shop = FullShop(world, Caller("client", vat))

    assert {currency: shop.balance(currency) for currency in Currency} == balances


@pytest.mark.parametrize("own", [Decimal("0.00"), Decimal("7.50")])
def test_a_stores_own_opening_balance_goes_before_the_settings(own: Decimal) -> None:
    world = make_world(opening_balance=Decimal("100.00"))
    store = my_store(balance=own)

    assert stores.balance_of(world, store, Currency.DKK) == own


def test_these_merchants_are_there_from_the_start_and_have_two_stores() -> None:
    assert merchants.SEEDED_VATS == ("DK12345678", "FI12345678", "DK90000028", "FI90000040")
    stores = MerchantDirectory(seed=1).merchant(MERCHANT).stores
    assert [store.is_active for store in stores] == [True, True]
    assert [store.opening_balance for store in stores] == [None, None]


def test_the_store_of_the_certification_tool_is_there_whatever_the_seed() -> None:
    for seed in (1, 2):
        directory = MerchantDirectory(seed)
        first, *others = directory.merchant("DK90000028").stores
        assert (first.id, first.brand_id, first.location_id) == (
            "9d0a9c45-1793-4e82-9410-b0ee6779ab60",
            "MPPOSCERT1",
            "00001",
        )
        finnish = directory.merchant("FI90000040").stores
        ids = [each.id for each in (*others, *finnish)]
        assert first.id not in ids and len({*ids}) == len(ids)


def vats(first: int, count: int) -> list[str]:
    return [f"DK{number:08d}" for number in range(first, first + count)]


def test_merchants_that_nobody_uses_are_forgotten_once_there_are_many(shop: FullShop) -> None:
    world, mine = shop.world, my_store("DK00000007")
    world.directory = MerchantDirectory(1, [MerchantRecord(mine.merchant, "Mine", (mine,))])
    shop.create_pos()
    with world:
        first = world.directory.merchant("DK00000000").stores
        for vat in vats(0, 10):
            stores.admit_merchant(world, vat)
        for vat, changed in (
            ("DK00000001", {"balance": Decimal(1)}),
            ("DK00000002", {"is_active": False}),
        ):
            store = stores.find(world, Caller(shop.caller.client_id, vat))[0]
            stores.change_store(world, store.id, **changed)
        for vat in vats(10, 3 * storage.MOST_MERCHANTS):
            stores.admit_merchant(world, vat)
        assert len(world.stores.merchants) <= storage.MOST_MERCHANTS
        assert len(world.stores.table) <= 2 * storage.MOST_MERCHANTS
        kept = {MERCHANT, "DK00000001", "DK00000002", mine.merchant, *vats(3000, 10)}
        assert world.stores.merchants.keys() >= kept
        assert world.stores.get(first[0].id) is None
        # Whoever asks again finds the merchant as it was.
        assert tuple(stores.find(world, Caller(shop.caller.client_id, "DK00000000"))) == first


def test_merchants_that_are_used_are_kept_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch, shop: FullShop
) -> None:
    for module in (storage, stores):
        monkeypatch.setattr(module, "MOST_MERCHANTS", 10)
    world = make_world()
    with world:
        for vat in vats(0, 30):
            store = stores.find(world, Caller(shop.caller.client_id, vat))[0]
            stores.change_store(world, store.id, balance=Decimal(1))
        for vat in vats(30, 100):
            stores.admit_merchant(world, vat)
        assert world.stores.merchants.keys() >= set(vats(0, 30))
        assert len(world.stores.merchants) <= 30 + 10
