"""`mobilepay-sim certify`, over real HTTP."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.support import RunningServer, cli

FAST = ("--port", "0", "--settle", "100ms")


def test_the_built_in_client_passes_and_all_reports_are_written(tmp_path: Path) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("html", "json", "junit")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    done = cli("certify", "--demo", "--case", "certify-token-expired", *FAST, *options)
    assert done.returncode == 0, done.stderr
    assert "  + The same is captured again with it" in done.stdout
    assert "passed  Network resilience: 1 of 1" in done.stdout
    assert files["html"].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads(files["json"].read_text(encoding="utf-8"))["state"] == "passed"
    (case,) = ET.parse(files["junit"]).getroot().iter("testcase")
    assert len(case) == 0 or case.find("failure") is None


def test_a_client_that_never_comes_is_waited_for_only_so_long() -> None:
    done = cli("certify", "--section", "onboarding", "--timeout", "300ms", *FAST)
    assert done.returncode == 1
    assert "Waiting for the client. It begins with: Create a point of sale" in done.stdout
    assert "Not tested yet: 3. The next: Create a point of sale." in done.stdout


def test_a_command_that_fails_is_told_with_its_last_words() -> None:
    command = ("python3", "-c", "import sys; print('no such till at', sys.argv[1]); sys.exit(3)")
    done = cli("certify", "--section", "onboarding", *FAST, "--", *command, "{url}")
    assert done.returncode == 1
    assert "COMMAND ended with 3; its last lines:\nno such till at http://127.0.0.1:" in done.stdout


def test_a_simulator_that_runs_is_used_in_the_sandbox_of_its_url(server: RunningServer) -> None:
    target = f"{server.url}/sandboxes/certified"
    done = cli("certify", "--target", target, "--timeout", "200ms", *FAST[2:])
    assert f"C1 is open at {target}: 31 cases" in done.stdout


def test_what_there_is_can_be_listed() -> None:
    lines = cli("certify", "--list", "--port", "0").stdout.splitlines()
    assert lines[0].startswith("onboarding, mandatory: ")
    assert "  1. Create a point of sale (certify-create-pos)" in lines


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--section", "paiments"), "'paiments' is no section; there are onboarding"),
        (("--case", "certify-paymint"), "did you mean 'certify-payment'?"),
        (("--client-id", "me"), "clientIds"),
        (("--client-version", "new"), "version: must be a version such as 1.2"),
        (("--timeout", "soon"), "--timeout"),
        (("--option", "speed"), "--option: expected NAME=VALUE"),
        (("--option", "sede=1"), "did you mean 'seed'?"),
        (("--html", "nowhere/report.html"), "there is no folder nowhere"),
        (("--target", "ftp://x"), "--target"),
        (("--target", "http://127.0.0.1:1"), "no simulator answers"),
        (("--demo", "--", "true"), "--demo and COMMAND exclude each other"),
        (("--", "no-such-program"), "there is no program 'no-such-program'"),
    ],
)
def test_a_mistake_is_told_in_one_line(options: tuple[str, ...], told: str) -> None:
    done = cli("certify", "--port", "0", *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
