"""Points of sale and check-ins (section 6)."""

from collections.abc import Callable
from typing import Any

import pytest
from mobilepay_simulator.engine import check_ins, points_of_sale, stores
from mobilepay_simulator.engine.check_ins import EndCheckIn
from mobilepay_simulator.engine.customers import CustomerRecord
from mobilepay_simulator.engine.events import CheckedIn, CheckedOut, PosCreated, PosDeleted
from mobilepay_simulator.engine.records import CheckInRecord, PointOfSaleRecord
from mobilepay_simulator.engine.refusals import Refusal

from tests.engine.full_shop import UNKNOWN, FullShop, refused
from tests.engine.tables import PAYMENT_STATES
from tests.engine.ways import WAYS
from tests.support import CREDIT, DEBIT, LOYAL

BEACON = "123456789012345"
#: What a point of sale need not say.
LEFT = ("callback_alias", "require_payment_before_checkin")


def pos_of(shop: FullShop, pos_id: str) -> PointOfSaleRecord:
    with shop.world as world:
        return points_of_sale.get(world, shop.caller, pos_id)


def stores_of(shop: FullShop) -> list[str]:
    with shop.world as world:
        return [store.id for store in stores.find(world, shop.caller)]


def find(shop: FullShop, **filters: str | None) -> list[str]:
    with shop.world as world:
        return [pos.id for pos in points_of_sale.find(world, shop.caller, **filters)]


def checked_in(shop: FullShop, pos_id: str) -> CheckInRecord | None:
    with shop.world as world:
        return points_of_sale.current_check_in(world, shop.caller, pos_id)


def customer_at(shop: FullShop, pos_id: str) -> CustomerRecord | None:
    check_in = checked_in(shop, pos_id)
    return check_in.customer if check_in else None


def customer(shop: FullShop, phone: str) -> CustomerRecord:
    return shop.world.customers.with_phone(phone)


def in_journal(shop: FullShop, kind: type[Any]) -> list[Any]:
    return [event for event in shop.world.events if isinstance(event, kind)]


# --- creating ---------------------------------------------------------------------------------


def test_a_point_of_sale_is_what_was_asked_for(shop: FullShop) -> None:
    store_id = stores_of(shop)[1]
    pos_id = shop.create_pos(
        store_id=store_id,
        merchant_pos_id="till 1",
        name="By the door",
        beacon_id=BEACON,
        callback_alias="alias",
        require_payment_before_checkin=True,
    )
    pos = pos_of(shop, pos_id)

    assert (pos.store_id, pos.merchant_pos_id, pos.name) == (store_id, "till 1", "By the door")
    assert (pos.beacon_id, pos.callback_alias) == (BEACON, "alias")
    assert pos.require_payment_before_checkin
    assert in_journal(shop, PosCreated) == [PosCreated(shop.world.clock.now, pos_id)]


def test_the_service_makes_a_beacon_id_where_none_is_given(shop: FullShop) -> None:
    first, second = (pos_of(shop, shop.create_pos()).beacon_id for _ in range(2))

    assert len(first) == len(second) == 36
    assert first != second


def test_a_store_must_be_there(shop: FullShop) -> None:
    with refused("1002"):
        shop.create_pos(store_id=UNKNOWN)


def test_a_store_must_be_the_merchants_own(shop: FullShop) -> None:
    other_store = stores_of(shop.of_other_merchant())[0]
    with refused("1403"):
        shop.create_pos(store_id=other_store)


def test_a_merchant_pos_id_is_taken_while_its_point_of_sale_is_active(shop: FullShop) -> None:
    pos_id = shop.create_pos(merchant_pos_id="till")
    with refused("1200"):
        shop.create_pos(merchant_pos_id="till")
    shop.delete_pos(pos_id)

    assert shop.create_pos(merchant_pos_id="till") != pos_id


def test_of_two_ids_that_are_taken_the_merchants_own_is_told(shop: FullShop) -> None:
    shop.create_pos(merchant_pos_id="till", beacon_id="123456789012345")
    with refused("1200"):
        shop.create_pos(merchant_pos_id="till", beacon_id="123456789012345")


@pytest.mark.parametrize("other", [FullShop.of_other_integrator, FullShop.of_other_merchant])
def test_others_can_use_the_same_merchant_pos_id(
    shop: FullShop, other: Callable[[FullShop], FullShop]
) -> None:
    mine = shop.create_pos(merchant_pos_id="till")

    assert other(shop).create_pos(merchant_pos_id="till") != mine


@pytest.mark.parametrize(
    "other", [lambda shop: shop, FullShop.of_other_integrator, FullShop.of_other_merchant]
)
def test_a_beacon_id_is_taken_for_everybody_while_its_point_of_sale_is_active(
    shop: FullShop, other: Callable[[FullShop], FullShop]
) -> None:
    pos_id = shop.create_pos(beacon_id=BEACON)
    with refused("1202"):
        other(shop).create_pos(beacon_id=BEACON)
    shop.delete_pos(pos_id)

    assert other(shop).create_pos(beacon_id=BEACON) != pos_id


