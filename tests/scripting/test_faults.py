"""Faults as data: which calls they strike, and what the wire is told."""

from datetime import timedelta
from enum import StrEnum

import pytest
from mobilepay_simulator.engine.ids import seeded
from mobilepay_simulator.engine.states import PaymentState
from mobilepay_simulator.scripting.fate import Ending, WirePlan
from mobilepay_simulator.scripting.faults import Body, Cut, Fault, Work
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.scripting.value_kinds import CALLS
from mobilepay_simulator.settings.documents import ProblemsFound

MINUTE = timedelta(minutes=1)


def fault(text: str) -> Fault:
    return read_scenario(f"summary: x\nfaults:\n  - {{call: GetPos, {text}}}", "x").faults[0]


STRIKES = [
    # the fault, number of the call, time since the first, whether it is struck
    ("delay: 1s", 1, 0, True),
    ("delay: 1s", 99, 99, True),
    ("first: 2, delay: 1s", 2, 0, True),
    ("first: 2, delay: 1s", 3, 0, False),
    ("nth: 2, delay: 1s", 1, 0, False),
    ("nth: 2, delay: 1s", 2, 0, True),
    ("nth: 2, delay: 1s", 3, 0, False),
    ("for: 2m, delay: 1s", 5, 2, True),
    ("for: 2m, delay: 1s", 5, 3, False),
    ("chance: 1, delay: 1s", 1, 0, True),
]


@pytest.mark.parametrize(("text", "count", "minutes", "has_fault"), STRIKES)
def test_a_fault_applies_to_the_calls_it_names(
    text: str, count: int, minutes: int, has_fault: bool
) -> None:
    assert fault(text).applies_to(count, minutes * MINUTE, seeded("x")) is has_fault


def test_a_chance_is_drawn_from_the_seed() -> None:
    maybe = fault("chance: 0.5, delay: 1s")

    def faulted(seed: str) -> list[bool]:
        random = seeded(seed)
        return [maybe.applies_to(1, MINUTE, random) for _ in range(200)]

    assert faulted("a") == faulted("a")
    assert faulted("a") != faulted("b")
    assert 60 < sum(faulted("a")) < 140


PLANS = [
    ("cut: before_commit", "POST", WirePlan(part=0)),
    ("cut: after_commit, by: reset", "POST", WirePlan(part=0, ending=Ending.RESET)),
    ("cut: mid_body", "GET", WirePlan(part=0.5)),
    ("cut: past_client_timeout", "GET", WirePlan(delay=0.75, outlasts_client=True)),
    ("cut: past_client_timeout", "POST", WirePlan(delay=3.0, outlasts_client=True)),
    ("delay: 250ms", "GET", WirePlan(delay=0.25)),
    ("delay: 250ms, work: after", "GET", WirePlan(delay=0.25, is_before_work=True)),
    ("dribble: 2s", "GET", WirePlan(dribble=2)),
    ("answer: {status: 500}", "GET", WirePlan()),
    (
        "hold: {until: Reserved, at_most: 4s}",
        "GET",
        WirePlan(delay=4, hold=PaymentState.RESERVED),
    ),
]


@pytest.mark.parametrize(("text", "method", "plan"), PLANS)
def test_a_fault_tells_the_wire_what_to_do(text: str, method: str, plan: WirePlan) -> None:
    assert fault(text).plan_for(method, seeded("x")) == plan


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("delay: {at_least: 1s, at_most: 3s}", 1, 3),
        ("delay: {at_least: 1s, spread: 0.5}", 0.05, 20),
        ("delay: {at_least: 2s}", 2, 2),
    ],
)
def test_delays_are_drawn_within_their_bounds(text: str, low: float, high: float) -> None:
    random = seeded("delays")
    drawn = [fault(text).plan_for("GET", random).delay for _ in range(100)]
    assert low <= min(drawn) <= max(drawn) <= high
    assert len(set(drawn)) > 1 or low == high


WORK = [
    ("answer: {status: 500}", False),
    ("answer: {status: 500}, work: done", True),
    ("cut: before_commit", False),
    ("cut: after_commit", True),
    ("cut: mid_body", True),
    ("cut: past_client_timeout", True),
    ("delay: 1s", True),
    ("delay: 1s, work: after", True),
]


@pytest.mark.parametrize(("text", "is_done"), WORK)
def test_the_work_of_a_struck_call_is_done_or_not(text: str, is_done: bool) -> None:
    assert fault(text).is_work_done is is_done


