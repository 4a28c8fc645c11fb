"""Payments (section 7 of the service's documentation). Prepared ones have a file of their own."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.calls import TERMS, UNKNOWN, active, cancel, capture, outcome, prepared
from tests.support import CREDIT, DEBIT, LOYAL, PARTIAL, Till


def issued(till: Till, phone: str = CREDIT, **changes: Any) -> tuple[str, str]:
    """A payment on a customer's phone, and its point of sale."""
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, **changes)
    assert till.user("checkin", pos_id, phone).status_code == 200
    return payment_id, pos_id


def accepted(till: Till, phone: str = CREDIT, **changes: Any) -> str:
    """A payment the customer has accepted."""
    payment_id, pos_id = issued(till, phone, **changes)
    assert till.user("acceptpayment", pos_id, phone).status_code == 200
    return payment_id


def test_a_payment_is_started_accepted_and_captured(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, 5.25)
    assert till.status(payment_id) == "Initiated"

    assert till.user("checkin", pos_id).status_code == 200
    assert till.status(payment_id) == "IssuedToUser"

    assert till.user("acceptpayment", pos_id).status_code == 200
    assert till.status(payment_id) == "Reserved"

    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 5.25})
    assert till.status(payment_id) == "Captured"


def test_a_payment_goes_straight_to_the_phone_of_whoever_is_checked_in(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id)

    assert till.status(till.initiate(pos_id)) == "IssuedToUser"


def test_starting_a_payment_answers_its_id_alone(till: Till) -> None:
    answer = till.ok("POST", "/payments", till.payment_body(till.create_pos()))

    assert list(answer) == ["paymentId"]


def test_a_new_payment_shows_what_it_was_started_with(till: Till) -> None:
    body = till.payment_body(
        till.create_pos(),
        12.5,
        merchantPaymentLabel="PaymentLabel",
        plannedCaptureDelay="LessThan24Hours",
        restrictions={"debitCardDisallowed": True, "creditCardDisallowed": False},
    )
    payment_id = till.ok("POST", "/payments", body)["paymentId"]

    added = {"paymentId": payment_id, "status": "Initiated", "pollDelayInMs": 1000}
    payment = till.payment(payment_id)
    assert payment.pop("paymentExpiresAt")
    assert payment == body | added


def test_a_payment_may_be_in_the_currency_of_another_country(till: Till) -> None:
    pos_id = till.create_pos()
    assert till.control("GET", f"/points-of-sale/{pos_id}")["currencyCode"] == "DKK"
    payment_id = till.initiate(pos_id, 10, scenario="instant", currencyCode="EUR")
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    assert till.ok("GET", f"/payments/{payment_id}")["currencyCode"] == "EUR"
    assert "EUR" not in str(till.control("GET", "/audit")["findings"])


def test_what_was_left_out_or_null_is_missing_in_the_payment(till: Till) -> None:
    body = till.payment_body(till.create_pos())
    body |= {"restrictions": None, "merchantPaymentLabel": None}
    payment = till.payment(till.ok("POST", "/payments", body)["paymentId"])

    assert "restrictions" not in payment
    assert "merchantPaymentLabel" not in payment


def test_a_reserved_payment_shows_customer_expiry_and_card(till: Till) -> None:
    payment_id, pos_id = issued(till, LOYAL)
    before = till.payment(payment_id)
    till.user("acceptpayment", pos_id, LOYAL)
    payment = till.payment(payment_id)
    reserved_at = datetime.fromisoformat(till.control("GET", "/clock")["now"])
    expires_at = datetime.fromisoformat(payment["paymentExpiresAt"])

    assert "partialCapturePossible" not in before
    assert payment["status"] == "Reserved"
    assert payment["partialCapturePossible"] is False
    assert abs(expires_at - reserved_at - timedelta(days=7)) < timedelta(milliseconds=1)
    assert payment["customerToken"] == before["customerToken"] != ""
    assert payment["customerReceiptToken"] == ""
    assert len(payment["loyaltyIds"]) == 1


