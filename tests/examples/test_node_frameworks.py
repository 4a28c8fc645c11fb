"""The samples for Vitest and Jest: their tests pass with the right till, and fail with a wrong one."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.skipping import needed
from tests.clients.tools import Tool, environment
from tests.examples.support import EXAMPLES
from tests.examples.tools import JEST, VITEST
from tests.support import ROOT, RunningServer

pytestmark = [pytest.mark.clients, pytest.mark.xdist_group("frameworks")]

MODULES = ROOT / "tests" / "examples" / "node" / "node_modules"
PATIENT = "const PAUSES = [500, 1000, 2000, 4000, 8000];"
COMMANDS = {
    "vitest": ("vitest/vitest.mjs", "run", "--root", "vitest", "--reporter", "json"),
    "jest": ("jest/bin/jest.js", "--rootDir", "jest", "--json"),
}


def run(folder: Path, framework: str, server: RunningServer) -> dict[str, Any]:
    """Runs the tests of a framework; returns its report."""
    script, *options = COMMANDS[framework]
    own = {"MOBILEPAY_URL": server.url, "NODE_OPTIONS": "--experimental-vm-modules"}
    done = subprocess.run(
        ["node", str(MODULES / script), *options],
        cwd=folder,
        env=environment(folder) | own,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize("is_right", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize(
    ("framework", "tool"),
    [pytest.param("vitest", VITEST, id="vitest"), pytest.param("jest", JEST, id="jest")],
)
def test_the_sample_tells_a_right_till_from_one_that_never_retries(
    tmp_path: Path, quick_server: RunningServer, framework: str, tool: Tool, is_right: bool
) -> None:
    needed(tool)
    folder = tmp_path / "node"
    shutil.copytree(EXAMPLES / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").symlink_to(MODULES)
    till = folder / "till.mjs"
    text = till.read_text(encoding="utf-8")
    assert PATIENT in text
    if not is_right:
        till.write_text(text.replace(PATIENT, "const PAUSES = [];"), encoding="utf-8")
    report = run(folder, framework, quick_server)
    assert report["numTotalTests"] == 3
    failed = {
        each["title"]
        for file in report["testResults"]
        for each in file["assertionResults"]
        if each["status"] == "failed"
    }
    assert failed == (set() if is_right else {"captures again where the answer is lost"}), report


def test_the_samples_are_the_same_but_for_the_import() -> None:
    vitest, jest = (
        (EXAMPLES / "node" / name / "till.spec.mjs").read_text(encoding="utf-8").splitlines()
        for name in COMMANDS
    )
    assert [vitest[0].replace('"vitest"', '"@jest/globals"'), *vitest[1:]] == jest
