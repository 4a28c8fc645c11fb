"""A certification sees calls that are refused for a field; such a call begins no case."""

import pytest
from mobilepay_simulator.playing.transport import CallRefused

from tests.certification.candidates import BASE, Hall

TERMS = {"amount": "10,00", "currencyCode": "DKK", "plannedCaptureDelay": "None"}


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