def test_a_payment_always_tells_when_it_expires(till: Till) -> None:
    pos_id = till.create_pos()
    began = datetime.fromisoformat(till.control("GET", "/clock")["now"])
    payment_id = till.ok("POST", "/payments/prepare", {"posId": pos_id, "orderId": "1"})[
        "paymentId"
    ]
    assert abs(expiry(till, payment_id) - began - timedelta(days=7)) < timedelta(seconds=5)
    till.ok("POST", f"/payments/{payment_id}/ready", TERMS)
    till.user("checkin", pos_id, CREDIT)
    first = expiry(till, payment_id)

    till.advance(minutes=2)
    till.user("acceptpayment", pos_id, CREDIT)
    reserved = expiry(till, payment_id)
    assert timedelta(minutes=2) <= reserved - first < timedelta(minutes=3)
    till.advance(minutes=2)
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    assert expiry(till, payment_id) == reserved


def test_a_payment_cancelled_before_it_was_reserved_keeps_its_first_expiry(till: Till) -> None:
    payment_id = till.initiate(till.create_pos())
    first = expiry(till, payment_id)
    till.advance(minutes=1)
    till.ok("POST", f"/payments/{payment_id}/cancel")

    assert expiry(till, payment_id) == first


def expiry(till: Till, payment_id: str) -> datetime:
    text = till.payment(payment_id)["paymentExpiresAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?\+00:00", text)
    return datetime.fromisoformat(text)


def test_a_customer_without_loyalty_and_receipts_has_them_empty_not_missing(till: Till) -> None:
    payment_id, _ = issued(till, DEBIT)
    payment = till.payment(payment_id)

    assert (payment["loyaltyIds"], payment["customerReceiptToken"]) == ([], "")


def test_customer_tokens_are_missing_until_somebody_checks_in(till: Till) -> None:
    customer = {"customerToken", "customerReceiptToken", "loyaltyIds"}

    assert till.payment(active(till)).keys() & customer == set()


def test_partial_capture_possible_is_shown_only_while_reserved(till: Till) -> None:
    payment_id, pos_id = issued(till, PARTIAL)
    seen = [till.payment(payment_id).get("partialCapturePossible")]
    till.user("acceptpayment", pos_id, PARTIAL)
    seen.append(till.payment(payment_id).get("partialCapturePossible"))
    capture(till, payment_id)
    seen.append(till.payment(payment_id).get("partialCapturePossible"))

    assert seen == [None, True, None]


def test_a_partial_capture_releases_the_rest(till: Till) -> None:
    payment_id = accepted(till, PARTIAL, amount=10.0)

    assert outcome(capture(till, payment_id, 4.0)) == (200, None)
    assert outcome(capture(till, payment_id, 10.0)) == (409, "1307")
    refund = {"paymentId": payment_id, "refundOrderId": "1", "currencyCode": "DKK"}
    assert outcome(till.call("POST", "/refunds", refund | {"amount": 4.01})) == (409, "1367")
    assert outcome(till.call("POST", "/refunds", refund | {"amount": 4})) == (200, None)


@pytest.mark.parametrize("again", [10, 10.0, "10.00"])
def test_capturing_the_same_amount_again_is_fine(till: Till, again: Any) -> None:
    assert outcome(capture(till, till.captured(amount=10.0), again)) == (200, None)


def test_cancelling_again_is_fine(till: Till) -> None:
    payment_id = active(till)

    assert [outcome(cancel(till, payment_id)) for _ in range(3)] == [(200, None)] * 3
    assert till.status(payment_id) == "CancelledByClient"


def payment_in(till: Till, state: str) -> str:
    """A payment that has come to a state."""
    if state == "Prepared":
        return prepared(till)
    if state == "Initiated":
        return active(till)
    if state == "Paired":
        payment_id = prepared(till)
        till.user("checkin", till.payment(payment_id)["posId"])
        return payment_id
    if state == "Captured":
        return till.captured()
    payment_id, pos_id = issued(till)
    if state == "CancelledByUser":
        till.user("cancelpaymentbyuser", pos_id, None)
    if state == "CancelledByMobilePay":
        till.advance(minutes=10)
    if state in ("Reserved", "ExpiredAndCancelled"):
        till.user("acceptpayment", pos_id)
    if state == "ExpiredAndCancelled":
        till.advance(days=7)
    return payment_id


