"""Ctrl-C ends every command, also one that a script runs in the background.

There the shell has it ignore Ctrl-C, which would leave it running with its port taken.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

#: Says that it was begun, and is at work longer than any test waits.
AT_WORK = "import time; open('begun', 'w').close(); time.sleep(60)"
IGNORING = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")


@contextmanager
def begun(folder: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """A command that was told to ignore Ctrl-C, in a folder; nothing of it stays."""
    with subprocess.Popen(
        [*IGNORING, sys.executable, "-m", "mobilepay_simulator", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            # Its commands and servers end with it, or with their standard input.
            process.kill()


def test_a_server_ends() -> None:
    with begun(ROOT, "serve", "--port", "0") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "listening"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    "arguments",
    [("certify", "--port", "0", "--case", "certify-create-pos"), ("sweep",)],
    ids=lambda it: it[0],
)
def test_a_command_that_runs_another_ends(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    client = (sys.executable, "-c", AT_WORK)
    with begun(tmp_path, *arguments, "--", *client) as process:
        while not (tmp_path / "begun").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 130


CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("pause", [0.0, 0.2, 0.6])
def test_the_exit_code_is_the_signals_whenever_it_comes(
    tmp_path: Path, pause: float, number: signal.Signals
) -> None:
    (tmp_path / "sitecustomize.py").write_text(READY)
    with slowly(tmp_path, "certify", "--port", "0") as process:
        time.sleep(pause)
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert process.returncode == CODES[number]
    assert "Traceback" not in said


def test_a_command_that_waits_for_its_client_ends_with_the_code_of_sigterm() -> None:
    command = [sys.executable, "-m", "mobilepay_simulator", "certify", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if line.startswith("Waiting for the client"):
                process.terminate()
    assert process.returncode == 143


#: Says when the first module of ours is imported; before, Python itself is under way. The servers
#: that a command starts say nothing of the kind.
READY = """\
import os, sys

del os.environ["PYTHONPATH"]

class Tell:
    def find_spec(self, name, path=None, target=None):
        if name == "mobilepay_simulator.cli":
            os.write(1, b"ready\\n")

sys.meta_path.insert(0, Tell())
"""


@contextmanager
def slowly(folder: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """A command, once its import has begun."""
    with subprocess.Popen(
        [sys.executable, "-m", "mobilepay_simulator", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def test_ctrl_c_is_taken_care_of_before_anything_else_is_imported() -> None:
    program = (
        "import sys; before = set(sys.modules); import mobilepay_simulator.__main__; "
        "print(*sorted(set(sys.modules) - before))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["mobilepay_simulator", "mobilepay_simulator.__main__"]
