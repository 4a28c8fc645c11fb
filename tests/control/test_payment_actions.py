"""MobilePay's part in a payment can be played by the control API."""

import httpx
import pytest
from mobilepay_simulator.client import ControlClient

from tests.support import Till


def act(till: Till, payment_id: str, action: str) -> httpx.Response:
    return till.http.post(f"/_simulator/payments/{payment_id}/actions", json={"action": action})


def test_mobilepay_cancels_a_payment(till: Till) -> None:
    payment_id = till.initiate(till.create_pos())
    assert act(till, payment_id, "cancel-by-mobilepay").json()["state"] == "CancelledByMobilePay"
    assert till.status(payment_id) == "CancelledByMobilePay"


def test_a_reservation_ends_before_its_time(till: Till) -> None:
    payment_id = till.reserved()
    assert act(till, payment_id, "expire").status_code == 200
    assert till.status(payment_id) == "ExpiredAndCancelled"


def test_mobilepay_cancels_the_refunds_that_are_not_reserved(till: Till) -> None:
    payment_id = till.captured()
    refund_id = till.refund(payment_id)
    assert act(till, payment_id, "cancel-refunds").json()["state"] == "Captured"
    assert till.refund_status(refund_id) == "CancelledByMobilePay"


def test_the_script_of_the_payment_stops(till: Till) -> None:
    payment_id = till.initiate(till.create_pos(), scenario="success")
    act(till, payment_id, "cancel-by-mobilepay")
    till.advance(seconds=10)
    assert till.status(payment_id) == "CancelledByMobilePay"


@pytest.mark.parametrize(
    ("action", "status", "said"),
    [("expire", 409, "it is Initiated"), ("capture", 400, "action"), ("", 400, "action")],
)
def test_what_is_not_possible_is_refused(till: Till, action: str, status: int, said: str) -> None:
    answer = act(till, till.initiate(till.create_pos()), action)
    assert answer.status_code == status
    assert said in answer.text


def test_the_client_has_a_method_for_it(till: Till) -> None:
    payment_id = till.reserved()
    with ControlClient(str(till.http.base_url)) as control:
        assert control.act_as_mobilepay(payment_id, "expire").state == "ExpiredAndCancelled"


def test_there_must_be_such_a_payment(till: Till) -> None:
    assert act(till, "00000000-0000-4000-8000-000000000000", "expire").status_code == 404
