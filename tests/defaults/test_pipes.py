"""Whoever reads what a command prints may leave, as `head` does; the command ends as it would."""

import os
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.defaults.machine import ALONE, PORT, Machine, end
from tests.support import RunningServer, Till, fresh

pytestmark = ALONE


@pytest.fixture
def program(sources: Path) -> Path:
    """The command as it was installed."""
    return sources / ".venv" / "bin" / "mobilepay-sim"


def unread(machine: Machine, *command: str | Path, folder: Path) -> tuple[int, str]:
    """Runs a command whose reader has left already; returns its exit code, and its errors."""
    reading, writing = os.pipe()
    os.close(reading)
    pipes = {"stdout": writing, "stderr": subprocess.PIPE}
    with machine.start(command, folder, **pipes) as process:
        os.close(writing)
        _, errors = process.communicate(timeout=120)
    return process.returncode, errors


@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "--version",
        "serve --help",
        "scenario list",
        "scenario explain success",
        "scenario schema",
        "scenario play success",
        "scenario check scenarios",
        "certify --list",
        "ca path",
        "ca export --format der",
    ],
)
def test_a_command_ends_with_0_and_without_a_word(
    machine: Machine, program: Path, sources: Path, arguments: str
) -> None:
    assert unread(machine, program, *arguments.split(), folder=sources) == (0, "")


@pytest.fixture(scope="module")
def sandbox(server: RunningServer) -> str:
    """The URL of a sandbox where a client has done something it should not."""
    url = f"{server.url}/sandboxes/{fresh('unread')}"
    with httpx.Client(base_url=url) as http:
        till = Till(http)
        till.reserved()
        till.advance(days=8)
    return url


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("audit {url}", 1),
        ("audit {url} --format json", 1),
        ("audit {url} --fail-on never", 0),
        ("ledger {url}", 0),
        ("explain {url} 1", 0),
        ("replay {bundle}", 0),
    ],
)
def test_the_exit_code_is_that_of_what_was_found(
    program: Path, sandbox: str, tmp_path: Path, arguments: str, code: int
) -> None:
    bundle = tmp_path / "calls.json"
    bundle.write_bytes(httpx.get(f"{sandbox}/_simulator/bundle").content)
    command = arguments.format(url=sandbox, bundle=bundle).split()
    assert unread(Machine(tmp_path), program, *command, folder=tmp_path) == (code, "")


def test_a_mistake_is_told_all_the_same(machine: Machine, program: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("summary: x\nsteps:\n  - do: acept\n")
    code, errors = unread(machine, program, "scenario", "check", ".", folder=tmp_path)
    assert code == 2
    assert "did you mean 'accept'?" in errors


def test_the_first_line_can_be_had_in_a_shell(
    machine: Machine, program: Path, tmp_path: Path
) -> None:
    script = f"set -eo pipefail; {program} scenario list | head -1; {program} ca export | head -1"
    done = machine.run(["bash", "-c", script], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.startswith("active-payment-clean-up ")
    assert second == "-----BEGIN CERTIFICATE-----"


def test_a_server_goes_on_when_nobody_reads_what_it_says(
    machine: Machine, program: Path, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    pipes = {"stdout": writing, "stderr": writing}
    with machine.start((program, "serve"), tmp_path, **pipes) as process:
        os.close(writing)
        try:
            health = f"http://127.0.0.1:{PORT}/_simulator/health"
            waiting = ("--retry-connrefused", "--retry", "60", "--retry-delay", "1")
            # Each call is a line of the log, which nobody reads either.
            for _ in range(3):
                assert machine.ask(health, *waiting)["status"] == "ok"
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
        finally:
            end(process, signal.SIGKILL)
