"""Prepared payments (section 7): the amount follows when the till knows it."""

from typing import Any

import pytest

from tests.api.calls import TERMS, cancel, capture, events, outcome, prepare, prepared, ready
from tests.support import CREDIT, DEBIT, OTHER_CLIENT_ID, OTHER_SECRET, Till


def paired(till: Till, phone: str = CREDIT) -> tuple[str, str]:
    """A prepared payment whose customer is checked in, and its point of sale."""
    payment_id = prepared(till)
    pos_id = str(till.payment(payment_id)["posId"])
    assert till.user("checkin", pos_id, phone).status_code == 200
    return payment_id, pos_id


def test_a_prepared_payment_is_paired_made_ready_accepted_and_captured(till: Till) -> None:
    payment_id, pos_id = paired(till)
    seen = [till.status(payment_id)]
    assert outcome(ready(till, payment_id)) == (200, None)
    seen.append(till.status(payment_id))
    assert till.user("acceptpayment", pos_id).status_code == 200
    seen.append(till.status(payment_id))
    assert outcome(capture(till, payment_id)) == (200, None)
    seen.append(till.status(payment_id))

    assert seen == ["Paired", "IssuedToUser", "Reserved", "Captured"]


def test_a_payment_made_ready_before_the_check_in_is_initiated(till: Till) -> None:
    payment_id = prepared(till)
    ready(till, payment_id)
    assert till.status(payment_id) == "Initiated"

    till.user("checkin", till.payment(payment_id)["posId"])
    assert till.status(payment_id) == "IssuedToUser"


def test_a_payment_prepared_while_a_customer_is_checked_in_is_paired(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id)

    assert till.status(prepare(till, pos_id).json()["paymentId"]) == "Paired"


def test_preparing_a_payment_answers_its_id_alone(till: Till) -> None:
    answer = prepare(till, till.create_pos())

    assert answer.status_code == 200
    assert list(answer.json()) == ["paymentId"]


def test_a_prepared_payment_has_no_terms_before_it_is_ready(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = prepare(till, pos_id, "ORDER-1").json()["paymentId"]

    payment = till.payment(payment_id)
    assert payment.pop("paymentExpiresAt")
    assert payment == {
        "paymentId": payment_id,
        "posId": pos_id,
        "orderId": "ORDER-1",
        "status": "Prepared",
        "pollDelayInMs": 1000,
    }


def test_a_ready_payment_shows_its_terms(till: Till) -> None:
    terms: dict[str, Any] = {
        "amount": 99.95,
        "currencyCode": "DKK",
        "plannedCaptureDelay": "LessThan14Days",
        "merchantPaymentLabel": "Label",
        "restrictions": {"debitCardDisallowed": True, "creditCardDisallowed": False},
    }
    payment_id = prepared(till)
    ready(till, payment_id, **terms)

    assert terms.items() <= till.payment(payment_id).items()


@pytest.mark.parametrize("missing", ["amount", "currencyCode", "plannedCaptureDelay"])
def test_a_payment_stays_prepared_when_a_term_is_missing(till: Till, missing: str) -> None:
    payment_id = prepared(till)
    terms = {name: value for name, value in TERMS.items() if name != missing}
    answer = till.call("POST", f"/payments/{payment_id}/ready", terms)

    assert outcome(answer) == (400, "1102" if missing == "amount" else "1099")
    assert till.status(payment_id) == "Prepared"


def test_a_payment_is_made_ready_again_with_the_same_values_only(till: Till) -> None:
    payment_id = prepared(till)
    restrictions = {"debitCardDisallowed": True}
    ready(till, payment_id, restrictions=restrictions, merchantPaymentLabel="label")
    before = events(till)

    again = {"restrictions": restrictions, "merchantPaymentLabel": "label", "amount": "10.00"}
    assert outcome(ready(till, payment_id, **again)) == (200, None)
    for change in (
        {"amount": 11},
        {"currencyCode": "EUR"},
        {"plannedCaptureDelay": "LessThan24Hours"},
        {"restrictions": None},
        {"merchantPaymentLabel": None},
    ):
        assert outcome(ready(till, payment_id, **again | change)) == (409, "1303")
    assert events(till) == before
    assert till.payment(payment_id)["amount"] == 10.0


@pytest.mark.parametrize("ended", ["acceptpayment", "cancelpaymentbyuser"])
def test_the_repeated_ready_is_fine_whatever_the_customer_has_done_since(
    till: Till, ended: str
) -> None:
    payment_id, pos_id = paired(till)
    ready(till, payment_id)
    till.user(ended, pos_id, CREDIT if ended == "acceptpayment" else None)
    status = till.status(payment_id)

    assert outcome(ready(till, payment_id)) == (200, None)
    assert till.status(payment_id) == status


def test_a_payment_that_was_never_prepared_is_not_made_ready_with_its_own_values(
    till: Till,
) -> None:
    payment_id = till.initiate(till.create_pos())

    assert outcome(ready(till, payment_id)) == (409, "1303")


def test_the_repeated_ready_of_another_integrator_is_refused(till: Till) -> None:
    payment_id = prepared(till)
    ready(till, payment_id)
    stranger = Till(till.http, OTHER_CLIENT_ID, OTHER_SECRET)

    assert outcome(ready(stranger, payment_id)) == (403, "1401")


@pytest.mark.parametrize("action", ["acceptpayment", "cancelpaymentbyuser"])
def test_a_customer_can_do_nothing_before_the_check_in(till: Till, action: str) -> None:
    payment_id = prepared(till)
    answer = till.user(action, till.payment(payment_id)["posId"])

    assert outcome(answer) == (409, "1099")
    assert till.status(payment_id) == "Prepared"


def test_a_customer_can_not_accept_before_the_payment_is_ready(till: Till) -> None:
    payment_id, pos_id = paired(till)

    assert outcome(till.user("acceptpayment", pos_id)) == (409, "1099")
    assert till.status(payment_id) == "Paired"


def test_a_customer_can_cancel_a_paired_payment(till: Till) -> None:
    payment_id, pos_id = paired(till)

    assert till.user("cancelpaymentbyuser", pos_id, None).status_code == 200
    assert till.status(payment_id) == "CancelledByUser"


def test_a_cancelled_payment_can_not_be_made_ready(till: Till) -> None:
    payment_id = prepared(till)
    cancel(till, payment_id)

    assert outcome(ready(till, payment_id)) == (409, "1303")


def test_a_payment_can_not_be_captured_before_it_is_ready(till: Till) -> None:
    payment_id, _ = paired(till)

    assert outcome(capture(till, payment_id)) == (409, "1304")


def test_restrictions_given_with_ready_hold(till: Till) -> None:
    payment_id, pos_id = paired(till, DEBIT)
    ready(till, payment_id, restrictions={"debitCardDisallowed": True})
    till.user("acceptpayment", pos_id, DEBIT)

    assert till.status(payment_id) == "IssuedToUser"
