"""What a run's verdict hides is told beside it, and refunds are judged over the wire."""

from contextlib import closing
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from mobilepay_simulator.client import RunRemark
from mobilepay_simulator.client.control import ControlClient
from mobilepay_simulator.client.live_run import LiveRun

from tests.support import Till, fresh

LIVE = "{do: check-in}, {when: IssuedToUser, do: accept}"


def queued(till: Till, expect: str, steps: str = LIVE, faults: str = "") -> str:
    """Queues a scenario with these steps and expectations; returns the run's id."""
    name = fresh("remarked")
    text = f"summary: x\nsteps: [{steps}]\nexpect: [{expect}]\nfaults: [{faults}]\n"
    assert till.http.put(f"/_simulator/scenarios/{name}", content=text).status_code == 200
    (run,) = till.control("POST", "/scenarios/next", {"scenario": name})["runs"]
    return str(run)


def run_of(till: Till, run: str) -> Any:
    return till.control("GET", f"/runs/{run}")


def capture(till: Till, payment_id: str) -> None:
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})


def control(till: Till) -> "closing[ControlClient]":
    return closing(ControlClient(str(till.http.base_url).rstrip("/")))


def test_money_that_was_never_captured_is_told_beside_a_passed_verdict(till: Till) -> None:
    run = queued(till, "{not_called: CancelPayment}")
    till.initiate(till.create_pos(), orderId="never-captured")
    till.advance(days=8)
    shown = run_of(till, run)
    assert shown["verdict"] == "passed"
    (remark,) = shown["remarks"]
    assert remark.startswith("10.00 DKK of payment 1 (order 'never-captured') was reserved and ")
    suite = ET.fromstring(till.http.get("/_simulator/runs?format=junit").content)
    (case,) = suite.iter("testcase")
    assert case.findtext("system-out") == remark
    with (
        control(till) as calls,
        pytest.warns(RunRemark, match="passed, but 10.00 DKK of payment 1"),
    ):
        LiveRun(calls, (run,)).assert_passed()


def test_a_script_that_stopped_early_is_told_beside_a_passed_verdict(till: Till) -> None:
    run = queued(till, "{not_called: CancelPayment}", steps="{do: accept}")
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, orderId="stopped")
    till.user("checkin", pos_id)
    till.user("acceptpayment", pos_id)
    capture(till, payment_id)
    shown = run_of(till, run)
    assert shown["verdict"] == "passed"
    (remark,) = shown["remarks"]
    assert remark.startswith(
        "the script of payment 1 (order 'stopped') stopped early: step 1 (accept)"
    )


FAULT = "{call: CapturePayment, %scut: after_commit}"
TO_DO = "was never injected: let the client call it, or remove the fault from the scenario"
IDLE = [
    ("", f"CapturePayment was not called, so its fault {TO_DO}"),
    ("nth: 2, ", f"CapturePayment was not called, so its fault for call 2 {TO_DO}"),
    ("chance: 0.5, ", f"CapturePayment was not called, so its fault {TO_DO}"),
]


@pytest.mark.parametrize(("which", "said"), IDLE)
def test_a_fault_that_was_never_injected_is_told_beside_a_passed_verdict(
    till: Till, which: str, said: str
) -> None:
    steps = "{do: check-in}, {when: IssuedToUser, do: cancel-by-user}"
    run = queued(till, "{not_called: CancelPayment}", steps, FAULT % which)
    assert run_of(till, run)["remarks"] == []
    till.initiate(till.create_pos())
    shown = run_of(till, run)
    assert (shown["verdict"], shown["remarks"]) == ("passed", [said])


def test_a_fault_on_a_later_call_than_there_was_is_told(till: Till) -> None:
    run = queued(till, "{final_state: Captured}", faults=FAULT % "nth: 2, ")
    capture(till, till.initiate(till.create_pos()))
    (remark,) = run_of(till, run)["remarks"]
    assert remark == f"CapturePayment was called only once, so its fault for call 2 {TO_DO}"


def test_a_fault_that_struck_is_no_remark(till: Till) -> None:
    run = queued(till, "{final_state: Captured}", faults=FAULT % "first: 3, ")
    with pytest.raises(httpx.RemoteProtocolError):
        capture(till, till.initiate(till.create_pos()))
    assert (run_of(till, run)["verdict"], run_of(till, run)["remarks"]) == ("passed", [])


def test_a_run_that_went_as_it_should_has_no_remarks(till: Till) -> None:
    run = queued(till, "{final_state: Captured}")
    capture(till, till.initiate(till.create_pos()))
    assert (run_of(till, run)["verdict"], run_of(till, run)["remarks"]) == ("passed", [])
    with control(till) as calls:
        LiveRun(calls, (run,)).assert_passed()


def test_a_reservation_that_is_expected_to_expire_is_no_remark(till: Till) -> None:
    run = queued(till, "{final_state: ExpiredAndCancelled}")
    till.initiate(till.create_pos())
    till.advance(days=8)
    assert (run_of(till, run)["verdict"], run_of(till, run)["remarks"]) == ("passed", [])


def test_a_customer_who_is_refunded_twice_fails_the_run(till: Till) -> None:
    run = queued(till, "{refunded: 4.00}, {final_refund: Captured}")
    payment_id = till.initiate(till.create_pos())
    capture(till, payment_id)
    assert run_of(till, run)["verdict"] == "unfinished"
    verdicts = []
    for _ in range(2):
        refund_id = till.refund(payment_id, 4.0)
        till.advance(seconds=1)
        till.ok("POST", f"/refunds/{refund_id}/capture")
        verdicts.append(run_of(till, run)["verdict"])
    assert verdicts == ["passed", "failed"]


def test_refunds_that_a_run_has_seen_are_kept_in_a_snapshot(till: Till) -> None:
    run = queued(till, "{refunded: 4.00}")
    payment_id = till.initiate(till.create_pos())
    capture(till, payment_id)
    refund_id = till.refund(payment_id, 4.0)
    till.advance(seconds=1)
    till.ok("POST", f"/refunds/{refund_id}/capture")
    snapshot = till.http.get("/_simulator/snapshot")
    assert snapshot.status_code == 200
    till.control("POST", "/reset")
    kind = {"Content-Type": snapshot.headers["Content-Type"]}
    restored = till.http.put("/_simulator/snapshot", content=snapshot.content, headers=kind)
    assert restored.is_success, restored.text
    assert run_of(till, run)["verdict"] == "passed"
