"""Payments (section 7): what a client asks for, what it is answered and what it finds."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from mobilepay_simulator.engine import payments, stores
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.values import Currency

from tests.engine.full_shop import UNKNOWN, FullShop, refused
from tests.engine.tables import ACTIVE_PAYMENT_STATES, FINAL_PAYMENT_STATES, PAYMENT_STATES
from tests.engine.ways import WAYS
from tests.support import CREDIT, CREDIT_3, DEBIT, LOYAL, PARTIAL, fresh

Start = Callable[[FullShop, str], str]
STARTS = pytest.mark.parametrize("start", [FullShop.initiate, FullShop.prepare])


@STARTS
@pytest.mark.parametrize("state", ACTIVE_PAYMENT_STATES)
def test_a_point_of_sale_takes_one_active_payment_at_a_time(
    shop: FullShop, state: str, start: Start
) -> None:
    payment = shop.payment(WAYS[state](shop))
    with refused("1301"):
        start(shop, payment.pos_id)

    assert shop.payment(payment.id) == payment


@STARTS
@pytest.mark.parametrize("state", ["Reserved", *FINAL_PAYMENT_STATES])
def test_a_point_of_sale_is_free_once_its_payment_is_reserved_or_over(
    shop: FullShop, state: str, start: Start
) -> None:
    pos_id = shop.payment(WAYS[state](shop)).pos_id

    assert shop.payment(start(shop, pos_id)).state.is_active


def test_a_payment_can_be_started_where_another_point_of_sale_is_busy(shop: FullShop) -> None:
    shop.initiate(shop.create_pos())

    assert shop.state(shop.initiate(shop.create_pos())) == "Initiated"


def test_a_prepared_payment_gets_its_terms_when_it_is_ready(shop: FullShop) -> None:
    payment_id = shop.prepare(shop.create_pos())
    assert shop.payment(payment_id).amount is None
    shop.ready(payment_id, "12.50")

    payment = shop.payment(payment_id)
    assert (payment.amount, payment.currency) == (Decimal("12.50"), Currency.DKK)


# --- capture ----------------------------------------------------------------------------------


def test_a_capture_keeps_amount_and_time(shop: FullShop) -> None:
    payment_id = shop.reserved("10.00")
    shop.wait(hours=1)
    shop.capture(payment_id, "10.00")
    payment = shop.payment(payment_id)

    assert payment.captured_amount == Decimal("10.00")
    assert payment.captured_at == shop.world.clock.now


def test_a_capture_goes_to_the_stores_balance(shop: FullShop) -> None:
    payment_id = shop.reserved("10.00", PARTIAL)
    assert shop.balance() == 0
    shop.capture(payment_id, "4.50")

    assert shop.balance() == Decimal("4.50")


def test_capturing_the_same_amount_again_is_fine_and_moves_no_money(shop: FullShop) -> None:
    payment_id = shop.captured("10.00")
    shop.capture(payment_id, "10.00")

    assert shop.balance() == Decimal("10.00")


def test_capturing_another_amount_later_is_refused(shop: FullShop) -> None:
    payment_id = shop.reserved("10.00", PARTIAL)
    shop.capture(payment_id, "4.00")

    for amount in ("10.00", "3.99", "6.00", "11.00"):
        with refused("1307"):
            shop.capture(payment_id, amount)
    assert shop.payment(payment_id).captured_amount == Decimal("4.00")


def test_more_than_is_reserved_can_not_be_captured(shop: FullShop) -> None:
    payment_id = shop.reserved("10.00", PARTIAL)
    with refused("1305"):
        shop.capture(payment_id, "10.01")

    assert shop.state(payment_id) == "Reserved"
    assert shop.balance() == 0


@pytest.mark.parametrize("phone", [CREDIT, DEBIT, CREDIT_3, LOYAL])
def test_most_cards_can_not_be_captured_in_part(shop: FullShop, phone: str) -> None:
    payment_id = shop.reserved("10.00", phone)
    assert shop.payment(payment_id).partial_capture_possible is False
    with refused("1308"):
        shop.capture(payment_id, "9.99")
    shop.capture(payment_id, "10.00")

    assert shop.state(payment_id) == "Captured"


def test_partial_capture_is_known_only_while_the_payment_is_reserved(shop: FullShop) -> None:
    payment_id = shop.issued(phone=PARTIAL)
    seen = [shop.payment(payment_id).partial_capture_possible]
    shop.accept(payment_id)
    seen.append(shop.payment(payment_id).partial_capture_possible)
    shop.capture(payment_id)
    seen.append(shop.payment(payment_id).partial_capture_possible)

    assert seen == [None, True, None]


def test_partial_capture_depends_on_the_card_behind_the_payment_not_on_who_is_at_the_till(
    shop: FullShop,
) -> None:
    payment_id = shop.reserved("10.00", PARTIAL)
    shop.check_in(shop.payment(payment_id).pos_id, CREDIT)
    shop.capture(payment_id, "1.00")

    assert shop.payment(payment_id).captured_amount == Decimal("1.00")


# --- whose it is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "of_other_merchant"),
    [
        (FullShop.ready, "1406"),
        (FullShop.capture, "1407"),
        (FullShop.cancel, "1408"),
        (lambda shop, each: payments.get(shop.world, shop.caller, each), "1411"),
    ],
    ids=["ready", "capture", "cancel", "get"],
)
def test_a_payment_is_its_integrators_and_its_merchants(
    shop: FullShop, act: Callable[[FullShop, str], object], of_other_merchant: str
) -> None:
    payment_id = shop.reserved()
    with refused("1401"):
        act(shop.of_other_integrator(), payment_id)
    with refused("1401"):
        act(shop.of_other_merchant().of_other_integrator(), payment_id)
    with refused(of_other_merchant):
        act(shop.of_other_merchant(), payment_id)
    with refused(Refusal.NOT_FOUND):
        act(shop, UNKNOWN)

    assert shop.state(payment_id) == "Reserved"


def test_its_owner_can_look_at_a_payment(shop: FullShop) -> None:
    payment_id = shop.reserved()

    assert payments.get(shop.world, shop.caller, payment_id) == shop.payment(payment_id)


@STARTS
def test_a_payment_needs_a_point_of_sale_of_ones_own(shop: FullShop, start: Start) -> None:
    pos_id = shop.create_pos()
    with refused("1400"):
        start(shop.of_other_integrator(), pos_id)
    with refused("1400"):
        start(shop.of_other_merchant(), pos_id)
    with refused("1000"):
        start(shop, UNKNOWN)
    shop.delete_pos(pos_id)
    with refused("1000"):
        start(shop, pos_id)


@STARTS
def test_a_payment_needs_a_store_that_is_activated(shop: FullShop, start: Start) -> None:
    pos_id = shop.create_pos()
    with shop.world as world:
        store_id = stores.find(world, shop.caller)[0].id
        stores.change_store(world, store_id, is_active=False)
    with refused("1204"):
        start(shop, pos_id)
    with shop.world as world:
        stores.change_store(world, store_id, is_active=True)

    assert shop.payment(start(shop, pos_id)).state.is_active


@STARTS
def test_a_store_that_is_not_activated_is_told_before_an_active_payment(
    shop: FullShop, start: Start
) -> None:
    pos_id = shop.create_pos()
    start(shop, pos_id)
    with shop.world as world:
        stores.change_store(world, stores.find(world, shop.caller)[0].id, is_active=False)
    with refused("1204"):
        start(shop, pos_id)


@pytest.mark.parametrize(
    ("act", "state"), [(FullShop.capture, "Captured"), (FullShop.cancel, "CancelledByClient")]
)
def test_a_reserved_payment_can_be_finished_after_its_point_of_sale_is_deleted(
    shop: FullShop, act: Callable[[FullShop, str], None], state: str
) -> None:
    payment_id = shop.reserved()
    shop.delete_pos(shop.payment(payment_id).pos_id)
    act(shop, payment_id)

    assert shop.state(payment_id) == state


def test_an_active_payment_goes_stale_though_its_point_of_sale_is_deleted(shop: FullShop) -> None:
    payment_id = shop.issued()
    shop.delete_pos(shop.payment(payment_id).pos_id)
    shop.wait(minutes=10)

    assert shop.state(payment_id) == "CancelledByMobilePay"


# --- looking for payments ---------------------------------------------------------------------


def found(
    shop: FullShop,
    pos_id: str | None = None,
    order_id: str | None = None,
    *,
    captured: bool = False,
) -> list[str]:
    with shop.world as world:
        return payments.find(world, shop.caller, pos_id, order_id, captured=captured)


def order(shop: FullShop, pos_id: str, order_id: str) -> str:
    request = payments.InitiatePayment(pos_id, order_id, shop.terms())
    with shop.world as world:
        return payments.initiate(world, shop.caller, fresh("key"), request)


@pytest.mark.parametrize("state", PAYMENT_STATES)
def test_a_search_finds_active_and_reserved_payments_or_captured_ones(
    shop: FullShop, state: str
) -> None:
    payment = shop.payment(WAYS[state](shop))
    is_open = state not in FINAL_PAYMENT_STATES

    for filters in ((payment.pos_id, None), (None, payment.order_id)):
        assert found(shop, *filters) == ([payment.id] if is_open else [])
        assert found(shop, *filters, captured=True) == ([payment.id] if state == "Captured" else [])


def test_a_search_needs_a_point_of_sale_or_an_order(shop: FullShop) -> None:
    for captured in (False, True):
        with refused("1109"):
            found(shop, captured=captured)


def test_all_filters_of_a_search_must_match(shop: FullShop) -> None:
    first, second = shop.payment(shop.reserved()), shop.payment(shop.reserved())

    assert found(shop, first.pos_id, first.order_id) == [first.id]
    assert found(shop, second.pos_id, first.order_id) == []


def test_a_search_finds_all_open_payments_of_a_point_of_sale_oldest_first(shop: FullShop) -> None:
    pos_id = shop.create_pos()
    made = []
    for _ in range(3):
        made.append(shop.initiate(pos_id))
        shop.check_in(pos_id)
        shop.accept(made[-1])

    assert found(shop, pos_id) == made


@pytest.mark.parametrize("pause", [0, 60])
@pytest.mark.parametrize("newest_first", [False, True])
def test_an_order_id_used_twice_gives_the_newest_payment(
    shop: FullShop, newest_first: bool, pause: int
) -> None:
    pos_id = shop.create_pos()
    made = []
    for _ in range(2):
        shop.check_in(pos_id)
        made.append(order(shop, pos_id, "order"))
        shop.accept(made[-1])
        shop.wait(seconds=pause)
    assert found(shop, order_id="order") == [made[1]]
    for payment_id in reversed(made) if newest_first else made:
        shop.capture(payment_id)

    assert found(shop, order_id="order", captured=True) == [made[1]]
    assert found(shop, pos_id, "order", captured=True) == [made[1]]


def test_a_search_finds_no_payments_of_others(shop: FullShop) -> None:
    payment = shop.payment(shop.reserved())
    for other in (shop.of_other_integrator(), shop.of_other_merchant()):
        assert found(other, payment.pos_id) == []
        assert found(other, order_id=payment.order_id) == []


def test_what_was_done_already_answers_with_the_payment_as_it_is(shop: FullShop) -> None:
    captured, cancelled = shop.payment(shop.captured()), shop.payment(shop.issued())
    with shop.world as world:
        cancelled = payments.cancel(world, shop.caller, cancelled.id)
        assert payments.capture(world, shop.caller, captured.id, Decimal("10.00")) == captured
        assert payments.cancel(world, shop.caller, cancelled.id) == cancelled


def test_a_search_is_for_open_payments_unless_captured_ones_are_asked_for(shop: FullShop) -> None:
    payment = shop.payment(shop.captured())
    with shop.world as world:
        assert payments.find(world, shop.caller, payment.pos_id, None) == []
        found = payments.find(world, shop.caller, payment.pos_id, None, captured=True)
    assert found == [payment.id]
