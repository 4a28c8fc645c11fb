"""What a client that polls is told: when it comes too soon, and what is not looked up yet."""

from datetime import timedelta

import pytest
from mobilepay_simulator.engine import payments, points_of_sale, refunds
from mobilepay_simulator.engine.customers import CustomerRecord
from mobilepay_simulator.engine.records import CheckInRecord
from mobilepay_simulator.engine.refusals import Refusal

from tests.engine.full_shop import FullShop, refused
from tests.support import LOYAL, make_world


@pytest.fixture
def strict() -> FullShop:
    """A shop whose service answers no poll that comes too soon."""
    return FullShop(make_world(enforce_poll_delay=True))


def look(shop: FullShop, payment_id: str) -> None:
    with shop.world as world:
        payments.get(world, shop.caller, payment_id)


def test_polls_may_come_as_fast_as_they_like_by_default(shop: FullShop) -> None:
    payment_id = shop.issued()
    look(shop, payment_id)
    look(shop, payment_id)


def test_a_poll_that_comes_too_soon_can_be_refused(strict: FullShop) -> None:
    payment_id = strict.issued()
    look(strict, payment_id)
    strict.wait(milliseconds=999)
    with refused(Refusal.POLLED_TOO_SOON):
        look(strict, payment_id)
    strict.wait(milliseconds=1)
    # A refused poll does not count: waiting as long as the refusal says is enough.
    look(strict, payment_id)


def test_a_refused_poll_says_how_much_longer_to_wait(strict: FullShop) -> None:
    payment_id = strict.issued()
    look(strict, payment_id)
    strict.wait(milliseconds=600)
    with pytest.raises(Exception, match="wait 400 ms longer"):
        look(strict, payment_id)


def test_each_thing_and_each_integrator_has_a_poll_of_its_own(strict: FullShop) -> None:
    first, second = strict.issued(), strict.issued()
    look(strict, first)
    look(strict, second)
    with strict.world as world:
        points_of_sale.current_check_in(world, strict.caller, strict.payment(first).pos_id)


def test_refunds_and_check_ins_have_their_own_delays(strict: FullShop) -> None:
    refund_id = strict.reserved_refund()
    pos_id = strict.create_pos()

    def look_at_both() -> None:
        with strict.world as world:
            refunds.get(world, strict.caller, refund_id)
            points_of_sale.current_check_in(world, strict.caller, pos_id)

    look_at_both()
    strict.wait(milliseconds=100)
    with strict.world as world:
        refunds.get(world, strict.caller, refund_id)
        with refused(Refusal.POLLED_TOO_SOON):
            points_of_sale.current_check_in(world, strict.caller, pos_id)
        with refused(Refusal.POLLED_TOO_SOON):
            refunds.get(world, strict.caller, refund_id)


# --- lookups ----------------------------------------------------------------------------------


def seen_by_the_client(shop: FullShop, payment_id: str) -> tuple[CustomerRecord, CustomerRecord]:
    """The customer of a payment, and of the check-in at its point of sale."""
    with shop.world as world:
        payment = payments.get(world, shop.caller, payment_id)
        check_in = points_of_sale.current_check_in(world, shop.caller, payment.pos_id)
    assert payment.customer is not None
    assert isinstance(check_in, CheckInRecord)
    return payment.customer, check_in.customer


def test_customers_are_looked_up_at_once_by_default(shop: FullShop) -> None:
    customer = shop.world.customers.with_phone(LOYAL)

    assert seen_by_the_client(shop, shop.issued(phone=LOYAL)) == (customer, customer)


def test_a_lookup_can_take_its_time_and_nothing_is_known_before() -> None:
    shop = FullShop(make_world(lookup_time=timedelta(seconds=2)))
    payment_id = shop.issued(phone=LOYAL)
    shop.wait(milliseconds=1999)
    for customer in seen_by_the_client(shop, payment_id):
        assert (customer.loyalty_ids, customer.receipt_token) == (None, None)
        assert customer.token
    shop.wait(milliseconds=1)
    for customer in seen_by_the_client(shop, payment_id):
        assert (len(customer.loyalty_ids or ()), customer.receipt_token) == (1, "")


def test_whoever_takes_over_is_looked_up_anew() -> None:
    shop = FullShop(make_world(lookup_time=timedelta(seconds=2)))
    payment_id = shop.issued()
    shop.wait(seconds=2)
    shop.check_in(shop.payment(payment_id).pos_id, LOYAL)

    for customer in seen_by_the_client(shop, payment_id):
        assert customer.loyalty_ids is None


def test_a_customer_who_was_there_before_the_payment_is_looked_up_since_then() -> None:
    shop = FullShop(make_world(lookup_time=timedelta(seconds=2)))
    pos_id = shop.create_pos()
    shop.check_in(pos_id, LOYAL)
    shop.wait(seconds=2)

    for customer in seen_by_the_client(shop, shop.initiate(pos_id)):
        assert customer.loyalty_ids


def test_a_customer_who_comes_to_a_payment_is_looked_up_since_then() -> None:
    shop = FullShop(make_world(lookup_time=timedelta(seconds=2)))
    payment_id = shop.initiate(shop.create_pos())
    shop.check_in(shop.payment(payment_id).pos_id, LOYAL)
    for customer in seen_by_the_client(shop, payment_id):
        assert customer.loyalty_ids is None
    shop.wait(seconds=2)

    for customer in seen_by_the_client(shop, payment_id):
        assert customer.loyalty_ids
