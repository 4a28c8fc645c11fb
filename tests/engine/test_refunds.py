"""Refunds (section 8)."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from mobilepay_simulator.engine import refunds, stores
from mobilepay_simulator.engine.events import RefundChanged
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.states import Trigger
from mobilepay_simulator.engine.values import Currency

from tests.engine.full_shop import UNKNOWN, FullShop, refused
from tests.engine.tables import (
    FINAL_REFUND_STATES,
    REFUND_REFUSALS,
    REFUND_ROWS,
    REFUND_STATES,
    row_name,
)
from tests.engine.ways import WAYS


def after(act: Callable[[str], None], refund_id: str) -> str:
    act(refund_id)
    return refund_id


def left_alone(shop: FullShop) -> str:
    refund_id = shop.reserved_refund()
    shop.wait(hours=24)
    return refund_id


#: How a refund gets into each state.
REFUND_WAYS: dict[str, Callable[[FullShop], str]] = {
    "Initiated": FullShop.refund_at_work,
    "Reserved": FullShop.reserved_refund,
    "Captured": lambda shop: after(shop.capture_refund, shop.reserved_refund()),
    "CancelledByClient": lambda shop: after(shop.cancel_refund, shop.reserved_refund()),
    "CancelledByMobilePay": lambda shop: after(
        shop.mobilepay_cancels_refund, shop.refund_at_work()
    ),
    "ExpiredAndCaptured": left_alone,
}
ACTS: dict[Trigger, Callable[[FullShop, str], None]] = {
    Trigger.CAPTURE: FullShop.capture_refund,
    Trigger.CLIENT_CANCELS: FullShop.cancel_refund,
    Trigger.MOBILEPAY_CANCELS: FullShop.mobilepay_cancels_refund,
}
HAPPENINGS: dict[Trigger, Callable[[FullShop, str], None]] = {
    Trigger.REFUND_RESERVED: lambda shop, _: shop.wait(milliseconds=500),
    Trigger.EXPIRE: lambda shop, _: shop.wait(hours=24),
}
ROWS = [row for row in REFUND_ROWS if row[0] is not None]
#: Asking again for what was done already is no mistake (section 8).
AGAIN = [("Captured", Trigger.CAPTURE), ("CancelledByClient", Trigger.CLIENT_CANCELS)]
OUTSIDE = [
    (state, trigger)
    for state in REFUND_STATES
    for trigger in ACTS
    if (state, trigger) not in [*((before, pulled) for before, pulled, _ in ROWS), *AGAIN]
]
REFUSALS: dict[Trigger, str | Refusal] = {
    **REFUND_REFUSALS,
    Trigger.MOBILEPAY_CANCELS: Refusal.CANNOT_CANCEL_REFUND,
}


@pytest.mark.parametrize("state", REFUND_STATES)
def test_a_refund_can_get_into_every_state(shop: FullShop, state: str) -> None:
    assert shop.refund_state(REFUND_WAYS[state](shop)) == state


@pytest.mark.parametrize(("before", "trigger", "then"), ROWS, ids=row_name)
def test_a_refund_goes_on_as_documented(
    shop: FullShop, before: str, trigger: Trigger, then: str
) -> None:
    refund_id = REFUND_WAYS[before](shop)
    (ACTS | HAPPENINGS)[trigger](shop, refund_id)

    assert shop.refund_state(refund_id) == then
    change = shop.world.events[-1]
    assert isinstance(change, RefundChanged)
    assert (change.refund_id, change.before, change.after) == (refund_id, before, then)
    assert change.trigger is trigger


@pytest.mark.parametrize(("state", "trigger"), OUTSIDE, ids=row_name)
def test_what_is_not_documented_is_refused_and_changes_nothing(
    shop: FullShop, state: str, trigger: Trigger
) -> None:
    refund_id = REFUND_WAYS[state](shop)
    before, balance = shop.refund_record(refund_id), shop.balance()
    with refused(REFUSALS[trigger]):
        ACTS[trigger](shop, refund_id)

    assert (shop.refund_record(refund_id), shop.balance()) == (before, balance)


@pytest.mark.parametrize(("state", "trigger"), AGAIN, ids=row_name)
def test_doing_again_what_worked_is_fine_and_changes_nothing(
    shop: FullShop, state: str, trigger: Trigger
) -> None:
    refund_id = REFUND_WAYS[state](shop)
    before, balance = shop.refund_record(refund_id), shop.balance()
    ACTS[trigger](shop, refund_id)

    assert (shop.refund_record(refund_id), shop.balance()) == (before, balance)


@pytest.mark.parametrize("state", FINAL_REFUND_STATES)
def test_time_does_not_change_a_refund_that_is_over(shop: FullShop, state: str) -> None:
    refund_id = REFUND_WAYS[state](shop)
    shop.wait(days=100)

    assert shop.refund_state(refund_id) == state


# --- what can be refunded ---------------------------------------------------------------------


def test_a_refund_is_what_was_asked_for(shop: FullShop) -> None:
    payment_id = shop.captured("10.00")
    refund = shop.refund_record(shop.refund(payment_id, "2.50", order_id="back-1"))

    assert (refund.payment_id, refund.order_id) == (payment_id, "back-1")
    assert (refund.amount, refund.currency) == (Decimal("2.50"), Currency.DKK)


def test_a_payment_must_be_there(shop: FullShop) -> None:
    with refused("1001"):
        shop.refund(UNKNOWN)


@pytest.mark.parametrize("state", [state for state in WAYS if state != "Captured"])
def test_only_a_captured_payment_can_be_refunded(shop: FullShop, state: str) -> None:
    payment_id = WAYS[state](shop)
    with refused("1354"):
        shop.refund(payment_id)


def test_a_refund_is_in_the_payments_currency(shop: FullShop) -> None:
    payment_id = shop.captured()
    with refused("1365"):
        shop.refund(payment_id, currency=Currency.EUR)


def test_a_payment_in_the_other_currency_is_refunded_in_it(shop: FullShop) -> None:
    payment_id = shop.captured(currency=Currency.EUR)
    shop.refund(payment_id, "4.00", currency=Currency.EUR)

    assert shop.balance(Currency.EUR) == Decimal("6.00")
    assert shop.balance(Currency.DKK) == 0


def test_a_payment_is_its_integrators_and_its_merchants(shop: FullShop) -> None:
    payment_id = shop.captured()
    for other in (shop.of_other_integrator(), shop.of_other_merchant()):
        with refused("1401"):
            other.refund(payment_id)


@pytest.mark.parametrize("days", [0, 89, 90])
def test_a_payment_can_be_refunded_for_ninety_days(shop: FullShop, days: int) -> None:
    payment_id = shop.captured()
    shop.wait(days=days)

    assert shop.refund_state(shop.refund(payment_id)) == "Initiated"


@pytest.mark.parametrize(("days", "milliseconds"), [(90, 1), (91, 0), (1000, 0)])
def test_a_payment_can_not_be_refunded_later(shop: FullShop, days: int, milliseconds: int) -> None:
    payment_id = shop.captured()
    shop.wait(days=days, milliseconds=milliseconds)
    with refused("1366"):
        shop.refund(payment_id)


def test_the_ninety_days_begin_with_the_capture(shop: FullShop) -> None:
    payment_id = shop.reserved()
    shop.wait(days=6)
    shop.capture(payment_id)
    shop.wait(days=90)

    assert shop.refund_state(shop.refund(payment_id)) == "Initiated"


# --- how much ---------------------------------------------------------------------------------


def test_a_payment_can_be_refunded_bit_by_bit_up_to_what_was_captured(shop: FullShop) -> None:
    payment_id = shop.reserved("10.00")
    shop.capture(payment_id, "6.00")
    shop.refund(payment_id, "2.50")
    with refused("1367"):
        shop.refund(payment_id, "3.51")
    shop.refund(payment_id, "3.50")
    with refused("1367"):
        shop.refund(payment_id, "0.01")


@pytest.mark.parametrize("state", REFUND_STATES)
def test_refunds_that_are_not_cancelled_count(shop: FullShop, state: str) -> None:
    payment_id = shop.refund_record(REFUND_WAYS[state](shop)).payment_id
    is_cancelled = state.startswith("Cancelled")
    # 10.00 were captured, and 1.00 of it refunded.
    left = Decimal("10.00") if is_cancelled else Decimal("9.00")

    with refused("1367"):
        shop.refund(payment_id, str(left + Decimal("0.01")))
    assert shop.refund_state(shop.refund(payment_id, str(left))) == "Initiated"


def test_a_refund_takes_its_amount_out_of_the_balance_at_once(shop: FullShop) -> None:
    payment_id = shop.captured("10.00")
    shop.refund(payment_id, "3.00")

    assert shop.balance() == Decimal("7.00")


@pytest.mark.parametrize("state", REFUND_STATES)
def test_a_cancelled_refund_puts_its_amount_back(shop: FullShop, state: str) -> None:
    REFUND_WAYS[state](shop)

    assert shop.balance() == Decimal("10.00" if state.startswith("Cancelled") else "9.00")


def test_a_refund_can_not_take_more_than_the_stores_balance(shop: FullShop) -> None:
    payment_id = shop.captured("10.00")
    with shop.world as world:
        store_id = shop.payment(payment_id).store_id
        stores.change_store(world, store_id, balance=Decimal("2.00"))
    with refused("1368"):
        shop.refund(payment_id, "2.01")
    shop.refund(payment_id, "2.00")

    assert shop.balance() == 0


def test_more_than_is_left_is_told_before_more_than_the_balance(shop: FullShop) -> None:
    payment_id = shop.captured("10.00")
    with shop.world as world:
        store_id = shop.payment(payment_id).store_id
        stores.change_store(world, store_id, balance=Decimal("0.00"))
    with refused("1367"):
        shop.refund(payment_id, "10.01")


# --- whose it is, and looking for it ----------------------------------------------------------


def look_at(shop: FullShop, refund_id: str) -> object:
    with shop.world as world:
        return refunds.get(world, shop.caller, refund_id)


def found(shop: FullShop, payment_id: str | None) -> list[str]:
    with shop.world as world:
        return [refund.id for refund in refunds.find(world, shop.caller, payment_id)]


@pytest.mark.parametrize(
    ("act", "unknown"),
    [
        (FullShop.capture_refund, "1004"),
        (FullShop.cancel_refund, Refusal.NOT_FOUND),
        (look_at, Refusal.NOT_FOUND),
    ],
)
def test_a_refund_is_its_integrators_and_its_merchants(
    shop: FullShop, act: Callable[[FullShop, str], object], unknown: str | Refusal
) -> None:
    refund_id = shop.reserved_refund()
    for other in (shop.of_other_integrator(), shop.of_other_merchant()):
        with refused("1402"):
            act(other, refund_id)
    with refused(unknown):
        act(shop, UNKNOWN)

    assert look_at(shop, refund_id) == shop.refund_record(refund_id)
    assert shop.refund_state(refund_id) == "Reserved"


def test_a_search_needs_a_payment(shop: FullShop) -> None:
    with refused("1110"):
        found(shop, None)


def test_a_search_finds_the_refunds_of_a_payment_oldest_first(shop: FullShop) -> None:
    payment_id = shop.captured()
    made = [shop.refund(payment_id) for _ in range(3)]
    shop.refund(shop.captured())
    shop.cancel_refund(made[1])

    assert found(shop, payment_id) == made
    assert found(shop.of_other_integrator(), payment_id) == []
    assert found(shop, UNKNOWN) == []


def test_what_was_done_already_answers_with_the_refund_as_it_is(shop: FullShop) -> None:
    captured, cancelled = shop.reserved_refund(), shop.reserved_refund()
    with shop.world as world:
        for refund_id, act in ((captured, refunds.capture), (cancelled, refunds.cancel)):
            done = act(world, shop.caller, refund_id)
            assert act(world, shop.caller, refund_id) == done == shop.refund_record(refund_id)


def test_a_refusal_says_whether_the_integrator_or_the_merchant_is_another(shop: FullShop) -> None:
    payment_id = shop.captured()
    with refused(Refusal.PAYMENT_OF_ANOTHER_INTEGRATOR):
        shop.of_other_integrator().refund(payment_id)
    with refused(Refusal.REFUND_PAYMENT_OF_ANOTHER_MERCHANT):
        shop.of_other_merchant().refund(payment_id)


def test_every_step_of_a_refund_is_told_in_an_event(shop: FullShop) -> None:
    payment_id = shop.captured()
    refund_id = shop.refund(payment_id)
    shop.wait(seconds=1)
    shop.capture_refund(refund_id)
    told = [event for event in shop.world.events if isinstance(event, RefundChanged)]

    assert [(each.before, each.trigger, each.after) for each in told] == [
        (None, Trigger.REFUND, "Initiated"),
        ("Initiated", Trigger.REFUND_RESERVED, "Reserved"),
        ("Reserved", Trigger.CAPTURE, "Captured"),
    ]
    assert {(each.refund_id, each.payment_id) for each in told} == {(refund_id, payment_id)}


@pytest.mark.parametrize("state", REFUND_STATES)
def test_a_refund_has_an_end_in_sight_until_it_is_over(shop: FullShop, state: str) -> None:
    refund_id = REFUND_WAYS[state](shop)
    pending = [
        command
        for _, command in shop.world.clock.pending()
        if getattr(command, "refund_id", None) == refund_id
    ]

    assert len(pending) == (state not in FINAL_REFUND_STATES)
