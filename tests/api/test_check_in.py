"""Check-ins (section 6): one customer at a time, and what the till gets to know of them."""

import pytest

from tests.api.calls import outcome
from tests.support import CREDIT, CREDIT_3, DEBIT, LOYAL, Till


def check_in_at(till: Till, pos_id: str) -> dict[str, object]:
    return dict(till.ok("GET", f"/pointofsales/{pos_id}/checkin"))


def customer_at(till: Till, pos_id: str) -> object:
    """The token of who is checked in; None where nobody is."""
    return check_in_at(till, pos_id).get("customerToken")


def test_nobody_is_checked_in_at_first(till: Till) -> None:
    answer = check_in_at(till, till.create_pos())

    assert answer == {"isUserCheckedIn": False, "pollDelayInMs": 1000}


def test_a_check_in_shows_the_customers_tokens(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id, LOYAL)
    answer = check_in_at(till, pos_id)

    assert answer.keys() == {
        "isUserCheckedIn",
        "pollDelayInMs",
        "customerToken",
        "customerReceiptToken",
        "loyaltyIds",
    }
    assert answer["isUserCheckedIn"] is True
    assert answer["customerToken"] and answer["loyaltyIds"]


def test_the_third_test_user_has_a_receipt_token(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id, CREDIT_3)

    assert len(check_in_at(till, pos_id)["customerReceiptToken"]) == 32


def test_a_customer_without_loyalty_and_receipts_has_them_empty_not_missing(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id, DEBIT)
    answer = check_in_at(till, pos_id)

    assert (answer["loyaltyIds"], answer["customerReceiptToken"]) == ([], "")


def test_payment_and_check_in_tell_the_same_of_a_customer(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id, LOYAL)
    payment = till.payment(till.initiate(pos_id))
    shared = ("customerToken", "customerReceiptToken", "loyaltyIds")

    assert [payment[name] for name in shared] == [
        check_in_at(till, pos_id)[name] for name in shared
    ]


def test_a_customer_is_the_same_at_every_till(till: Till) -> None:
    first, second = till.create_pos(), till.create_pos()
    for pos_id in (first, second):
        till.user("checkin", pos_id)

    assert customer_at(till, first) == customer_at(till, second)


def test_a_new_check_in_takes_over_from_the_last(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id, CREDIT)
    first = customer_at(till, pos_id)
    till.user("checkin", pos_id, DEBIT)

    assert customer_at(till, pos_id) not in (None, first)


def test_a_new_check_in_takes_the_active_payment_along(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id)
    till.user("checkin", pos_id, CREDIT)
    till.user("checkin", pos_id, DEBIT)

    assert till.payment(payment_id)["customerToken"] == customer_at(till, pos_id)
    assert outcome(till.user("acceptpayment", pos_id, CREDIT)) == (409, "1099")
    assert outcome(till.user("acceptpayment", pos_id, DEBIT)) == (200, None)


def test_a_check_in_lapses_after_five_minutes(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id)
    till.advance(minutes=5, seconds=-1)
    assert check_in_at(till, pos_id)["isUserCheckedIn"] is True

    till.advance(seconds=1)
    assert check_in_at(till, pos_id) == {"isUserCheckedIn": False, "pollDelayInMs": 1000}


def test_checking_in_again_starts_the_five_minutes_anew(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id)
    till.advance(minutes=4)
    till.user("checkin", pos_id)
    till.advance(minutes=4)

    assert check_in_at(till, pos_id)["isUserCheckedIn"] is True


def test_each_point_of_sale_has_its_own_customer(till: Till) -> None:
    first, second = till.create_pos(), till.create_pos()
    till.user("checkin", first)

    assert customer_at(till, first) is not None
    assert customer_at(till, second) is None


@pytest.mark.parametrize("start", ["/payments", "/payments/prepare"])
def test_a_till_may_want_a_payment_before_the_check_in(till: Till, start: str) -> None:
    pos_id = till.create_pos(requirePaymentBeforeCheckin=True)
    assert outcome(till.user("checkin", pos_id)) == (409, "1099")
    assert customer_at(till, pos_id) is None

    till.ok("POST", start, till.payment_body(pos_id))
    assert outcome(till.user("checkin", pos_id)) == (200, None)
    assert customer_at(till, pos_id) is not None
