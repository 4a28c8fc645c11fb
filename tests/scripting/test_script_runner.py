"""Scripts: steps happen in order, each when its state has come and its time is due."""

from datetime import timedelta

import pytest
from mobilepay_simulator.engine import stores
from mobilepay_simulator.engine.events import CheckedIn, PaymentChanged
from mobilepay_simulator.engine.records import Caller
from mobilepay_simulator.scripting.call import Call
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.scripting.script_runner import StepBegun
from mobilepay_simulator.settings.documents import ProblemsFound

from tests.engine.full_shop import refused
from tests.scripting.scenario_shop import ScenarioShop
from tests.support import CLIENT_ID, CREDIT, LOYAL, OTHER_MERCHANT

CHECK_IN_AND_ACCEPT = ("do: check-in", "when: IssuedToUser, do: accept")


def seconds(shop: ScenarioShop, payment_id: str) -> list[tuple[float, str]]:
    return [(at.total_seconds(), state) for at, state in shop.timeline(payment_id)]


def reason(shop: ScenarioShop, payment_id: str) -> str | None:
    stopped = shop.stopped(payment_id)
    assert stopped is not None
    return stopped.reason


# --- when a step happens ----------------------------------------------------------------------


def test_steps_without_times_happen_in_the_call_that_makes_the_payment(shop: ScenarioShop) -> None:
    shop.steps("at-once", *CHECK_IN_AND_ACCEPT)

    assert shop.state(shop.start(script="at-once")) == "Reserved"


@pytest.mark.parametrize("leaps", [[100], [3, 4, 93], [1] * 100, [2.999, 0.001, 97]])
def test_steps_happen_at_their_own_times_however_time_is_moved(
    shop: ScenarioShop, leaps: list[float]
) -> None:
    shop.steps(
        "slow",
        "after: 3s, do: check-in",
        "when: IssuedToUser, after: 4s, do: accept",
        "when: Reserved, after: 5s, do: expire",
    )
    payment_id = shop.start(script="slow")
    for leap in leaps:
        shop.wait(seconds=leap)

    assert seconds(shop, payment_id) == [
        (0, "Initiated"),
        (3, "IssuedToUser"),
        (7, "Reserved"),
        (12, "ExpiredAndCancelled"),
    ]


def test_the_time_of_a_step_with_a_state_counts_from_that_state(shop: ScenarioShop) -> None:
    shop.steps("waits", "when: IssuedToUser, after: 5s, do: accept")
    pos_id = shop.create_pos()
    payment_id = shop.start(pos_id, "waits")
    shop.wait(seconds=60)
    shop.check_in(pos_id)
    shop.wait(seconds=60)

    assert seconds(shop, payment_id)[-1] == (65, "Reserved")


def test_the_time_of_a_step_without_a_state_counts_from_the_step_before(shop: ScenarioShop) -> None:
    shop.steps(
        "script",
        "do: check-in",
        "after: 5s, do: {check-in: {user: loyalty}}",
        "after: 5s, do: accept",
    )
    payment_id = shop.start(script="script")
    shop.wait(minutes=1)

    assert seconds(shop, payment_id)[-1] == (10, "Reserved")


def test_a_step_does_not_happen_when_its_state_has_gone_before_its_time(shop: ScenarioShop) -> None:
    shop.steps("late", "when: Initiated, after: 10s, do: cancel-by-mobilepay")
    pos_id = shop.create_pos()
    payment_id = shop.start(pos_id, "late")
    shop.wait(seconds=9)
    shop.check_in(pos_id)
    shop.wait(seconds=9)

    assert shop.state(payment_id) == "IssuedToUser"


def test_a_change_of_state_does_not_hurry_or_delay_a_step_without_a_state(
    shop: ScenarioShop,
) -> None:
    shop.steps("patient", "after: 10s, do: cancel-by-mobilepay")
    pos_id = shop.create_pos()
    payment_id = shop.start(pos_id, "patient")
    shop.wait(seconds=9)
    shop.check_in(pos_id)
    shop.wait(minutes=1)

    assert seconds(shop, payment_id)[-1] == (10, "CancelledByMobilePay")


def test_a_step_is_told_with_its_number_and_its_action_before_what_it_does(
    shop: ScenarioShop,
) -> None:
    shop.steps("told", "do: check-in", "after: 1s, do: accept")
    shop.start(script="told")
    shop.wait(seconds=1)
    told = [
        (event.number, event.action) if isinstance(event, StepBegun) else event.after
        for event in shop.world.events
        if isinstance(event, StepBegun | PaymentChanged)
    ]

    assert told == ["Initiated", (1, "check-in"), "IssuedToUser", (2, "accept"), "Reserved"]


# --- how a script ends ------------------------------------------------------------------------


def test_a_script_ends_with_its_last_step(shop: ScenarioShop) -> None:
    payment_id = shop.start(script="instant")

    assert reason(shop, payment_id) is None
    assert shop.scenario_engine.active_scenario(payment_id) is None


