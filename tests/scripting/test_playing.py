"""Scripts: steps happen in order, each when its state has come and its time is due."""

from datetime import timedelta

import pytest

from simulator.engine import merchants
from simulator.engine.callers import Caller
from simulator.engine.events import CheckedIn, PaymentChanged
from simulator.scripting.playing import StepBegun
from tests.engine.full_shop import refused
from tests.scripting.theatre import Theatre
from tests.support import CLIENT_ID, CREDIT, LOYAL, OTHER_MERCHANT

CHECK_IN_AND_ACCEPT = ("do: check-in", "when: IssuedToUser, do: accept")


def seconds(theatre: Theatre, payment_id: str) -> list[tuple[float, str]]:
    return [(at.total_seconds(), state) for at, state in theatre.timeline(payment_id)]


def reason(theatre: Theatre, payment_id: str) -> str | None:
    stopped = theatre.stopped(payment_id)
    assert stopped is not None
    return stopped.reason


# --- when a step happens ----------------------------------------------------------------------


def test_steps_without_times_happen_in_the_call_that_makes_the_payment(theatre: Theatre) -> None:
    theatre.steps("at-once", *CHECK_IN_AND_ACCEPT)

    assert theatre.state(theatre.start(script="at-once")) == "Reserved"


@pytest.mark.parametrize("leaps", [[100], [3, 4, 93], [1] * 100, [2.999, 0.001, 97]])
def test_steps_happen_at_their_own_times_however_time_is_moved(
    theatre: Theatre, leaps: list[float]
) -> None:
    theatre.steps(
        "slow",
        "after: 3s, do: check-in",
        "when: IssuedToUser, after: 4s, do: accept",
        "when: Reserved, after: 5s, do: expire",
    )
    payment_id = theatre.start(script="slow")
    for leap in leaps:
        theatre.wait(seconds=leap)

    assert seconds(theatre, payment_id) == [
        (0, "Initiated"),
        (3, "IssuedToUser"),
        (7, "Reserved"),
        (12, "ExpiredAndCancelled"),
    ]


def test_the_time_of_a_step_with_a_state_counts_from_that_state(theatre: Theatre) -> None:
    theatre.steps("waits", "when: IssuedToUser, after: 5s, do: accept")
    pos_id = theatre.create_pos()
    payment_id = theatre.start(pos_id, "waits")
    theatre.wait(seconds=60)
    theatre.check_in(pos_id)
    theatre.wait(seconds=60)

    assert seconds(theatre, payment_id)[-1] == (65, "Reserved")


def test_the_time_of_a_step_without_a_state_counts_from_the_step_before(theatre: Theatre) -> None:
    theatre.steps(
        "script",
        "do: check-in",
        "after: 5s, do: {check-in: {user: loyalty}}",
        "after: 5s, do: accept",
    )
    payment_id = theatre.start(script="script")
    theatre.wait(minutes=1)

    assert seconds(theatre, payment_id)[-1] == (10, "Reserved")


def test_a_step_does_not_happen_when_its_state_has_gone_before_its_time(theatre: Theatre) -> None:
    theatre.steps("late", "when: Initiated, after: 10s, do: cancel-by-mobilepay")
    pos_id = theatre.create_pos()
    payment_id = theatre.start(pos_id, "late")
    theatre.wait(seconds=9)
    theatre.check_in(pos_id)
    theatre.wait(seconds=9)

    assert theatre.state(payment_id) == "IssuedToUser"


def test_a_change_of_state_does_not_hurry_or_delay_a_step_without_a_state(
    theatre: Theatre,
) -> None:
    theatre.steps("patient", "after: 10s, do: cancel-by-mobilepay")
    pos_id = theatre.create_pos()
    payment_id = theatre.start(pos_id, "patient")
    theatre.wait(seconds=9)
    theatre.check_in(pos_id)
    theatre.wait(minutes=1)

    assert seconds(theatre, payment_id)[-1] == (10, "CancelledByMobilePay")


