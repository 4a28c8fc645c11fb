"""The report of a certification: a page, JSON and JUnit XML."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from simulator import __version__
from simulator.app import SimulatorApp, create_app
from simulator.certification.reports import Report, as_html, as_json, as_junit, report_of
from simulator.certification.standing import CaseStand, State, stand_of
from simulator.config import Settings
from simulator.control.audit import TAKES
from simulator.engine.rules import Rules
from simulator.journal.exchanges import Exchange
from simulator.junit import printable
from simulator.model_client import ModelClient, Refused
from tests.certification.candidates import BASE, CLIENT_ID, SECRET, Hall
from tests.certification.markup import (
    contrast,
    parsed,
    text_of,
    what_bars_readers,
    what_is_active,
    with_class,
)
from tests.certification.wrong_clients import NewKeyOnEachTry, Tampering
from tests.support import START, Till

SETTINGS = Settings(time_scale=0, start_time=START)
PAYMENTS = ["certify-create-pos-for-the-rest", "certify-payment"]
SCRIPT = "<script>alert('&\"')</script>"


def report(hall: Hall, session: str = "C1") -> Report:
    """The report on a certification."""
    sandbox = hall.sandbox
    with sandbox.world as world:
        book = sandbox.certifications
        stand = stand_of(book, book.get(session), world)
        given = book.certificates.values()
        return report_of(stand, world, sandbox.journal, TAKES, given)


def fetched(hall: Hall, form: str, session: str = "C1") -> str:
    """The report as the control API answers it."""
    path = f"{BASE}/{session}/report?format={form}"
    return hall.wire.ask("GET", path).body.decode()


def examined(app: SimulatorApp, client: type[ModelClient], cases: list[str]) -> Hall:
    """A hall where a client has gone through some cases."""
    hall = Hall(app, client)
    hall.open(cases=cases, systemName="Kiosk 7", version="1.0")
    hall.go_through()
    return hall


@pytest.fixture(scope="module")
def passed() -> Hall:
    """Where the model client was certified."""
    hall = Hall(create_app(SETTINGS))
    hall.open(clientIds=[CLIENT_ID], version="1.0", systemName="Model till")
    hall.go_through()
    hall.ask("POST", f"{BASE}/C1/approve")
    return hall


@pytest.fixture(scope="module")
def failed() -> Hall:
    """Where a client failed a case, and has not come to all."""
    hall = Hall(create_app(SETTINGS), NewKeyOnEachTry)
    hall.open(systemName="Kiosk 7")
    hall.go_through(list(hall.states())[:10])
    return hall


@pytest.fixture(scope="module")
def passed_page(passed: Hall) -> ET.Element:
    return parsed(fetched(passed, "html"))


@pytest.fixture(scope="module")
def failed_page(failed: Hall) -> ET.Element:
    return parsed(fetched(failed, "html"))


# --- the page -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["passed_page", "failed_page"])
def test_the_page_is_valid_needs_nothing_else_and_can_be_read_by_all(
    name: str, request: pytest.FixtureRequest
) -> None:
    page = request.getfixturevalue(name)
    assert what_is_active(page) == []
    assert what_bars_readers(page) == []


def test_a_page_about_nothing_that_was_tested_is_valid_too(hall: Hall) -> None:
    hall.open()
    page = parsed(fetched(hall, "html"))
    assert what_bars_readers(page) == []
    assert "Nothing is tested yet: 31 cases to go through." in text_of(page)


def test_the_page_begins_with_who_was_certified_and_the_verdict(passed_page: ET.Element) -> None:
    (top,) = with_class(passed_page, "top")
    said = text_of(top)
    assert "Model till version 1.0" in said
    assert "Version 1.0 of Model till is certified: 31 of 31 cases passed." in said
    assert CLIENT_ID in said
    assert "C1, approved" in said
    assert "Report made 2024-01-31" in said


def test_a_client_that_failed_is_said_to_have_and_what_it_has_to_mend(
    failed_page: ET.Element,
) -> None:
    said = text_of(failed_page)
    assert "Version 1.0 of Kiosk 7 has not passed: 9 of 31 cases passed, 1 failed." in said
    (tasks,) = with_class(failed_page, "tasks")
    assert text_of(tasks).startswith("Mend Complete a payment: Give up on an answer after 2 s")
    assert "POST /_simulator/certifications/C1/cases/certify-payment/restart" in text_of(tasks)
    assert "Go on with" in text_of(tasks)


def test_the_sections_are_counted(failed_page: ET.Element) -> None:
    (table,) = with_class(failed_page, "summary")
    rows = [[text_of(cell) for cell in row] for row in table.iter("tr")]
    assert rows[0] == ["Section", "State", "Passed", "Failed", "In progress", "Not tested"]
    assert rows[1] == ["Onboarding mandatory", "passed", "3", "0", "0", "0"]
    assert rows[2] == ["Payments", "failed", "4", "1", "0", "0"]
    assert rows[-1][0] == "All 31 cases"


def test_what_is_approved_has_a_certificate(passed_page: ET.Element) -> None:
    (certificate,) = with_class(passed_page, "certificate")
    said = text_of(certificate)
    assert "This is to certify that Model till 1.0" in said
    assert "Network resilience" in said
    assert "31 January 2024" in said
    assert f"version {__version__}" in said
    assert "no certificate of MobilePay's" in said


def test_without_approval_there_is_no_certificate(failed_page: ET.Element) -> None:
    assert with_class(failed_page, "certificate") == []


def test_a_certificate_that_was_replaced_is_not_shown(app: SimulatorApp) -> None:
    hall = Hall(app)
    for session in ("C1", "C2"):
        hall.open(sections=["onboarding"])
        hall.go_through(session=session)
        assert hall.ask("POST", f"{BASE}/{session}/approve")["stage"] == "approved"
    assert "replaced by that of a later one" in fetched(hall, "html", "C1")
    assert len(with_class(parsed(fetched(hall, "html", "C2")), "certificate")) == 1


def test_a_step_that_broke_shows_what_was_expected_and_seen_and_the_call(
    failed_page: ET.Element,
) -> None:
    steps = [each for each in failed_page.iter("li") if "broken" in text_of(each)[:12]]
    said = text_of(steps[0])
    assert "Expected: InitiatePayment is tried again (try 2) with the same request and key" in said
    assert "Seen: try 2 had the idempotency key 'try-2', try 1 had 'try-1'" in said
    assert "What to do: Give up on an answer after 2 s" in said
    (details,) = steps[0].iter("details")
    assert details.get("open") is not None
    said = text_of(details)
    assert "POST /pos/v10/payments" in said
    assert "x-mobilepay-idempotency-key: try-2" in said
    assert '"orderId": "till-order-' in said
    assert "call 2 of InitiatePayment is answered 500 (error)" in said
    assert "500, code 2000; it reached the client whole" in said
    assert re.search(r"Sandbox time 2024-01-31 \S+ Real time 20", said)
    assert re.search(r"mobilepay-sim explain URL \d+", said)


def test_the_call_that_proved_a_step_is_folded_away(passed_page: ET.Element) -> None:
    proofs = with_class(passed_page, "exchange")
    assert len(proofs) > 100
    assert all(each.get("open") is None for each in proofs)
    assert "no answer (200)" in text_of(proofs[0])
    assert "the client had gone before it came" in text_of(proofs[0])


def test_all_calls_of_a_case_are_listed(failed: Hall, failed_page: ET.Element) -> None:
    calls = failed.cases()["certify-payment"]["requests"]
    (article,) = [
        each for each in failed_page.iter("article") if each.get("aria-labelledby") == "certify-payment"
    ]  # fmt: skip
    (table,) = article.iter("table")
    assert [text_of(row[0]) for row in table.iter("tr")][1:] == [str(each) for each in calls]


def test_a_state_is_told_by_a_word_and_a_shape(passed_page: ET.Element) -> None:
    signs = with_class(passed_page, "sign")
    assert len(signs) > 200
    assert all(text_of(each) and list(each.iter("svg")) for each in signs)


def test_no_advice_is_given_twice_in_the_steps_of_a_case(failed_page: ET.Element) -> None:
    (article,) = [
        each for each in failed_page.iter("article") if each.get("aria-labelledby") == "certify-payment"
    ]  # fmt: skip
    (steps,) = with_class(article, "steps")
    advice = [text_of(each) for each in steps.iter("p") if text_of(each).startswith("What to do")]
    assert len(advice) == len(set(advice)) > 1


def test_the_colours_of_text_stand_out_in_light_and_in_dark(passed: Hall) -> None:
    (light, dark) = re.findall(r"  --page: .*?}", fetched(passed, "html"), re.DOTALL)[:2]
    for theme in (light, dark):
        colours = dict(re.findall(r"--(\S+): (#\w+)", theme))
        for ground in ("page", "sheet", "well"):
            for text in ("text", "soft", "link", "good", "bad", "busy", "idle"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for tone in ("good", "bad", "busy", "idle"):
            assert contrast(colours[tone], colours[f"{tone}-wash"]) >= 4.5, tone
        for text in ("gold", "ink"):
            # Gold is a decoration, and the name of the issuer in bold.
            wanted = 4.5 if text == "ink" else 3
            assert contrast(colours[text], colours["paper"]) >= wanted, text


# --- what clients send ----------------------------------------------------------------------------


class Hostile(Tampering):
    """Sends markup and a very long text with each payment, and an amount of its own with each try."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        if method == "POST" and path == "/pos/v10/payments":
            self.count += 1
            headers["X-Note"] = SCRIPT
            headers["X-Long"] = "y" * 5000
            headers["X-MobilePay-Idempotency-Key"] = f"</pre>&amp;{self.count}"
            more = {"note": SCRIPT, "long": "z" * 20_000}
            return json.dumps({**json.loads(body), **more}).encode(), timeout
        return body, timeout


