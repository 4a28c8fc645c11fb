"""Runs over the control API: uploaded scenarios, verdicts, waiting, JUnit XML."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.scripting.bad_files import BAD_FILES
from tests.support import RunningServer, Till, fresh, running_server

CAPTURES = """
summary: The customer accepts at once; a right client captures within ten seconds.
steps:
  - do: check-in
  - when: IssuedToUser
    do: accept
expect:
  - call: CapturePayment
    amount: 10
    when: Reserved
    within: 10s
  - not_called: CancelPayment
  - final_state: Captured
"""


def upload(till: Till, name: str, text: str) -> httpx.Response:
    return till.http.put(f"/_simulator/scenarios/{name}", content=text)


@pytest.fixture
def run_id(till: Till) -> str:
    """A run that waits for its payment."""
    assert upload(till, "captures", CAPTURES).status_code == 200
    return str(till.control("POST", "/scenarios/next", {"scenario": "captures"})["runs"][0])


def verdicts(run: Any) -> list[str]:
    return [each["verdict"] for each in run["expectations"]]


def test_a_run_is_unfinished_until_the_client_has_done_its_part(till: Till, run_id: str) -> None:
    assert till.control("GET", f"/runs/{run_id}")["verdict"] == "unfinished"
    payment_id = till.initiate(till.create_pos())
    run = till.control("GET", f"/runs/{run_id}")
    assert run["verdict"] == "unfinished"
    assert run["payments"] == [payment_id]


def test_a_run_has_started_once_it_has_a_payment(till: Till, run_id: str) -> None:
    waiting = till.control("GET", f"/runs/{run_id}")
    assert waiting["startedAt"] is None
    till.control("POST", "/clock/advance", {"seconds": 60})
    till.initiate(till.create_pos())
    (listed,) = till.control("GET", "/runs")["runs"]
    assert listed["begunAt"] == waiting["begunAt"]
    assert listed["startedAt"] == till.control("GET", f"/runs/{run_id}")["states"][0]["at"]
    assert listed["startedAt"] > listed["begunAt"]


def test_a_call_of_a_run_has_the_id_of_its_request(till: Till, run_id: str) -> None:
    till.initiate(till.create_pos())
    calls = till.control("GET", f"/runs/{run_id}")["calls"]
    last = till.control("GET", f"/requests/{calls[-1]['request']}")
    assert (calls[-1]["call"], last["operation"]) == ("InitiatePayment", "InitiatePayment")
    assert last["id"] > calls[-1]["number"]


def test_a_client_that_does_right_passes(till: Till, run_id: str) -> None:
    payment_id = till.initiate(till.create_pos())
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    run = till.control("GET", f"/runs/{run_id}")
    assert run["verdict"] == "passed"
    assert verdicts(run) == ["passed", "passed", "passed"]
    assert [each["call"] for each in run["calls"]][-2:] == ["InitiatePayment", "CapturePayment"]


def test_a_client_that_is_late_fails_and_is_told_what_was_seen(till: Till, run_id: str) -> None:
    payment_id = till.initiate(till.create_pos())
    till.advance(seconds=11)
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    run = till.control("GET", f"/runs/{run_id}")
    assert run["verdict"] == "failed"
    wrong = run["expectations"][0]
    assert (
        wrong["expected"]
        == "CapturePayment is called with 10.00 within 10s of the state Reserved and answered with 200"
    )
    assert "CapturePayment" in wrong["seen"]
    assert run["calls"][wrong["call"] - 1]["call"] == "CapturePayment"


def test_a_client_that_cancels_breaks_two_expectations(till: Till, run_id: str) -> None:
    payment_id = till.initiate(till.create_pos())
    till.ok("POST", f"/payments/{payment_id}/cancel")
    run = till.control("GET", f"/runs/{run_id}")
    assert verdicts(run)[1:] == ["failed", "failed"]
    assert run["expectations"][2]["seen"] == "it ended as CancelledByClient"


def test_waiting_ends_with_the_verdict(till: Till, run_id: str) -> None:
    payment_id = till.initiate(till.create_pos())
    answers: list[Any] = []

    def wait() -> None:
        with httpx.Client(base_url=till.http.base_url, timeout=20) as http:
            answers.append(http.post(f"/_simulator/runs/{run_id}/wait?timeout=15").json())

    thread = threading.Thread(target=wait)
    thread.start()
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    thread.join(10)
    assert answers[0]["verdict"] == "passed"


def test_waiting_ends_with_its_timeout(till: Till, run_id: str) -> None:
    begun = time.perf_counter()
    run = till.control("POST", f"/runs/{run_id}/wait?timeout=0.05")
    assert run["verdict"] == "unfinished"
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize("timeout", ["-1", "x", "nan", "601"])
def test_a_timeout_that_is_none_is_refused(till: Till, run_id: str, timeout: str) -> None:
    answer = till.http.post(f"/_simulator/runs/{run_id}/wait?timeout={timeout}")
    assert answer.status_code == 400
    assert "timeout" in answer.json()["error"]


def test_an_unknown_run_is_not_found(till: Till) -> None:
    assert till.http.get("/_simulator/runs/R99").status_code == 404


def test_runs_are_listed_and_exported_as_junit_xml(till: Till, run_id: str) -> None:
    till.initiate(till.create_pos())
    till.advance(seconds=11)
    till.control("POST", "/scenarios/next", {"scenario": "captures"})
    listed = till.control("GET", "/runs")["runs"]
    assert [run["verdict"] for run in listed] == ["failed", "unfinished"]

    answer = till.http.get("/_simulator/runs?format=junit")
    assert answer.headers["Content-Type"].startswith("application/xml")
    suite = ET.fromstring(answer.text)
    assert suite.attrib["tests"] == "2"
    assert suite.attrib["failures"] == "1"
    assert "no such call" in (suite[0][0].text or "")
    assert suite[1][0].tag == "skipped"


def test_every_payment_of_the_default_scenario_is_a_run(till: Till) -> None:
    payment_id = till.initiate(till.create_pos(), scenario="success")
    assert till.control("GET", "/runs")["runs"][0]["scenario"] == "success"
    till.ok("POST", f"/payments/{payment_id}/cancel")
    assert till.control("GET", "/runs")["runs"][0]["verdict"] == "passed"


@pytest.mark.parametrize(("text", "said"), BAD_FILES)
def test_an_upload_is_checked_as_a_file_is(till: Till, text: str, said: str) -> None:
    answer = upload(till, "bad", text)
    assert answer.status_code == (413 if "larger than" in said else 400), answer.text
    assert said in answer.json()["error"]
    assert "bad" not in [each["name"] for each in till.control("GET", "/scenarios")["scenarios"]]


def test_a_huge_upload_is_refused(till: Till) -> None:
    answer = upload(till, "huge", "summary: x\n" + "# rubbish\n" * 1_000_000)
    assert answer.status_code == 413
    assert "too large" in answer.json()["error"]


def test_an_upload_is_seen_in_its_sandbox_only(server: RunningServer, till: Till) -> None:
    upload(till, "mine", "summary: mine")
    with httpx.Client(base_url=f"{server.url}/sandboxes/{fresh('other')}") as http:
        names = [each["name"] for each in Till(http).control("GET", "/scenarios")["scenarios"]]
    assert "mine" not in names


def test_several_payments_are_played_in_order_on_one_point_of_sale(till: Till) -> None:
    text = """