def test_a_step_is_told_with_its_number_and_its_action_before_what_it_does(
    theatre: Theatre,
) -> None:
    theatre.steps("told", "do: check-in", "after: 1s, do: accept")
    theatre.start(script="told")
    theatre.wait(seconds=1)
    told = [
        (event.number, event.action) if isinstance(event, StepBegun) else event.after
        for event in theatre.world.events
        if isinstance(event, StepBegun | PaymentChanged)
    ]

    assert told == ["Initiated", (1, "check-in"), "IssuedToUser", (2, "accept"), "Reserved"]


# --- how a script ends ------------------------------------------------------------------------


def test_a_script_ends_with_its_last_step(theatre: Theatre) -> None:
    payment_id = theatre.start(script="instant")

    assert reason(theatre, payment_id) is None
    assert theatre.director.playing(payment_id) is None


def test_a_script_of_no_steps_ends_at_once(theatre: Theatre) -> None:
    payment_id = theatre.start(script="manual")

    assert theatre.played(payment_id) == "manual"
    assert reason(theatre, payment_id) is None


def test_a_script_ends_with_its_payment(theatre: Theatre) -> None:
    payment_id = theatre.start(script="success")
    theatre.wait(seconds=1)
    theatre.cancel(payment_id)
    assert reason(theatre, payment_id) is None
    theatre.wait(minutes=1)

    assert theatre.state(payment_id) == "CancelledByClient"


def test_a_step_for_a_payment_that_is_over_happens_all_the_same(theatre: Theatre) -> None:
    theatre.steps(
        "after-all",
        *CHECK_IN_AND_ACCEPT,
        "when: Captured, after: 2s, do: {set-store: {balance: 3}}",
    )
    payment_id = theatre.start(script="after-all")
    theatre.capture(payment_id)
    assert theatre.balance() == 10
    theatre.wait(seconds=2)

    assert theatre.balance() == 3


def test_a_refused_step_stops_the_script_and_says_why(theatre: Theatre) -> None:
    theatre.steps("wrong", "after: 1s, do: accept", "after: 1s, do: check-in")
    payment_id = theatre.start(script="wrong")
    theatre.wait(seconds=5)

    assert theatre.state(payment_id) == "Initiated"
    said = reason(theatre, payment_id)
    assert said is not None and said.startswith("step 1 (accept): No payment on this point of sale")
    assert not any(isinstance(event, CheckedIn) for event in theatre.world.events)


def test_a_payment_goes_on_after_its_script_was_stopped(theatre: Theatre) -> None:
    theatre.steps("wrong", "do: accept")
    payment = theatre.payment(theatre.start(script="wrong"))
    theatre.check_in(payment.pos_id)
    theatre.accept(payment.id)

    assert theatre.state(payment.id) == "Reserved"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("do: {check-in: {user: '+4599999999'}}", "There is no test user"),
        ("do: expire", "Only a reserved payment"),
        ("do: {jump: {by: 36500d}}", "the clock stops at 9000-01-01"),
    ],
)
def test_what_the_engine_refuses_stops_the_script(theatre: Theatre, step: str, said: str) -> None:
    theatre.wait(days=6950 * 365)
    theatre.steps("wrong", step)
    payment_id = theatre.start(script="wrong")

    assert said in (reason(theatre, payment_id) or "")


def test_nobody_checks_in_where_the_point_of_sale_is_deleted(theatre: Theatre) -> None:
    payment = theatre.payment(theatre.start(script="success"))
    theatre.delete_pos(payment.pos_id)
    theatre.wait(seconds=5)

    assert theatre.state(payment.id) == "Initiated"
    assert "There is no such point of sale" in (reason(theatre, payment.id) or "")


def test_two_scripts_do_not_disturb_each_other(theatre: Theatre) -> None:
    first, second = theatre.start(script="success"), theatre.start(script="rejection")
    theatre.wait(minutes=1)

    assert [theatre.state(each) for each in (first, second)] == ["Reserved", "CancelledByUser"]


# --- what a step can do -----------------------------------------------------------------------


def test_a_scripts_customer_is_of_the_shops_country() -> None:
    theatre = Theatre(caller=Caller(CLIENT_ID, OTHER_MERCHANT))
    customer = theatre.payment(theatre.start(script="instant")).customer

    assert customer is not None and customer.phone == "+358200318001"


