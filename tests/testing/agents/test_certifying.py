"""Each answer of `certify` leads on: to the next case, to what is missing, or to the certificate."""

import re
from collections.abc import Iterator

import httpx
import pytest
from mobilepay_simulator.client import (
    CaseState,
    Certification,
    CertificationCase,
    CertificationSection,
    CertificationStep,
    StepState,
)
from mobilepay_simulator.client.certification import Certifications
from mobilepay_simulator.testing.mcp.certifying import next_step
from mobilepay_simulator.testing.mcp.showing import certification_lines

from tests.testing.agents.support import APART, Agent, Till, connected, over_stdio

CASE = "certify-create-pos"
WARNING = "the client gave up on attempt 1 after 4.1 s; it should time out after 2 s"


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    with connected(over_stdio(*APART, "--option", "time_scale=0")) as agent:
        agent.do("simulator", start=True)
        yield agent


@pytest.fixture
def sandbox(agent: Agent, request: pytest.FixtureRequest) -> str:
    name = re.sub(r"\W+", "-", request.node.name)[:40]
    agent.do("sandbox", name=name, action="reset")
    return name


def create_pos(till: Till) -> None:
    """Does what the case asks for: the first answer is late, the second a 500."""
    body = {"merchantPosId": "mine", "name": "Till", "storeId": till.told.value("store_id")}
    body |= {"supportedBeaconTypes": ["QR"]}
    with pytest.raises(httpx.TimeoutException):
        till.post("/pointofsales", body, key="pos-1", timeout=2.1)
    assert till.post("/pointofsales", body, key="pos-1").status_code == 500
    assert till.post("/pointofsales", body, key="pos-1").status_code == 200


def next_of(text: str) -> str:
    return text.splitlines()[-1].removeprefix("Next: ")


def test_once_all_cases_passed_it_leads_to_the_sections_that_a_certificate_needs(
    agent: Agent, sandbox: str
) -> None:
    till = Till(agent.do("sandbox", name=sandbox))
    agent.do("certify", action="begin", cases=[CASE], sandbox=sandbox)
    create_pos(till)
    status = agent.do("certify", sandbox=sandbox).text
    assert f"{CASE}: passed" in status
    assert "mend" not in status
    told = next_of(status)
    (sections,) = re.findall(r"sections=\[(.*?)\]", told)
    assert sections == "'onboarding'"
    assert f"sandbox={sandbox!r}" in told


def certification(state: CaseState, warning: str = "", lack: str = "") -> Certification:
    """A certification with one case, which was tried."""
    step = CertificationStep("The payment", "InitiatePayment", StepState.DONE, warning=warning)
    case = CertificationCase("a-case", 1, "A", "", "", state=state, steps=(step,))
    return Certification(
        id="C1",
        stage="open",
        state=state,
        client_ids=(),
        version="1.0",
        system_name="",
        is_decided=True,
        lack=lack,
        sections=(CertificationSection("a", "A", "", False, (case,), state),),
    )


def test_a_step_that_is_done_in_a_way_to_be_warned_of_is_shown_with_the_warning() -> None:
    lines = certification_lines(certification(CaseState.PASSED, WARNING))
    assert any(WARNING in line for line in lines)


@pytest.mark.parametrize(
    ("shown", "call"),
    [
        (
            certification(CaseState.FAILED, lack="not passed yet: a-case"),
            "certify(action='restart', cases=['a-case'], id='C1', sandbox='mine')",
        ),
        (
            certification(CaseState.PASSED),
            "certify(action='approve', id='C1', sandbox='mine')",
        ),
    ],
)
def test_what_is_next_once_all_cases_were_tried(shown: Certification, call: str) -> None:
    assert call in next_step(shown, Certifications((), (), ()), "mine")


def test_each_certification_can_be_reached_by_its_id(agent: Agent, sandbox: str) -> None:
    for case in (CASE, "certify-refund"):
        agent.do("certify", action="begin", cases=[case], sandbox=sandbox)
    newest = agent.do("certify", sandbox=sandbox).text
    assert newest.startswith("certification C2")
    assert "C1" in newest
    assert agent.do("certify", id="C1", sandbox=sandbox).text.startswith("certification C1")
    agent.do("certify", action="abandon", id="C1", sandbox=sandbox)
    ended = agent.do("certify", id="C1", sandbox=sandbox).text
    assert ended.startswith("certification C1: abandoned")
    assert "/_simulator/certifications/C1/report" in ended
    assert "'C1'" in agent.refused("certify", id="C11", sandbox=sandbox)


@pytest.mark.parametrize("action", ["cases", "begin", "status", "restart"])
def test_every_next_step_names_the_sandbox(agent: Agent, sandbox: str, action: str) -> None:
    if action in ("status", "restart"):
        agent.do("certify", action="begin", sandbox=sandbox)
    more = {"cases": [CASE]} if action == "restart" else {}
    told = next_of(agent.do("certify", action=action, sandbox=sandbox, **more).text)
    assert f"sandbox={sandbox!r}" in told


@pytest.mark.parametrize("tool", ["queue_scenario", "scenarios"])
def test_a_case_that_is_taken_for_a_scenario_is_answered_with_the_tool_that_plays_it(
    agent: Agent, sandbox: str, tool: str
) -> None:
    argument = {"queue_scenario": "scenario", "scenarios": "name"}[tool]
    said = agent.refused(tool, sandbox=sandbox, **{argument: "certify-payment"})
    assert f"certify(action='begin', cases=['certify-payment'], sandbox={sandbox!r})" in said
