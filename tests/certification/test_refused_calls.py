"""A certification sees calls that are refused for a field; such a call begins no case."""

from typing import Any

import pytest
from mobilepay_simulator.engine.client_rules import MOST_RETRIES
from mobilepay_simulator.playing.transport import CallRefused, GaveUp

from tests.certification.candidates import BASE, Hall

TERMS = {"amount": "10,00", "currencyCode": "DKK", "plannedCaptureDelay": "None"}
#: The id of no point of sale and of no store.
NOWHERE = "00000000-0000-4000-8000-000000000000"


def refuse_start(hall: Hall) -> None:
    with pytest.raises(CallRefused, match="1102"):
        hall.client._post("/payments", hall.client._order() | TERMS)


def test_a_capture_that_is_refused_for_its_amount_fails_its_case(hall: Hall) -> None:
    hall.client.create_pos()
    hall.open(cases=["certify-full-capture"])
    hall.client.initiate(10.0)
    assert hall.client.wait_until_decided() == "Reserved"
    with pytest.raises(CallRefused, match="1102"):
        hall.client._post(f"/payments/{hall.client.payment_id}/capture", {"amount": "10,00"})
    refused = hall.sandbox.journal.count
    hall.client.capture(10.0)

    case = hall.cases()["certify-full-capture"]
    assert case["state"] == "failed"
    (step,) = [each for each in case["steps"] if each["title"] == "No capture is refused"]
    assert (step["state"], step["request"]) == ("broken", refused)


def test_a_start_that_is_refused_for_a_field_begins_no_case(hall: Hall) -> None:
    hall.client.create_pos()
    hall.open(cases=["certify-payment"])
    refuse_start(hall)
    assert hall.states() == {"certify-payment": "not tested"}

    hall.client.initiate(10.0)
    assert hall.states() == {"certify-payment": "in progress"}


def test_a_case_that_was_chosen_sees_the_refused_start(hall: Hall) -> None:
    hall.client.create_pos()
    session = hall.open(cases=["certify-payment", "certify-active-payment"])
    hall.ask("POST", f"{BASE}/{session}/cases/certify-active-payment/restart")
    refuse_start(hall)

    case = hall.cases()["certify-active-payment"]
    assert hall.sandbox.journal.count in case["requests"]
    # It waits for the right start with what the client is to find.
    assert not hall.sandbox.world.payments.table
    with pytest.raises(CallRefused, match="1301"):
        hall.client._post("/payments", hall.client._order() | TERMS | {"amount": 10.0})
    assert hall.cases()["certify-active-payment"]["requests"][-1] == hall.sandbox.journal.count


@pytest.mark.parametrize("case", ["certify-broken-answers", "certify-connections-reset"])
def test_a_start_whose_refusal_was_lost_at_first_is_corrected_with_a_new_key(
    hall: Hall, case: str
) -> None:
    hall.client.create_pos()
    pos_id = hall.client.pos_id
    hall.open(cases=[case])
    hall.client.pos_id = NOWHERE
    with pytest.raises(CallRefused, match="1000"):
        hall.client._post("/payments", hall.client._order() | TERMS | {"amount": 10.0})
    hall.client.pos_id = pos_id
    hall.client.initiate(10.0)
    assert hall.sandbox.journal.count in hall.cases()[case]["requests"]
    run = hall.ask("GET", f"/_simulator/runs/{hall.cases()[case]['run']}")
    assert run["payments"] == [hall.client.payment_id]


def test_a_case_without_payments_counts_the_corrected_start(hall: Hall) -> None:
    hall.client.create_pos()
    session = hall.open(cases=["certify-gives-up"])
    hall.ask("POST", f"{BASE}/{session}/cases/certify-gives-up/restart")
    refuse_start(hall)
    with pytest.raises(GaveUp):
        hall.client.initiate(10.0)
    case = hall.cases()["certify-gives-up"]
    assert (case["state"], len(case["requests"])) == ("passed", 1 + 1 + MOST_RETRIES)


def pos_of(store: str) -> dict[str, Any]:
    return {
        "merchantPosId": "till",
        "storeId": store,
        "name": "Till",
        "supportedBeaconTypes": ["QR"],
        "requirePaymentBeforeCheckin": False,
    }


# The first is refused for what it names, the second for its form.
@pytest.mark.parametrize(("store", "code"), [(NOWHERE, "1002"), ("store", "1099")])
@pytest.mark.parametrize("case", ["certify-create-pos", "certify-create-pos-for-the-rest"])
def test_a_point_of_sale_is_created_once_its_store_is_right(
    hall: Hall, case: str, store: str, code: str
) -> None:
    session = hall.open(cases=[case])
    hall.ask("POST", f"{BASE}/{session}/cases/{case}/restart")
    with pytest.raises(CallRefused, match=code):
        hall.client._post("/pointofsales", pos_of(store))
    hall.client.create_pos()
    assert hall.sandbox.journal.count in hall.cases()[case]["requests"]
    assert hall.states() == {case: "passed"}


def test_a_point_of_sale_is_deleted_once_its_id_is_right(hall: Hall) -> None:
    hall.client.create_pos()
    pos_id = hall.client.pos_id
    hall.open(cases=["certify-delete-pos"])
    hall.client.pos_id = NOWHERE
    with pytest.raises(CallRefused, match="404"):
        hall.client.delete_pos()
    hall.client.pos_id = pos_id
    hall.client.delete_pos()
    case = hall.cases()["certify-delete-pos"]
    assert hall.sandbox.journal.count in case["requests"]
    assert [step["state"] for step in case["steps"]] == ["done"] * 4


def test_what_was_refunded_leaves_the_next_refund_to_the_next_case(hall: Hall) -> None:
    hall.client.create_pos()
    hall.client.initiate(10.0)
    hall.client.capture(10.0)
    session = hall.open(cases=["certify-refund", "certify-refund-cancelled"])
    hall.ask("POST", f"{BASE}/{session}/cases/certify-refund/restart")
    with pytest.raises(CallRefused, match="1102"):
        hall.client.refund(-1.0)
    hall.client.refund(4.0)
    assert hall.show()["current"] == "certify-refund"
    hall.client.refund(4.0)
    assert hall.show()["current"] == "certify-refund-cancelled"


def test_what_comes_before_the_first_call_of_a_chosen_case_is_no_part_of_it(hall: Hall) -> None:
    hall.client.create_pos()
    session = hall.open(cases=["certify-payment"])
    hall.client.initiate(10.0)
    hall.ask("POST", f"{BASE}/{session}/cases/certify-payment/restart")
    hall.client._fetch_token()
    hall.client._get("/stores", "storeIds")
    assert hall.cases()["certify-payment"]["requests"] == []
    hall.client._post(f"/payments/{hall.client.payment_id}/cancel", None)
    before = hall.sandbox.journal.count
    hall.client.initiate(10.0)
    tried = [*range(before + 1, hall.sandbox.journal.count + 1)]
    assert hall.cases()["certify-payment"]["requests"] == tried
