"""Idempotency keys (section 9): one key, one request, one thing made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from mobilepay_simulator.engine import payments, points_of_sale, refunds
from mobilepay_simulator.engine.values import BeaconType, Currency

from tests.engine.full_shop import FullShop, refused
from tests.support import MERCHANT, make_world

Create = Callable[[FullShop, str, str], str]


def store_of(shop: FullShop) -> str:
    return shop.world.directory.merchant(MERCHANT).stores[0].id


def initiate(shop: FullShop, key: str, order_id: str) -> str:
    request = payments.InitiatePayment(only_pos(shop), order_id, shop.terms())
    with shop.world as world:
        return payments.initiate(world, shop.caller, key, request)


def prepare(shop: FullShop, key: str, order_id: str) -> str:
    request = payments.PreparePayment(only_pos(shop), order_id)
    with shop.world as world:
        return payments.prepare(world, shop.caller, key, request)


def create_pos(shop: FullShop, key: str, order_id: str) -> str:
    request = points_of_sale.CreatePos(
        merchant_pos_id=order_id,
        store_id=store_of(shop),
        name="Till",
        supported_beacon_types=(BeaconType.QR,),
    )
    with shop.world as world:
        return points_of_sale.create(world, shop.caller, key, request)


def create_refund(shop: FullShop, key: str, order_id: str) -> str:
    return shop.refund(only_captured(shop), key=key, order_id=order_id)


def only_pos(shop: FullShop) -> str:
    with shop.world as world:
        found = points_of_sale.find(world, shop.caller, merchant_pos_id="the only one")
    return found[0].id if found else shop.create_pos(merchant_pos_id="the only one")


def only_captured(shop: FullShop) -> str:
    pos_id = only_pos(shop)
    with shop.world as world:
        found = payments.find(world, shop.caller, pos_id, None, captured=True)
    if found:
        return found[0]
    payment_id = shop.initiate(pos_id)
    shop.check_in(pos_id)
    shop.accept(payment_id)
    shop.capture(payment_id)
    return payment_id


CREATES = pytest.mark.parametrize("create", [initiate, prepare, create_pos, create_refund])


@CREATES
def test_the_same_request_again_gives_the_first_answer_and_makes_nothing(
    shop: FullShop, create: Create
) -> None:
    made = create(shop, "key", "order")
    journal = list(shop.world.events)

    assert create(shop, "key", "order") == made
    assert list(shop.world.events) == journal


@CREATES
def test_another_request_with_the_same_key_is_refused(shop: FullShop, create: Create) -> None:
    create(shop, "key", "order")
    journal = list(shop.world.events)
    with refused("1306"):
        create(shop, "key", "another order")

    assert list(shop.world.events) == journal


def test_a_key_belongs_to_one_of_the_four_creating_calls(shop: FullShop) -> None:
    creates = (create_pos, create_refund, initiate, prepare)
    create_pos(shop, "key", "order")
    for create in creates[1:]:
        with refused("1306"):
            create(shop, "key", "order")


def test_the_same_values_are_the_same_request_however_they_are_written(shop: FullShop) -> None:
    pos_id = only_pos(shop)
    terms = shop.terms("5.25")
    first = payments.InitiatePayment(pos_id, "order", terms)
    second = replace(first, terms=replace(terms, amount=Decimal("5.250")))
    with shop.world as world:
        made = payments.initiate(world, shop.caller, "key", first)
        assert payments.initiate(world, shop.caller, "key", second) == made


@pytest.mark.parametrize("other", [FullShop.of_other_integrator, FullShop.of_other_merchant])
def test_a_key_belongs_to_an_integrator_and_a_merchant(
    shop: FullShop, other: Callable[[FullShop], FullShop]
) -> None:
    mine = initiate(shop, "key", "order")

    assert initiate(other(shop), "key", "order") != mine
    assert initiate(shop, "key", "order") == mine


def test_a_replay_gives_the_first_answer_whatever_became_of_the_payment(shop: FullShop) -> None:
    made = initiate(shop, "key", "order")
    shop.cancel(made)

    assert initiate(shop, "key", "order") == made
    assert shop.state(made) == "CancelledByClient"


def test_a_refused_call_does_not_use_its_key_up(shop: FullShop) -> None:
    active = shop.initiate(only_pos(shop))
    with refused("1301"):
        initiate(shop, "key", "order")
    shop.cancel(active)

    assert shop.state(initiate(shop, "key", "order")) == "Initiated"


def test_a_key_whose_call_was_refused_can_be_used_for_another_request(shop: FullShop) -> None:
    active = shop.initiate(only_pos(shop))
    with refused("1301"):
        initiate(shop, "key", "order")
    shop.cancel(active)

    assert shop.state(prepare(shop, "key", "another order")) == "Prepared"


def test_a_replay_is_refused_nothing_a_new_request_would_be(shop: FullShop) -> None:
    payment_id = only_captured(shop)
    request = refunds.CreateRefund(payment_id, "order", Decimal("10.00"), Currency.DKK)
    with shop.world as world:
        made = refunds.create(world, shop.caller, "key", request)
        assert refunds.create(world, shop.caller, "key", request) == made
        with refused("1367"):
            refunds.create(world, shop.caller, "another key", request)


def test_a_key_is_remembered_for_24_hours_from_its_first_use(shop: FullShop) -> None:
    made = create_pos(shop, "key", "order")
    shop.wait(hours=12)
    assert create_pos(shop, "key", "order") == made
    shop.wait(hours=12)
    assert create_pos(shop, "key", "order") == made
    shop.wait(milliseconds=1)

    assert create_pos(shop, "key", "another order") != made


def test_the_time_a_key_is_remembered_can_be_set() -> None:
    shop = FullShop(make_world(idempotency_retention=timedelta(days=3)))
    made = create_pos(shop, "key", "order")
    shop.wait(days=3)
    assert create_pos(shop, "key", "order") == made
    shop.wait(seconds=1)
    with refused("1200"):
        create_pos(shop, "key", "order")


def test_keys_that_are_forgotten_take_no_room(shop: FullShop) -> None:
    for number in range(50):
        create_pos(shop, f"key {number}", f"order {number}")
    assert len(shop.world.keys) == 50
    shop.wait(hours=25)
    create_pos(shop, "one more key", "one more order")

    assert len(shop.world.keys) == 1