def test_a_customer_can_be_named_by_a_phone_number(theatre: Theatre) -> None:
    theatre.steps("by-phone", f"do: {{check-in: {{user: '{LOYAL}'}}}}")
    customer = theatre.payment(theatre.start(script="by-phone")).customer

    assert customer is not None and customer.phone == LOYAL


def test_whoever_is_there_can_leave_and_the_payment_stays_theirs(theatre: Theatre) -> None:
    theatre.steps("leaves", "do: check-in", "do: leave")
    payment = theatre.payment(theatre.start(script="leaves"))

    assert payment.pos_id not in theatre.world.check_ins
    assert payment.state == "IssuedToUser"
    assert payment.customer is not None and payment.customer.phone == CREDIT


def test_a_payment_that_is_kept_active_is_not_cancelled_until_its_state_changes(
    theatre: Theatre,
) -> None:
    theatre.steps("kept", "do: keep-active")
    payment = theatre.payment(theatre.start(script="kept"))
    theatre.wait(days=30)
    assert theatre.state(payment.id) == "Initiated"
    theatre.check_in(payment.pos_id)
    theatre.wait(minutes=10)

    assert theatre.state(payment.id) == "CancelledByMobilePay"


def test_a_store_can_be_deactivated(theatre: Theatre) -> None:
    theatre.steps("closes", "do: {set-store: {active: false}}")
    theatre.start(script="closes")
    with refused("1204"):
        theatre.start()
    with theatre.world as world:
        assert not merchants.find(world, theatre.caller)[0].is_active


def test_a_length_can_be_changed(theatre: Theatre) -> None:
    theatre.steps("hurried", "do: {change: {rule: inactivity_limit, to: 3s}}", "do: check-in")
    payment_id = theatre.start(script="hurried")
    theatre.wait(minutes=1)

    assert seconds(theatre, payment_id)[-1] == (3, "CancelledByMobilePay")
    assert theatre.world.rules.inactivity_limit == timedelta(seconds=3)


def test_time_can_jump_and_what_falls_due_on_the_way_happens_at_its_own_time(
    theatre: Theatre,
) -> None:
    other = theatre.start()
    theatre.steps("jumps", *CHECK_IN_AND_ACCEPT, "after: 1s, do: {jump: {by: 8d}}")
    payment_id = theatre.start(script="jumps")
    theatre.wait(seconds=1)

    assert seconds(theatre, other)[-1] == (600, "CancelledByMobilePay")
    assert seconds(theatre, payment_id)[-1] == (7 * 86400, "ExpiredAndCancelled")
    assert theatre.world.clock.now == theatre.payment(payment_id).created_at + timedelta(
        days=8, seconds=1
    )


def test_mobilepay_cancels_the_refunds_that_are_not_reserved_yet(theatre: Theatre) -> None:
    theatre.steps(
        "fails", *CHECK_IN_AND_ACCEPT, "when_refund: Reserved, after: 100ms, do: cancel-refunds"
    )
    payment_id = theatre.start(script="fails")
    theatre.capture(payment_id)
    first = theatre.refund(payment_id)
    theatre.wait(milliseconds=550)
    second = theatre.refund(payment_id)
    theatre.wait(milliseconds=50)

    assert theatre.refund_state(first) == "Reserved"
    assert theatre.refund_state(second) == "CancelledByMobilePay"


def test_a_step_can_wait_for_a_refund(theatre: Theatre) -> None:
    theatre.steps(
        "waits", *CHECK_IN_AND_ACCEPT, "when_refund: Captured, do: {set-store: {balance: 0}}"
    )
    payment_id = theatre.start(script="waits")
    theatre.capture(payment_id)
    refund_id = theatre.refund(payment_id)
    theatre.wait(seconds=1)
    assert theatre.balance() == 9
    theatre.capture_refund(refund_id)

    assert theatre.balance() == 0


def test_notifications_can_be_dropped(theatre: Theatre) -> None:
    theatre.steps("lost", "do: {set-notifications: {copies: 0, after: 2s}}")
    theatre.start(script="lost")

    assert theatre.world.notification_habit.copies == 0
    assert theatre.world.notification_habit.after == timedelta(seconds=2)
