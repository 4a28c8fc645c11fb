"""Ctrl-C and SIGTERM end every command at once, wherever it is: no trace, nothing left."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.defaults.machine import ALONE, Leavings, Machine
from tests.defaults.stopping import PATIENCE, finished, gate, silent_server

pytestmark = [*ALONE, pytest.mark.skipif(sys.platform == "win32", reason="sends signals")]

INT, TERM = signal.SIGINT, signal.SIGTERM
#: How a shell shows that a signal has ended a program.
ENDED_BY = {INT: 130, TERM: 143}
#: A server was told to stop, and did.
STOPPED = {INT: 0, TERM: 0}

GATE = "GATE"
SIGNALS = pytest.mark.parametrize("number", [INT, TERM], ids=["Ctrl-C", "SIGTERM"])


@pytest.fixture
def program(sources: Path) -> Path:
    """The command as it was installed."""
    return sources / ".venv" / "bin" / "mobilepay-sim"


@contextmanager
def started(
    machine: Machine, leavings: Leavings, folder: Path, *command: str | Path, **env: str
) -> "Iterator[subprocess.Popen[str]]":
    """Starts a command; what it writes is read in the end."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = machine.start(command, folder, {**leavings.env, **env}, **pipes)
    with process:
        try:
            yield process
        finally:
            process.kill()


def assert_quiet(said: str) -> None:
    """Nothing is said that is for programmers."""
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    assert "Error" not in said


# --- at the start ---------------------------------------------------------------------------------

#: A pipe in a folder of scenarios or in the place of a certificate is refused at once.
STARTING = {
    "serve": (("serve", "--data", GATE), STOPPED),
    "certify": (("certify", "--option", f"data={GATE}"), ENDED_BY),
    "certify --demo": (("certify", "--demo", "--option", f"data={GATE}"), ENDED_BY),
    "certify COMMAND": (("certify", "--option", f"data={GATE}", "--", "true"), ENDED_BY),
    "sweep": (("sweep", "--option", f"data={GATE}", "--", "true"), ENDED_BY),
    "replay": (("replay", GATE), ENDED_BY),
    "compare": (("compare", GATE), ENDED_BY),
    "ledger": (("ledger", "http://127.0.0.1:1", "--against", GATE), ENDED_BY),
    "scenario check": (("scenario", "check", GATE), ENDED_BY),
    "scenario explain": (("scenario", "explain", GATE), ENDED_BY),
    "scenario play": (("scenario", "play", GATE), ENDED_BY),
}


@SIGNALS
@pytest.mark.parametrize("name", STARTING)
def test_a_command_that_starts_ends_at_once(
    machine: Machine,
    leavings: Leavings,
    program: Path,
    tmp_path: Path,
    name: str,
    number: signal.Signals,
) -> None:
    arguments, codes = STARTING[name]
    folder = tmp_path / "here"
    folder.mkdir()
    path = folder / "gate.yaml"
    command = [each.replace(GATE, str(path)) for each in arguments]
    with (
        gate(path) as closed,
        started(machine, leavings, folder, program, *command) as process,
        closed.holding_reader(process),
    ):
        code, out, err = finished(process, number)
    assert code == codes[number]
    assert_quiet(err)
    assert out == ""


@SIGNALS
@pytest.mark.parametrize("arguments", [("audit",), ("ledger",), ("explain",)])
def test_a_command_that_waits_for_an_answer_ends_at_once(
    leavings: Leavings,
    program: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    number: signal.Signals,
) -> None:
    here = Machine(tmp_path)
    more = ("1",) if arguments == ("explain",) else ()
    with silent_server() as (url, came):
        command = (program, *arguments, url, *more)
        with started(here, leavings, tmp_path, *command) as process:
            assert came.wait(PATIENCE)
            # A signal that comes just before a wait begins is seen when the wait is over.
            time.sleep(0.3)
            code, out, err = finished(process, number)
    assert (code, out) == (ENDED_BY[number], "")
    assert_quiet(err)


#: Lets the import of a module of ours wait.
SLOW_IMPORT = """\
import os, sys, time

class Wait:
    def find_spec(self, name, path=None, target=None):
        if name == "mobilepay_simulator.MODULE":
            os.write(1, b"importing\\n")
            time.sleep(600)

sys.meta_path.insert(0, Wait())
"""


NOTHING_REPORTED = "It was interrupted; no report is written."
#: Commands, the module whose import they wait for, how they end then, and what they say.
IMPORTING = {
    "scenario list": (("scenario", "list"), "cli.sweep", ENDED_BY, ""),
    "certify": (("certify",), "cli.sweep", ENDED_BY, NOTHING_REPORTED),
    "certify, later": (("certify",), "testing.process", ENDED_BY, NOTHING_REPORTED),
    "compare": (("compare", "/dev/null"), "cli.sweep", ENDED_BY, NOTHING_REPORTED),
    "compare, later": (
        ("compare", "/dev/null"),
        "testing.compare.archive",
        ENDED_BY,
        NOTHING_REPORTED,
    ),
    "sweep": (("sweep", "--", "true"), "cli.sweep", ENDED_BY, NOTHING_REPORTED),
    "sweep, later": (("sweep", "--", "true"), "testing.commands", ENDED_BY, NOTHING_REPORTED),
    "serve": (("serve", "--port", "0"), "cli.sweep", STOPPED, ""),
    "serve, later": (("serve", "--port", "0"), "server.runtime", STOPPED, ""),
}


