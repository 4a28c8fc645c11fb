"""Payments that ended, points of sale that were deleted and calls of others: no query shows it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.testing.compare.real_service import (
    CORRELATION,
    CUSTOMER,
    FIRST,
    POS,
    REFUND,
    SECOND,
    payment,
    refused,
    starting,
)
from tests.testing.compare.recordings import Recorder, compared, told, written

RESERVED = payment(FIRST, "Reserved", "o", partialCapturePossible=False, **CUSTOMER)


def start(recorder: Recorder, payment_id: str, order_id: str = "o") -> None:
    """A payment that is started."""
    answer, body = {"paymentId": payment_id}, starting(order_id)
    recorder.call("POST", "/payments", 200, answer, body=body, key=f"start-{payment_id[:8]}")


def show(recorder: Recorder, status: str) -> None:
    """A query that shows the first payment."""
    has_customer = status in ("Reserved", "Captured", "CancelledByUser")
    people = CUSTOMER if has_customer else {}
    partial = {"partialCapturePossible": False} if status == "Reserved" else {}
    answer = payment(FIRST, status, "o", **partial, **people)
    recorder.call("GET", f"/payments/{FIRST}", 200, answer)


def inferred(recorder: Recorder, folder: Path) -> list[str]:
    """What is inferred of customers, MobilePay and clients; every answer is to be equal."""
    result = compared(written(recorder.archive, folder))
    assert told(result) == []
    assert not any(each.left_out for each in result.calls if each.call.failure is None)
    return [each.what for each in result.inferences if "is created" not in each.what]


# --- another payment starts -----------------------------------------------------------------------


def test_a_payment_that_blocks_no_more_was_cancelled_by_its_customer(tmp_path: Path) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    start(recorder, SECOND)
    assert inferred(recorder, tmp_path) == ["the customer checks in", "the customer cancels"]


LATER = {
    "Reserved": ["the customer checks in", "the customer accepts"],
    "CancelledByUser": ["the customer checks in", "the customer cancels"],
    "CancelledByMobilePay": ["MobilePay cancels the payment"],
    "CancelledByClient": ["the client cancels the payment"],
    "Captured": [
        *("the customer checks in", "the customer accepts"),
        "the client captures the payment",
    ],
}


@pytest.mark.parametrize("status", LATER)
def test_a_payment_that_blocks_no_more_ended_as_a_later_query_shows(
    tmp_path: Path, status: str
) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    start(recorder, SECOND)
    recorder.after(minutes=1)
    show(recorder, status)
    assert inferred(recorder, tmp_path) == LATER[status]


def test_a_reservation_that_nobody_saw_ends_in_its_time(tmp_path: Path) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    recorder.after(days=8)
    other = {"Authorization": "Bearer a-newer-token-of-the-real-service"}
    body, answer = starting("p"), {"paymentId": SECOND}
    recorder.call("POST", "/payments", 200, answer, body=body, key="k", headers=other)
    expired = payment(FIRST, "ExpiredAndCancelled", "o", **CUSTOMER)
    recorder.call("GET", f"/payments/{FIRST}", 200, expired, headers=other)
    assert inferred(recorder, tmp_path) == ["the customer checks in", "the customer accepts"]


def cancelled(recorder: Recorder) -> None:
    recorder.call("POST", f"/payments/{FIRST}/cancel", 200)


def captured(recorder: Recorder) -> None:
    recorder.call("POST", f"/payments/{FIRST}/capture", 200, body={"amount": 120.5})


def listed(recorder: Recorder) -> None:
    recorder.call("GET", f"/payments?posId={POS}", 200, {"paymentIds": [FIRST, SECOND]})


@pytest.mark.parametrize("later", [cancelled, captured, listed])
def test_what_is_possible_with_a_reserved_payment_shows_that_it_was(
    tmp_path: Path, later: Callable[[Recorder], None]
) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    start(recorder, SECOND)
    later(recorder)
    assert inferred(recorder, tmp_path) == ["the customer checks in", "the customer accepts"]


def test_time_alone_ends_a_payment_that_nobody_pays(tmp_path: Path) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    recorder.after(minutes=30)
    start(recorder, SECOND)
    assert inferred(recorder, tmp_path) == []


def test_a_lost_cancellation_ended_the_payment_that_blocks_no_more(tmp_path: Path) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    recorder.call("POST", f"/payments/{FIRST}/cancel", 503)
    start(recorder, SECOND)
    assert inferred(recorder, tmp_path) == ["call 2 had done its work"]


def test_the_payment_of_before_that_blocked_has_ended_when_another_starts(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.call("POST", "/payments", 409, refused("1301"), body=starting("o"), key="k")
    start(recorder, FIRST)
    assert inferred(recorder, tmp_path) == [
        "a payment is active on the point of sale",
        "the customer checks in",
        "the customer cancels",
    ]


def test_the_same_call_again_shows_no_end(tmp_path: Path) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    start(recorder, FIRST)
    show(recorder, "Initiated")
    assert inferred(recorder, tmp_path) == []


def test_the_same_call_again_shows_no_end_where_answers_have_no_bodies(tmp_path: Path) -> None:
    recorder = Recorder()
    for _ in range(2):
        start(recorder, FIRST)
        recorder.entries[-1]["response"]["content"] = {"size": 52}
    assert inferred(recorder, tmp_path) == []


def test_a_list_without_the_payment_shows_that_it_has_ended(tmp_path: Path) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    recorder.call("GET", f"/payments?posId={POS}", 200, {"paymentIds": []})
    assert inferred(recorder, tmp_path) == ["the customer checks in", "the customer cancels"]


@pytest.mark.parametrize("query", [f"posId={POS}&orderId=other", f"posId={POS}&state=Captured"])
def test_a_list_of_others_shows_nothing(tmp_path: Path, query: str) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    recorder.call("GET", f"/payments?{query}", 200, {"paymentIds": []})
    show(recorder, "Initiated")
    assert inferred(recorder, tmp_path) == []


# --- a point of sale is deleted -------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Reserved", "CancelledByUser", "CancelledByMobilePay"])
def test_what_was_paid_before_a_point_of_sale_was_deleted_is_shown_after(
    tmp_path: Path, status: str
) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    recorder.call("DELETE", f"/pointofsales/{POS}", 200)
    show(recorder, status)
    assert inferred(recorder, tmp_path) == LATER[status]


def refund(recorder: Recorder) -> None:
    money = {"paymentId": FIRST, "refundOrderId": "r", "amount": 5.0, "currencyCode": "DKK"}
    recorder.call("POST", "/refunds", 200, {"refundId": REFUND}, body=money, key="refund")


def test_a_refund_shows_what_was_paid_before_a_point_of_sale_was_deleted(tmp_path: Path) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    recorder.call("DELETE", f"/pointofsales/{POS}", 200)
    refund(recorder)
    assert inferred(recorder, tmp_path) == LATER["Captured"]


def test_an_active_payment_stays_when_its_point_of_sale_is_deleted(tmp_path: Path) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    recorder.call("DELETE", f"/pointofsales/{POS}", 200)
    cancelled(recorder)
    assert inferred(recorder, tmp_path) == []


def test_what_nobody_can_pay_any_more_differs(tmp_path: Path) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    recorder.call("DELETE", f"/pointofsales/{POS}", 200)
    show(recorder, "Initiated")
    recorder.call("GET", f"/payments/{FIRST}", 200, RESERVED)
    (first, *_) = told(compared(written(recorder.archive, tmp_path)))
    assert 'body.status: was "Reserved", is "Initiated"' in first


# --- what others did ------------------------------------------------------------------------------


def test_a_recording_that_begins_with_a_deletion_gets_its_point_of_sale(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.call("DELETE", f"/pointofsales/{POS}", 200)
    assert inferred(recorder, tmp_path) == []


def test_a_payment_captured_before_the_recording_can_be_refunded(tmp_path: Path) -> None:
    recorder = Recorder()
    show(recorder, "Captured")
    refund(recorder)
    assert inferred(recorder, tmp_path)[1:] == LATER["Captured"]


def test_a_capture_that_is_refused_here_is_not_made_good(tmp_path: Path) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    recorder.call("GET", f"/payments/{FIRST}", 200, RESERVED)
    recorder.call("POST", f"/payments/{FIRST}/capture", 200, body={"amount": 500})
    show(recorder, "Captured")
    lines = told(compared(written(recorder.archive, tmp_path)))
    assert lines[0] == "CapturePayment status: status: was 200, is 409"
    assert 'QueryPayment value: body.status: was "Captured", is "Reserved"' in lines


# --- what a call that is answered otherwise should have made ---------------------------------------


def test_what_a_call_did_not_make_here_is_said_to_be_of_that_call(tmp_path: Path) -> None:
    recorder = Recorder()
    body: Any = {**starting("o"), "currencyCode": "SEK"}
    recorder.call("POST", "/payments", 200, {"paymentId": FIRST}, body=body, key="k")
    show(recorder, "Initiated")
    recorder.call("GET", f"/refunds/{REFUND}", 200, {"refundId": REFUND, "status": "Reserved"})
    result = compared(written(recorder.archive, tmp_path))
    assert [each.left_out for each in result.calls] == [
        None,
        f"payment {FIRST} was made by call 1, which did not make it here",
        f"refund {REFUND} was made before the recording began",
    ]


def test_what_is_made_later_is_said_to_be(tmp_path: Path) -> None:
    recorder = Recorder()
    show(recorder, "Initiated")
    start(recorder, FIRST)
    result = compared(written(recorder.archive, tmp_path))
    assert told(result) == []
    assert [each.left_out for each in result.calls] == [
        f"payment {FIRST} is made later, by call 2",
        None,
    ]
    assert CORRELATION not in str(result.inferences)


@pytest.mark.parametrize("status", ["CancelledByMobilePay", "CancelledByClient"])
def test_whoever_a_query_names_had_checked_in_before_the_payment_was_cancelled(
    tmp_path: Path, status: str
) -> None:
    recorder = Recorder()
    start(recorder, FIRST)
    answer = payment(FIRST, status, "o", **CUSTOMER)
    recorder.call("GET", f"/payments/{FIRST}", 200, answer)
    assert inferred(recorder, tmp_path) == ["the customer checks in", *LATER[status]]