@pytest.mark.parametrize("state", ["Prepared", "Initiated", "Paired", "IssuedToUser", "Reserved"])
def test_a_client_cancels_until_the_payment_is_captured(till: Till, state: str) -> None:
    payment_id = payment_in(till, state)
    assert till.status(payment_id) == state

    assert outcome(cancel(till, payment_id)) == (200, None)
    assert till.status(payment_id) == "CancelledByClient"


@pytest.mark.parametrize(
    "state", ["Captured", "CancelledByUser", "CancelledByMobilePay", "ExpiredAndCancelled"]
)
def test_what_is_over_can_neither_be_cancelled_nor_captured(till: Till, state: str) -> None:
    payment_id = payment_in(till, state)
    later = Till(till.http)
    assert later.status(payment_id) == state

    assert outcome(cancel(later, payment_id)) == (409, "1300")
    other_amount = "1307" if state == "Captured" else "1304"
    assert outcome(capture(later, payment_id, 5)) == (409, other_amount)
    assert later.status(payment_id) == state


@pytest.mark.parametrize("state", ["Prepared", "Initiated", "Paired", "IssuedToUser"])
def test_an_active_payment_occupies_its_point_of_sale(till: Till, state: str) -> None:
    pos_id = till.payment(payment_in(till, state))["posId"]

    assert outcome(till.call("POST", "/payments", till.payment_body(pos_id))) == (409, "1301")


@pytest.mark.parametrize(
    "state",
    ["Reserved", "Captured", "CancelledByUser", "CancelledByMobilePay", "ExpiredAndCancelled"],
)
def test_a_payment_that_is_not_active_leaves_its_point_of_sale_free(till: Till, state: str) -> None:
    payment_id = payment_in(till, state)
    later = Till(till.http)
    pos_id = later.payment(payment_id)["posId"]

    assert later.status(later.initiate(pos_id)) in ("Initiated", "IssuedToUser")


def test_a_reservation_expires_after_seven_days_and_not_before(till: Till) -> None:
    payment_id = till.reserved()
    till.advance(days=7, seconds=-1)
    assert Till(till.http).status(payment_id) == "Reserved"

    till.advance(seconds=1)
    assert Till(till.http).status(payment_id) == "ExpiredAndCancelled"


@pytest.mark.parametrize("state", ["Prepared", "Initiated", "IssuedToUser"])
def test_mobilepay_cancels_what_is_inactive_for_ten_minutes(till: Till, state: str) -> None:
    payment_id = payment_in(till, state)
    till.advance(minutes=10, seconds=-1)
    assert till.status(payment_id) == state

    till.advance(seconds=1)
    assert till.status(payment_id) == "CancelledByMobilePay"


def test_a_customer_cancels(till: Till) -> None:
    payment_id, pos_id = issued(till)

    assert till.user("cancelpaymentbyuser", pos_id, None).status_code == 200
    assert till.status(payment_id) == "CancelledByUser"


@pytest.mark.parametrize(
    ("phone", "restrictions", "status"),
    [
        (CREDIT, {"creditCardDisallowed": True}, "IssuedToUser"),
        (CREDIT, {"debitCardDisallowed": True}, "Reserved"),
        (DEBIT, {"debitCardDisallowed": True}, "IssuedToUser"),
        (DEBIT, {"creditCardDisallowed": True}, "Reserved"),
        (DEBIT, {"debitCardDisallowed": False, "creditCardDisallowed": None}, "Reserved"),
        (DEBIT, {}, "Reserved"),
    ],
)
def test_a_card_the_payment_disallows_can_not_pay(
    till: Till, phone: str, restrictions: dict[str, Any], status: str
) -> None:
    payment_id, pos_id = issued(till, phone, restrictions=restrictions)
    answer = till.user("acceptpayment", pos_id, phone)

    assert answer.status_code == (200 if status == "Reserved" else 409)
    assert till.status(payment_id) == status


