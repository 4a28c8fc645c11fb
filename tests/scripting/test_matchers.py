"""Which payments a scenario takes by itself."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from mobilepay_simulator.scripting.matchers import AppliesTo
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.settings.documents import ProblemsFound

from tests.support import CREDIT, LOYAL, Till


def applying(text: str) -> AppliesTo:
    """What a scenario says in its `applies_to`."""
    found = read_scenario(f"summary: x\napplies_to: {{{text}}}", "x").applies_to
    assert found is not None
    return found


ALWAYS = "summary: taken\nsteps:\n  - do: check-in\n  - when: IssuedToUser\n    do: accept\n"

MATCHES: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    # applies_to, changes to the payment, changes to the PoS, whether it is taken
    ("order_id: REJECT-*", {"orderId": "REJECT-7"}, {}, True),
    ("order_id: REJECT-*", {"orderId": "reject-7"}, {}, False),
    ("order_id: REJECT-?", {"orderId": "REJECT-77"}, {}, False),
    ("order_id: '/R[0-9]+/'", {"orderId": "R42"}, {}, True),
    ("order_id: '/R[0-9]+/'", {"orderId": "R42x"}, {}, False),
    ("amount: 13.37", {"amount": 13.37}, {}, True),
    ("amount: 13.37", {"amount": 13.38}, {}, False),
    ("amount: {at_least: 10, at_most: 20}", {"amount": 20}, {}, True),
    ("amount: {at_least: 10, at_most: 20}", {"amount": 20.01}, {}, False),
    ("amount: {at_least: 10}", {"amount": 9.99}, {}, False),
    ("amount: {ends_with: 37}", {"amount": 100.37}, {}, True),
    ("amount: {ends_with: 37}", {"amount": 37}, {}, False),
    ("amount: {ends_with: '3.37'}", {"amount": 13.37}, {}, True),
    ("label: vip*", {"merchantPaymentLabel": "vip-guest"}, {}, True),
    ("label: vip*", {}, {}, False),
    ("pos_name: Bar *", {}, {"name": "Bar 2"}, True),
    ("pos_name: Bar *", {}, {"name": "Kiosk"}, False),
    ("merchant_pos_id: till-9", {}, {"merchantPosId": "till-9"}, True),
    ("merchant_pos_id: till-9", {}, {"merchantPosId": "till-8"}, False),
    ("operation: InitiatePayment", {}, {}, True),
    ("operation: PreparePayment", {}, {}, False),
    ("header: {x-branch: feature-*}", {}, {}, True),
    ("header: {x-branch: release-*}", {}, {}, False),
    ("header: {x-nothing: '*'}", {}, {}, False),
    ("{order_id: A*, amount: 5}", {"orderId": "A1", "amount": 5}, {}, True),
    ("{order_id: A*, amount: 5}", {"orderId": "A1", "amount": 6}, {}, False),
]


@pytest.mark.parametrize(("applies_to", "payment", "pos", "is_taken"), MATCHES)
def test_a_payment_is_taken_where_everything_given_matches(
    till: Till, applies_to: str, payment: dict[str, Any], pos: dict[str, Any], is_taken: bool
) -> None:
    line = applies_to if applies_to.startswith("{") else f"{{{applies_to}}}"
    uploaded = till.http.put(
        "/_simulator/scenarios/choosy", content=f"{ALWAYS}applies_to: {line}\n"
    )
    assert uploaded.status_code == 200, uploaded.text
    body = till.payment_body(till.create_pos(**pos)) | payment
    made = till.ok("POST", "/payments", body, headers={"X-Branch": "feature-1"})
    assert till.status(made["paymentId"]) == ("Reserved" if is_taken else "Initiated")


def test_the_phone_of_a_customer_who_is_there_already_is_matched(till: Till) -> None:
    text = f"summary: x\napplies_to: {{phone: '{LOYAL}'}}\nsteps:\n  - do: accept\n"
    assert till.http.put("/_simulator/scenarios/regulars", content=text).status_code == 200
    by_hand = till.create_pos()
    till.user("checkin", by_hand, CREDIT)
    assert till.status(till.initiate(by_hand)) == "IssuedToUser"

    # A customer whom another scenario has checked in, not a person by hand.
    pos_id = till.create_pos()
    stays = "summary: x\nsteps:\n  - {when: CancelledByClient, do: {check-in: {user: loyalty}}}\n"
    assert till.http.put("/_simulator/scenarios/stays", content=stays).status_code == 200
    till.ok("POST", f"/payments/{till.initiate(pos_id, scenario='stays')}/cancel")
    assert till.status(till.initiate(pos_id)) == "Reserved"


PATTERNS = [
    ("A*", "A", True),
    ("A*", "BA", False),
    ("A?", "A", False),
    ("/", "/", True),
    ("//", "//", True),
    ("/ab", "/ab", True),
    ("ab/", "ab/", True),
    ("/a+/", "aaa", True),
    ("/a+/", "/a+/", False),
    ("x" * 200, "x" * 200, True),
]


@pytest.mark.parametrize(("pattern", "text", "fits"), PATTERNS)
def test_a_pattern_between_slashes_is_a_regular_expression(
    pattern: str, text: str, fits: bool
) -> None:
    found = applying(f"order_id: '{pattern}'").order_id
    assert found is not None
    assert found.matches(text) is fits
    assert not found.matches(None)


@pytest.mark.parametrize("pattern", ["", "x" * 201])
def test_a_pattern_has_1_to_200_characters(pattern: str) -> None:
    with pytest.raises(ProblemsFound, match="a pattern of 1 to 200 characters"):
        applying(f"order_id: '{pattern}'")


@dataclass(frozen=True)
class Asked:
    """What is known of a payment to come."""

    order_id: str | None = None
    amount: Decimal | None = None
    label: str | None = None


RANGES = [
    ("10", "10.00", True),
    ("10", "10.01", False),
    ("{at_least: 10}", "10.00", True),
    ("{at_least: 10}", "9.99", False),
    ("{at_most: 20}", "20.00", True),
    ("{at_most: 20}", "20.01", False),
    ("{ends_with: 37}", "0.37", True),
    ("{ends_with: '3.37'}", "13.37", True),
    ("{ends_with: '3.37'}", "14.37", False),
    ("{at_least: 10, ends_with: 37}", "9.37", False),
]


@pytest.mark.parametrize(("amounts", "amount", "fits"), RANGES)
def test_an_amount_is_in_a_range_with_its_ends(amounts: str, amount: str, fits: bool) -> None:
    applies = applying(f"amount: {amounts}")
    assert applies.matches(Asked(amount=Decimal(amount)), None, None) is fits
    assert not applies.matches(Asked(), None, None)


@pytest.mark.parametrize("digits", ["1", "37", "3.37", ".37", "123456.37"])
def test_last_digits_are_cents_or_an_amounts_end(digits: str) -> None:
    assert applying(f"amount: {{ends_with: '{digits}'}}").amount is not None


@pytest.mark.parametrize("digits", ["", "123", "3.7", "1234567.37", "x"])
def test_other_last_digits_are_refused(digits: str) -> None:
    with pytest.raises(ProblemsFound, match="expected digits such as"):
        applying(f"amount: {{ends_with: '{digits}'}}")


@pytest.mark.parametrize("field", ["pos_name: '*'", "merchant_pos_id: '*'"])
def test_nothing_fits_a_point_of_sale_that_is_not_there(field: str) -> None:
    assert not applying(field).matches(Asked(), None, None)


def test_a_header_is_looked_up_in_lower_case_and_all_that_are_named_must_fit() -> None:
    applies = applying("header: {X-Branch: a*, x-till: '?'}")
    assert applies.looks_at_call
    for headers, fits in (
        ({"x-branch": "abc", "x-till": "1"}, True),
        ({"x-branch": "abc"}, False),
        ({"x-branch": "b", "x-till": "1"}, False),
        (None, False),
    ):
        assert applies.matches(Asked(), None, None, "InitiatePayment", headers) is fits
    assert applying("operation: PreparePayment").looks_at_call
    assert not applying("order_id: A").looks_at_call


def test_who_is_checked_in_must_be_the_one() -> None:
    applies = applying(f"phone: '{LOYAL}'")
    assert applies.matches(Asked(), None, LOYAL)
    assert not applies.matches(Asked(), None, CREDIT)
    assert not applies.matches(Asked(), None, None)
