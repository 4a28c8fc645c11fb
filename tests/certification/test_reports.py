"""What a report tells: the audit, JSON, JUnit XML; and how it is answered."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from mobilepay_simulator import __version__
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.certification.reports import as_html, as_junit, as_model
from mobilepay_simulator.client import CaseState
from mobilepay_simulator.engine.rules import Rules
from mobilepay_simulator.playing.model_client import ModelClient
from mobilepay_simulator.playing.transport import CallRefused

from tests.certification.candidates import BASE, CLIENT_ID, Hall
from tests.certification.markup import parsed, text_of, what_bars_readers, with_class
from tests.certification.reporting import PAYMENTS, SETTINGS, examined, fetched, report
from tests.support import Till

# --- the audit ------------------------------------------------------------------------------------


def test_the_audit_has_nothing_to_say_about_the_model_client(passed: Hall) -> None:
    assert as_model(report(passed)).audit.findings == ()
    assert "nothing found" in text_of(parsed(fetched(passed, "html")))


def test_what_the_audit_found_is_told_where_it_happened(failed: Hall) -> None:
    page = parsed(fetched(failed, "html"))
    assert with_class(page, "found")
    (finding,) = [
        each for each in with_class(page, "finding") if "new-key-on-retry" in text_of(each)
    ]
    said = text_of(finding)
    assert said.startswith("1 Retried with a new idempotency key error")
    assert "What is right: A retry carries the key of the call it repeats." in said
    assert "Case Complete a payment" in said


def do_wrong(hall: Hall) -> None:
    """Lets a client do something that the audit finds."""
    hall.client.create_pos()
    hall.client.initiate(10.0)
    with pytest.raises(CallRefused):
        hall.client.reuse_key(20.0)
    assert hall.ask("GET", "/_simulator/audit")["findings"]


def test_what_a_client_does_wrong_between_the_cases_counts(app: SimulatorApp) -> None:
    hall = Hall(app)
    hall.open()
    do_wrong(hall)
    made = report(hall)
    assert [each.rule for each in made.audit.findings] == ["idempotency-key-reused"]
    assert made.audit.calls > 0


def test_what_was_done_wrong_before_the_certification_does_not_count(app: SimulatorApp) -> None:
    hall = Hall(app)
    do_wrong(hall)
    hall.wire.sleep(1)
    hall.open()
    assert (report(hall).audit.findings, report(hall).audit.calls) == ((), 0)


def test_what_another_client_does_wrong_does_not_count(app: SimulatorApp) -> None:
    hall = Hall(app)
    hall.open(clientIds=["66666666-7777-4888-9999-aaaaaaaaaaaa"])
    do_wrong(hall)
    assert (report(hall).audit.findings, report(hall).audit.calls) == ((), 0)


def test_what_is_done_wrong_after_the_certification_does_not_count(app: SimulatorApp) -> None:
    hall = examined(app, ModelClient, ["certify-create-pos-for-the-rest"])
    hall.ask("POST", f"{BASE}/C1/abandon")
    before = fetched(hall, "json")
    hall.wire.sleep(1)
    do_wrong(hall)
    audits = [json.loads(each)["audit"] for each in (before, fetched(hall, "json"))]
    assert audits[0] == audits[1]


# --- JSON and JUnit -------------------------------------------------------------------------------


def test_the_json_is_the_certification_and_all_that_shows_it(passed: Hall) -> None:
    said = json.loads(fetched(passed, "json"))
    shown = passed.show()
    assert {name: said[name] for name in shown} == shown
    assert said["simulator"] == __version__
    assert said["madeAt"] == shown["now"]
    assert said["droppedRequests"] == []
    assert said["certificate"] == {
        "clientIds": [CLIENT_ID],
        "version": "1.0",
        "sections": [each["name"] for each in shown["sections"]],
        "at": shown["endedAt"],
        "certification": "C1",
    }
    audit = passed.ask("GET", "/_simulator/audit")
    assert said["audit"].keys() == audit.keys()


def test_the_json_has_the_calls_that_proved_or_broke_a_step(failed: Hall) -> None:
    said = json.loads(fetched(failed, "json"))
    assert said["certificate"] is None
    steps = [
        step
        for section in said["sections"]
        for case in section["cases"]
        for step in case["steps"]
    ]  # fmt: skip
    wanted = {str(step["request"]) for step in steps if step["request"]}
    assert said["exchanges"].keys() == wanted
    for number in list(wanted)[:5]:
        kept: dict[str, Any] = failed.ask("GET", f"/_simulator/requests/{number}")
        told = said["exchanges"][number]
        for each in (kept, told):
            # Here a token has a number, there a fingerprint.
            each["request"].pop("headers")
            # The report does not look for retries.
            each.pop("firstTry")
        assert told == kept


def test_junit_has_a_suite_for_each_section_and_a_case_for_each_case(failed: Hall) -> None:
    suites = ET.fromstring(fetched(failed, "junit"))
    shown = failed.show()
    assert suites.tag == "testsuites"
    assert suites.attrib["tests"] == "32"
    assert suites.attrib["failures"] == "1"
    for suite, section in zip(suites, shown["sections"], strict=True):
        states = [case["state"] for case in section["cases"]]
        cases = suite.findall("testcase")
        assert suite.get("name") == section["title"]
        assert [each.get("classname") for each in cases] == [
            case["name"] for case in section["cases"]
        ]
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(states.count("failed"))
        assert suite.get("skipped") == str(states.count("not tested") + states.count("in progress"))
        properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
        assert properties == {
            "certification": "C1",
            "clientIds": CLIENT_ID,
            "version": "1.0",
            "systemName": "Kiosk 7",
        }


def test_a_case_that_failed_says_in_junit_why_and_shows_its_steps(failed: Hall) -> None:
    suites = ET.fromstring(fetched(failed, "junit"))
    (case,) = [each for each in suites.iter("testcase") if each.find("failure") is not None]
    failure = case.find("failure")
    assert failure is not None
    assert case.get("name") == "Complete a payment"
    shown = failed.cases()["certify-payment"]
    assert failure.get("message") == f"{shown['why']}. {shown['advice']}"
    lines = (failure.text or "").splitlines()
    assert re.fullmatch(
        r"\[done\] The payment is started; no answer comes in time \(request \d+\)", lines[0]
    )
    assert sum(line.startswith("[") for line in lines) == len(shown["steps"])


def test_a_case_that_is_not_decided_is_skipped_in_junit(failed: Hall) -> None:
    suites = ET.fromstring(fetched(failed, "junit"))
    skipped = [each.get("message") for each in suites.iter("skipped")]
    assert set(skipped) <= {"not tested", "in progress"}
    assert len(skipped) == 22


# --- all of them ----------------------------------------------------------------------------------


def test_the_same_certification_gives_the_same_report(passed: Hall) -> None:
    again = Hall(create_app(SETTINGS))
    again.open(clientIds=[CLIENT_ID], version="1.0", systemName="Model till")
    again.go_through()
    again.ask("POST", f"{BASE}/C1/approve")
    for form in ("html", "json", "junit"):
        assert fetched(again, form) == fetched(passed, form)


def test_a_report_stays_as_it_was_while_the_world_goes_on(app: SimulatorApp) -> None:
    hall = examined(app, ModelClient, ["certify-create-pos-for-the-rest"])
    made = report(hall)
    before = as_html(made), as_model(made), as_junit(made)
    hall.ask("POST", f"{BASE}/C1/cases/certify-create-pos-for-the-rest/restart")
    hall.ask("POST", f"{BASE}/C1/abandon")
    hall.sandbox.world.clock.advance(timedelta(days=1))
    assert (as_html(made), as_model(made), as_junit(made)) == before


def test_calls_that_were_dropped_are_said_to_be() -> None:
    settings = replace(SETTINGS, rules=Rules(journal_size=5))
    hall = examined(create_app(settings), ModelClient, PAYMENTS)
    made = report(hall)
    assert all(each.state is CaseState.PASSED for each in made.status.cases)
    assert made.dropped
    assert as_model(made).dropped_requests == tuple(made.dropped)
    page = as_html(made)
    assert what_bars_readers(parsed(page)) == []
    assert re.search(r"The journal has dropped \d+ calls? of them", page)
    assert f"The journal has dropped request {made.dropped[0]}." in page
    assert "The report is partial" in page


def test_an_endless_poll_does_not_make_an_endless_page() -> None:
    class Polls(ModelClient):
        def wait_until_decided(self) -> str:
            for _ in range(300):
                self.state()
                self.transport.sleep(1)
            return ModelClient.wait_until_decided(self)

        def capture(self, amount: float) -> None:
            self.wait_until_decided()
            ModelClient.capture(self, amount)

    hall = examined(create_app(SETTINGS), Polls, PAYMENTS)
    assert "The first 200 are shown." in fetched(hall, "html")


@pytest.mark.parametrize(
    ("form", "media_type"),
    [("html", "text/html"), ("json", "application/json"), ("junit", "application/xml")],
)
def test_the_report_is_answered_in_each_format(till: Till, form: str, media_type: str) -> None:
    session = till.control("POST", "/certifications", {"sections": ["payments"]})["id"]
    path = f"/_simulator/certifications/{session}/report"
    answer = till.http.get(path, params={"format": form})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    accepted = till.http.get(path, headers={"Accept": media_type})
    assert accepted.headers["content-type"] == answer.headers["content-type"]


def test_a_browser_gets_the_page(till: Till) -> None:
    session = till.control("POST", "/certifications")["id"]
    answer = till.http.get(f"/_simulator/certifications/{session}/report")
    assert answer.text.startswith("<!doctype html>")


def test_there_is_no_report_on_what_there_is_not(till: Till) -> None:
    answer = till.http.get("/_simulator/certifications/C9/report")
    assert answer.status_code == 404
    session = till.control("POST", "/certifications")["id"]
    path = f"/_simulator/certifications/{session}/report"
    assert till.http.get(path, params={"format": "pdf"}).status_code == 400
