"""The course of a payment (section 7): what client, customer, MobilePay and time do to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.engine import payment_course
from simulator.engine.errors import Refusal
from simulator.engine.events import PaymentChanged, PaymentTakenOver
from simulator.engine.states import Trigger
from simulator.engine.values import Restrictions
from tests.engine.full_shop import FullShop, refused
from tests.engine.tables import (
    FINAL_PAYMENT_STATES,
    PAYMENT_REFUSALS,
    PAYMENT_ROWS,
    PAYMENT_STATES,
    row_name,
)
from tests.engine.ways import WAYS
from tests.support import CREDIT, CREDIT_3, DEBIT, LOYAL, NO_DEBIT, make_world

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
    ("phone", "restrictions", "state"),
    [
        (CREDIT, None, "Reserved"),
        (CREDIT, Restrictions(), "Reserved"),
        (CREDIT, Restrictions(False, False), "Reserved"),
        (CREDIT, NO_DEBIT, "Reserved"),
        (CREDIT, NO_CREDIT, "CancelledByMobilePay"),
        (CREDIT_3, NO_CREDIT, "CancelledByMobilePay"),
        (DEBIT, None, "Reserved"),
        (DEBIT, NO_CREDIT, "Reserved"),
        (DEBIT, NO_DEBIT, "CancelledByMobilePay"),
        (DEBIT, Restrictions(True, True), "CancelledByMobilePay"),
    ],
)
def test_reserving_fails_on_a_card_the_payment_disallows(
    shop: FullShop, phone: str, restrictions: Restrictions | None, state: str
) -> None:
    payment_id = shop.issued(phone=phone, restrictions=restrictions)
    shop.accept(payment_id)

    assert shop.state(payment_id) == state


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


@pytest.mark.parametrize("state", PAYMENT_STATES)
def test_a_payment_has_an_end_in_sight_until_it_is_over(shop: FullShop, state: str) -> None:
    payment_id = WAYS[state](shop)
    pending = [
        command
        for _, command in shop.world.clock.pending()
        if getattr(command, "payment_id", None) == payment_id
    ]

    assert len(pending) == (state not in FINAL_PAYMENT_STATES)