@SIGNALS
@pytest.mark.parametrize("name", IMPORTING)
def test_a_command_that_is_still_imported_ends_without_a_trace(
    machine: Machine,
    leavings: Leavings,
    program: Path,
    tmp_path: Path,
    name: str,
    number: signal.Signals,
) -> None:
    arguments, module, codes, said = IMPORTING[name]
    (tmp_path / "sitecustomize.py").write_text(SLOW_IMPORT.replace("MODULE", module))
    command = (program, *arguments)
    with started(machine, leavings, tmp_path, *command, PYTHONPATH=str(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        code, out, err = finished(process, number)
    # Click begins a new line where the terminal shows ^C.
    assert (code, out, err.strip()) == (codes[number], "", said)


USES_IT = "def test_it(mobilepay):\n    pass\n"


@SIGNALS
def test_pytest_ends_at_once_while_the_plugin_starts_its_server(
    machine: Machine, leavings: Leavings, program: Path, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "test_it.py").write_text(USES_IT)
    path = tmp_path / "gate.yaml"
    pytest_here = program.with_name("pytest")
    command = (pytest_here, "-p", "no:cacheprovider", f"--mobilepay-option=data={path}")
    with gate(path) as closed, started(machine, leavings, tmp_path, *command) as process:
        with closed.holding_reader(process):
            code, _, _ = finished(process, number)
        if number is TERM:
            # pytest itself ends at once, and the server once it notices.
            leavings.wait()
    assert code == {INT: 2, TERM: 143}[number]


# --- in the middle --------------------------------------------------------------------------------


def read_until(process: "subprocess.Popen[str]", word: str) -> str:
    """Reads what a command writes until a line has a word in it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            return "".join(lines)
    raise AssertionError(f"it never said {word!r}:\n{''.join(lines)}")


REPORTS = ("--html", "report.html", "--json", "report.json", "--junit", "report.xml")


def assert_reported(folder: Path, state: str) -> dict[str, str]:
    """All reports are there; returns the state of each case."""
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert ET.parse(folder / "report.xml").getroot().find(".//testcase") is not None
    report = json.loads((folder / "report.json").read_text())
    assert report["state"] == state
    return {case["name"]: case["state"] for each in report["sections"] for case in each["cases"]}


@SIGNALS
def test_an_interrupted_certification_reports_what_was_done(
    machine: Machine, leavings: Leavings, program: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    command = (program, "certify", "--demo", "--section", "onboarding", *REPORTS)
    with started(machine, leavings, folder, *command) as process:
        read_until(process, "Onboarding 2:")
        code, out, err = finished(process, number)
    assert code == ENDED_BY[number]
    assert_quiet(err)
    assert "It was interrupted." in out
    states = assert_reported(folder, "failed")
    assert states["certify-create-pos"] == "passed"
    assert "passed" in states.values() and set(states.values()) != {"passed"}


@SIGNALS
def test_a_certification_that_waits_for_its_client_is_interrupted_alike(
    machine: Machine, leavings: Leavings, program: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    with started(machine, leavings, folder, program, "certify", *REPORTS) as process:
        read_until(process, "Waiting for the client")
        code, _, err = finished(process, number)
    assert code == ENDED_BY[number]
    assert_quiet(err)
    assert set(assert_reported(folder, "not tested").values()) == {"not tested"}


@SIGNALS
@pytest.mark.parametrize("word", ["certify", "sweep"])
def test_the_command_that_is_run_ends_with_it(
    machine: Machine,
    leavings: Leavings,
    program: Path,
    tmp_path: Path,
    word: str,
    number: signal.Signals,
) -> None:
    path = tmp_path / "gate"
    command = (program, word, "--", "sh", "-c", f"sleep 600 & cat {path}")
    with (
        gate(path) as closed,
        started(machine, leavings, tmp_path, *command) as process,
        closed.holding_reader(process),
    ):
        code, _, err = finished(process, number)
    assert code == ENDED_BY[number]
    assert_quiet(err)


# --- at the end -----------------------------------------------------------------------------------


def at_the_end(path: Path) -> dict[str, tuple[tuple[str, ...], dict[signal.Signals, int]]]:
    """Commands that write to a file when all else is done."""
    certify = ("certify", "--case", "certify-create-pos", "--timeout", "100ms", "--settle", "100ms")
    return {
        "certify": ((*certify, "--html", str(path)), ENDED_BY),
        "scenario play": (("scenario", "play", "success", "--record", str(path)), ENDED_BY),
        "ca export": (("ca", "export", "--tls-dir", "tls", "--output", str(path)), ENDED_BY),
    }


@SIGNALS
@pytest.mark.parametrize("name", at_the_end(Path()))
def test_a_command_that_writes_its_report_ends_at_once(
    machine: Machine,
    leavings: Leavings,
    program: Path,
    tmp_path: Path,
    name: str,
    number: signal.Signals,
) -> None:
    path = tmp_path / "gate"
    arguments, codes = at_the_end(path)[name]
    with (
        gate(path) as closed,
        started(machine, leavings, tmp_path, program, *arguments) as process,
        closed.holding_writer(process),
    ):
        code, _, err = finished(process, number)
    assert code == codes[number]
    assert_quiet(err)
