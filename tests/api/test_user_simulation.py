"""The user simulation (section 11): the sandbox's stand-in for a customer with a phone."""

from typing import Any

import pytest

from tests.api.calls import UNKNOWN, events, outcome, simulate
from tests.support import CLIENT_ID, CREDIT, DEBIT, Till

#: Ending of the number, card, enrolled in loyalty, card can be captured in part.
TEST_USERS = [
    ("01", "credit", False, False),
    ("02", "debit", False, False),
    ("03", "credit", False, False),
    ("04", "credit", True, False),
    ("05", "credit", False, True),
]
NUMBERS = {"DK": "+45200318", "FI": "+3582003180"}


@pytest.mark.parametrize("country", ["DK", "FI"])
@pytest.mark.parametrize(("ending", "card", "loyal", "partial"), TEST_USERS)
def test_every_documented_test_user_pays_as_documented(
    till: Till, country: str, ending: str, card: str, loyal: bool, partial: bool
) -> None:
    phone = NUMBERS[country] + ending
    pos_id = till.create_pos()
    refuses = {"credit": "creditCardDisallowed", "debit": "debitCardDisallowed"}

    refused = till.initiate(pos_id, restrictions={refuses[card]: True})
    till.user("checkin", pos_id, phone)
    assert outcome(till.user("acceptpayment", pos_id, phone)) == (409, "1099")
    till.user("cancelpaymentbyuser", pos_id, None)
    payment_id = till.initiate(pos_id)
    till.user("checkin", pos_id, phone)
    till.user("acceptpayment", pos_id, phone)
    payment = till.payment(payment_id)

    assert till.status(refused) == "CancelledByUser"
    assert payment["status"] == "Reserved"
    assert bool(payment["loyaltyIds"]) is loyal
    assert payment["partialCapturePossible"] is partial


def test_test_users_are_different_people(till: Till) -> None:
    tokens = set()
    for stem in NUMBERS.values():
        for ending, *_ in TEST_USERS:
            pos_id = till.create_pos()
            till.user("checkin", pos_id, stem + ending)
            tokens.add(till.ok("GET", f"/pointofsales/{pos_id}/checkin")["customerToken"])

    assert len(tokens) == 10


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ibm-client-id": CLIENT_ID},
        {"x-ibm-client-id": "unknown"},
        {"Authorization": "Bearer nonsense"},
    ],
)
def test_it_needs_no_bearer_token(till: Till, headers: dict[str, str]) -> None:
    till.create_pos(beaconId="1" * 15)
    body = {"beaconId": "1" * 15, "phoneNumber": CREDIT}
    answer = till.http.post("/pos/app/usersimulation/checkin", json=body, headers=headers)

    assert outcome(answer) == (200, None)


def test_what_works_is_answered_without_a_body(till: Till) -> None:
    pos_id = till.create_pos()
    till.initiate(pos_id)
    answers = [till.user(action, pos_id) for action in ("checkin", "acceptpayment")]
    till.initiate(pos_id)
    till.user("checkin", pos_id)
    answers.append(till.user("cancelpaymentbyuser", pos_id, None))

    assert [(each.status_code, each.content) for each in answers] == [(200, b"")] * 3


@pytest.mark.parametrize(
    ("beacon", "sent"),
    [
        ("a7b69d37-6753-4e94-afc3-ef5dab04b7f4", "A7B69D37-6753-4E94-AFC3-EF5DAB04B7F4"),
        ("A7B69D37-6753-4E94-AFC3-EF5DAB04B7F4", "a7b69d37-6753-4e94-afc3-ef5dab04b7f4"),
        ("012345678901234", "012345678901234"),
    ],
)
def test_a_beacon_id_is_found_in_any_case(till: Till, beacon: str, sent: str) -> None:
    till.create_pos(beaconId=beacon)

    assert outcome(simulate(till, "checkin", beaconId=sent, phoneNumber=CREDIT)) == (200, None)


def test_spaces_in_a_phone_number_do_not_matter(till: Till) -> None:
    pos_id = till.create_pos()

    assert till.user("checkin", pos_id, "+45 2003 1801").status_code == 200


def test_a_user_can_cancel_without_giving_the_phone_number(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id)
    till.user("checkin", pos_id)

    assert till.user("cancelpaymentbyuser", pos_id, None).status_code == 200
    assert till.status(payment_id) == "CancelledByUser"


def nothing_there(till: Till, pos_id: str) -> None:
    """No payment at all."""


def nobody_checked_in(till: Till, pos_id: str) -> None:
    """A payment that waits for a customer."""
    till.initiate(pos_id)


def reserved_already(till: Till, pos_id: str) -> None:
    """A payment the customer has accepted already."""
    till.initiate(pos_id)
    till.user("checkin", pos_id)
    till.user("acceptpayment", pos_id)


@pytest.mark.parametrize("action", ["acceptpayment", "cancelpaymentbyuser"])
@pytest.mark.parametrize("place", [nothing_there, nobody_checked_in, reserved_already])
def test_where_there_is_nothing_to_do_nothing_happens(till: Till, place: Any, action: str) -> None:
    pos_id = till.create_pos()
    place(till, pos_id)
    before = events(till)

    assert outcome(till.user(action, pos_id)) == (409, "1099")
    assert events(till) == before


def test_only_the_customer_who_is_asked_can_accept(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id)
    till.user("checkin", pos_id, CREDIT)

    assert outcome(till.user("acceptpayment", pos_id, DEBIT)) == (409, "1099")
    assert till.status(payment_id) == "IssuedToUser"


@pytest.mark.parametrize("action", ["checkin", "acceptpayment", "cancelpaymentbyuser"])
def test_an_unknown_beacon_is_told_in_an_error_body(till: Till, action: str) -> None:
    answer = simulate(till, action, beaconId=UNKNOWN, phoneNumber=CREDIT)

    assert outcome(answer) == (404, "1099")
    assert answer.json().keys() == {"code", "message", "correlationId"}
    assert UNKNOWN in answer.json()["message"]


def test_an_unknown_phone_number_is_told_with_the_known_ones(till: Till) -> None:
    answer = till.user("checkin", till.create_pos(), "+4512345678")

    assert outcome(answer) == (404, "1099")
    assert CREDIT in answer.json()["message"]


def test_a_simulated_user_stops_the_script_of_the_payment(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, scenario="success")
    till.user("checkin", pos_id, DEBIT)
    till.advance(minutes=1)

    assert till.status(payment_id) == "IssuedToUser"
