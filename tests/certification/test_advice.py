"""The advice on a failed case follows from what happened: a refusal is explained by its remedy."""

from typing import Any

import pytest
from mobilepay_simulator.app import SimulatorApp
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.playing.model_client import ModelClient
from mobilepay_simulator.playing.transport import CallRefused

from tests.certification.candidates import BASE, Hall

#: What is right only for a payment that is there, or for a call that the service failed.
OF_OTHERS = ("retry it", "idempotency key again", "that is Reserved", "that is reserved")


class NeverGivesWay(ModelClient):
    """Starts payments whatever is in the way."""

    def _start(self, path: str, body: dict[str, Any]) -> str:
        return str(self._post(path, body, self._key())["paymentId"])


class Sitting:
    """A client at a single case, which it leaves once it has done something there."""

    def __init__(self, app: SimulatorApp) -> None:
        self.hall = Hall(app, NeverGivesWay)
        self.client = self.hall.client
        self.client.create_pos()

    def begin(self, case: str) -> None:
        self.case = case
        self.hall.open(cases=[case])
        self.hall.ask("POST", f"{BASE}/C1/cases/{case}/restart")

    def refused(self, path: str, body: dict[str, Any] | None) -> None:
        with pytest.raises(CallRefused):
            self.client._post(path, body, self.client._key())

    def end(self) -> dict[str, Any]:
        self.hall.ask("POST", f"{BASE}/C1/abandon")
        case: dict[str, Any] = self.hall.cases()[self.case]
        assert case["state"] == "failed"
        return case


@pytest.fixture
def sitting(app: SimulatorApp) -> Sitting:
    return Sitting(app)


def advised(case: dict[str, Any]) -> list[str]:
    """Returns the advice on a case and on its steps."""
    return [each for each in (case["advice"], *(step["advice"] for step in case["steps"])) if each]


@pytest.mark.parametrize("case", ["certify-payment-cancelled-by-user", "certify-payment-cancelled"])
def test_a_start_that_an_active_payment_refused_is_not_to_be_repeated(
    sitting: Sitting, case: str
) -> None:
    sitting.client.initiate(1.0)
    sitting.begin(case)
    with pytest.raises(CallRefused):
        sitting.client.initiate(10.0)
    shown = sitting.end()
    assert shown["advice"] == Refusal.PAYMENT_ACTIVE.value.advice
    assert set(advised(shown)) == {Refusal.PAYMENT_ACTIVE.value.advice}


@pytest.mark.parametrize(
    ("case", "path"),
    [
        ("certify-full-capture", "/payments"),
        ("certify-slow-answers", "/payments"),
        ("certify-token-expired", "/payments"),
        ("certify-prepared-payment-cancelled-by-user", "/payments/prepare"),
        ("certify-full-capture-prepared", "/payments/prepare"),
        ("certify-lost-ready", "/payments/prepare"),
    ],
)
def test_a_mistake_in_the_start_is_what_to_mend_in_every_step(
    sitting: Sitting, case: str, path: str
) -> None:
    sitting.begin(case)
    pos_id = sitting.client.pos_id
    sitting.client.delete_pos()
    terms = {"amount": 10.0, "currencyCode": "DKK", "plannedCaptureDelay": "None"}
    sitting.refused(
        path, {"posId": pos_id, "orderId": "A-1", **(terms if path == "/payments" else {})}
    )
    found = advised(sitting.end())
    assert Refusal.POS_NOT_FOUND.value.advice in found
    assert [each for each in found if any(words in each for words in OF_OTHERS)] == []


def test_a_capture_that_was_refused_is_explained_by_its_refusal(sitting: Sitting) -> None:
    sitting.begin("certify-full-capture")
    sitting.client.initiate(10.0)
    sitting.refused(f"/payments/{sitting.client.payment_id}/capture", {"amount": 10.0})
    case = sitting.end()
    assert case["advice"] == Refusal.NOT_RESERVED.value.advice
    final = case["steps"][-1]
    assert (final["state"], final["advice"]) == ("missed", Refusal.NOT_RESERVED.value.advice)


def test_of_a_payment_that_is_there_the_next_step_is_told(sitting: Sitting) -> None:
    sitting.begin("certify-full-capture")
    sitting.client.initiate(10.0)
    final = sitting.end()["steps"][-1]
    assert "poll QueryPayment" in final["advice"] or "Poll QueryPayment" in final["advice"]


def test_a_payment_that_the_client_ended_otherwise_has_not_to_be_captured(
    sitting: Sitting,
) -> None:
    sitting.begin("certify-payment-cancelled-by-user")
    sitting.client.initiate(10.0)
    sitting.client.cancel()
    final = sitting.end()["steps"][-1]
    assert "end as CancelledByUser" in final["advice"]
