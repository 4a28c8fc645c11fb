"""Which payments a scenario takes by itself."""

from typing import Any

import pytest

from tests.support import CREDIT, LOYAL, Till

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
    stays = "summary: x\nsteps:\n  - do: {check-in: {user: loyalty}}\n"
    assert till.http.put("/_simulator/scenarios/stays", content=stays).status_code == 200
    first = till.initiate(pos_id, scenario="stays")
    assert till.status(first) == "IssuedToUser"
