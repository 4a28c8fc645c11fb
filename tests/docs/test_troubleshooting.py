"""The page by symptom: messages lead to sections that are there, and a section shows its cause."""

import re

import httpx
import pytest
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.symptoms import Symptom

from tests.docs.pages import FENCE
from tests.support import ROOT, Till, cli, running_server

TEXT = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
SECTIONS = {
    re.sub(r"[^\w -]", "", title).lower().replace(" ", "-"): body
    for title, body in re.findall(r"^## (.+)\n((?:(?!^## ).*\n)*)", TEXT, re.MULTILINE)
}


@pytest.mark.parametrize("symptom", Symptom)
def test_each_symptom_that_a_message_names_has_a_section(symptom: Symptom) -> None:
    assert symptom in SECTIONS


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_has_a_command_that_shows_the_cause(section: str) -> None:
    assert any(language == "sh" for language, _ in FENCE.findall(SECTIONS[section]))


def test_a_401_leads_to_its_section(till: Till) -> None:
    answer = till.http.get("/pos/v10/stores", headers={"Authorization": ""})
    assert answer.status_code == 401
    assert answer.headers["X-Simulator-Reason"].endswith(Symptom.UNAUTHORIZED.on_server)


def test_the_explanation_of_a_1301_leads_to_its_section(till: Till) -> None:
    pos = till.create_pos()
    till.initiate(pos)
    body = {"posId": pos, "orderId": "2", "amount": 1, "currencyCode": "DKK"}
    answer = till.call("POST", "/payments", {**body, "plannedCaptureDelay": "None"})
    assert answer.json()["code"] == "1301"
    (request,) = till.control("GET", "/requests?code=1301")["requests"]
    told = till.control("GET", f"/explain/{request['id']}")
    assert Symptom.ACTIVE_PAYMENT.on_server in " ".join(told["paragraphs"])
    assert f"(troubleshooting.md#{Symptom.ACTIVE_PAYMENT})" in (
        ROOT / "docs" / "error-codes.md"
    ).read_text("utf-8")
    assert Symptom.ACTIVE_PAYMENT in Refusal.PAYMENT_ACTIVE.value.advice


def test_one_sandbox_too_many_leads_to_its_section() -> None:
    with running_server("--max-sandboxes", "1") as server:
        answer = httpx.get(f"{server.url}/sandboxes/more/_simulator/clock")
    assert answer.status_code == 503
    assert Symptom.FULL.on_server in answer.text


def test_a_port_in_use_leads_to_its_section() -> None:
    with running_server() as server:
        done = cli("serve", "--port", server.url.rpartition(":")[2])
    assert done.returncode == 2
    assert done.stderr.strip().endswith(Symptom.PORT_IN_USE.in_docs)


def test_a_caller_from_elsewhere_is_led_to_the_section() -> None:
    with running_server() as server:
        headers = {"X-Forwarded-For": "192.0.2.1"}
        answer = httpx.get(f"{server.url}/_simulator/clock", headers=headers)
    assert answer.status_code == 403
    assert Symptom.NOT_ALLOWED.on_server in answer.json()["error"]
