"""A case that its client has left is judged by what was observed until then."""

from decimal import Decimal
from typing import Any

import pytest
from mobilepay_simulator.engine import payments
from mobilepay_simulator.engine.payments import InitiatePayment, PaymentTerms
from mobilepay_simulator.engine.records import Caller
from mobilepay_simulator.engine.values import Currency, PlannedCaptureDelay

from tests.certification.candidates import BASE, CLIENT_ID, Hall

CASE = "certify-lost-answers"


def chosen(hall: Hall) -> None:
    hall.client.create_pos()
    hall.open(cases=[CASE, "certify-payment"])
    hall.ask("POST", f"{BASE}/C1/cases/{CASE}/restart")


@pytest.mark.parametrize("is_abandoned", [False, True])
def test_nothing_that_comes_later_counts(hall: Hall, *, is_abandoned: bool) -> None:
    chosen(hall)
    hall.client.initiate(10.0)
    assert hall.client.wait_until_decided() == "Reserved"
    payment = hall.client.payment_id
    if is_abandoned:
        hall.ask("POST", f"{BASE}/C1/abandon")
    else:
        hall.client.initiate(11.0)
    run = hall.cases()[CASE]["run"]

    def judged() -> tuple[Any, Any]:
        return hall.cases()[CASE], hall.ask("GET", f"/_simulator/runs/{run}") | {"now": None}

    before = judged()
    assert before[0]["state"] == before[1]["verdict"] == "failed"
    hall.client.payment_id = payment
    hall.client.capture(10.0)
    hall.client.refund(4.0)
    assert judged() == before


def test_a_start_that_was_held_back_until_then_gets_another_run(hall: Hall) -> None:
    chosen(hall)
    run_id = hall.cases()[CASE]["run"]
    hall.ask("POST", f"{BASE}/C1/abandon")
    terms = PaymentTerms(Decimal("1.00"), Currency.DKK, PlannedCaptureDelay.NONE)
    order = InitiatePayment(hall.client.pos_id, "order", terms)
    with hall.sandbox.world as world:
        made = payments.initiate(world, Caller(CLIENT_ID, "DK90000028"), "key", order, run_id)
        run = hall.sandbox.scenario_engine.runs.of_payment(made)
    assert run is not None
    assert run.id != run_id
    assert not hall.sandbox.scenario_engine.runs.table[run_id].cursors
