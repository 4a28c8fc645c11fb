"""What tests of the examples share: the tills, how they are run, and the calls the simulator has."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from mobilepay_simulator.api.routes import OPERATIONS
from mobilepay_simulator.app import create_app
from mobilepay_simulator.control.routes import BASE, ROUTES
from mobilepay_simulator.settings.settings import Settings

from tests.packaging.dockerfile import read_dockerfile
from tests.support import ROOT, Till

__all__ = [
    "DOCKERFILE",
    "EXAMPLES",
    "HEALTH",
    "NEEDS_NODE",
    "PORT",
    "TILLS",
    "ExampleTill",
    "control_calls",
    "description",
    "pos_calls",
    "templated",
]

EXAMPLES = ROOT / "examples"
OLDEST_NODE = 20

HEALTH = "/_simulator/health"
DOCKERFILE = read_dockerfile(ROOT / "Dockerfile")
#: The port the image listens on.
PORT, *_ = (int(port) for each in DOCKERFILE if each.word == "EXPOSE" for port in each.rest.split())


@cache
def node_version() -> int:
    """The major version of Node on this machine; 0 where there is none."""
    node = shutil.which("node")
    if node is None:
        return 0
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.strip().removeprefix("v").partition(".")[0])


NEEDS_NODE = pytest.mark.skipif(node_version() < OLDEST_NODE, reason="needs Node 20 or newer")

#: The command of each till.
TILLS = {
    "python": [sys.executable, str(EXAMPLES / "python" / "till.py")],
    "node": ["node", str(EXAMPLES / "node" / "till.mjs")],
}


@dataclass(frozen=True)
class ExampleTill:
    """A till of the examples, in a sandbox of its own; `world` looks at the same sandbox."""

    command: list[str]
    url: str
    world: Till

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Runs it with these words on its command line."""
        command = [*self.command, "--url", self.url, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def ok(self, *words: str) -> tuple[str, str]:
        """Runs it, and returns the id and the state it prints."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        number, state = done.stdout.split()
        return number, state

    def queue(self, scenario: str) -> str:
        """Queues a scenario for its next payment; returns the id of the run."""
        queued = self.world.control("POST", "/scenarios/next", {"scenario": scenario})
        return str(queued["runs"][0])

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """Returns what the journal has of an operation."""
        return list(self.world.control("GET", f"/requests?operation={operation}")["requests"])


# --- what there is to call ------------------------------------------------------------------------


def templated(path: str) -> str:
    """A path with `{}` for whatever is put in, in any language, and without its query."""
    return re.sub(r"\$?\{\w*\}|<\w+>|\$\w+", "{}", path.partition("?")[0])


@cache
def pos_calls() -> frozenset[tuple[str, str]]:
    """Method and path of all operations, as `templated` shows them."""
    return frozenset((each.method, templated(each.path)) for each in OPERATIONS)


@cache
def control_calls() -> frozenset[tuple[str, str]]:
    """The same of the control API."""
    return frozenset((each.method, templated(BASE + each.path)) for each in ROUTES)


@cache
def description() -> dict[str, Any]:
    """The simulator's OpenAPI document."""
    document = create_app(Settings()).test_client().get("/openapi.json").json
    assert isinstance(document, dict)
    return document