def test_a_script_of_no_steps_ends_at_once(shop: ScenarioShop) -> None:
    payment_id = shop.start(script="manual")

    assert shop.played(payment_id) == "manual"
    assert reason(shop, payment_id) is None


def test_a_script_ends_with_its_payment(shop: ScenarioShop) -> None:
    payment_id = shop.start(script="success")
    shop.wait(seconds=1)
    shop.cancel(payment_id)
    assert reason(shop, payment_id) is None
    shop.wait(minutes=1)

    assert shop.state(payment_id) == "CancelledByClient"


def test_a_step_for_a_payment_that_is_over_happens_all_the_same(shop: ScenarioShop) -> None:
    shop.steps(
        "after-all",
        *CHECK_IN_AND_ACCEPT,
        "when: Captured, after: 2s, do: {set-store: {balance: 3}}",
    )
    payment_id = shop.start(script="after-all")
    shop.capture(payment_id)
    assert shop.balance() == 10
    shop.wait(seconds=2)

    assert shop.balance() == 3


def test_a_refused_step_stops_the_script_and_says_why(shop: ScenarioShop) -> None:
    shop.steps("wrong", "after: 1s, do: accept", "after: 1s, do: check-in")
    payment_id = shop.start(script="wrong")
    shop.wait(seconds=5)

    assert shop.state(payment_id) == "Initiated"
    said = reason(shop, payment_id)
    assert said is not None and said.startswith("step 1 (accept): No payment on this point of sale")
    assert not any(isinstance(event, CheckedIn) for event in shop.world.events)


def test_a_payment_goes_on_after_its_script_was_stopped(shop: ScenarioShop) -> None:
    shop.steps("wrong", "do: accept")
    payment = shop.payment(shop.start(script="wrong"))
    shop.check_in(payment.pos_id)
    shop.accept(payment.id)

    assert shop.state(payment.id) == "Reserved"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("do: {check-in: {user: '+4599999999'}}", "There is no test user"),
        ("do: expire", "Only a reserved payment"),
        ("do: {jump: {by: 36500d}}", "the clock stops at 9000-01-01"),
    ],
)
def test_what_the_engine_refuses_stops_the_script(shop: ScenarioShop, step: str, said: str) -> None:
    shop.wait(days=6950 * 365)
    shop.steps("wrong", step)
    payment_id = shop.start(script="wrong")

    assert said in (reason(shop, payment_id) or "")


def test_nobody_checks_in_where_the_point_of_sale_is_deleted(shop: ScenarioShop) -> None:
    payment = shop.payment(shop.start(script="success"))
    shop.delete_pos(payment.pos_id)
    shop.wait(seconds=5)

    assert shop.state(payment.id) == "Initiated"
    assert "There is no such point of sale" in (reason(shop, payment.id) or "")


def test_two_scripts_do_not_disturb_each_other(shop: ScenarioShop) -> None:
    first, second = shop.start(script="success"), shop.start(script="rejection")
    shop.wait(minutes=1)

    assert [shop.state(each) for each in (first, second)] == ["Reserved", "CancelledByUser"]


# --- what a step can do -----------------------------------------------------------------------


def test_a_scripts_customer_is_of_the_shops_country() -> None:
    shop = ScenarioShop(caller=Caller(CLIENT_ID, OTHER_MERCHANT))
    customer = shop.payment(shop.start(script="instant")).customer

    assert customer is not None and customer.phone == "+358200318001"


def test_a_customer_can_be_named_by_a_phone_number(shop: ScenarioShop) -> None:
    shop.steps("by-phone", f"do: {{check-in: {{user: '{LOYAL}'}}}}")
    customer = shop.payment(shop.start(script="by-phone")).customer

    assert customer is not None and customer.phone == LOYAL


def test_whoever_is_there_can_leave_and_the_payment_stays_theirs(shop: ScenarioShop) -> None:
    shop.steps("leaves", "do: check-in", "do: leave")
    payment = shop.payment(shop.start(script="leaves"))

    assert payment.pos_id not in shop.world.check_ins
    assert payment.state == "IssuedToUser"
    assert payment.customer is not None and payment.customer.phone == CREDIT


def test_a_payment_that_is_kept_active_is_not_cancelled_until_its_state_changes(
    shop: ScenarioShop,
) -> None:
    shop.steps("kept", "do: keep-active")
    payment = shop.payment(shop.start(script="kept"))
    shop.wait(days=30)
    assert shop.state(payment.id) == "Initiated"
    shop.check_in(payment.pos_id)
    shop.wait(minutes=10)

    assert shop.state(payment.id) == "CancelledByMobilePay"


def test_a_store_can_be_deactivated(shop: ScenarioShop) -> None:
    shop.steps("closes", "do: {set-store: {active: false}}")
    shop.start(script="closes")
    with refused("1204"):
        shop.start()
    with shop.world as world:
        assert not stores.find(world, shop.caller)[0].is_active


