"""The verdicts: where the money is decides, not what the command says."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from mobilepay_simulator.client import Answer, Event, Exchange, RecordedRequest, Severity
from mobilepay_simulator.journal.sweeps import FAILING, SweepVerdict
from mobilepay_simulator.testing.commands import Ended
from mobilepay_simulator.testing.sweep.judging import judge
from mobilepay_simulator.testing.sweep.outcomes import Outcome

from tests.support import START
from tests.testing.sweep.shapes import SOLD, finding, outcome, payment, verdict_on

DOUBLE, CRASHED, STUCK = SweepVerdict.DOUBLE_CHARGED, SweepVerdict.CRASHED, SweepVerdict.STUCK
GAVE_UP, SURVIVED = SweepVerdict.GAVE_UP, SweepVerdict.SURVIVED
FALSE_SUCCESS, FALSE_FAILURE = SweepVerdict.FALSE_SUCCESS, SweepVerdict.FALSE_FAILURE

SALES: list[tuple[str, Outcome, SweepVerdict]] = [
    ("as in the clean run", outcome(payment()), SURVIVED),
    ("one more that was cancelled", outcome(payment("CancelledByClient"), payment()), SURVIVED),
    ("captured twice", outcome(payment(), payment(order="order-2")), DOUBLE),
    ("captured twice, and failed", outcome(payment(), payment(), exit_code=1), DOUBLE),
    ("captured twice, and crashed", outcome(payment(), payment(), exit_code=-9), DOUBLE),
    ("captured more", outcome(payment(amount="10.01")), DOUBLE),
    ("one captured, one reserved", outcome(payment("Reserved"), payment()), DOUBLE),
    ("in another currency", outcome(payment(currency="EUR")), DOUBLE),
    ("reserved", outcome(payment("Reserved")), STUCK),
    ("reserved, and failed", outcome(payment("Reserved"), exit_code=1), STUCK),
    ("left under way", outcome(payment("IssuedToUser"), exit_code=1), STUCK),
    ("one sold, one left under way", outcome(payment("Initiated"), payment()), STUCK),
    ("a refund left", outcome(payment(pending="4.00")), DOUBLE),
    ("killed", outcome(payment("CancelledByClient"), exit_code=-9), CRASHED),
    ("killed, and reserved", outcome(payment("Reserved"), exit_code=-9), CRASHED),
    ("killed within a shell", outcome(exit_code=139), CRASHED),
    ("an uncaught exception of Windows", outcome(exit_code=0xC0000005), CRASHED),
    ("took too long", outcome(payment(), exit_code=None), CRASHED),
    ("failed, and cancelled", outcome(payment("CancelledByClient"), exit_code=1), GAVE_UP),
    ("failed before any payment", outcome(exit_code=1), GAVE_UP),
    ("failed, and yet captured", outcome(payment(), exit_code=1), FALSE_FAILURE),
    ("captured less, and failed", outcome(payment(amount="5.00"), exit_code=1), GAVE_UP),
    ("nothing sold, and fine", outcome(), FALSE_SUCCESS),
    ("cancelled, and fine", outcome(payment("CancelledByClient")), FALSE_SUCCESS),
    ("captured less, and fine", outcome(payment(amount="5.00")), FALSE_SUCCESS),
    ("not struck", outcome(payment(), struck=()), SweepVerdict.NOT_STRUCK),
    ("not struck, and failed", outcome(exit_code=1, struck=()), SweepVerdict.NOT_STRUCK),
]


@pytest.mark.parametrize(
    ("run", "verdict"), [each[1:] for each in SALES], ids=[each[0] for each in SALES]
)
def test_a_sale(run: Outcome, verdict: SweepVerdict) -> None:
    assert verdict_on(run) is verdict


def late(delivery: str = "whole", *, repeated_after: float | None = None) -> Outcome:
    """A sale in which the answer to call 7 was 3 s late."""
    request = RecordedRequest(method="GET", path="/pos/v10/payments/x")
    seen = {"request": request, "answer": Answer(status=200), "at": START}
    first = Exchange(
        id=7, real_at=START, duration_ms=3000.0, delivery=delivery, struck=True, **seen
    )
    calls = [first]
    if repeated_after is not None:
        at = START + timedelta(seconds=repeated_after)
        calls.append(Exchange(id=8, real_at=at, **seen))
    return outcome(payment(), exchanges=tuple(calls), is_stalled=True)


LATE = [
    ("the answer was taken", late(), SweepVerdict.NOT_TIMED_OUT),
    ("the client had gone", late("abandoned"), SURVIVED),
    ("repeated meanwhile, on a connection of its own", late(repeated_after=2.0), SURVIVED),
    ("asked again later", late(repeated_after=3.5), SweepVerdict.NOT_TIMED_OUT),
    ("another fault", replace(late(), is_stalled=False), SURVIVED),
    ("sold twice", replace(late(), payments=(payment(), payment(order="order-2"))), DOUBLE),
    ("failed", replace(late(), ended=Ended(1, 1.0, "")), FALSE_FAILURE),
]


@pytest.mark.parametrize(
    ("run", "verdict"), [each[1:] for each in LATE], ids=[each[0] for each in LATE]
)
def test_a_late_answer_tests_nothing_unless_the_client_has_timed_out(
    run: Outcome, verdict: SweepVerdict
) -> None:
    assert verdict_on(run) is verdict


REFUNDED = outcome(payment(refunded="4.00"))
REFUNDS = [
    ("as in the clean run", REFUNDED, SURVIVED),
    ("refunded twice", outcome(payment(refunded="8.00")), DOUBLE),
    ("once, and once more to come", outcome(payment(refunded="4.00", pending="4.00")), DOUBLE),
    ("still to come", outcome(payment(pending="4.00")), STUCK),
    ("not refunded, and fine", outcome(payment()), FALSE_SUCCESS),
]


@pytest.mark.parametrize(
    ("run", "verdict"), [each[1:] for each in REFUNDS], ids=[each[0] for each in REFUNDS]
)
def test_a_refund(run: Outcome, verdict: SweepVerdict) -> None:
    assert verdict_on(run, REFUNDED) is verdict


CANCELLED = outcome(payment("CancelledByClient"))
CANCELLATIONS = [
    ("as in the clean run", CANCELLED, SURVIVED),
    ("reserved", outcome(payment("Reserved")), STUCK),
    ("captured", outcome(payment()), DOUBLE),
]


@pytest.mark.parametrize(
    ("run", "verdict"),
    [each[1:] for each in CANCELLATIONS],
    ids=[each[0] for each in CANCELLATIONS],
)
def test_a_cancellation(run: Outcome, verdict: SweepVerdict) -> None:
    assert verdict_on(run, CANCELLED) is verdict


def test_what_the_clean_run_leaves_reserved_is_not_stuck() -> None:
    reserved = outcome(payment("Reserved"))
    assert verdict_on(reserved, reserved) is SURVIVED
    both = outcome(payment("Reserved"), payment("Initiated", order="order-2"))
    judgement = judge(reserved, both)
    assert judgement.verdict is STUCK
    assert "order-2 was left Initiated" in judgement.message


def test_an_order_that_is_paid_twice_is_named() -> None:
    clean = outcome(payment(order="a"), payment(order="b"))
    judgement = judge(clean, outcome(payment(order="a"), payment(order="a")))
    assert judgement.message == "2 payments for the order a took the customer's money."


def test_a_payment_of_an_order_that_is_only_reserved_is_told_apart() -> None:
    clean = outcome(payment(order="a"), payment(order="b"))
    judgement = judge(clean, outcome(payment(order="a"), payment("Reserved", order="a")))
    assert "2 payments for the order a" in judgement.message
    assert "(1 captured, 1 reserved)" in judgement.message


MESSAGES = [
    (outcome(payment(), payment(order="2")), "20.00 DKK was captured, where the clean run captures 10.00 DKK."),
    (outcome(payment("Reserved"), payment(order="2")), "2 payments took or reserved the customer's money (1 captured, 1 reserved), where the clean run makes 1."),
    (outcome(payment("Reserved"), payment("Reserved", order="2")), "2 payments took or reserved the customer's money (0 captured, 2 reserved), where the clean run makes 1."),
    (outcome(payment("Reserved"), exit_code=1), "10.00 DKK of the customer's stays reserved: payment id-of-order-1-Reserved of order order-1 was never captured nor cancelled."),
    (outcome(payment("Reserved")), "nor cancelled. The command ended with 0 all the same."),
    (outcome(payment("Paired"), exit_code=3), "Payment id-of-order-1-Paired of order order-1 was left Paired: it blocks its point of sale until MobilePay cancels it."),
    (outcome(exit_code=None), "The command was killed after 1 s."),
    (outcome(payment("Reserved"), exit_code=-11), "The command was ended by signal 11. 10.00 DKK of the customer's stays reserved"),
    (outcome(exit_code=4), "The command ended with 4; no money was taken too much, and none is stuck."),
    (outcome(), "The command ended with 0, but 0.00 DKK was captured, where the clean run has 10.00 DKK."),
    (outcome(struck=(), exit_code=1), "did not make this call this time; and yet the command ended with 1, without any fault."),
    (outcome(payment(refunded="4.00")), "4.00 DKK was refunded, or is going to be, where the clean run refunds 0.00 DKK."),
]  # fmt: skip


@pytest.mark.parametrize(("run", "message"), MESSAGES, ids=[each[1][:40] for each in MESSAGES])
def test_the_message_says_what_happened(run: Outcome, message: str) -> None:
    assert message in judge(SOLD, run).message


@pytest.mark.parametrize("verdict", FAILING)
def test_every_bad_verdict_has_advice(verdict: SweepVerdict) -> None:
    bad = {each[2]: each[1] for each in SALES}
    judgement = judge(SOLD, bad[verdict])
    assert judgement.advice.endswith((".", "..."))


def exchange(id: int, payment_id: str, *, has_changed: bool) -> Exchange:
    change = (Event("PaymentChanged", START, payment_id),) if has_changed else ()
    return Exchange(
        id=id,
        at=START,
        request=RecordedRequest("POST", "/pos/v10/payments"),
        answer=Answer(200),
        payment_id=payment_id,
        changes=change,
    )


def test_the_calls_that_show_it_are_the_struck_one_and_those_that_moved_the_money() -> None:
    left = payment("Reserved")
    calls = (
        exchange(3, "id-of-order-1-Reserved", has_changed=True),
        exchange(4, "id-of-order-1-Reserved", has_changed=False),
        exchange(5, "another", has_changed=True),
    )
    assert judge(SOLD, outcome(left, exchanges=calls)).exchanges == (3, 7)


def test_a_run_that_breaks_a_new_rule_survives_noisily() -> None:
    clean = outcome(payment(), findings=(finding("known"),))
    quiet = outcome(payment(), findings=(finding("known"), finding("new", Severity.WARNING)))
    assert not judge(clean, quiet).is_noisy
    noisy = judge(clean, outcome(payment(), findings=(finding("known"), finding("new"))))
    assert noisy.is_noisy
    assert [each.rule for each in noisy.new_errors] == ["new"]


def test_cents_are_counted_exactly() -> None:
    odd = [payment(amount="0.10", order=str(number)) for number in range(3)]
    clean = outcome(payment(amount="0.10"), payment(amount="0.20", order="2"), payment("Reserved"))
    assert sum((each.captured for each in odd), Decimal(0)) == Decimal("0.30")
    assert verdict_on(outcome(*odd), clean) is SURVIVED
