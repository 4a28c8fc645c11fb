"""The course of a payment (section 7): what client, customer, MobilePay and time do to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from mobilepay_simulator.engine import payment_course
from mobilepay_simulator.engine.customers import Card
from mobilepay_simulator.engine.errors import SimulatorError
from mobilepay_simulator.engine.events import CardRefused, PaymentChanged, PaymentTakenOver
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.states import PaymentState, Trigger
from mobilepay_simulator.engine.values import Restrictions

from tests.engine.full_shop import FullShop, refused
from tests.engine.tables import (
    FINAL_PAYMENT_STATES,
    PAYMENT_REFUSALS,
    PAYMENT_ROWS,
    PAYMENT_STATES,
    row_name,
)
from tests.engine.ways import WAYS
from tests.support import CREDIT, CREDIT_3, DEBIT, LOYAL, NO_DEBIT, PARTIAL, make_world

NO_CREDIT = Restrictions(credit_card_disallowed=True)


#: How each trigger is pulled by somebody who can be refused.
ACTS: dict[Trigger, Callable[[FullShop, str], None]] = {
    Trigger.READY: FullShop.ready,
    Trigger.RESERVE: FullShop.accept,
    Trigger.RESERVING_FAILS: FullShop.fail_reserving,
    Trigger.CUSTOMER_CANCELS: FullShop.customer_cancels,
    Trigger.CLIENT_CANCELS: FullShop.cancel,
    Trigger.MOBILEPAY_CANCELS: FullShop.mobilepay_cancels,
    Trigger.CAPTURE: FullShop.capture,
    Trigger.EXPIRE: FullShop.expire,
}
#: What happens to a payment without anybody asking for it.
HAPPENINGS: dict[Trigger, Callable[[FullShop, str], None]] = {
    Trigger.CHECK_IN: lambda shop, payment_id: shop.check_in(shop.payment(payment_id).pos_id),
    Trigger.INACTIVITY: lambda shop, _: shop.wait(minutes=10),
}
ROWS = [row for row in PAYMENT_ROWS if row[0] is not None]
#: Asking again for what was done already is no mistake (section 7).
AGAIN = [("Captured", Trigger.CAPTURE), ("CancelledByClient", Trigger.CLIENT_CANCELS)]
OUTSIDE = [
    (state, trigger)
    for state in PAYMENT_STATES
    for trigger in ACTS
    if (state, trigger) not in [*((before, pulled) for before, pulled, _ in ROWS), *AGAIN]
]
REFUSALS: dict[Trigger, str | Refusal] = {
    **PAYMENT_REFUSALS,
    Trigger.RESERVE: Refusal.NOTHING_TO_ACCEPT,
    Trigger.RESERVING_FAILS: Refusal.NOTHING_TO_ACCEPT,
    Trigger.CUSTOMER_CANCELS: Refusal.NOTHING_TO_CANCEL,
    Trigger.MOBILEPAY_CANCELS: Refusal.CANNOT_CANCEL,
    Trigger.EXPIRE: Refusal.NOT_RESERVED,
}


@pytest.mark.parametrize("state", PAYMENT_STATES)
def test_a_payment_can_get_into_every_state(shop: FullShop, state: str) -> None:
    assert shop.state(WAYS[state](shop)) == state


@pytest.mark.parametrize(("before", "trigger", "then"), ROWS, ids=row_name)
def test_a_payment_goes_on_as_documented(
    shop: FullShop, before: str, trigger: Trigger, then: str
) -> None:
    payment_id = WAYS[before](shop)
    (ACTS | HAPPENINGS)[trigger](shop, payment_id)

    assert shop.state(payment_id) == then
    change = [event for event in shop.world.events if isinstance(event, PaymentChanged)][-1]
    assert (change.payment_id, change.before, change.after) == (payment_id, before, then)
    assert change.trigger is trigger


@pytest.mark.parametrize(("state", "trigger"), OUTSIDE, ids=row_name)
def test_what_is_not_documented_is_refused_and_changes_nothing(
    shop: FullShop, state: str, trigger: Trigger
) -> None:
    payment_id = WAYS[state](shop)
    before, events = shop.payment(payment_id), len(shop.world.events)
    with refused(REFUSALS[trigger]):
        ACTS[trigger](shop, payment_id)

    assert shop.payment(payment_id) == before
    assert len(shop.world.events) == events


@pytest.mark.parametrize(("state", "trigger"), AGAIN, ids=row_name)
def test_doing_again_what_worked_is_fine_and_changes_nothing(
    shop: FullShop, state: str, trigger: Trigger
) -> None:
    payment_id = WAYS[state](shop)
    before, events = shop.payment(payment_id), len(shop.world.events)
    ACTS[trigger](shop, payment_id)

    assert shop.payment(payment_id) == before
    assert len(shop.world.events) == events


@pytest.mark.parametrize("state", FINAL_PAYMENT_STATES)
def test_neither_time_nor_customers_change_a_payment_that_is_over(
    shop: FullShop, state: str
) -> None:
    payment_id = WAYS[state](shop)
    before = shop.payment(payment_id)
    shop.check_in(before.pos_id, LOYAL)
    shop.wait(days=100)

    assert shop.payment(payment_id) == before


def test_a_payment_belongs_to_whoever_checks_in(shop: FullShop) -> None:
    payment_id = shop.initiate(shop.create_pos())
    assert shop.payment(payment_id).customer is None
    shop.check_in(shop.payment(payment_id).pos_id, LOYAL)

    assert shop.payment(payment_id).customer == shop.world.customers.with_phone(LOYAL)


@pytest.mark.parametrize("state", ["Paired", "IssuedToUser"])
def test_another_customer_takes_over_and_the_state_stays(shop: FullShop, state: str) -> None:
    payment = shop.payment(WAYS[state](shop))
    shop.check_in(payment.pos_id, LOYAL)
    taken = replace(payment, customer=shop.world.customers.with_phone(LOYAL))

    assert shop.payment(payment.id) == taken
    assert isinstance(shop.world.events[-1], PaymentTakenOver)


def test_the_same_customer_checking_in_again_takes_nothing_over(shop: FullShop) -> None:
    payment = shop.payment(shop.issued(phone=CREDIT))
    shop.check_in(payment.pos_id, CREDIT)

    assert shop.payment(payment.id) == payment
    assert not any(isinstance(event, PaymentTakenOver) for event in shop.world.events)


@pytest.mark.parametrize(
    ("phone", "restrictions"),
    [
        (CREDIT, None),
        (CREDIT, Restrictions()),
        (CREDIT, Restrictions(False, False)),
        (CREDIT, NO_DEBIT),
        (DEBIT, None),
        (DEBIT, NO_CREDIT),
    ],
)
def test_a_card_that_the_payment_allows_pays(
    shop: FullShop, phone: str, restrictions: Restrictions | None
) -> None:
    payment_id = shop.issued(phone=phone, restrictions=restrictions)
    shop.accept(payment_id)

    assert shop.state(payment_id) == "Reserved"


@pytest.mark.parametrize(
    ("phone", "restrictions"),
    [
        (CREDIT, NO_CREDIT),
        (CREDIT_3, NO_CREDIT),
        (DEBIT, NO_DEBIT),
        (DEBIT, Restrictions(True, True)),
    ],
)
def test_the_app_refuses_a_card_that_the_payment_disallows_and_nothing_changes(
    shop: FullShop, phone: str, restrictions: Restrictions
) -> None:
    payment = shop.payment(shop.issued(phone=phone, restrictions=restrictions))
    with pytest.raises(SimulatorError) as refused:
        shop.accept(payment.id)

    assert refused.value.refusal is Refusal.CARD_NOT_ALLOWED
    assert shop.payment(payment.id) == payment
    card = shop.world.customers.with_phone(phone).card
    assert shop.world.events[-1] == CardRefused(shop.world.clock.now, payment.id, phone, card)


def test_the_customer_may_take_another_card(shop: FullShop) -> None:
    payment_id = shop.issued(phone=CREDIT, restrictions=NO_CREDIT)
    with shop.world as world:
        payment_course.choose_card(world, shop.payment(payment_id), Card.DEBIT)
    shop.accept(payment_id)

    assert shop.state(payment_id) == "Reserved"


def test_a_card_that_was_taken_instead_is_not_captured_in_part(shop: FullShop) -> None:
    payment_id = shop.issued(phone=PARTIAL, restrictions=NO_CREDIT)
    with shop.world as world:
        payment_course.choose_card(world, shop.payment(payment_id), Card.DEBIT)
    shop.accept(payment_id)

    assert not shop.payment(payment_id).partial_capture_possible


def test_the_same_card_taken_again_stays_what_it_is(shop: FullShop) -> None:
    payment_id = shop.issued(phone=PARTIAL)
    with shop.world as world:
        payment_course.choose_card(world, shop.payment(payment_id), Card.CREDIT)
    shop.accept(payment_id)

    assert shop.payment(payment_id).partial_capture_possible


@pytest.mark.parametrize("state", sorted(set(WAYS) - {"IssuedToUser"}))
def test_a_card_can_be_taken_only_while_the_customer_is_asked(shop: FullShop, state: str) -> None:
    payment = shop.payment(WAYS[state](shop))
    with shop.world as world, pytest.raises(SimulatorError) as refused:
        payment_course.choose_card(world, payment, Card.DEBIT)

    assert refused.value.refusal is Refusal.NOTHING_TO_ACCEPT
    assert shop.payment(payment.id) == payment


@pytest.mark.parametrize("phone", [DEBIT, LOYAL])
def test_whoever_checks_in_next_pays_with_a_card_of_their_own(shop: FullShop, phone: str) -> None:
    payment = shop.payment(shop.issued(phone=CREDIT))
    with shop.world as world:
        payment_course.choose_card(world, payment, Card.DEBIT)
    shop.check_in(payment.pos_id, phone)

    assert shop.payment(payment.id).customer == shop.world.customers.with_phone(phone)


def test_a_customer_who_checks_in_again_keeps_the_chosen_card(shop: FullShop) -> None:
    payment = shop.payment(shop.issued(phone=CREDIT))
    with shop.world as world:
        payment_course.choose_card(world, payment, Card.DEBIT)
    shop.check_in(payment.pos_id, CREDIT)
    customer = shop.payment(payment.id).customer

    assert customer is not None and customer.card is Card.DEBIT


def test_a_reserved_payment_says_since_when_and_until_when(shop: FullShop) -> None:
    payment_id = shop.issued()
    shop.wait(minutes=1)
    shop.accept(payment_id)
    payment, now = shop.payment(payment_id), shop.world.clock.now

    assert (payment.reserved_at, payment.expires_at) == (now, now + timedelta(days=7))


def test_a_reservation_that_ends_before_its_time_says_when(shop: FullShop) -> None:
    payment_id = shop.reserved()
    shop.wait(hours=1)
    shop.expire(payment_id)

    assert shop.payment(payment_id).expires_at == shop.world.clock.now


@pytest.mark.parametrize("state", ["Prepared", "Initiated", "Paired", "CancelledByClient"])
def test_what_nobody_is_asked_for_can_not_be_accepted_however_long_reserving_takes(
    state: str,
) -> None:
    shop = FullShop(make_world(reserving_time=timedelta(seconds=2)))
    payment_id = WAYS[state](shop)
    with refused(Refusal.NOTHING_TO_ACCEPT):
        shop.accept(payment_id)


def test_a_payment_that_is_being_reserved_is_still_the_customers() -> None:
    shop = FullShop(make_world(reserving_time=timedelta(seconds=2)))
    payment = shop.payment(shop.issued())
    with shop.world as world:
        assert payment_course.accept(world, payment) == payment


def test_how_long_reserving_takes_is_no_inactivity() -> None:
    shop = FullShop(make_world(reserving_time=timedelta(seconds=3)))
    payment_id = shop.issued()
    shop.advance(timedelta(seconds=598.5))
    shop.accept(payment_id)
    shop.advance(timedelta(seconds=3))
    assert shop.payment(payment_id).state is PaymentState.RESERVED


def test_who_takes_over_while_reserving_has_the_time_anew() -> None:
    shop = FullShop(make_world(reserving_time=timedelta(seconds=3)))
    payment_id = shop.issued()
    shop.accept(payment_id)
    shop.advance(timedelta(seconds=1))
    shop.check_in(shop.payment(payment_id).pos_id, DEBIT)
    shop.advance(timedelta(seconds=599))
    assert shop.payment(payment_id).state is PaymentState.ISSUED_TO_USER
    shop.advance(timedelta(seconds=1))
    assert shop.payment(payment_id).state is PaymentState.CANCELLED_BY_MOBILEPAY


@pytest.mark.parametrize("state", PAYMENT_STATES)
def test_a_payment_has_an_end_in_sight_until_it_is_over(shop: FullShop, state: str) -> None:
    payment_id = WAYS[state](shop)
    pending = [
        command
        for _, command in shop.world.clock.pending()
        if getattr(command, "payment_id", None) == payment_id
    ]

    assert len(pending) == (state not in FINAL_PAYMENT_STATES)
