"""Refunds (section 8)."""

from typing import Any

import pytest

from tests.api.calls import outcome
from tests.support import OTHER_MERCHANT, Till


def refund_body(payment_id: str, amount: Any = 1.0, **changes: Any) -> dict[str, Any]:
    return {
        "paymentId": payment_id,
        "refundOrderId": "REFUND-1",
        "amount": amount,
        "currencyCode": "DKK",
        **changes,
    }


def capture(till: Till, refund_id: str) -> tuple[int, str | None]:
    return outcome(till.call("POST", f"/refunds/{refund_id}/capture"))


def cancel(till: Till, refund_id: str) -> tuple[int, str | None]:
    return outcome(till.call("POST", f"/refunds/{refund_id}/cancel"))


def reserved(till: Till) -> str:
    refund_id = till.refund(till.captured())
    till.advance(milliseconds=500)
    return refund_id


def test_a_refund_is_initiated_reserved_after_a_moment_and_captured(till: Till) -> None:
    refund_id = till.refund(till.captured())
    seen = [till.refund_status(refund_id)]
    till.advance(milliseconds=499)
    seen.append(till.refund_status(refund_id))
    till.advance(milliseconds=1)
    seen.append(till.refund_status(refund_id))
    assert capture(till, refund_id) == (200, None)
    seen.append(till.refund_status(refund_id))

    assert seen == ["Initiated", "Initiated", "Reserved", "Captured"]


def test_a_refund_shows_what_it_was_started_with(till: Till) -> None:
    body = refund_body(till.captured(), 2.5)
    created = till.ok("POST", "/refunds", body)

    assert list(created) == ["refundId"]
    assert till.ok("GET", f"/refunds/{created['refundId']}") == {
        **body,
        **created,
        "status": "Initiated",
        "pollDelayInMs": 100,
    }


def test_a_refund_can_be_cancelled_before_it_is_reserved(till: Till) -> None:
    refund_id = till.refund(till.captured())

    assert cancel(till, refund_id) == (200, None)
    assert till.refund_status(refund_id) == "CancelledByClient"
    till.advance(seconds=1)
    assert till.refund_status(refund_id) == "CancelledByClient"


def test_a_reserved_refund_can_be_cancelled(till: Till) -> None:
    refund_id = reserved(till)

    assert cancel(till, refund_id) == (200, None)
    assert till.refund_status(refund_id) == "CancelledByClient"


@pytest.mark.parametrize("act", [capture, cancel])
def test_capturing_or_cancelling_again_is_fine(till: Till, act: Any) -> None:
    refund_id = reserved(till)

    assert [act(till, refund_id) for _ in range(3)] == [(200, None)] * 3


@pytest.mark.parametrize(
    ("first", "then", "code"), [(capture, cancel, "1352"), (cancel, capture, "1351")]
)
def test_a_settled_refund_stays_as_it_is(till: Till, first: Any, then: Any, code: str) -> None:
    refund_id = reserved(till)
    first(till, refund_id)
    status = till.refund_status(refund_id)

    assert then(till, refund_id) == (409, code)
    assert till.refund_status(refund_id) == status


def test_a_reserved_refund_is_captured_by_itself_after_a_day(till: Till) -> None:
    refund_id = reserved(till)
    till.advance(hours=24, seconds=-1)
    assert Till(till.http).refund_status(refund_id) == "Reserved"

    till.advance(seconds=1)
    later = Till(till.http)
    assert later.refund_status(refund_id) == "ExpiredAndCaptured"
    assert cancel(later, refund_id) == (409, "1352")
    assert capture(later, refund_id) == (409, "1351")


def test_all_refunds_of_a_payment_together_are_at_most_what_was_captured(till: Till) -> None:
    payment_id = till.captured(amount=10.0)
    till.refund(payment_id, 4)
    till.refund(payment_id, 5)

    too_much = till.call("POST", "/refunds", refund_body(payment_id, 1.01))
    assert outcome(too_much) == (409, "1367")
    assert till.refund(payment_id, 1)


def test_a_cancelled_refund_does_not_count(till: Till) -> None:
    payment_id = till.captured(amount=10.0)
    cancel(till, till.refund(payment_id, 10))

    assert till.refund(payment_id, 10)


@pytest.mark.parametrize("settle", [None, capture])
def test_a_refund_that_is_not_cancelled_counts(till: Till, settle: Any) -> None:
    payment_id = till.captured(amount=10.0)
    refund_id = till.refund(payment_id, 10)
    till.advance(seconds=1)
    if settle:
        settle(till, refund_id)

    again = till.call("POST", "/refunds", refund_body(payment_id, 0.01))
    assert outcome(again) == (409, "1367")


def test_refunds_are_paid_from_the_stores_balance(till: Till) -> None:
    first, second = till.captured(amount=10.0), till.captured(amount=10.0)
    till.control("PATCH", f"/stores/{till.store_id()}", {"balance": 15})
    refund_id = till.refund(first, 10)

    assert outcome(till.call("POST", "/refunds", refund_body(second, 5.01))) == (409, "1368")
    cancel(till, refund_id)
    assert till.refund(second, 10)


def test_a_payment_can_be_refunded_for_ninety_days(till: Till) -> None:
    payment_id = till.captured()
    till.advance(days=90)
    assert Till(till.http).refund(payment_id)

    till.advance(seconds=1)
    too_late = Till(till.http).call("POST", "/refunds", refund_body(payment_id))
    assert outcome(too_late) == (409, "1366")


def test_a_refund_outlives_the_point_of_sale(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.captured(pos_id)
    till.ok("DELETE", f"/pointofsales/{pos_id}")

    assert till.refund_status(till.refund(payment_id)) == "Initiated"


def test_a_finnish_merchant_refunds_in_euro(till: Till) -> None:
    finnish = till.for_merchant(OTHER_MERCHANT)
    payment_id = finnish.captured(currencyCode="EUR")

    assert outcome(finnish.call("POST", "/refunds", refund_body(payment_id))) == (409, "1365")
    assert finnish.refund(payment_id, currencyCode="EUR")


def test_the_refunds_of_a_payment_are_found(till: Till) -> None:
    payment_id, other = till.captured(), till.captured()
    refunds = [till.refund(payment_id) for _ in range(3)]
    till.refund(other)
    cancel(till, refunds[0])

    found = till.ok("GET", "/refunds", params={"paymentId": payment_id.upper()})
    assert found == {"refundIds": refunds}


def test_a_payment_without_refunds_has_none(till: Till) -> None:
    found = till.ok("GET", "/refunds", params={"paymentId": till.captured()})

    assert found == {"refundIds": []}


def test_a_refund_order_id_may_be_used_again(till: Till) -> None:
    payment_id = till.captured()
    made = {till.refund(payment_id, refundOrderId="same") for _ in range(2)}

    assert len(made) == 2