@pytest.mark.parametrize("way_out", ["another card", "another customer", "customer", "client"])
def test_after_a_card_was_refused_the_payment_goes_on_as_if_nothing_had_been(
    till: Till, way_out: str
) -> None:
    payment_id, pos_id = issued(till, CREDIT, restrictions={"creditCardDisallowed": True})
    before = till.payment(payment_id)
    assert till.user("acceptpayment", pos_id, CREDIT).status_code == 409
    assert till.payment(payment_id) == before
    ends = {"customer": "CancelledByUser", "client": "CancelledByClient"}
    if way_out == "another card":
        seen = till.control("PUT", f"/payments/{payment_id}/card", json={"card": "debit"})
        assert (seen["card"], seen["cardAllowed"]) == ("debit", True)
        till.user("acceptpayment", pos_id, CREDIT)
    elif way_out == "another customer":
        till.user("checkin", pos_id, DEBIT)
        till.user("acceptpayment", pos_id, DEBIT)
    elif way_out == "customer":
        till.user("cancelpaymentbyuser", pos_id, None)
    else:
        cancel(till, payment_id)

    assert till.status(payment_id) == ends.get(way_out, "Reserved")


def test_a_refused_card_and_the_one_taken_instead_are_told_to_the_developer(till: Till) -> None:
    payment_id, pos_id = issued(till, CREDIT, restrictions={"creditCardDisallowed": True})
    till.user("acceptpayment", pos_id, CREDIT)
    till.control("PUT", f"/payments/{payment_id}/card", json={"card": "debit"})
    events = till.control("GET", f"/events?paymentId={payment_id}")["events"]
    cards = [(each["event"], each["card"]) for each in events if "card" in each]
    assert cards == [("CardRefused", "credit"), ("CardChosen", "debit")]
    entries = till.control("GET", f"/timeline?paymentId={payment_id}")["entries"]
    assert any("refused" in each["text"] and CREDIT in each["text"] for each in entries)
    (call,) = till.control("GET", "/requests?operation=UserSimulationAcceptPayment")["requests"]
    explained = till.http.get(f"/_simulator/explain/{call['id']}?format=text").text
    assert "disallows" in explained


def test_a_card_for_a_payment_that_is_not_there_is_refused(till: Till) -> None:
    path = "/_simulator/payments/00000000-0000-4000-8000-000000000000/card"
    answer = till.http.put(path, json={"card": "debit"})

    assert answer.status_code == 404
    assert "no payment" in answer.json()["error"]


@pytest.mark.parametrize("card", ["gold", "", None, 5])
def test_a_card_is_credit_or_debit(till: Till, card: Any) -> None:
    payment_id, _ = issued(till, CREDIT)
    path = f"/_simulator/payments/{payment_id}/card"
    answer = till.http.put(path, json={"card": card})

    assert answer.status_code == 400
    assert "card" in answer.text


def find(till: Till, **filters: str) -> list[str]:
    return list(till.ok("GET", "/payments", params=filters)["paymentIds"])


def test_finding_without_a_state_gives_active_and_reserved_payments(till: Till) -> None:
    pos_id = till.create_pos()
    reserved = till.reserved(pos_id)
    till.captured(pos_id)
    cancel(till, till.initiate(pos_id))
    initiated = till.initiate(pos_id)

    assert find(till, posId=pos_id) == [reserved, initiated]


def test_finding_captured_payments_gives_no_others(till: Till) -> None:
    pos_id = till.create_pos()
    captured = [till.captured(pos_id), till.captured(pos_id)]
    till.reserved(pos_id)

    assert find(till, posId=pos_id, state="Captured") == captured


def test_an_order_id_used_twice_gives_the_newest_payment(till: Till) -> None:
    first, second = till.create_pos(), till.create_pos()
    older = till.initiate(first, orderId="twice")
    newer = till.initiate(second, orderId="twice")

    assert find(till, orderId="twice") == [newer]
    assert find(till, orderId="twice", posId=second) == [newer]
    assert find(till, orderId="twice", posId=first) == [older]


def test_the_newest_payment_is_the_one_made_last_not_captured_last(till: Till) -> None:
    older = till.reserved(orderId="twice")
    till.advance(seconds=1)
    newer = till.reserved(orderId="twice")
    capture(till, newer)
    capture(till, older)

    assert find(till, orderId="twice", state="Captured") == [newer]


def test_the_filters_combine(till: Till) -> None:
    pos_id = till.create_pos()
    till.initiate(pos_id, orderId="one")

    assert find(till, posId=till.create_pos(), orderId="one") == []
    assert find(till, posId=pos_id, orderId="other") == []
    assert find(till, posId=UNKNOWN) == []