# --- looking ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "of_other_merchant"),
    [(pos_of, "1410"), (FullShop.delete_pos, "1409"), (checked_in, "1400")],
)
def test_a_point_of_sale_is_its_integrators_and_its_merchants(
    shop: FullShop, act: Callable[[FullShop, str], object], of_other_merchant: str
) -> None:
    pos_id = shop.create_pos()
    with refused("1400"):
        act(shop.of_other_integrator(), pos_id)
    with refused(of_other_merchant):
        act(shop.of_other_merchant(), pos_id)
    with refused(Refusal.NOT_FOUND):
        act(shop, UNKNOWN)

    assert pos_of(shop, pos_id).id == pos_id


def test_a_search_needs_a_filter(shop: FullShop) -> None:
    with refused("1121"):
        find(shop)


def test_each_filter_finds_its_points_of_sale(shop: FullShop) -> None:
    near, far = stores_of(shop)
    first = shop.create_pos(store_id=near, beacon_id=BEACON, merchant_pos_id="one")
    second = shop.create_pos(store_id=near, merchant_pos_id="two")
    third = shop.create_pos(store_id=far, merchant_pos_id="three")

    assert find(shop, store_id=near) == [first, second]
    assert find(shop, store_id=far) == [third]
    assert find(shop, beacon_id=BEACON) == [first]
    assert find(shop, merchant_pos_id="two") == [second]


def test_filters_combine(shop: FullShop) -> None:
    near, far = stores_of(shop)
    pos_id = shop.create_pos(store_id=near, beacon_id=BEACON, merchant_pos_id="one")
    shop.create_pos(store_id=far, merchant_pos_id="two")

    assert find(shop, store_id=near, beacon_id=BEACON, merchant_pos_id="one") == [pos_id]
    assert find(shop, store_id=far, beacon_id=BEACON) == []
    assert find(shop, store_id=far, merchant_pos_id="one") == []
    assert find(shop, beacon_id=BEACON, merchant_pos_id="two") == []


def test_a_search_finds_nothing_of_others_and_nothing_unknown(shop: FullShop) -> None:
    store_id = stores_of(shop)[0]
    shop.create_pos(store_id=store_id, beacon_id=BEACON, merchant_pos_id="one")
    for other in (shop.of_other_integrator(), shop.of_other_merchant()):
        assert find(other, store_id=store_id) == []
        assert find(other, beacon_id=BEACON) == []
        assert find(other, merchant_pos_id="one") == []

    assert find(shop, store_id=UNKNOWN) == []
    assert find(shop, beacon_id=UNKNOWN) == []


def test_a_phone_finds_a_point_of_sale_by_its_beacon(shop: FullShop) -> None:
    pos_id = shop.create_pos(beacon_id=BEACON)

    assert points_of_sale.with_beacon(shop.world, BEACON).id == pos_id
    with refused(Refusal.BEACON_UNKNOWN):
        points_of_sale.with_beacon(shop.world, UNKNOWN)


# --- deleting ---------------------------------------------------------------------------------


def test_a_deleted_point_of_sale_is_gone(shop: FullShop) -> None:
    store_id = stores_of(shop)[0]
    pos_id = shop.create_pos(store_id=store_id, beacon_id=BEACON)
    shop.delete_pos(pos_id)

    shop.delete_pos(pos_id)
    with refused(Refusal.NOT_FOUND):
        pos_of(shop, pos_id)
    with refused(Refusal.BEACON_UNKNOWN):
        points_of_sale.with_beacon(shop.world, BEACON)
    assert find(shop, store_id=store_id) == []
    assert in_journal(shop, PosDeleted) == [PosDeleted(shop.world.clock.now, pos_id)]


def test_deleting_a_point_of_sale_checks_its_customer_out(shop: FullShop) -> None:
    pos_id = shop.create_pos()
    shop.check_in(pos_id)
    shop.delete_pos(pos_id)

    assert pos_id not in shop.world.check_ins
    assert [event.pos_id for event in in_journal(shop, CheckedOut)] == [pos_id]


# --- checking in ------------------------------------------------------------------------------


def test_nobody_is_checked_in_at_first(shop: FullShop) -> None:
    assert checked_in(shop, shop.create_pos()) is None


def test_one_customer_at_a_time_and_the_new_takes_over_from_the_old(shop: FullShop) -> None:
    pos_id = shop.create_pos()
    shop.check_in(pos_id, CREDIT)
    shop.check_in(pos_id, LOYAL)

    assert customer_at(shop, pos_id) == customer(shop, LOYAL)
    assert [event.phone for event in in_journal(shop, CheckedIn)] == [CREDIT, LOYAL]
    assert [event.phone for event in in_journal(shop, CheckedOut)] == [CREDIT]


