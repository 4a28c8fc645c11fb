"""Expectations as pure functions of what was seen."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from simulator.engine.states import PaymentState
from simulator.scripting.expectations import Expectation, Record, Seen, Verdict
from simulator.scripting.scenario import read_scenario
from tests.support import START


def expectation(text: str) -> Expectation:
    return read_scenario(f"summary: x\nexpect:\n  - {{{text}}}", "x").expect[0]


def record(*calls: tuple[str, float, dict[str, Any]], states: tuple[Any, ...] = ()) -> Record:
    """Calls as (operation, seconds after the start, what differs); states likewise."""
    made = Record()
    for number, (call, seconds, changes) in enumerate(calls, 1):
        values = {
            "payment_id": "p",
            "key": "k",
            "amount": None,
            "fingerprint": "f",
            "is_struck": False,
            "status": 200,
            **changes,
        }
        at = START + timedelta(seconds=seconds)
        made.calls.append(Seen(number=number, at=at, call=call, **values))
    for state, seconds in states:
        made.states.append((START + timedelta(seconds=seconds), "p", state))
    return made


RESERVED = ((PaymentState.RESERVED, 10),)
STRUCK = {"is_struck": True, "status": 0}
TEN = {"amount": Decimal("10.00")}

# the expectation, what was seen, seconds since the start, the verdict
CASES: list[tuple[str, Record, float, str]] = [
    ("call: CapturePayment", record(), 0, "unfinished"),
    ("call: CapturePayment", record(("CapturePayment", 1, {})), 2, "passed"),
    ("call: CapturePayment", record(("CapturePayment", 1, {"status": 409})), 2, "unfinished"),
    ("call: CapturePayment, amount: 10", record(("CapturePayment", 1, TEN)), 2, "passed"),
    ("call: CapturePayment, amount: 9", record(("CapturePayment", 1, TEN)), 2, "unfinished"),
    ("call: CapturePayment, within: 5s", record(("GetPos", 0, {})), 5, "unfinished"),
    ("call: CapturePayment, within: 5s", record(("GetPos", 0, {})), 6, "failed"),
    ("call: CapturePayment, within: 5s", record(("GetPos", 0, {}), ("CapturePayment", 6, {})), 7, "failed"),
    ("call: CapturePayment, when: Reserved, within: 5s", record(), 99, "unfinished"),
    ("call: CapturePayment, when: Reserved, within: 5s", record(("CapturePayment", 14, {}), states=RESERVED), 99, "passed"),
    ("call: CapturePayment, when: Reserved, within: 5s", record(("CapturePayment", 16, {}), states=RESERVED), 99, "failed"),
    ("call: CapturePayment, when: Reserved, within: 5s", record(("CapturePayment", 11, {"status": 409}), states=RESERVED), 99, "failed"),
    ("not_called: CancelPayment", record(("CapturePayment", 1, {})), 2, "unfinished"),
    ("not_called: CancelPayment", record(("CancelPayment", 1, {})), 2, "failed"),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, {})), 2, "unfinished"),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK)), 2, "unfinished"),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK), ("CreatePos", 2, {})), 3, "passed"),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK), ("CreatePos", 2, {"key": "other"})), 3, "failed"),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK), ("CreatePos", 2, {"fingerprint": "g"})), 3, "failed"),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK), ("CreatePos", 2, {"key": "o", "fingerprint": "g"})), 3, "unfinished"),
    ("retried_with_same_key: CreatePos, at_most: 1", record(*[("CreatePos", n, STRUCK) for n in range(3)]), 9, "failed"),
    ("final_state: Captured", record(), 1, "unfinished"),
    ("final_state: Captured", record(states=RESERVED), 11, "unfinished"),
    ("final_state: Captured", record(states=((PaymentState.CAPTURED, 1),)), 2, "passed"),
    ("final_state: Captured", record(states=((PaymentState.CANCELLED_BY_USER, 1),)), 2, "failed"),
    ("polls_no_faster_than: pollDelayInMs", record(("QueryPayment", 1, {}), ("QueryPayment", 2, {})), 3, "unfinished"),
    ("polls_no_faster_than: pollDelayInMs", record(("QueryPayment", 1, {}), ("QueryPayment", 1.9, {})), 3, "failed"),
    ("polls_no_faster_than: 2s", record(("QueryPayment", 1, {}), ("QueryPayment", 2.5, {})), 3, "failed"),
    ("polls_no_faster_than: 2s", record(("QueryPayment", 1, {}), ("QueryPayment", 1, {})), 3, "unfinished"),
    ("polls_no_faster_than: 2s", record(("QueryPayment", 1, STRUCK), ("QueryPayment", 1.5, {})), 3, "unfinished"),
    ("polls_no_faster_than: 2s", record(("QueryPayment", 1, {}), ("QueryPayment", 1.5, {"payment_id": "q"})), 3, "unfinished"),
    ("calls_in_order: [GetPos, DeletePos]", record(("GetPos", 1, {}), ("GetStore", 2, {}), ("DeletePos", 3, {})), 4, "passed"),
    ("calls_in_order: [GetPos, DeletePos]", record(("DeletePos", 1, {}), ("GetPos", 2, {})), 3, "unfinished"),
    ("calls_in_order: [GetPos, DeletePos]", record(("GetPos", 1, {"status": 404}), ("DeletePos", 2, {})), 3, "unfinished"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "seen", "seconds", "verdict"), CASES)
def test_an_expectation_is_judged_by_what_was_seen(
    text: str, seen: Record, seconds: float, verdict: str
) -> None:
    finding = expectation(text).judge(seen, START + timedelta(seconds=seconds))
    assert finding.verdict == verdict
    assert finding.expected
    if verdict == "failed":
        assert finding.seen


def test_what_nothing_broke_has_passed_in_the_end() -> None:
    finding = expectation("not_called: CancelPayment").judge(record(), START)
    assert finding.settled().verdict is Verdict.PASSED


def test_what_did_not_happen_stays_unfinished_in_the_end() -> None:
    finding = expectation("call: CapturePayment").judge(record(), START)
    assert finding.settled().verdict is Verdict.UNFINISHED


def test_a_finding_names_the_call_that_broke_it() -> None:
    seen = record(("GetPos", 1, {}), ("CancelPayment", 2, TEN))
    finding = expectation("not_called: CancelPayment").judge(seen, START)
    assert finding.exchange == 2
    assert finding.seen == "call 2, CancelPayment 10.00 at 12:00:02.000000 (200)"