@pytest.fixture(scope="module")
def hostile() -> Hall:
    return examined(create_app(SETTINGS), Hostile, PAYMENTS)


def test_markup_that_a_client_sends_is_text(hostile: Hall) -> None:
    page = fetched(hostile, "html")
    assert "<script" not in page
    assert "&lt;script&gt;alert(" in page
    tree = parsed(page)
    assert what_is_active(tree) == []
    assert SCRIPT in text_of(tree)


def test_a_long_text_is_cut_and_of_a_body_it_is_said_where(hostile: Hall) -> None:
    page = fetched(hostile, "html")
    assert re.search(r"The first 4000 of 20\d\d\d bytes\.", page)
    assert "z" * 4001 not in page
    assert "y" * 301 not in page


def spoilt(made: Report, text: str) -> Report:
    """A report in which every text that a client could have a hand in is another."""

    def exchange(each: Exchange) -> Exchange:
        pairs = ((text, text),)
        content = text.encode("utf-8", "surrogatepass")
        return replace(
            each,
            **dict.fromkeys(("method", "path", "query", "operation", "fault", "sandbox"), text),
            headers=pairs,
            answer_headers=pairs,
            body=content,
            answer_body=content,
        )

    def case(each: CaseStand) -> CaseStand:
        steps = tuple(replace(step, seen=text, advice=text) for step in each.steps)
        return replace(each, why=text, advice=text, steps=steps)

    stand = made.stand
    sections = tuple(
        replace(each, cases=tuple(case(one) for one in each.cases)) for each in stand.sections
    )
    session = replace(stand.session, client_ids=(text,), version=text, system_name=text)
    findings = tuple(
        replace(each, broken=replace(each.broken, message=text, payment_id=text))
        for each in made.audit.findings
    )
    return replace(
        made,
        stand=replace(stand, session=session, sections=sections),
        exchanges={number: exchange(each) for number, each in made.exchanges.items()},
        audit=replace(made.audit, findings=findings),
        certificates=tuple(replace(each, client_id=text) for each in made.certificates),
    )


