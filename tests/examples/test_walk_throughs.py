"""The walk-throughs: the one with curl runs; those in PowerShell and C# call what is there."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from mobilepay_simulator.client import Advance, QueueScenario, Rescale

from tests.docs.pages import blocks
from tests.examples.support import (
    EXAMPLES,
    NEEDS_NODE,
    control_calls,
    description,
    pos_calls,
    templated,
)
from tests.support import RunningServer

# --- what runs ------------------------------------------------------------------------------------


def run_curl(url: str) -> "subprocess.CompletedProcess[str]":
    script = EXAMPLES / "curl" / "walk-through.sh"
    return subprocess.run(
        ["bash", script, url], capture_output=True, text=True, timeout=60, check=False
    )


def test_the_walk_through_with_curl_shows_states_and_a_verdict(quick_server: RunningServer) -> None:
    done = run_curl(quick_server.url)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = [line for line in done.stdout.splitlines() if not line[0].isdigit()]
    assert shown == ["Reserved", "Captured", "Captured", "CancelledByUser", "passed"]


def test_the_walk_through_with_curl_leaves_no_sandbox(quick_server: RunningServer) -> None:
    run_curl(quick_server.url)
    sandboxes = httpx.get(f"{quick_server.url}/_simulator/sandboxes").json()["sandboxes"]
    assert not [each for each in sandboxes if each["name"].startswith("curl-")]


def test_the_walk_through_with_curl_says_where_it_stopped(quick_server: RunningServer) -> None:
    done = run_curl(f"{quick_server.url}/nothing-here")
    assert done.returncode != 0
    assert "404" in done.stderr


@NEEDS_NODE
def test_the_tests_in_node_pass(quick_server: RunningServer) -> None:
    node = shutil.which("node")
    assert node
    done = subprocess.run(
        [node, "--test"],
        cwd=EXAMPLES / "node",
        env={"MOBILEPAY_URL": quick_server.url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"^. pass 7$", done.stdout, re.MULTILINE)


# --- what is read: the languages that are not at hand ---------------------------------------------


@dataclass(frozen=True)
class Reviewed:
    """A walk-through in a language that can't be run here, and how its calls look.

    Args:
        text: the whole of it.
        pos: finds method and path of the calls of the PoS API; without a method it is a GET.
        control: finds those of the control API.
        body: finds the fields of bodies.
        answer: finds the fields that are read from answers.
        own: what `body` finds that is no field of a body.
    """

    text: str
    pos: str
    control: str
    body: str
    answer: str
    own: frozenset[str] = frozenset()


(CSHARP,) = blocks("examples/dotnet/README.md", "csharp")
REVIEWED = {
    "powershell": Reviewed(
        text=(EXAMPLES / "powershell" / "walk-through.ps1").read_text(encoding="utf-8"),
        pos=r"Invoke-Pos (\w+) ['\"]/?([^'\"]+)",
        control=r"Invoke-Control (\w+) ['\"]/?([^'\"]+)",
        body=r"[{;\n] *([a-z]\w+) *= ",
        answer=r"\)\.([a-z]\w+)",
        own=frozenset({"grant_type", "merchant_vat"}),
    ),
    "csharp": Reviewed(
        text=CSHARP,
        pos=r"(?:Pos\(HttpMethod\.(\w+), |Status\()\$?\"([^\"]+)",
        control=r"Control\(HttpMethod\.(\w+), \$?\"([^\"]+)",
        body=r"(?:new \{|^    )\s*([a-z]\w+) = ",
        answer=r"GetProperty\(\"(\w+)\"",
    ),
}


@pytest.fixture(params=REVIEWED)
def reviewed(request: pytest.FixtureRequest) -> Reviewed:
    return REVIEWED[request.param]


def _properties(schemas: dict[str, Any]) -> set[str]:
    return {name for each in schemas.values() for name in each.get("properties", ())}


def _calls(pattern: str, reviewed: Reviewed, base: str) -> set[tuple[str, str]]:
    found = re.findall(pattern, reviewed.text)
    return {((method or "GET").upper(), f"{base}/{templated(path)}") for method, path in found}


def test_every_operation_it_calls_is_there(reviewed: Reviewed) -> None:
    calls = _calls(reviewed.pos, reviewed, "/pos/v10")
    assert len(calls) >= 7
    assert calls <= pos_calls()


def test_every_control_call_it_makes_is_there(reviewed: Reviewed) -> None:
    calls = _calls(reviewed.control, reviewed, "/_simulator")
    assert len(calls) >= 4
    assert calls <= control_calls()


def test_it_fetches_its_token_where_tokens_are(reviewed: Reviewed) -> None:
    assert "integrator-authentication/connect/token" in reviewed.text
    assert "client_credentials" in reviewed.text


def test_its_paths_of_the_bare_server_are_there(reviewed: Reviewed) -> None:
    paths = {
        templated(path)
        for path in re.findall(r"\{?\$?\{?[Ss]imulator\}?(/_simulator[^\s\"]*)", reviewed.text)
    }
    assert paths
    assert paths <= {path for _, path in control_calls()}


def test_its_headers_are_those_of_the_service(reviewed: Reviewed) -> None:
    known = {
        parameter["name"]
        for methods in description()["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "header"
    }
    used = {each.lower() for each in re.findall(r"X-MobilePay-[\w-]+", reviewed.text)}
    assert len(used) == 2
    assert used <= known


def test_the_fields_it_sends_are_fields_of_the_service(reviewed: Reviewed) -> None:
    control = {"seconds", "scale", "scenario"}
    assert control <= {
        name for each in (Advance, Rescale, QueueScenario) for name in each.__struct_fields__
    }
    known = _properties(description()["components"]["schemas"]) | control | reviewed.own
    sent = set(re.findall(reviewed.body, reviewed.text, re.MULTILINE))
    assert {"merchantPosId", "amount", "refundOrderId", "seconds", "scenario"} <= sent
    assert sent <= known


def test_the_fields_it_reads_are_fields_of_answers(reviewed: Reviewed) -> None:
    read = set(re.findall(reviewed.answer, reviewed.text))
    answers = _properties(description()["components"]["schemas"])
    assert {"paymentId", "refundId", "status"} <= read
    assert read <= answers | {"access_token", "runs", "verdict"}
