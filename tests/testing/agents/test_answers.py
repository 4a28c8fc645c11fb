"""What the tools answer is of use to an agent: no dead ends, no words of the command line."""

import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import anyio
import pytest
from mcp.shared.exceptions import MCPError
from mobilepay_simulator.settings.nearest import nearest, with_more
from mobilepay_simulator.testing.mcp.choice import SimulatorChoice
from mobilepay_simulator.testing.mcp.server import AgentServer
from mobilepay_simulator.testing.mcp.sweep_tool import ARGUMENTS

from tests.testing.agents.support import APART, Agent, connected, over_stdio

#: A command that waits for every answer, however late it is.
PATIENT = """
import sys, urllib.request
path = "/integrator-authentication/.well-known/openid-configuration"
urllib.request.urlopen(sys.argv[1] + path, timeout=60)
"""


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    with connected(over_stdio(*APART)) as agent:
        agent.do("simulator", start=True)
        yield agent


def arguments_of(agent: Agent, tool: str) -> set[str]:
    (found,) = (each for each in agent.get("list_tools").tools if each.name == tool)
    return set(found.input_schema["properties"])


def test_what_a_sweep_advises_is_an_argument_of_the_tool(agent: Agent) -> None:
    command = [sys.executable, "-c", PATIENT, "{url}"]
    told = agent.do("sweep", command=command, faults=["time-out"], stall="100ms", wait=120).text
    assert "not-timed-out" in told
    assert "--" not in told
    assert "stall='12s'" in told


def test_the_options_that_messages_name_are_arguments_of_the_tool(agent: Agent) -> None:
    assert set(ARGUMENTS.values()) <= arguments_of(agent, "sweep")


def test_a_length_that_is_wrong_is_told_by_the_name_of_the_argument(agent: Agent) -> None:
    said = agent.refused("sweep", command=[sys.executable], stall="soon")
    assert "stall" in said
    assert "--" not in said


def test_a_sweep_that_is_stopped_is_told_apart_from_none(agent: Agent) -> None:
    code = "import time; time.sleep(60)"
    agent.do("sweep", command=[sys.executable, "-c", code], wait=0)
    assert "stopped" in agent.do("sweep", stop=True).text
    assert "stopped" not in agent.do("sweep", stop=True).text


def test_what_is_arranged_says_until_when_it_can_be_refunded(agent: Agent) -> None:
    told = agent.do("arrange", what="payment", state="Captured", age="89d").text
    since = re.findall(r"Captured since (\S+)Z", told)[0]
    until = re.findall(r"refundable: 10.00 until (\S+)Z", told)[0]
    assert datetime.fromisoformat(until) - datetime.fromisoformat(since) == timedelta(days=90)


def test_a_name_that_no_scenario_can_have_is_refused_with_the_rule_for_names(
    agent: Agent,
) -> None:
    said = agent.refused("write_scenario", yaml="summary: Nobody comes.", name="a b/c")
    assert "letters, digits and dashes" in said


def test_a_status_that_no_answer_has_is_refused(agent: Agent) -> None:
    assert "409" in agent.refused("requests", status=999)


@pytest.mark.parametrize(
    ("more", "whole"),
    [
        ("a phone number is right, too", "did you mean 'one'? A phone number is right, too"),
        ("--list shows all", "did you mean 'one'? --list shows all"),
        ("sandbox(name='x') makes it", "did you mean 'one'? sandbox(name='x') makes it"),
    ],
)
def test_what_follows_a_question_is_a_sentence_of_its_own(more: str, whole: str) -> None:
    assert with_more("did you mean 'one'?", more) == whole
    assert with_more(nearest("x", ["one"]), more) == f"there is only one; {more}"


@pytest.mark.parametrize(
    ("prompt", "arguments", "words"),
    [
        ("test_my_tile", {}, "'test_my_till'"),
        ("reproduce_this_bug", {}, "'bug'"),
        ("test_my_till", {"til": "x"}, "'till'"),
    ],
)
def test_a_wrong_prompt_is_refused_in_one_line(
    agent: Agent, prompt: str, arguments: dict[str, str], words: str
) -> None:
    with pytest.raises(MCPError) as refused:
        agent.get("get_prompt", prompt, arguments)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_wrong_prompt_is_a_mistake_of_the_client_and_not_a_crash_that_is_logged() -> None:
    server = AgentServer(SimulatorChoice(None, {"seed": "1"}), may_run=False).server

    async def asked() -> None:
        await server.get_prompt("nonsense")

    with pytest.raises(MCPError):
        anyio.run(asked)


def test_with_settings_for_one_it_is_not_said_that_none_runs() -> None:
    with connected(over_stdio(*APART)) as agent:
        said = agent.refused("simulator")
    assert "none runs" not in said
    assert "is not used, since --option has settings for another" in said


#: More letters than anything has.
LONG = "a" * 100_000
#: Calls with a text that is long, and what the answer says of it.
LONG_WORDS: list[tuple[str, dict[str, object], str]] = [
    ("scenarios", {"search": LONG}, "no scenario has all of these words: aaa"),
    ("scenarios", {"name": LONG}, "can't be sent"),
    ("scenarios", {"sandbox": LONG}, "There is no sandbox 'aaa"),
    ("queue_scenario", {"scenario": LONG}, "no scenario 'aaa"),
    ("certify", {"action": "begin", "cases": [LONG]}, "There is no case 'aaa"),
    ("certify", {"action": "begin", "sections": [LONG]}, "There is no section 'aaa"),
    ("requests", {"payment_id": LONG}, "can't be sent"),
    ("timeline", {"payment_id": LONG}, "can't be sent"),
    ("simulator", {LONG: True}, "simulator has no argument 'aaa"),
    (LONG, {}, "There is no tool 'aaa"),
]


@pytest.mark.parametrize(("tool", "given", "words"), LONG_WORDS, ids=lambda each: str(each)[:40])
def test_a_text_without_end_is_not_said_again(
    agent: Agent, tool: str, given: dict[str, object], words: str
) -> None:
    said = agent.call(tool, **given).text
    assert words in said
    assert "no simulator answers" not in said
    assert len(said) < 500


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_nothing_has_is_said_to_be_one(agent: Agent, name: str) -> None:
    assert agent.refused("scenarios", name=name) == f"there is nothing with the name {name!r}"


def test_a_port_that_there_is_not_is_said_to_be_one() -> None:
    with connected(over_stdio()) as agent:
        said = agent.refused("simulator", url="http://127.0.0.1:99999")
    assert "a port is from 1 to 65535" in said