@pytest.mark.parametrize(
    "text",
    [SCRIPT, "\"'><img src=x onerror=y>", "</style><b>", "\0\x1b[1m\ud800\ufffe", "{{ 7*7 }}"],
)
@pytest.mark.parametrize("name", ["passed", "failed"])
def test_no_text_whatever_breaks_the_page_or_the_junit(
    name: str, text: str, request: pytest.FixtureRequest
) -> None:
    made = spoilt(report(request.getfixturevalue(name)), text)
    tree = parsed(as_html(made))
    assert what_is_active(tree) == []
    assert what_bars_readers(tree) == []
    assert printable(text) in "".join(tree.itertext())
    assert ET.fromstring(as_junit(made)).tag == "testsuites"


def test_no_secret_and_no_token_is_in_a_report(passed: Hall) -> None:
    token = passed.client._token
    assert len(token) > 100
    for form in ("html", "json", "junit"):
        text = fetched(passed, form)
        assert token not in text
        assert token.rpartition(".")[2] not in text
        assert SECRET not in text
    assert "authorization: Bearer ***1" in text_of(parsed(fetched(passed, "html")))


# --- the audit ------------------------------------------------------------------------------------


def test_the_audit_has_nothing_to_say_about_the_model_client(passed: Hall) -> None:
    assert as_json(report(passed))["audit"]["findings"] == []
    assert "nothing found" in text_of(parsed(fetched(passed, "html")))


