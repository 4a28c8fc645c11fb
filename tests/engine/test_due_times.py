"""What time does (sections 6 to 8): at its due moment, in order, however far one jump."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from mobilepay_simulator.engine.events import CheckedOut, PaymentChanged, RefundChanged, WorldEvent
from mobilepay_simulator.engine.refusals import Refusal

from tests.engine.full_shop import FullShop, refused
from tests.engine.ways import WAYS
from tests.support import DEBIT, LOYAL, NO_DEBIT, START, make_world

LONG = timedelta(days=3650)
MOMENT = timedelta(microseconds=1)


def checked_in(shop: FullShop) -> str:
    pos_id = shop.create_pos()
    shop.check_in(pos_id)
    return pos_id


#: What time does: its beginning, how long it takes, and the state it leads to.
DUE: list[tuple[str, Callable[[FullShop], str], timedelta, str]] = [
    ("a prepared payment", WAYS["Prepared"], timedelta(minutes=10), "CancelledByMobilePay"),
    ("an initiated payment", WAYS["Initiated"], timedelta(minutes=10), "CancelledByMobilePay"),
    ("a paired payment", WAYS["Paired"], timedelta(minutes=10), "CancelledByMobilePay"),
    ("a payment on a phone", WAYS["IssuedToUser"], timedelta(minutes=10), "CancelledByMobilePay"),
    ("a reserved payment", WAYS["Reserved"], timedelta(days=7), "ExpiredAndCancelled"),
    ("a new refund", FullShop.refund_at_work, timedelta(milliseconds=500), "Reserved"),
    ("a reserved refund", FullShop.reserved_refund, timedelta(hours=24), "ExpiredAndCaptured"),
    ("a check-in", checked_in, timedelta(minutes=5), "checked out"),
]
IDS = [row[0] for row in DUE]


def state_of(event: WorldEvent) -> str:
    if isinstance(event, PaymentChanged | RefundChanged):
        return str(event.after)
    return "checked out" if isinstance(event, CheckedOut) else ""


def happened(shop: FullShop, resource: str, since: datetime) -> list[tuple[timedelta, str]]:
    """What became of a payment, refund or check-in after a moment, and how long after it."""
    return [
        (event.at - since, state_of(event))
        for event in shop.world.events
        if state_of(event)
        and event.at > since
        and resource in (getattr(event, name, "") for name in ("payment_id", "refund_id", "pos_id"))
    ]


@pytest.mark.parametrize(("what", "begin", "length", "state"), DUE, ids=IDS)
def test_time_does_its_work_at_the_due_moment(
    shop: FullShop, what: str, begin: Callable[[FullShop], str], length: timedelta, state: str
) -> None:
    resource = begin(shop)
    began = shop.world.clock.now
    shop.advance(length - MOMENT)
    assert (length, state) not in happened(shop, resource, began)
    shop.advance(MOMENT)

    assert (length, state) in happened(shop, resource, began)


@pytest.mark.parametrize(("what", "begin", "length", "state"), DUE, ids=IDS)
def test_one_jump_of_years_dates_everything_at_its_own_moment(
    shop: FullShop, what: str, begin: Callable[[FullShop], str], length: timedelta, state: str
) -> None:
    resource = begin(shop)
    began = shop.world.clock.now
    shop.advance(LONG)

    assert (length, state) in happened(shop, resource, began)
    assert shop.world.clock.now == began + LONG


def test_a_jump_and_many_steps_tell_the_same_story() -> None:
    stories = []
    for leaps in ([LONG], [timedelta(minutes=7)] * 300 + [LONG - timedelta(minutes=2100)]):
        shop = FullShop(make_world())
        for begin in (*WAYS.values(), FullShop.refund_at_work):
            begin(shop)
        for leap in leaps:
            shop.advance(leap)
        stories.append(list(shop.world.events))

    assert stories[0] == stories[1]
    assert [event.at for event in stories[0]] == sorted(event.at for event in stories[0])


def test_a_refund_is_reserved_and_captures_itself_in_one_jump(shop: FullShop) -> None:
    refund_id = shop.refund_at_work()
    began = shop.world.clock.now
    shop.wait(days=30)

    assert happened(shop, refund_id, began) == [
        (timedelta(milliseconds=500), "Reserved"),
        (timedelta(hours=24, milliseconds=500), "ExpiredAndCaptured"),
    ]


def test_ten_thousand_payments_expire_in_the_order_they_were_reserved(shop: FullShop) -> None:
    reserved = []
    for _ in range(100):
        pos_id = shop.create_pos()
        for _ in range(100):
            shop.check_in(pos_id)
            reserved.append(shop.initiate(pos_id))
            shop.accept(reserved[-1])
    shop.wait(days=7)
    expired = [
        event.payment_id
        for event in shop.world.events
        if isinstance(event, PaymentChanged) and event.after == "ExpiredAndCancelled"
    ]

    # The journal keeps its newest 10,000 events.
    assert expired == reserved
    assert list(shop.world.clock.pending()) == []


# --- when the clock of a payment begins again -------------------------------------------------


def test_every_change_of_state_gives_a_payment_its_time_again(shop: FullShop) -> None:
    pos_id = shop.create_pos()
    payment_id = shop.prepare(pos_id)
    shop.wait(minutes=9)
    shop.check_in(pos_id)
    shop.wait(minutes=9)
    shop.ready(payment_id)
    shop.wait(minutes=9)
    assert shop.state(payment_id) == "IssuedToUser"
    shop.wait(minutes=1)

    assert shop.state(payment_id) == "CancelledByMobilePay"


def test_another_customer_does_not_give_a_payment_its_time_again(shop: FullShop) -> None:
    payment_id = shop.issued()
    shop.wait(minutes=9)
    shop.check_in(shop.payment(payment_id).pos_id, LOYAL)
    shop.wait(minutes=1)

    assert shop.state(payment_id) == "CancelledByMobilePay"


def test_the_seven_days_begin_with_the_reservation(shop: FullShop) -> None:
    payment_id = shop.issued()
    shop.wait(minutes=9)
    shop.accept(payment_id)

    assert shop.payment(payment_id).expires_at == START + timedelta(days=7, minutes=9)


def test_a_capture_comes_too_late_at_the_very_moment_of_expiry(shop: FullShop) -> None:
    early, late = shop.reserved(), shop.reserved()
    shop.advance(timedelta(days=7) - MOMENT)
    shop.capture(early)
    shop.advance(MOMENT)
    with refused("1304"):
        shop.capture(late)

    assert shop.state(early) == "Captured"


# --- settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "begin", "state"),
    [
        ("inactivity_limit", WAYS["Initiated"], "CancelledByMobilePay"),
        ("reservation_lifetime", WAYS["Reserved"], "ExpiredAndCancelled"),
        ("refund_reserving_time", FullShop.refund_at_work, "Reserved"),
        ("refund_auto_capture", FullShop.reserved_refund, "ExpiredAndCaptured"),
        ("check_in_lifetime", checked_in, "checked out"),
    ],
)
@pytest.mark.parametrize("length", [timedelta(milliseconds=300), timedelta(days=20)])
def test_each_length_can_be_set(
    rule: str, begin: Callable[[FullShop], str], state: str, length: timedelta
) -> None:
    rules: dict[str, Any] = {rule: length}
    shop = FullShop(make_world(**rules))
    resource = begin(shop)
    began = shop.world.clock.now
    shop.advance(LONG)

    assert (length, state) in happened(shop, resource, began)


def test_a_length_of_nothing_is_over_at_once() -> None:
    shop = FullShop(make_world(refund_reserving_time=timedelta(0)))

    assert shop.refund_state(shop.refund_at_work()) == "Reserved"


@pytest.mark.parametrize(("days", "is_refused"), [(3, False), (4, True)])
def test_the_time_for_refunds_can_be_set(days: int, is_refused: bool) -> None:
    shop = FullShop(make_world(refund_window=timedelta(days=3)))
    payment_id = shop.captured()
    shop.wait(days=days)
    with refused("1366") if is_refused else nullcontext():
        shop.refund(payment_id)


# --- reserving that takes time ----------------------------------------------------------------


@pytest.fixture
def slow() -> FullShop:
    """A shop where reserving the amount takes three seconds."""
    return FullShop(make_world(reserving_time=timedelta(seconds=3)))


def test_reserving_takes_no_time_by_default(shop: FullShop) -> None:
    payment_id = shop.issued()
    shop.accept(payment_id)

    assert shop.state(payment_id) == "Reserved"


def test_reserving_takes_as_long_as_is_set(slow: FullShop) -> None:
    payment_id = slow.issued()
    slow.accept(payment_id)
    slow.advance(timedelta(seconds=3) - MOMENT)
    assert slow.state(payment_id) == "IssuedToUser"
    slow.advance(MOMENT)

    assert slow.state(payment_id) == "Reserved"
    assert slow.payment(payment_id).expires_at == START + timedelta(days=7, seconds=3)


def test_a_card_that_is_disallowed_is_refused_before_anything_is_reserved(slow: FullShop) -> None:
    payment_id = slow.issued(phone=DEBIT, restrictions=NO_DEBIT)
    with refused(Refusal.CARD_NOT_ALLOWED):
        slow.accept(payment_id)
    slow.wait(seconds=3)

    assert slow.state(payment_id) == "IssuedToUser"


def test_a_payment_is_accepted_once(slow: FullShop) -> None:
    payment_id = slow.issued()
    slow.accept(payment_id)
    slow.wait(seconds=2)
    with refused(Refusal.NOTHING_TO_ACCEPT):
        slow.accept(payment_id)
    slow.wait(seconds=1)

    assert slow.state(payment_id) == "Reserved"


@pytest.mark.parametrize(
    ("cancel", "state"),
    [
        (FullShop.cancel, "CancelledByClient"),
        (FullShop.customer_cancels, "CancelledByUser"),
        (FullShop.mobilepay_cancels, "CancelledByMobilePay"),
    ],
)
def test_a_payment_can_be_cancelled_while_it_is_being_reserved(
    slow: FullShop, cancel: Callable[[FullShop, str], None], state: str
) -> None:
    payment_id = slow.issued()
    slow.accept(payment_id)
    slow.wait(seconds=1)
    cancel(slow, payment_id)
    slow.wait(days=1)

    assert slow.state(payment_id) == state


def test_whoever_takes_over_while_it_is_being_reserved_has_to_accept_again(slow: FullShop) -> None:
    payment_id = slow.issued()
    slow.accept(payment_id)
    slow.check_in(slow.payment(payment_id).pos_id, LOYAL)
    slow.wait(seconds=5)
    assert slow.state(payment_id) == "IssuedToUser"
    slow.accept(payment_id)
    slow.wait(seconds=3)

    assert slow.state(payment_id) == "Reserved"
