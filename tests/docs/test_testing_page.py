"""The page about test suites: its files are written and run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mobilepay_simulator.client import Sandbox, SandboxClock
from mobilepay_simulator.client.customer import USERS, Customer
from mobilepay_simulator.client.live_run import LiveRun
from mobilepay_simulator.control.routes import ROUTES
from mobilepay_simulator.testing import pytest_plugin, suites

from tests.docs.pages import blocks, run_shell
from tests.support import ROOT, running_server

NAME = "docs/testing.md"
PAGE = (ROOT / NAME).read_text(encoding="utf-8")
#: Each Python block, by the file that the paragraph before it names.
FILES = {
    name: body
    for name, body in re.findall(
        r"`(\w+\.py)`(?:(?!\n```)[\s\S])*?\n\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
    )
}
#: What a file needs of the control API.
NEEDS = {"test_behaviour.py": ("/verify", "/audit")}
#: The options that the page says a file is run with.
OPTIONS = {"test_over_https.py": ("--mobilepay-option", "tls=true")}
THERE = {route.path for route in ROUTES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's files."""
    folder = tmp_path_factory.mktemp("suite")
    for name, body in FILES.items():
        (folder / name).write_text(body, encoding="utf-8")
    return folder


def run(folder: Path, *command: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**env, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_python_block_is_a_file() -> None:
    assert list(FILES.values()) == blocks(NAME, "python")


TESTS = [name for name in FILES if name.startswith("test_")]


@pytest.mark.parametrize("name", TESTS)
def test_the_tests_of_the_page_pass(folder: Path, name: str) -> None:
    missing = [each for each in NEEDS.get(name, ()) if each not in THERE]
    if missing:
        pytest.skip(f"the control API has no {', '.join(missing)}")
    options = OPTIONS.get(name, ())
    said = run(folder, "-m", "pytest", "-q", "-Werror", "-p", "mobilepay", *options, name)
    assert re.search(r"\d+ passed", said)


def test_the_unittest_of_the_page_runs_without_pytest(folder: Path) -> None:
    run(folder, "-m", "unittest", "test_with_unittest")


def test_the_script_of_the_page_prints_what_is_queued_and_what_is_wrong(folder: Path) -> None:
    said = run(folder, "script.py")
    assert "['rejection', 'rejection', 'rejection']" in said
    assert "did you mean 'rejection'?" in said


def test_the_first_test_takes_ten_lines() -> None:
    assert len(blocks(NAME, "python")[0].strip().splitlines()) <= 10


def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    with running_server("--time-scale", "0") as server:
        commands = "\n".join(blocks(NAME, "sh")).replace("curl", "curl --fail")
        run_shell(f"SIM={server.url}\n{commands}", tmp_path)


def test_every_argument_of_the_marker_and_every_option_is_on_the_page() -> None:
    wishes = pytest_plugin._Wishes.__dataclass_fields__
    for word in (*wishes, "--mobilepay-url", "--mobilepay-option", "mobilepay_url"):
        assert f"`{word}" in PAGE
    for word in (pytest_plugin.URL_VARIABLE, suites.TOKEN_VARIABLE, *USERS):
        assert f"`{word}`" in PAGE


def test_everything_a_sandbox_has_is_on_the_page() -> None:
    names = {each for each in vars(Sandbox) if not each.startswith("_")} - {"close"}
    names |= {"clock.advance", "clock.now", "control", "customer.check_in"}
    for name in names:
        assert re.search(rf"`{re.escape(name)}[`(]", PAGE), name
    assert {"now", "advance"} <= set(vars(SandboxClock))
    assert {"check_in", "accept", "cancel"} <= set(vars(Customer))
    assert {"verdict", "expectations", "wait", "assert_passed"} <= set(vars(LiveRun))


def test_the_readme_begins_with_the_same_test() -> None:
    assert blocks("README.md", "python") == blocks(NAME, "python")[:1]
