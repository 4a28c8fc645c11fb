"""Ctrl-C ends every command, also one that a script runs in the background.

There the shell has it ignore Ctrl-C, which would leave it running with its port taken.
"""

import json
import signal
import subprocess
import sys
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