summary: The first is left alone, the second is accepted at once.
payments:
  - steps: []
  - steps:
      - include: instant
"""
    assert upload(till, "two", text).status_code == 200
    run_id = till.control("POST", "/scenarios/next", {"scenario": "two"})["runs"][0]
    pos_id = till.create_pos()
    first = till.initiate(pos_id)
    assert till.call("POST", "/payments", till.payment_body(pos_id)).json()["code"] == "1301"
    till.ok("POST", f"/payments/{first}/cancel")
    second = till.initiate(pos_id)
    assert till.status(second) == "Reserved"
    assert till.control("GET", f"/runs/{run_id}")["payments"] == [first, second]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text("summary: first\n")
    return tmp_path


@pytest.fixture
def watching(folder: Path) -> Iterator[httpx.Client]:
    with (
        running_server("--scenarios", str(folder)) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        yield http


def summary(http: httpx.Client) -> str:
    scenarios = http.get("/_simulator/scenarios").json()["scenarios"]
    return str(next(each["summary"] for each in scenarios if each["name"] == "mine"))


def eventually(http: httpx.Client, wanted: str) -> bool:
    """The folder is looked at once a second of real time."""
    for _ in range(200):
        if summary(http) == wanted:
            return True
        threading.Event().wait(0.05)
    return False


def test_an_edited_file_is_read_again_and_a_broken_edit_keeps_the_last_good_one(
    watching: httpx.Client, folder: Path
) -> None:
    path = folder / "mine.yaml"
    path.write_text("summary: second\n")
    assert eventually(watching, "second")
    path.write_text("summary: third\nstep: broken\n")
    (folder / "other.yaml").write_text("summary: other\n")
    threading.Event().wait(1.2)
    assert summary(watching) == "second"
    path.write_text("summary: fourth\n")
    assert eventually(watching, "fourth")


@pytest.mark.parametrize("state", ["Initiated", "Reserved"])
def test_a_retry_with_another_key_fails_the_run_whatever_its_payment_is_by_then(
    till: Till, state: str
) -> None:
    pos_id = till.create_pos()
    (run,) = till.control("POST", "/scenarios/next", {"scenario": "lost-response-initiate"})["runs"]
    body = till.payment_body(pos_id)
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", "/payments", body, key="first")
    if state == "Reserved":
        till.advance(seconds=10)
    till.call("POST", "/payments", body, key="second")
    found = till.control("GET", f"/runs/{run}")
    assert found["verdict"] == "failed"
    assert "had another key" in found["expectations"][0]["seen"]
    assert [each["call"] for each in found["calls"]].count("InitiatePayment") == 2
    # A payment of another order is none of its calls.
    till.call("POST", "/payments", till.payment_body(till.create_pos()), key="third")
    assert len(till.control("GET", f"/runs/{run}")["calls"]) == len(found["calls"])
