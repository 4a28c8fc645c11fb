"""What findings say: what was expected, what was seen instead, and which call it was."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from mobilepay_simulator.engine.states import PaymentState
from mobilepay_simulator.scripting.retry_expectations import Tries
from mobilepay_simulator.scripting.run_record import RunRecord

from tests.scripting.witness import (
    BLOCKED,
    LATE,
    NINE,
    RESERVED,
    STRUCK,
    TEN,
    WHOLE,
    expectation,
    record,
)
from tests.support import START

#: The expectation, and how it is told.
WORDS = [
    ('call: [GetPos, GetStore], when: [Paired, Reserved], within: 5s', 'GetPos or GetStore is called within 5s of the state Paired or Reserved and answered with 200'),
    ('call: CapturePayment, amount: 10', 'CapturePayment is called with 10.00 and answered with 200'),
    ('call: CapturePayment', 'CapturePayment is called and answered with 200'),
    ('call: CapturePayment, when: Reserved, within: 5s', 'CapturePayment is called within 5s of the state Reserved and answered with 200'),
    ('not_called: CancelPayment', 'CancelPayment is not called'),
    ('retried_with_same_key: CreatePos', 'CreatePos is retried with the same key'),
    ('retried_with_same_key: CapturePayment', 'CapturePayment is retried by the same call again'),
    ('final_state: [Captured, CancelledByClient]', 'the payment ends as Captured or CancelledByClient'),
    ('final_state: Captured', 'the payment ends as Captured'),
    ('polls_no_faster_than: pollDelayInMs', 'polls are at least pollDelayInMs apart'),
    ('polls_no_faster_than: 2s', 'polls are at least 2s apart'),
    ('calls_in_order: [GetPos, DeletePos]', 'GetPos and DeletePos succeed in this order'),
    ('calls_in_order: [GetPos, GetPos]', 'GetPos and GetPos succeed in this order'),
    ('tries: CreatePos', 'CreatePos is called'),
    ('tries: CreatePos, nth: 3', 'CreatePos is retried with the same request and key (attempt 3)'),
    ('tries: CapturePayment, nth: 2', 'CapturePayment is retried with the same request (attempt 2)'),
    ('tries: CapturePayment, nth: 2, within: 30s', 'CapturePayment is retried with the same request (attempt 2)'),
    ('tries: CapturePayment, nth: 2, within: 1m', 'CapturePayment is retried with the same request (attempt 2) within 1m'),
    ('tries: GetPos, nth: 2, between: QueryPayment', 'GetPos is retried with the same request (attempt 2), after QueryPayment has succeeded'),
    ('tries: CreatePos, nth: 2', 'CreatePos is retried with the same request and key (attempt 2)'),
    ('answered: InitiatePayment, code: 1301', 'InitiatePayment is answered with 1301'),
    ('clears_the_way: InitiatePayment', 'InitiatePayment is retried only after the active payment is cancelled'),
    ('captures: one-amount', 'every capture is of the same amount'),
    ('captures: in-full', 'every capture is of the whole amount'),
    ('not_refused: [GetPos, CapturePayment]', 'GetPos and CapturePayment are not refused'),
    ('not_refused: CapturePayment', 'CapturePayment is not refused'),
    ('not_retried: CapturePayment', 'the client waits for the response to CapturePayment and does not retry it'),
    ('gives_up: CreatePos, at_most: 1', 'CreatePos is retried at most once'),
    ('gives_up: CreatePos, at_most: 2', 'CreatePos is retried at most 2 times'),
    ('restricts: true', 'the payment disallows a kind of card'),
    ('restricts: false', 'the payment disallows no kind of card'),
    ('notified: 200', 'the notification is answered with 200'),
]  # fmt: skip

# the expectation, what was seen, seconds since the start, the verdict, what is said, which call
FINDINGS: list[tuple[str, RunRecord, float, str, str, int | None]] = [
    ("call: [GetPos, GetStore], when: [Paired, Reserved], within: 5s", record(), 0, 'unfinished', 'no payment is Paired or Reserved yet', None),
    ("call: CapturePayment, amount: 10", record(("CapturePayment",1,NINE)), 2, 'unfinished', 'call 1, CapturePayment 9.00 at 2024-01-31 12:00:01.000 (200)', None),
    ("call: CapturePayment", record(), 2, 'unfinished', 'no such call yet', None),
    ("call: CapturePayment", record(("GetPos",1,{}),("CapturePayment", 2, TEN)), 2, 'passed', '', 2),
    ("call: CapturePayment", record(("CapturePayment", 2, TEN|{"has_fault":True})), 2, 'unfinished', 'call 1, CapturePayment 10.00 at 2024-01-31 12:00:02.000 (200, not received yet)', None),
    ("call: CapturePayment", record(("CapturePayment", 2, TEN|{"has_fault":True,"has_arrived":False})), 2, 'unfinished', 'call 1, CapturePayment 10.00 at 2024-01-31 12:00:02.000 (200, but the answer was lost)', None),
    ("call: CapturePayment", record(("CapturePayment", 2, TEN|{"has_fault":True,"has_arrived":True})), 2, 'passed', '', 1),
    ("call: CapturePayment, when: Reserved, within: 5s", record(("CapturePayment", 5, {}), states=RESERVED), 12, 'unfinished', 'no such call yet', None),
    ("call: CapturePayment, when: Reserved, within: 5s", record(("CapturePayment", 15, {}), states=RESERVED), 99, 'passed', '', 1),
    ("call: CapturePayment, when: Reserved, within: 5s", record(("CapturePayment", 16, {}), states=RESERVED), 99, 'failed', 'call 1, CapturePayment at 2024-01-31 12:00:16.000 (200)', 1),
    ("call: CapturePayment, when: Reserved, within: 5s", record(("CapturePayment",11,{"status":409}), states=RESERVED), 99, 'failed', 'call 1, CapturePayment at 2024-01-31 12:00:11.000 (409)', 1),
    ("call: CapturePayment, when: Reserved, within: 5s", record(states=RESERVED), 15, 'unfinished', 'no such call yet', None),
    ("call: CapturePayment, when: Reserved, within: 5s", record(states=RESERVED), 16, 'failed', 'no such call', None),
    ("not_called: CancelPayment", record(("GetPos",1,{}),("CancelPayment",2,{})), 3, 'failed', 'call 2, CancelPayment at 2024-01-31 12:00:02.000 (200)', 2),
    ("not_called: CancelPayment", record(), 3, 'unfinished', '', None),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, {})), 2, 'unfinished', 'no such call has failed yet', None),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK)), 2, 'unfinished', 'no retry has been answered yet', None),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK), ("CreatePos", 2, {})), 3, 'passed', '', 2),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK), ("CreatePos", 2, {"key": "other"})), 3, 'failed', 'call 2, CreatePos at 2024-01-31 12:00:02.000 (200) had another key', 2),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK), ("CreatePos", 2, {"fingerprint": "g"})), 3, 'failed', 'call 2, CreatePos at 2024-01-31 12:00:02.000 (200) had another request', 2),
    ("retried_with_same_key: CreatePos, at_most: 1", record(*[("CreatePos", n, STRUCK) for n in range(3)]), 9, 'failed', '2 retries', 3),
    ("retried_with_same_key: CreatePos, at_most: 2", record(*[("CreatePos", n, STRUCK) for n in range(3)]), 9, 'unfinished', 'no retry has been answered yet', None),
    ("retried_with_same_key: CreatePos", record(*[("CreatePos", n, STRUCK) for n in range(6)]), 9, 'unfinished', 'no retry has been answered yet', None),
    ("retried_with_same_key: CreatePos", record(*[("CreatePos", n, STRUCK) for n in range(7)]), 9, 'failed', '6 retries', 7),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK), ("CreatePos", 2, {"status": 500}), ("CreatePos", 3, {"status": 409})), 3, 'passed', '', 3),
    ("retried_with_same_key: CreatePos", record(("CreatePos", 1, STRUCK), ("CreatePos", 2, {"status": None})), 3, 'unfinished', 'no retry has been answered yet', None),
    ("final_state: [Captured, CancelledByClient]", record(), 1, 'unfinished', 'there is no payment yet', None),
    ("final_state: Captured", record(states=RESERVED), 11, 'unfinished', 'it is Reserved', None),
    ("final_state: Captured", record(states=((PaymentState.CANCELLED_BY_USER, 1),)), 2, 'failed', 'it ended as CancelledByUser', None),
    ("final_state: Captured", record(states=((PaymentState.CANCELLED_BY_USER, 1),(PaymentState.CAPTURED, 2))), 2, 'passed', '', None),
    ("polls_no_faster_than: pollDelayInMs", record(("QueryPayment", 1, {}), ("QueryPayment", 1.9, {})), 3, 'failed', 'call 2, QueryPayment at 2024-01-31 12:00:01.900 (200) came 900ms after the last poll; wait 1s', 2),
    ("polls_no_faster_than: 2s", record(("QueryPayment", 1, {}), ("QueryPayment", 3, {})), 3, 'unfinished', '', None),
    ("calls_in_order: [GetPos, DeletePos]", record(("GetPos", 1, {}), ("DeletePos", 3, {})), 4, 'passed', '', None),
    ("calls_in_order: [GetPos, DeletePos]", record(("GetPos", 1, {}), ("DeletePos", 3, {}), ("GetPos", 3, {})), 4, 'passed', '', None),
    ("calls_in_order: [GetPos, DeletePos]", record(("GetPos", 1, {})), 4, 'unfinished', 'DeletePos has not succeeded yet', None),
    ("calls_in_order: [GetPos, GetPos]", record(("GetPos", 1, {})), 4, 'unfinished', 'GetPos has not succeeded yet', None),
    ("tries: CreatePos", record(), 1, 'unfinished', 'no such call yet', None),
    ("tries: CreatePos", record(("GetPos",1,{}),("CreatePos", 1, STRUCK)), 1, 'passed', '', 2),
    ("tries: CreatePos, nth: 3", record(("CreatePos", 1, STRUCK)), 99, 'unfinished', 'the attempt before was not made yet', None),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK)), 31, 'unfinished', 'attempt 1 failed, and no further attempt came yet', None),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK)), 32, 'failed', 'no further attempt came within 30s', 1),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK), ("CreatePos", 3, {})), 4, 'passed', '', 2),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK), ("CreatePos", 31, {})), 99, 'passed', '', 2),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, {"status": 400, "fingerprint": "g"}), ("CreatePos", 2, STRUCK), ("CreatePos", 4, {})), 9, 'passed', '', 3),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK | {"status": 400}), ("CreatePos", 4, {})), 9, 'passed', '', 2),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK), ("CreatePos", 50, {})), 99, 'failed', 'attempt 2 came 49.0 s after attempt 1, not within 30s', 2),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK), ("CreatePos", 3, {"key": "l"})), 4, 'failed', "attempt 2 had the idempotency key 'l', attempt 1 had 'k': the service takes them for two requests", 2),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK), ("CreatePos", 3, {"fingerprint": "g"})), 4, 'failed', 'attempt 2 was another request than attempt 1', 2),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, LATE), ("CreatePos", 2, {"real_at": 2.6})), 4, 'failed', 'attempt 2 came 1.6 s after attempt 1, which was not answered yet; wait 2 s for the response', 2),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, LATE|{"real_at":0.0}), ("CreatePos", 2, {"real_at": 1.0})), 4, 'passed', '', 2),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, LATE | {"has_arrived": True})), 6, 'failed', 'the client waited 4 s for the response to attempt 1; it should time out after 2 s', 1),
    ("tries: GetPos, nth: 2", record(("GetPos", 1, LATE | {"has_arrived": True})), 6, 'failed', 'the client waited 4 s for the response to attempt 1; it should time out after 0.5 s', 1),
    ("tries: Discovery, nth: 2", record(("Discovery", 1, LATE | {"has_arrived": True})), 6, 'failed', 'the client waited 4 s for the response to attempt 1; it should time out after 0.5 s', 1),
    ("tries: KeySet, nth: 2", record(("KeySet", 1, LATE | {"has_arrived": True})), 6, 'failed', 'the client waited 4 s for the response to attempt 1; it should time out after 0.5 s', 1),
    ("tries: QueryPayment, nth: 2", record(("QueryPayment", 1, LATE | {"has_arrived": True})), 6, 'failed', 'the client waited 4 s for the response to attempt 1; it should time out after 0.5 s', 1),
    ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK | {"waits": 2.0, "real_at": 1.0, "has_arrived": True}), ("CreatePos", 2, {"real_at": 1.1})), 6, 'passed', '', 2),
    ("answered: InitiatePayment, code: 1301", record(("GetPos",1,{}),("InitiatePayment", 1, BLOCKED)), 2, 'passed', '', 2),
    ("answered: InitiatePayment, code: 1301", record(("InitiatePayment", 1, {})), 2, 'unfinished', 'no such response yet', None),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, {})), 2, 'unfinished', 'there was no error 1301 yet', None),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, {}), ("InitiatePayment", 2, {})), 2, 'unfinished', 'there was no error 1301 yet', None),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED)), 2, 'unfinished', 'the old payment is not cancelled yet', None),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED), ("InitiatePayment", 2, BLOCKED)), 3, 'failed', 'it was retried while the old payment was still active', 2),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED), ("CancelPayment", 2, {})), 3, 'unfinished', 'it was not retried yet', None),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED), ("CancelPayment", 2, {}), ("GetPos", 3, {}), ("InitiatePayment", 3, BLOCKED)), 3, 'unfinished', 'it was not retried yet', None),
    ("clears_the_way: InitiatePayment", record(("CancelPayment", 1, {}), ("InitiatePayment", 1, BLOCKED), ("CancelPayment", 2, {}), ("InitiatePayment", 3, {})), 4, 'passed', '', 4),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED), ("CancelPayment", 2, {"state": PaymentState.RESERVED}), ("InitiatePayment", 3, {})), 4, 'passed', '', 3),
    ("clears_the_way: InitiatePayment", record(("InitiatePayment", 1, BLOCKED), ("CancelPayment", 2, {"state": PaymentState.CANCELLED_BY_CLIENT}), ("InitiatePayment", 3, BLOCKED)), 4, 'failed', 'it was retried while the old payment was still active', 3),
    ("captures: one-amount", record(("CapturePayment", 1, TEN), ("CapturePayment", 2, NINE)), 3, 'failed', '9.00 was captured after 10.00', 2),
    ("captures: one-amount", record(("CapturePayment", 1, NINE), amounts=WHOLE), 3, 'unfinished', '', None),
    ("captures: in-full", record(("CapturePayment", 1, NINE), amounts=WHOLE), 3, 'failed', '9.00 was captured of 10.00', 1),
    ("captures: in-full", record(("CapturePayment", 1, NINE | {"status": 409, "code": "1308"}), amounts=WHOLE), 3, 'failed', '9.00 was to be captured of 10.00', 1),
    ("captures: in-full", record(("CapturePayment", 1, NINE | {"payment_id": None}), ("CapturePayment", 1, {}), amounts=WHOLE), 3, 'unfinished', '', None),
    ("not_refused: [GetPos, CapturePayment]", record(("GetPos", 1, {}), ("CapturePayment", 1, {"status": 409, "code": "1308"})), 2, 'failed', 'CapturePayment was answered with 409 1308', 2),
    ("not_refused: CapturePayment", record(("CapturePayment", 1, {"status": 404})), 2, 'failed', 'CapturePayment was answered with 404', 1),
    ("not_refused: CapturePayment", record(("CapturePayment", 1, {"status": 400})), 2, 'failed', 'CapturePayment was answered with 400', 1),
    ("not_refused: CapturePayment", record(("CapturePayment", 1, {"status": 499}), ), 2, 'failed', 'CapturePayment was answered with 499', 1),
    ("not_retried: CapturePayment", record(("CapturePayment", 1, {"real_at": 1.0}), ("CapturePayment", 2, {"real_at": 1.5})), 3, 'failed', 'the same call came again 0.5 s later', 2),
    ("not_retried: CapturePayment", record(("CapturePayment", 1, {}), ("CapturePayment", 2, {"key":"l"})), 3, 'unfinished', '', None),
    ("gives_up: CreatePos, at_most: 1", record(*[("CreatePos", n, STRUCK) for n in range(3)]), 9, 'failed', 'there were 2 retries', 3),
    ("gives_up: CreatePos, at_most: 2", record(*[("CreatePos", n, STRUCK) for n in range(3)]), 9, 'unfinished', '', None),
    ("restricts: true", record(), 1, 'unfinished', 'no payment has an amount yet', None),
    ("restricts: true", record(amounts=WHOLE, restricted=["p"]), 1, 'passed', '', None),
    ("restricts: true", record(amounts=WHOLE), 1, 'failed', 'it disallows none', None),
    ("restricts: false", record(amounts=WHOLE, restricted=["p"]), 1, 'failed', 'it disallows one', None),
    ("restricts: false", record(amounts=WHOLE | {"q": Decimal("1.00")}, restricted=["p"]), 1, 'passed', '', None),
    ("notified: 200", record(), 1, 'unfinished', 'no notification was sent yet', None),
    ("notified: 200", record(notified=[(START, 500), (START, 200)]), 1, 'failed', 'it was answered with 500', None),
    ("notified: 200", record(notified=[(START, None)]), 1, 'failed', 'it was not answered', None),
]  # fmt: skip

#: What holds until something breaks it; the others wait for something.
RULES = (
    *("not_called", "polls_no_faster_than", "captures", "not_refused", "not_retried", "gives_up"),
)


@pytest.mark.parametrize(("text", "words"), WORDS)
def test_an_expectation_is_told_in_words(text: str, words: str) -> None:
    assert expectation(text).judge(record(), START).expected == words


@pytest.mark.parametrize(("text", "seen", "seconds", "verdict", "said", "exchange"), FINDINGS)
def test_a_finding_says_what_was_seen_and_which_call_it_was(
    text: str, seen: RunRecord, seconds: float, verdict: str, said: str, exchange: int | None
) -> None:
    finding = expectation(text).judge(seen, START + timedelta(seconds=seconds))

    assert (finding.verdict, finding.seen.told(), finding.exchange) == (verdict, said, exchange)
    assert finding.must_happen is not text.startswith(RULES)


@pytest.mark.parametrize(
    ("text", "seen", "is_overdue"),
    [
        ("call: CapturePayment, within: 5s", record(("GetPos", 0, {})), True),
        ("call: CapturePayment, within: 5s", record(("CapturePayment", 6, {}), ("GetPos", 0, {})), False),
        ("call: CapturePayment, when: Reserved, within: 5s", record(("CapturePayment", 16, {}), states=RESERVED), False),
        ("call: CapturePayment, when: Reserved, within: 5s", record(("CapturePayment", 11, {"status": 409}), states=RESERVED), True),
        ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK)), True),
        ("tries: CreatePos, nth: 2", record(("CreatePos", 1, STRUCK), ("CreatePos", 3, {"key": "l"})), False),
    ],
)  # fmt: skip
def test_a_finding_tells_what_was_not_done_in_time_from_what_was_done_wrong(
    text: str, seen: RunRecord, is_overdue: bool
) -> None:
    finding = expectation(text).judge(seen, START + timedelta(seconds=99))
    assert finding.is_overdue is is_overdue


@pytest.mark.parametrize(
    ("rule", "call", "has_key"),
    [
        ("tries", "DeletePos", False),
        ("tries", "CapturePayment", False),
        ("tries", "CreatePos", True),
        ("retried_with_same_key", "CancelPayment", False),
        ("retried_with_same_key", "CreateRefund", True),
    ],
)
def test_advice_speaks_of_a_key_only_where_the_call_has_one(
    rule: str, call: str, has_key: bool
) -> None:
    seen = record((call, 1, {}))
    wanted = expectation(f"{rule}: {call}")
    advice = wanted.advise(wanted.judge(seen, START), seen)
    assert (" key" in advice) is has_key
    assert " 5 times." in advice


#: Two tokens.
OLD, NEW = {"token": "old"}, {"token": "new"}


@pytest.mark.parametrize(
    ("between", "calls", "wrong"),
    [
        ("Token", [("Token", 2, NEW), ("CapturePayment", 3, NEW)], ""),
        ("Token", [("Token", 2, NEW), ("Token", 2, {}), ("CapturePayment", 3, NEW)], ""),
        ("Token", [("Token", 2, NEW), ("CapturePayment", 3, OLD)], "did not carry the token"),
        ("Token", [("CapturePayment", 3, OLD)], "came without a Token after attempt 1"),
        # Runs of a time that kept no tokens.
        ("Token", [("Token", 2, {}), ("CapturePayment", 3, {})], ""),
        ("Token", [("Token", 2, {}), ("CapturePayment", 3, OLD)], ""),
        ("QueryPayment", [("QueryPayment", 2, NEW), ("CapturePayment", 3, OLD)], ""),
    ],
)
def test_a_retry_after_a_token_carries_it(between: str, calls: list[Any], wrong: str) -> None:
    seen = record(("CapturePayment", 1, OLD | STRUCK), *calls)
    found = Tries(tries="CapturePayment", nth=2, between=between).judge(seen, START)
    assert found.verdict == ("failed" if wrong else "passed")
    assert wrong in found.seen.told()