def test_what_the_audit_found_is_told_where_it_happened(failed: Hall) -> None:
    page = parsed(fetched(failed, "html"))
    assert with_class(page, "found")
    (finding,) = [
        each for each in with_class(page, "finding") if "new-key-on-retry" in text_of(each)
    ]
    said = text_of(finding)
    assert said.startswith("2 Retried with a new idempotency key error")
    assert "What is right: A retry carries the key of the call it repeats." in said
    assert "Case Complete a payment" in said


def do_wrong(hall: Hall) -> None:
    """Lets a client do something that the audit finds."""
    hall.client.create_pos()
    hall.client.initiate(10.0)
    with pytest.raises(Refused):
        hall.client.reuse_key(20.0)
    assert hall.ask("GET", "/_simulator/audit")["findings"]


def test_what_a_client_does_wrong_between_the_cases_counts(app: SimulatorApp) -> None:
    hall = Hall(app)
    hall.open()
    do_wrong(hall)
    made = report(hall)
    assert [each.rule.id for each in made.audit.findings] == ["idempotency-key-reused"]
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
        assert told == kept


def test_junit_has_a_suite_for_each_section_and_a_case_for_each_case(failed: Hall) -> None:
    suites = ET.fromstring(fetched(failed, "junit"))
    shown = failed.show()
    assert suites.tag == "testsuites"
    assert suites.attrib["tests"] == "31"
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
    assert len(skipped) == 21


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
    before = as_html(made), as_json(made), as_junit(made)
    hall.ask("POST", f"{BASE}/C1/cases/certify-create-pos-for-the-rest/restart")
    hall.ask("POST", f"{BASE}/C1/abandon")
    hall.sandbox.world.clock.advance(timedelta(days=1))
    assert (as_html(made), as_json(made), as_junit(made)) == before


def test_calls_that_were_dropped_are_said_to_be() -> None:
    settings = replace(SETTINGS, rules=Rules(journal_size=5))
    hall = examined(create_app(settings), ModelClient, PAYMENTS)
    made = report(hall)
    assert all(each.state is State.PASSED for each in made.stand.cases)
    assert made.dropped
    assert as_json(made)["droppedRequests"] == made.dropped
    page = as_html(made)
    assert what_bars_readers(parsed(page)) == []
    assert re.search(r"The journal has dropped \d+ calls? of them", page)
    assert f"The journal has dropped request {made.dropped[0]}." in page
    assert "The verdict is partial" in page


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
