"""The report of a certification as a page of HTML."""

import re
from xml.etree import ElementTree as ET

import pytest
from mobilepay_simulator import __version__
from mobilepay_simulator.app import SimulatorApp

from tests.certification.candidates import BASE, CLIENT_ID, Hall
from tests.certification.markup import (
    contrast,
    labelled_by,
    parsed,
    text_of,
    what_bars_readers,
    what_is_active,
    with_class,
)
from tests.certification.reporting import fetched


@pytest.fixture(scope="module")
def passed_page(passed: Hall) -> ET.Element:
    return parsed(fetched(passed, "html"))


@pytest.fixture(scope="module")
def failed_page(failed: Hall) -> ET.Element:
    return parsed(fetched(failed, "html"))


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
    assert "Nothing is tested yet: 32 cases to go through." in text_of(page)


def test_the_page_begins_with_who_was_certified_and_the_verdict(passed_page: ET.Element) -> None:
    (top,) = with_class(passed_page, "top")
    said = text_of(top)
    assert "Model till version 1.0" in said
    assert "Version 1.0 of Model till is certified: 32 of 32 cases passed." in said
    assert CLIENT_ID in said
    assert "C1, approved" in said
    assert "Report made 2024-01-31" in said


def test_a_client_that_failed_is_said_to_have_and_what_it_has_to_mend(
    failed_page: ET.Element,
) -> None:
    said = text_of(failed_page)
    assert "Version 1.0 of Kiosk 7 has not passed: 9 of 32 cases passed, 1 failed." in said
    (tasks,) = with_class(failed_page, "tasks")
    assert text_of(tasks).startswith("Fix Complete a payment: Time out after 2 s")
    assert "POST /_simulator/certifications/C1/cases/certify-payment/restart" in text_of(tasks)
    assert "Go on with" in text_of(tasks)


def test_the_sections_are_counted(failed_page: ET.Element) -> None:
    (table,) = with_class(failed_page, "summary")
    rows = [[text_of(cell) for cell in row] for row in table.iter("tr")]
    assert rows[0] == ["Section", "State", "Passed", "Failed", "In progress", "Not tested"]
    assert rows[1] == ["Onboarding mandatory", "passed", "3", "0", "0", "0"]
    assert rows[2] == ["Payments", "failed", "4", "1", "0", "0"]
    assert rows[-1][0] == "All 32 cases"


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
    assert "Expected: InitiatePayment is retried with the same request and key (attempt 2)" in said
    assert "Seen: attempt 2 had the idempotency key 'try-2', attempt 1 had 'try-1'" in said
    (details,) = steps[0].iter("details")
    assert details.get("open") is not None
    said = text_of(details)
    assert "POST /pos/v10/payments" in said
    assert "x-mobilepay-idempotency-key: try-2" in said
    assert '"orderId": "till-order-' in said
    assert "the second InitiatePayment returns 500 with code 2000" in said
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
    article = labelled_by(failed_page, "certify-payment")
    (table,) = article.iter("table")
    assert [text_of(row[0]) for row in table.iter("tr")][1:] == [str(each) for each in calls]


def test_a_state_is_told_by_a_word_and_a_shape(passed_page: ET.Element) -> None:
    signs = with_class(passed_page, "sign")
    assert len(signs) > 200
    assert all(text_of(each) and list(each.iter("svg")) for each in signs)


def test_no_advice_is_given_twice_in_a_case(failed_page: ET.Element) -> None:
    article = labelled_by(failed_page, "certify-payment")
    advice = [text_of(each) for each in article.iter("p") if text_of(each).startswith("What to do")]
    assert len(advice) == len(set(advice)) > 1
    assert advice[0].startswith("What to do: Time out after 2 s")


def test_what_a_client_got_names_the_code_as_one(failed_page: ET.Element) -> None:
    assert "500, code 2000" in text_of(labelled_by(failed_page, "certify-payment"))
    assert "500 2000" not in text_of(failed_page)


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


def test_a_section_that_is_tested_in_part_is_not_said_to_be_certified(hall: Hall) -> None:
    hall.open(sections=["onboarding"], cases=["certify-full-capture"])
    hall.go_through()
    assert "not Payments (1 of 5 cases)" in text_of(parsed(fetched(hall, "html")))
    hall.ask("POST", f"{BASE}/C1/approve")
    page = parsed(fetched(hall, "html"))
    (verdict,) = with_class(page, "verdict")
    assert "covers Onboarding, not Payments (1 of 5 cases)" in text_of(verdict)
    (table,) = with_class(page, "summary")
    assert "Payments 1 of 5 cases, not certified" in text_of(table)
    assert 'name="leftOut" value="certify-payment, ' in fetched(hall, "junit")


def test_before_a_certificate_all_of_a_mandatory_section_is_needed(hall: Hall) -> None:
    hall.open(cases=["certify-create-pos"])
    hall.go_through()
    page = text_of(parsed(fetched(hall, "html")))
    assert "go through all of Onboarding" in page
    assert "a certificate can be given" not in page
