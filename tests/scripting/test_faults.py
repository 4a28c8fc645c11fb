"""Faults as data: which calls they strike, and what the wire is told."""

from datetime import timedelta

import pytest

from simulator.engine.ids import seeded
from simulator.engine.states import PaymentState
from simulator.scripting.faults import Ending, Fault, WirePlan, plan_of
from simulator.scripting.scenario import read_scenario

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


@pytest.mark.parametrize(("text", "count", "minutes", "is_struck"), STRIKES)
def test_a_fault_strikes_the_calls_it_says(
    text: str, count: int, minutes: int, is_struck: bool
) -> None:
    assert fault(text).strikes(count, minutes * MINUTE, seeded("x")) is is_struck


def test_a_chance_is_drawn_from_the_seed() -> None:
    maybe = fault("chance: 0.5, delay: 1s")

    def struck(seed: str) -> list[bool]:
        random = seeded(seed)
        return [maybe.strikes(1, MINUTE, random) for _ in range(200)]

    assert struck("a") == struck("a")
    assert struck("a") != struck("b")
    assert 60 < sum(struck("a")) < 140


PLANS = [
    ("cut: before_commit", "POST", WirePlan(part=0)),
    ("cut: after_commit, by: reset", "POST", WirePlan(part=0, ending=Ending.RESET)),
    ("cut: mid_body", "GET", WirePlan(part=0.5)),
    ("cut: past_client_timeout", "GET", WirePlan(delay=0.75)),
    ("cut: past_client_timeout", "POST", WirePlan(delay=3.0)),
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
    assert plan_of(fault(text), method, seeded("x")) == plan


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
    drawn = [plan_of(fault(text), "GET", random).delay for _ in range(100)]
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
