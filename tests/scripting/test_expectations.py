"""Expectations as pure functions of what was seen."""

from datetime import timedelta
from decimal import Decimal

import pytest
from mobilepay_simulator.engine.states import PaymentState, RefundState
from mobilepay_simulator.scripting.run_record import ObservedRefund, RunRecord, RunVerdict
from mobilepay_simulator.settings.documents import ProblemsFound

from tests.scripting.witness import (
    BLOCKED,
    LATE,
    NINE,
    RESERVED,
    SLOW,
    STRUCK,
    TEN,
    WHOLE,
    expectation,
    record,
)
from tests.support import START

# the expectation, what was seen, seconds since the start, the verdict
CASES: list[tuple[str, RunRecord, float, str]] = [
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
    ("polls_no_faster_than: 2s", record(("QueryPayment", 1, STRUCK), ("QueryPayment", 1.5, {})), 3, "failed"),
    ("polls_no_faster_than: pollDelayInMs", record(("QueryPayment", 1, {}), ("QueryPayment", 1.96, {})), 3, "unfinished"),
    ("polls_no_faster_than: pollDelayInMs", record(("QueryPayment", 1, SLOW), ("QueryPayment", 2, {})), 3, "failed"),
    ("polls_no_faster_than: pollDelayInMs", record(("QueryPayment", 1, SLOW), ("QueryPayment", 4, STRUCK), ("QueryPayment", 5, {})), 6, "failed"),
    ("polls_no_faster_than: pollDelayInMs", record(("QueryPayment", 1, {}), ("CapturePayment", 1.2, {}), ("QueryPayment", 1.4, {})), 3, "unfinished"),
    ("polls_no_faster_than: pollDelayInMs", record(("QueryPayment", 10.1, {}), ("QueryPayment", 10.2, {}), states=RESERVED), 11, "unfinished"),
    ("polls_no_faster_than: pollDelayInMs", record(("QueryPayment", 10.1, {}), ("QueryPayment", 10.2, {}), ("QueryPayment", 10.3, {}), states=RESERVED), 11, "failed"),
    ("polls_no_faster_than: pollDelayInMs", record(("QueryPayment", 1, {"status": 404}), ("QueryPayment", 1.1, {})), 3, "unfinished"),
    ("polls_no_faster_than: 2s", record(("QueryPayment", 1, {}), ("QueryPayment", 1.5, {"payment_id": "q"})), 3, "unfinished"),
    ("calls_in_order: [GetPos, DeletePos]", record(("GetPos", 1, {}), ("GetStore", 2, {}), ("DeletePos", 3, {})), 4, "passed"),
    ("calls_in_order: [GetPos, DeletePos]", record(("DeletePos", 1, {}), ("GetPos", 2, {})), 3, "unfinished"),
    ("calls_in_order: [GetPos, DeletePos]", record(("GetPos", 1, {"status": 404}), ("DeletePos", 2, {})), 3, "unfinished"),
    ("call: [GetPos, GetCheckIn], when: [Paired, Reserved], within: 5s", record(("GetCheckIn", 12, {}), states=RESERVED), 99, "passed"),
    ("call: [GetPos, GetCheckIn], when: [Paired, Reserved], within: 5s", record(("GetCheckIn", 2, {}), states=RESERVED), 12, "unfinished"),
    ("final_state: [Captured, CancelledByClient]", record(states=((PaymentState.CAPTURED, 1),)), 2, "passed"),
    ("final_state: [Captured, CancelledByClient]", record(states=((PaymentState.CANCELLED_BY_USER, 1),)), 2, "failed"),
    ("tries: CreatePos", record(), 1, "unfinished"),
    ("tries: CreatePos", record(("CreatePos", 1, STRUCK)), 1, "passed"),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK)), 30, "unfinished"),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK)), 32, "failed"),
    ("tries: CreatePos, nth: 2, within: 2m", record(("CreatePos", 1, STRUCK)), 120, "unfinished"),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK), ("CreatePos", 3, {})), 4, "passed"),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK), ("CreatePos", 3, {"key": "l"})), 4, "failed"),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK), ("CreatePos", 3, {"fingerprint": "g"})), 4, "failed"),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, LATE), ("CreatePos", 3, {"real_at": 3.0})), 4, "passed"),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, LATE), ("CreatePos", 2, {"real_at": 2.6})), 4, "failed"),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, LATE | {"has_arrived": True})), 6, "failed"),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, LATE | {"has_arrived": False})), 6, "unfinished"),
    ("tries: GetPos, nth: 2", record(("GetPos", 1, LATE), ("GetPos", 2, {"real_at": 1.5})), 4, "passed"),
    ("tries: GetPos, nth: 2", record(("GetPos", 1, LATE), ("GetPos", 2, {"real_at": 1.4})), 4, "failed"),
    ("tries: CreatePos, nth: 3", record(("CreatePos", 1, STRUCK)), 99, "unfinished"),
    ("answered: InitiatePayment, code: 1301", record(("InitiatePayment", 1, BLOCKED)), 2, "passed"),
    ("answered: InitiatePayment, code: 1301", record(("InitiatePayment", 1, {})), 2, "unfinished"),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, {})), 2, "unfinished"),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED)), 2, "unfinished"),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED), ("InitiatePayment", 2, BLOCKED)), 3, "failed"),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED), ("CancelPayment", 2, {})), 3, "unfinished"),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED), ("CancelPayment", 2, {"status": 409}), ("InitiatePayment", 3, {})), 4, "failed"),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED), ("CancelPayment", 2, {}), ("InitiatePayment", 3, {})), 4, "passed"),
    ("captures: one-amount", record(("CapturePayment", 1, TEN), ("CapturePayment", 2, TEN)), 3, "unfinished"),
    ("captures: one-amount", record(("CapturePayment", 1, TEN), ("CapturePayment", 2, NINE)), 3, "failed"),
    ("captures: one-amount", record(("CapturePayment", 1, TEN), ("CapturePayment", 2, NINE | {"payment_id": "q"})), 3, "unfinished"),
    ("captures: in-full", record(("CapturePayment", 1, TEN), amounts=WHOLE), 3, "unfinished"),
    ("captures: in-full", record(("CapturePayment", 1, NINE), amounts=WHOLE), 3, "failed"),
    ("not_refused: CapturePayment", record(("CapturePayment", 1, {"status": 409, "code": "1308"})), 2, "failed"),
    ("not_refused: CapturePayment", record(("CapturePayment", 1, {"status": 401, "has_fault": True})), 2, "unfinished"),
    ("not_refused: [GetPos, CapturePayment]", record(("CapturePayment", 1, {"status": 500})), 2, "unfinished"),
    ("not_retried: CapturePayment", record(("CapturePayment", 1, {}), ("CapturePayment", 2, {})), 3, "failed"),
    ("not_retried: CapturePayment", record(("CapturePayment", 1, {}), ("CapturePayment", 2, {"fingerprint": "g"})), 3, "unfinished"),
    ("gives_up: CreatePos", record(*[("CreatePos", n, STRUCK) for n in range(6)]), 9, "unfinished"),
    ("gives_up: CreatePos", record(*[("CreatePos", n, STRUCK) for n in range(7)]), 9, "failed"),
    ("restricts: true", record(), 1, "unfinished"),
    ("restricts: true", record(amounts=WHOLE, restricted=["p"]), 1, "passed"),
    ("restricts: true", record(amounts=WHOLE), 1, "failed"),
    ("restricts: false", record(amounts=WHOLE, restricted=["p"]), 1, "failed"),
    ("notified: 200", record(), 1, "unfinished"),
    ("notified: 200", record(notified=[(START, 200)]), 1, "passed"),
    ("notified: 200", record(notified=[(START, 500), (START, 200)]), 1, "failed"),
    ("notified: 200", record(notified=[(START, None)]), 1, "failed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "seen", "seconds", "verdict"), CASES)
def test_an_expectation_is_judged_by_what_was_seen(
    text: str, seen: RunRecord, seconds: float, verdict: str
) -> None:
    finding = expectation(text).judge(seen, START + timedelta(seconds=seconds))
    assert finding.verdict == verdict
    assert finding.expected
    if verdict == "failed":
        assert finding.seen.told()


def test_what_nothing_broke_has_passed_in_the_end() -> None:
    finding = expectation("not_called: CancelPayment").judge(record(), START)
    assert finding.settled().verdict is RunVerdict.PASSED


def test_what_did_not_happen_stays_unfinished_in_the_end() -> None:
    finding = expectation("call: CapturePayment").judge(record(), START)
    assert finding.settled().verdict is RunVerdict.UNFINISHED


def test_a_finding_names_the_call_that_broke_it() -> None:
    seen = record(("GetPos", 1, {}), ("CancelPayment", 2, TEN))
    finding = expectation("not_called: CancelPayment").judge(seen, START)
    assert finding.exchange == 2
    assert finding.seen.told() == "call 2, CancelPayment 10.00 at 2024-01-31 12:00:02.000 (200)"


def refunds(*seen: tuple[RefundState, str]) -> RunRecord:
    """Refunds of one payment, each with its state and amount."""
    made = RunRecord()
    for number, (state, amount) in enumerate(seen):
        made.refunds[f"r{number}"] = ObservedRefund("p", state, Decimal(amount))
    return made


DONE = (RefundState.CAPTURED, "4.00")
BY_ITSELF = (RefundState.EXPIRED_AND_CAPTURED, "6.00")
CANCELLED = (RefundState.CANCELLED_BY_CLIENT, "4.00")
HELD = (RefundState.RESERVED, "4.00")
OF_REFUNDS = [
    ("final_refund: Captured", refunds(), "unfinished"),
    ("final_refund: Captured", refunds(HELD), "unfinished"),
    ("final_refund: Captured", refunds(CANCELLED, DONE), "passed"),
    ("final_refund: Captured", refunds(DONE, CANCELLED), "failed"),
    ("final_refund: Captured", refunds(BY_ITSELF), "failed"),
    ("final_refund: [Captured, ExpiredAndCaptured]", refunds(BY_ITSELF), "passed"),
    ("refunded: 4.00", refunds(), "unfinished"),
    ("refunded: 4.00", refunds(HELD), "unfinished"),
    ("refunded: 4.00", refunds(CANCELLED, DONE), "passed"),
    ("refunded: 4.00", refunds(DONE, DONE), "failed"),
    ("refunded: 10.00", refunds(DONE, BY_ITSELF), "passed"),
]


@pytest.mark.parametrize(("text", "seen", "verdict"), OF_REFUNDS)
def test_an_expectation_about_refunds_is_judged_by_their_states_and_amounts(
    text: str, seen: RunRecord, verdict: str
) -> None:
    assert expectation(text).judge(seen, START).verdict == verdict


def two_payments() -> RunRecord:
    """The first payment is reserved, the second active; the client cancels the first."""
    cancel = {"payment_id": "p", "state": PaymentState.RESERVED}
    seen = record(("CancelPayment", 9, cancel), amounts={"p": Decimal(10), "q": Decimal(12)})
    states = [
        ("p", PaymentState.INITIATED),
        ("p", PaymentState.RESERVED),
        ("q", PaymentState.INITIATED),
        ("p", PaymentState.CANCELLED_BY_CLIENT),
    ]
    seen.states += [(START + timedelta(seconds=at), *each) for at, each in enumerate(states)]
    return seen


OF_PAYMENTS = [
    ("not_called: CancelPayment, payment: 1", "failed"),
    ("not_called: CancelPayment, payment: 2", "unfinished"),
    ("not_called: CancelPayment, payment: Reserved", "failed"),
    ("not_called: CancelPayment, payment: Initiated", "unfinished"),
    ("call: CancelPayment, payment: 2", "unfinished"),
    ("call: CancelPayment, payment: 1", "passed"),
    ("final_state: CancelledByClient, payment: 1", "passed"),
    ("final_state: CancelledByClient, payment: 2", "unfinished"),
    ("final_state: Captured, payment: 1", "failed"),
    ("final_state: Captured, payment: 3", "unfinished"),
    ("final_state: CancelledByClient, payment: Reserved", "passed"),
]


@pytest.mark.parametrize(("text", "verdict"), OF_PAYMENTS)
def test_an_expectation_is_judged_by_the_payment_that_it_names(text: str, verdict: str) -> None:
    finding = expectation(text).result(two_payments(), START + timedelta(seconds=20))
    assert finding.verdict == verdict


def test_a_finding_says_which_payment_is_meant() -> None:
    by_place = expectation("final_state: Captured, payment: 2").result(two_payments(), START)
    by_state = expectation("not_called: GetPos, payment: Reserved").result(two_payments(), START)
    assert "payment 2" in by_place.expected
    assert "in the state Reserved" in by_state.expected


@pytest.mark.parametrize("which", ["0", "101", "Reserve", "first"])
def test_a_payment_that_a_run_cannot_have_is_a_mistake(which: str) -> None:
    with pytest.raises(ProblemsFound, match="place in the run, from 1 to 100, or the state"):
        expectation(f"final_state: Captured, payment: {which}")


def test_cancelling_a_reserved_payment_does_not_clear_the_way() -> None:
    cancel = {"payment_id": "p", "state": PaymentState.RESERVED}
    start = ("InitiatePayment", 1, BLOCKED)
    seen = record(start, ("CancelPayment", 2, cancel), ("InitiatePayment", 3, BLOCKED))
    finding = expectation("clears_the_way: InitiatePayment").judge(seen, START)
    assert finding.verdict == "failed"