def test_a_check_in_is_at_one_point_of_sale_only(shop: FullShop) -> None:
    first, second = shop.create_pos(), shop.create_pos()
    shop.check_in(first)

    assert customer_at(shop, second) is None


def test_a_new_check_in_lasts_its_own_time(shop: FullShop) -> None:
    pos_id = shop.create_pos()
    shop.check_in(pos_id, CREDIT)
    shop.wait(minutes=4)
    shop.check_in(pos_id, DEBIT)
    shop.wait(minutes=4)
    assert customer_at(shop, pos_id) == customer(shop, DEBIT)
    shop.wait(minutes=1)

    assert customer_at(shop, pos_id) is None


@pytest.mark.parametrize("state", [*PAYMENT_STATES])
def test_a_customer_is_there_just_as_long_as_their_payment_is_active(
    shop: FullShop, state: str
) -> None:
    payment = shop.payment(WAYS[state](shop))
    is_there = checked_in(shop, payment.pos_id) is not None

    assert is_there is (state in ("Paired", "IssuedToUser"))


def test_the_next_payment_is_not_the_previous_customers(shop: FullShop) -> None:
    pos_id = shop.payment(shop.reserved()).pos_id

    assert shop.state(shop.initiate(pos_id)) == "Initiated"


def test_a_check_in_does_not_lapse_while_its_customer_is_part_of_an_active_payment(
    shop: FullShop,
) -> None:
    pos_id = shop.create_pos()
    shop.check_in(pos_id)
    shop.wait(minutes=4)
    payment_id = shop.initiate(pos_id)
    shop.wait(minutes=9, seconds=59)
    assert checked_in(shop, pos_id) is not None
    shop.wait(seconds=1)

    assert shop.state(payment_id) == "CancelledByMobilePay"
    assert checked_in(shop, pos_id) is None


def test_whoever_takes_over_is_checked_out_with_the_payment(shop: FullShop) -> None:
    payment_id = shop.issued(phone=CREDIT)
    pos_id = shop.payment(payment_id).pos_id
    shop.check_in(pos_id, LOYAL)
    shop.cancel(payment_id)

    assert [each.phone for each in in_journal(shop, CheckedOut)] == [CREDIT, LOYAL]


def test_where_a_payment_comes_first_a_check_in_without_one_is_refused(shop: FullShop) -> None:
    pos_id = shop.create_pos(require_payment_before_checkin=True)
    with refused(Refusal.CHECK_IN_REFUSED):
        shop.check_in(pos_id)
    assert checked_in(shop, pos_id) is None
    payment_id = shop.initiate(pos_id)
    shop.check_in(pos_id)
    assert shop.state(payment_id) == "IssuedToUser"
    shop.accept(payment_id)

    with refused(Refusal.CHECK_IN_REFUSED):
        shop.check_in(pos_id, LOYAL)


def test_checking_out_where_nobody_is_does_nothing(shop: FullShop) -> None:
    pos_id = shop.create_pos()
    with shop.world as world:
        check_ins.check_out(world, pos_id)

    assert in_journal(shop, CheckedOut) == []


def test_nothing_is_due_for_a_customer_who_has_left(shop: FullShop) -> None:
    pos_id = shop.create_pos()
    shop.check_in(pos_id)
    assert shop.world.clock.due_at(EndCheckIn(pos_id)) is not None
    with shop.world as world:
        check_ins.check_out(world, pos_id)

    assert shop.world.clock.due_at(EndCheckIn(pos_id)) is None


def test_a_check_in_answers_with_its_record(shop: FullShop) -> None:
    pos = pos_of(shop, shop.create_pos())
    customer = shop.world.customers.with_phone(LOYAL)
    with shop.world as world:
        record = points_of_sale.check_in(world, pos, customer, is_scripted=True)

    assert record == CheckInRecord(customer, shop.world.clock.now, is_scripted=True)
    assert checked_in(shop, pos.id) == record


def test_a_refusal_says_whether_the_integrator_or_the_merchant_is_another(shop: FullShop) -> None:
    pos_id = shop.create_pos()
    with refused(Refusal.POS_OF_ANOTHER_INTEGRATOR):
        shop.of_other_integrator().initiate(pos_id)
    with refused(Refusal.POS_OF_ANOTHER_MERCHANT):
        shop.of_other_merchant().initiate(pos_id)


def test_what_a_request_leaves_out_is_not_asked_for(shop: FullShop) -> None:
    pos = pos_of(shop, shop.create_pos())
    assert (pos.callback_alias, pos.require_payment_before_checkin) == (None, False)
    with shop.world as world:
        check_in = points_of_sale.check_in(world, pos, world.customers.with_phone(LOYAL))
    assert not check_in.is_scripted
    assert not CheckInRecord(check_in.customer, check_in.since).is_scripted
    assert not PointOfSaleRecord(
        **{
            name: getattr(pos, name)
            for name in PointOfSaleRecord.__dataclass_fields__
            if name not in LEFT
        }
    ).require_payment_before_checkin
