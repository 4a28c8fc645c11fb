"""A reserved payment and an active one on a point of sale: only the active one is to be cancelled."""

from collections.abc import Callable

import pytest

from tests.support import Till

#: Which payments a client cancels that looks for what is in its way, by their states.
Choice = Callable[[str], bool]


def goes_through(till: Till, chosen: Choice) -> str:
    """Plays the scenario with a till that cancels the chosen payments; returns the run's id."""
    (run,) = till.control("POST", "/scenarios/next", {"scenario": "hanging-reservation"})["runs"]
    pos_id = till.create_pos()
    hanging = till.initiate(pos_id)
    till.advance(seconds=5)
    for _ in range(6):
        assert captured(till, hanging) == 503
    till.initiate(pos_id)
    body = till.payment_body(pos_id)
    assert till.call("POST", "/payments", body).json()["code"] == "1301"
    for payment_id in till.ok("GET", f"/payments?posId={pos_id}")["paymentIds"]:
        if chosen(till.status(payment_id)):
            till.ok("POST", f"/payments/{payment_id}/cancel")
    answer = till.call("POST", "/payments", body)
    if answer.status_code == 200:
        till.advance(seconds=5)
        assert captured(till, answer.json()["paymentId"]) == 200
    captured(till, hanging)
    return str(run)


def captured(till: Till, payment_id: str) -> int:
    return till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0}).status_code


def test_a_client_that_cancels_the_active_payment_alone_passes(till: Till) -> None:
    run = goes_through(till, lambda state: state != "Reserved")
    assert till.control("GET", f"/runs/{run}")["verdict"] == "passed"


@pytest.mark.parametrize(
    ("chosen", "failed"),
    [
        (lambda state: state == "Reserved", {"CancelPayment is not called", "Captured"}),
        (lambda state: True, {"CancelPayment is not called", "Captured"}),
    ],
    ids=["the reserved one", "both"],
)
def test_a_client_that_cancels_the_reserved_payment_fails(
    till: Till, chosen: Choice, failed: set[str]
) -> None:
    run = till.control("GET", f"/runs/{goes_through(till, chosen)}")
    assert run["verdict"] == "failed"
    wrong = [each["expected"] for each in run["expectations"] if each["verdict"] == "failed"]
    assert len(wrong) == len(failed)
    assert all(any(word in text for text in wrong) for word in failed)
