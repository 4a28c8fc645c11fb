"""Races on purpose, both orders, with two real connections at once."""

import threading
from typing import Any

import httpx
import pytest

from tests.support import Till


def beside(till: Till, method: str, path: str, body: Any, key: str) -> "Call":
    call = Call(till, method, path, body, key)
    call.start()
    return call


class Call(threading.Thread):
    """A call on a connection of its own."""

    def __init__(self, till: Till, method: str, path: str, body: Any, key: str) -> None:
        super().__init__(daemon=True)
        self.arguments = (method, path, body)
        self.key = key
        self.till = till
        self.answer: httpx.Response | None = None

    def run(self) -> None:
        base = self.till.http.base_url
        with httpx.Client(base_url=base, timeout=20, verify=False) as http:
            mine = Till(http, _token=self.till._token)
            self.answer = mine.call(*self.arguments, key=self.key)

    def result(self) -> tuple[int, str | None]:
        self.join(20)
        assert self.answer is not None
        body = self.answer.json() if self.answer.content else {}
        return self.answer.status_code, body.get("code")


def until_seen(till: Till, run_id: str, call: str, times: int = 1) -> None:
    """Waits until the scenario engine has seen a call; what is held has arrived then."""
    for _ in range(400):
        calls = till.control("GET", f"/runs/{run_id}")["calls"]
        if sum(each["call"] == call for each in calls) >= times:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{call} was not seen")


def start(till: Till, scenario: str) -> str:
    return str(till.control("POST", "/scenarios/next", {"scenario": scenario})["runs"][0])


def test_of_two_tills_that_start_at_once_the_one_whose_work_is_done_first_wins(till: Till) -> None:
    pos_id = till.create_pos()
    run_id = start(till, "two-tills-start-at-once")
    first = beside(till, "POST", "/payments", till.payment_body(pos_id), "first")
    until_seen(till, run_id, "InitiatePayment")
    second = till.call("POST", "/payments", till.payment_body(pos_id), key="second")
    assert second.status_code == 200
    assert first.result() == (409, "1301")


def test_of_two_tills_the_first_wins_though_its_answer_comes_last(till: Till) -> None:
    pos_id = till.create_pos()
    run_id = start(till, "two-tills-first-answer-late")
    first = beside(till, "POST", "/payments", till.payment_body(pos_id), "first")
    until_seen(till, run_id, "InitiatePayment")
    second = till.call("POST", "/payments", till.payment_body(pos_id), key="second")
    assert (second.status_code, second.json()["code"]) == (409, "1301")
    till.advance(seconds=2)
    assert first.result() == (200, None)


def test_a_capture_that_is_kept_until_the_reservation_ends_comes_too_late(till: Till) -> None:
    run_id = start(till, "cancel-while-capture-in-flight")
    payment_id = till.initiate(till.create_pos())
    till.advance(seconds=2)
    assert till.status(payment_id) == "Reserved"
    capture = beside(till, "POST", f"/payments/{payment_id}/capture", {"amount": 10}, "c")
    until_seen(till, run_id, "CapturePayment")
    till.advance(seconds=1)
    assert capture.result() == (409, "1304")
    assert till.status(payment_id) == "ExpiredAndCancelled"


def test_a_capture_done_before_the_reservation_ends_stays_though_its_answer_is_late(
    till: Till,
) -> None:
    run_id = start(till, "capture-before-expiry-in-flight")
    payment_id = till.initiate(till.create_pos())
    till.advance(seconds=2)
    capture = beside(till, "POST", f"/payments/{payment_id}/capture", {"amount": 10}, "c")
    until_seen(till, run_id, "CapturePayment")
    assert capture.result() == (200, None)
    till.advance(days=8)
    till._token = None  # it has expired, too
    assert till.status(payment_id) == "Captured"


@pytest.mark.parametrize("way", ["drop", "reset"])
def test_a_call_that_was_kept_does_nothing_once_its_sandbox_is_gone(till: Till, way: str) -> None:
    run_id = start(till, "cancel-while-capture-in-flight")
    payment_id = till.initiate(till.create_pos())
    till.advance(seconds=2)
    capture = beside(till, "POST", f"/payments/{payment_id}/capture", {"amount": 10}, "c")
    until_seen(till, run_id, "CapturePayment")
    name = till.http.base_url.path.strip("/").rpartition("/")[2]
    whole = till.http.base_url.join("/_simulator/sandboxes")
    if way == "drop":
        till.http.delete(f"{whole}/{name}").raise_for_status()
    else:
        till.control("POST", "/reset")
    assert capture.result() == (503, "2000")
    here = [each for each in till.http.get(whole).json()["sandboxes"] if each["name"] == name]
    assert [each["payments"] for each in here] == ([] if way == "drop" else [0])


def test_a_call_that_was_kept_is_struck_though_the_fault_was_taken_back(till: Till) -> None:
    payment_id = till.initiate(till.create_pos())
    fault = "{call: QueryPayment, hold: {until: Reserved}, work: after, answer: {status: 503}}"
    path = "/_simulator/faults"
    till.http.put(path, content=f"faults: [{fault}]").raise_for_status()
    poll = beside(till, "GET", f"/payments/{payment_id}", None, "")
    for _ in range(400):
        if till.control("GET", "/faults")["faults"][0]["calls"]:
            break
        threading.Event().wait(0.01)
    till.http.delete(path).raise_for_status()
    till.ok("POST", f"/payments/{payment_id}/cancel")
    assert poll.result() == (503, "2000")


def test_a_payment_more_than_the_scenario_has_a_script_for_plays_the_default(till: Till) -> None:
    pos_id = till.create_pos()
    run_id = start(till, "two-tills-start-at-once")
    first = beside(till, "POST", "/payments", till.payment_body(pos_id), "first")
    until_seen(till, run_id, "InitiatePayment")
    second = till.ok("POST", "/payments", till.payment_body(pos_id), key="second")["paymentId"]
    assert first.result() == (409, "1301")
    till.ok("POST", f"/payments/{second}/cancel")
    # The same key again: its call was refused, so it did not use the key up.
    third = till.ok("POST", "/payments", till.payment_body(pos_id), key="first")["paymentId"]
    till.advance(seconds=5)
    assert till.status(third) == "Initiated"
    assert till.control("GET", f"/runs/{run_id}")["payments"] == [second]


def test_a_key_that_was_forgotten_after_a_day_may_start_another_payment(till: Till) -> None:
    pos_id = till.create_pos()
    run_id = start(till, "success")
    first = till.ok("POST", "/payments", till.payment_body(pos_id), key="daily")["paymentId"]
    till.advance(days=8)
    till._token = None
    second = till.ok("POST", "/payments", till.payment_body(pos_id), key="daily")["paymentId"]
    assert second != first
    assert till.control("GET", f"/runs/{run_id}")["payments"] == [first]