LIMITS = [
    # a fault, and whether there can be such a one
    ("delay: 5m", True),
    ("delay: 300001ms", False),
    ("dribble: 5m", True),
    ("answer: {status: 200}", True),
    ("answer: {status: 199}", False),
    ("answer: {status: 599}", True),
    ("answer: {status: 600}", False),
    ("answer: {status: 5_00}", False),
    ("answer: {status: x}", False),
    ("first: 1, delay: 1s", True),
    ("first: 1000000, delay: 1s", True),
    ("first: 1000001, delay: 1s", False),
    ("first: 1_0, delay: 1s", False),
    ("first: x, delay: 1s", False),
    ("nth: 0, delay: 1s", False),
    ("chance: 0, delay: 1s", False),
    ("chance: 0.01, delay: 1s", True),
    ("chance: 1, delay: 1s", True),
    ("chance: 1.01, delay: 1s", False),
    ("delay: {at_least: 1s, spread: 0}", False),
    ("delay: {at_least: 1s, spread: 3}", True),
    ("delay: {at_least: 1s, spread: 3.01}", False),
    ("delay: {at_least: 1s, at_most: 1s}", True),
    ("delay: {at_least: 1s, at_most: 2s, spread: 1}", False),
    ("hold: {until: Reserved}, dribble: 1s", True),
    ("cut: before_commit, by: reset", True),
    ("cut: mid_body, by: reset", True),
    ("cut: past_client_timeout, by: reset", False),
    ("cut: before_commit, work: not-done", True),
    ("cut: before_commit, delay: 1s, work: after", False),
    ("cut: after_commit, work: done", True),
    ("cut: after_commit, work: not-done", False),
    ("answer: {status: 500}, work: not-done", True),
    ("answer: {status: 500}, work: after", False),
    ("answer: {status: 500}, delay: 1s, work: after", True),
    ("hold: {until: Reserved}, work: after", True),
]


@pytest.mark.parametrize(("text", "is_right"), LIMITS)
def test_a_fault_is_refused_where_it_makes_no_sense(text: str, is_right: bool) -> None:
    if is_right:
        assert fault(text).call == ("GetPos",)
        return
    with pytest.raises(ProblemsFound) as found:
        fault(text)
    assert "invalid literal" not in str(found.value)


def test_a_spread_of_delays_lies_around_its_middle_and_is_never_longer_than_five_minutes() -> None:
    random = seeded("delays")
    spread = fault("delay: {at_least: 2s, spread: 0.5}")
    drawn = sorted(spread.plan_for("GET", random).delay for _ in range(1001))
    wide = fault("delay: {at_least: 4m, spread: 3}")
    longest = max(wide.plan_for("GET", random).delay for _ in range(100))

    assert 1.8 < drawn[500] < 2.2
    assert longest == 300


def test_what_a_client_gives_up_on_comes_no_sooner_than_its_delay() -> None:
    late = fault("cut: past_client_timeout, delay: 4s")
    assert late.plan_for("GET", seeded("x")).delay == 4.0
    assert fault("cut: past_client_timeout, delay: 1ms").plan_for("PUT", seeded("x")).delay == 3.0


def test_a_fault_that_is_left_to_itself_is_answered_500_with_an_error() -> None:
    answer = fault("answer: {}").answer
    assert answer is not None
    assert (answer.status, answer.code, answer.body) == (500, "2000", "error")
    hold = fault("hold: {until: Reserved}").hold
    assert hold is not None and hold.at_most == timedelta(seconds=10)


def test_the_words_of_a_fault_are_these() -> None:
    words: dict[type[StrEnum], list[str]] = {
        Cut: ["before_commit", "after_commit", "mid_body", "past_client_timeout"],
        Ending: ["close", "reset"],
        Body: ["error", "empty", "malformed", "truncated", "html", "wrong-type"],
        Work: ["done", "not-done", "after"],
    }
    assert {kind: [str(each) for each in kind] for kind in words} == words


def test_a_fault_can_strike_every_operation_of_the_service_and_its_authentication() -> None:
    assert [*CALLS] == [
        *("InitiatePayment", "PreparePayment", "QueryPaymentIds", "QueryPayment", "PaymentReady"),
        *("CapturePayment", "CancelPayment", "CreatePos", "GetPosWithFilter", "GetPos"),
        *("DeletePos", "GetCheckIn", "GetStores", "GetDetailedStores", "GetStore"),
        *("CreateRefund", "QueryRefundIds", "GetRefund", "CaptureRefund", "CancelRefund"),
        *("UserSimulationCheckin", "UserSimulationAcceptPayment", "UserSimulationCancelPayment"),
        *("Token", "Discovery", "KeySet"),
    ]


def test_a_plan_of_nothing_sends_all_of_the_answer_at_once() -> None:
    plan = WirePlan()
    assert (plan.delay, plan.is_before_work, plan.dribble, plan.part) == (0.0, False, 0.0, 1.0)
    assert (plan.hold, plan.until, plan.ending) == (None, None, "close")


def test_after_its_wait_a_plan_waits_for_nothing_more() -> None:
    plan = WirePlan(delay=2, is_before_work=True, hold=PaymentState.RESERVED, dribble=1, part=0.5)
    assert plan.after_wait() == WirePlan(dribble=1, part=0.5)
