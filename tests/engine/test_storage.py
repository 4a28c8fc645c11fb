"""Where records are kept: every index follows from the records, put in again in their order."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from mobilepay_simulator.engine import payments
from mobilepay_simulator.engine.records import Caller, PaymentRecord
from mobilepay_simulator.engine.storage import (
    IdempotencyKeys,
    KeyUse,
    Payments,
    PointsOfSale,
    Refunds,
)

from tests.engine.full_shop import FullShop
from tests.engine.tables import ACTIVE_PAYMENT_STATES, FINAL_PAYMENT_STATES, PAYMENT_STATES
from tests.engine.ways import WAYS
from tests.support import START, fresh

SECOND = timedelta(seconds=1)


def same(storage: Payments) -> Payments:
    return storage


def put_again(storage: Payments) -> Payments:
    """A storage into which all records of another were put, each as it is now."""
    again = Payments()
    for payment in storage:
        again.put(payment)
    return again


@pytest.mark.parametrize("kept", [same, put_again])
@pytest.mark.parametrize("state", PAYMENT_STATES)
def test_a_payment_is_found_as_open_or_as_captured_or_not_at_all(
    shop: FullShop, state: str, kept: Callable[[Payments], Payments]
) -> None:
    payment = shop.payment(WAYS[state](shop))
    storage = kept(shop.world.payments)

    def found(*, captured: bool) -> list[list[str]]:
        ways = [
            (payment.pos_id, None),
            (None, payment.order_id),
            (payment.pos_id, payment.order_id),
        ]
        return [storage.find(shop.caller, *way, captured=captured) for way in ways]

    is_open = state not in FINAL_PAYMENT_STATES
    assert found(captured=False) == [[payment.id] if is_open else []] * 3
    assert found(captured=True) == [[payment.id] if state == "Captured" else []] * 3
    active = storage.active_on(payment.pos_id)
    assert active == (payment if state in ACTIVE_PAYMENT_STATES else None)
    assert storage.get(payment.id) == payment
    assert len(storage) == 1


@pytest.mark.parametrize("kept", [same, put_again])
def test_payments_of_a_point_of_sale_are_found_oldest_first_whenever_they_were_captured(
    shop: FullShop, kept: Callable[[Payments], Payments]
) -> None:
    pos_id = shop.create_pos()
    made: list[PaymentRecord] = []
    for _ in range(3):
        shop.check_in(pos_id)
        made.append(shop.payment(shop.initiate(pos_id)))
        shop.accept(made[-1].id)
    for payment in reversed(made):
        shop.capture(payment.id)
    storage = kept(shop.world.payments)

    ids = [payment.id for payment in made]
    assert storage.find(shop.caller, pos_id, None, captured=True) == ids
    assert storage.find(shop.of_other_integrator().caller, pos_id, None, captured=True) == []


def test_a_deleted_point_of_sale_leaves_nothing_behind(shop: FullShop) -> None:
    storage = shop.world.points_of_sale
    first, second = shop.create_pos(), shop.create_pos()
    pos = storage.get(first)
    assert pos is not None
    shop.delete_pos(first)

    assert [each.id for each in storage] == [second]
    assert storage.with_beacon(pos.beacon_id) is None
    assert storage.with_merchant_pos_id(shop.caller, pos.merchant_pos_id) is None
    assert [each.id for each in storage.of_store(pos.store_id)] == [second]
    assert PointsOfSale().of_store(pos.store_id) == []
    storage.add(pos)
    assert storage.with_beacon(pos.beacon_id) == pos
    assert storage.with_merchant_pos_id(shop.caller, pos.merchant_pos_id) == pos


def test_refunds_are_kept_oldest_first_and_each_once(shop: FullShop) -> None:
    payment_id = shop.captured()
    ids = [shop.refund(payment_id) for _ in range(2)]
    shop.wait(seconds=1)
    shop.capture_refund(ids[0])
    storage = Refunds()
    for refund in shop.world.refunds:
        storage.put(refund)

    for each in (shop.world.refunds, storage):
        assert [refund.id for refund in each.of_payment(payment_id)] == ids
        assert [refund.id for refund in each] == ids
        assert each.of_payment("nothing") == []


def test_keys_are_forgotten_in_the_order_of_their_use_however_they_were_filled_in() -> None:
    caller, keys = Caller("client", "DK12345678"), IdempotencyKeys()
    for key, seconds in (("a", 3), ("c", 1), ("b", 2)):
        keys.put(caller, key, KeyUse("request", key, START + seconds * SECOND))
    keys.restore()
    keys.forget_before(START + 2 * SECOND)

    assert {key for _, key in keys.table} == {"a", "b"}
    assert len(keys) == 2
    assert keys.get(caller, "c") is None
    keys.forget_before(START + 4 * SECOND)
    assert len(keys) == 0


def test_of_keys_that_were_used_one_after_the_other_the_first_are_forgotten_first() -> None:
    caller, keys = Caller("client", "DK12345678"), IdempotencyKeys()
    for seconds, key in enumerate("abc"):
        keys.put(caller, key, KeyUse("request", key, START + seconds * SECOND))
    keys.forget_before(START + SECOND)
    assert [key for _, key in keys.table] == ["b", "c"]


def order(shop: FullShop, pos_id: str, order_id: str) -> str:
    request = payments.InitiatePayment(pos_id, order_id, shop.terms())
    with shop.world as world:
        return payments.initiate(world, shop.caller, fresh("key"), request)


def captured(shop: FullShop, order_id: str) -> list[str]:
    with shop.world as world:
        return payments.find(world, shop.caller, None, order_id, captured=True)


@pytest.mark.parametrize("captures", [[0], [1], [0, 2], [1, 2], [0, 1, 2]])
def test_of_an_order_the_newest_captured_payment_is_found_whatever_became_of_the_others(
    shop: FullShop, captures: list[int]
) -> None:
    pos_id = shop.create_pos()
    made = []
    for number in range(3):
        made.append(order(shop, pos_id, "order"))
        if number in captures:
            shop.check_in(pos_id)
            shop.accept(made[-1])
            shop.capture(made[-1])
        else:
            shop.cancel(made[-1])

    assert captured(shop, "order") == [made[captures[-1]]]