def test_a_length_can_be_changed(shop: ScenarioShop) -> None:
    shop.steps("hurried", "do: {change: {rule: inactivity_limit, to: 3s}}", "do: check-in")
    payment_id = shop.start(script="hurried")
    shop.wait(minutes=1)

    assert seconds(shop, payment_id)[-1] == (3, "CancelledByMobilePay")
    assert shop.world.rules.inactivity_limit == timedelta(seconds=3)


def test_time_can_jump_and_what_falls_due_on_the_way_happens_at_its_own_time(
    shop: ScenarioShop,
) -> None:
    other = shop.start()
    shop.steps("jumps", *CHECK_IN_AND_ACCEPT, "after: 1s, do: {jump: {by: 8d}}")
    payment_id = shop.start(script="jumps")
    shop.wait(seconds=1)

    assert seconds(shop, other)[-1] == (600, "CancelledByMobilePay")
    assert seconds(shop, payment_id)[-1] == (7 * 86400, "ExpiredAndCancelled")
    assert shop.world.clock.now == shop.payment(payment_id).created_at + timedelta(
        days=8, seconds=1
    )


def test_mobilepay_cancels_the_refunds_that_are_not_reserved_yet(shop: ScenarioShop) -> None:
    shop.steps(
        "fails", *CHECK_IN_AND_ACCEPT, "when_refund: Reserved, after: 100ms, do: cancel-refunds"
    )
    payment_id = shop.start(script="fails")
    shop.capture(payment_id)
    first = shop.refund(payment_id)
    shop.wait(milliseconds=550)
    second = shop.refund(payment_id)
    shop.wait(milliseconds=50)

    assert shop.refund_state(first) == "Reserved"
    assert shop.refund_state(second) == "CancelledByMobilePay"


def test_a_step_can_wait_for_a_refund(shop: ScenarioShop) -> None:
    shop.steps(
        "waits", *CHECK_IN_AND_ACCEPT, "when_refund: Captured, do: {set-store: {balance: 0}}"
    )
    payment_id = shop.start(script="waits")
    shop.capture(payment_id)
    refund_id = shop.refund(payment_id)
    shop.wait(seconds=1)
    assert shop.balance() == 9
    shop.capture_refund(refund_id)

    assert shop.balance() == 0


def test_notifications_can_be_dropped(shop: ScenarioShop) -> None:
    shop.steps("lost", "do: {set-notifications: {copies: 0, after: 2s}}")
    shop.start(script="lost")

    assert shop.world.notification_policy.copies == 0
    assert shop.world.notification_policy.after == timedelta(seconds=2)


# --- a step that a query brings on ------------------------------------------------------------

BY_QUERY = (
    "after: 8s, or_query: 1, do: check-in",
    "when: IssuedToUser, after: 4s, or_query: 2, do: accept",
)


def look(shop: ScenarioShop, payment_id: str) -> str:
    """A query of the payment, before which the scenario is asked."""
    call = Call(name="QueryPayment", payment_id=payment_id)
    with shop.world:
        shop.scenario_engine.decide(call)
    return shop.state(payment_id)


def test_a_step_happens_at_a_query_where_that_comes_first(shop: ScenarioShop) -> None:
    shop.steps("by-query", *BY_QUERY)
    payment_id = shop.start(script="by-query")
    shop.wait(seconds=1)

    assert look(shop, payment_id) == "IssuedToUser"
    assert look(shop, payment_id) == "Reserved"


def test_a_step_happens_in_time_where_no_query_comes(shop: ScenarioShop) -> None:
    shop.steps("by-query", *BY_QUERY)
    payment_id = shop.start(script="by-query")
    shop.wait(seconds=30)

    assert seconds(shop, payment_id) == [(0, "Initiated"), (8, "IssuedToUser"), (12, "Reserved")]


def test_a_query_for_two_steps_brings_both_on(shop: ScenarioShop) -> None:
    shop.steps("by-query", BY_QUERY[0], BY_QUERY[1].replace("or_query: 2", "or_query: 1"))
    payment_id = shop.start(script="by-query")

    assert look(shop, payment_id) == "Reserved"


def test_a_query_that_a_fault_has_struck_brings_nothing_on(shop: ScenarioShop) -> None:
    steps = "".join(f"  - {{{step}}}\n" for step in BY_QUERY)
    fault = "faults:\n  - {call: QueryPayment, first: 1, answer: {status: 500}}\n"
    shop.upload("by-query", f"summary: x\nsteps:\n{steps}{fault}")
    payment_id = shop.start(script="by-query")

    assert look(shop, payment_id) == "Initiated"
    assert look(shop, payment_id) == "IssuedToUser"


def test_a_query_brings_on_nothing_whose_state_has_not_come(shop: ScenarioShop) -> None:
    shop.steps("by-query", "when: Paired, after: 8s, or_query: 1, do: cancel-by-user")
    payment_id = shop.start(script="by-query")

    assert look(shop, payment_id) == "Initiated"


def test_a_query_can_only_cut_a_wait_short() -> None:
    with pytest.raises(ProblemsFound, match="or_query"):
        read_scenario("summary: x\nsteps:\n  - {or_query: 1, do: check-in}\n", "by-query")
