"""Where a world's records are: what is found again, and what is forgotten."""

from datetime import timedelta

import pytest

from simulator.engine import payments
from simulator.engine.storage import Answered, IdempotencyKeys
from tests.engine.full_shop import FullShop
from tests.support import START, fresh


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


def test_captured_payments_of_a_point_of_sale_are_found_in_the_order_they_were_made(
    shop: FullShop,
) -> None:
    pos_id = shop.create_pos()
    made = []
    for _ in range(3):
        made.append(shop.initiate(pos_id))
        shop.check_in(pos_id)
        shop.accept(made[-1])
    for payment_id in reversed(made):
        shop.capture(payment_id)

    with shop.world as world:
        assert payments.find(world, shop.caller, pos_id, None, captured=True) == made


def test_keys_are_forgotten_in_the_order_of_their_use_wherever_they_stand(shop: FullShop) -> None:
    keys = IdempotencyKeys()
    moments = {word: START + timedelta(hours=n) for n, word in enumerate(("one", "two", "three"))}
    for word in ("three", "one", "two"):
        keys.table[shop.caller, word] = Answered(None, word, moments[word])
    keys.restore()
    keys.forget_before(moments["two"])
    assert {key for _, key in keys.table} == {"two", "three"}
    keys.put(shop.caller, "four", Answered(None, "four", START + timedelta(days=1)))
    keys.forget_before(START + timedelta(days=1))

    assert {key for _, key in keys.table} == {"four"}
