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

from tests.defaults.stopping import gate
from tests.support import ROOT

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

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


def test_a_sweep_that_has_nothing_to_report_says_so(tmp_path: Path) -> None:
    command = ("sweep", "--html", "it.html", "--", sys.executable, "-c", AT_WORK)
    with beginning(tmp_path, *command) as process:
        while not (tmp_path / "begun").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "It was interrupted; no report is written." in said.splitlines()
    assert not (tmp_path / "it.html").exists()


def test_a_certification_that_has_not_begun_says_so(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    with (
        gate(path) as closed,
        beginning(tmp_path, "certify", "--port", "0", "--option", f"data={path}") as process,
        closed.holding_reader(process),
    ):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.split("\n") == ["", "It was interrupted; no report is written.", "", ""]


CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


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


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("arguments", [("serve",), ("certify",)], ids=lambda it: it[0])
def test_a_signal_that_comes_first_of_all_ends_it(
    tmp_path: Path, arguments: tuple[str, ...], number: signal.Signals
) -> None:
    (tmp_path / "sitecustomize.py").write_text(READY)
    with slowly(tmp_path, *arguments, "--port", "0") as process:
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert process.returncode == (0 if arguments == ("serve",) else CODES[number])
    assert "Traceback" not in said


#: Makes a dataclass, or what else executes a text, wait.
EXECUTING = """\
import os, sys

class Wait:
    def find_spec(self, name, path=None, target=None):
        if name == "mobilepay_simulator.testing.process":
            exec("import time; os.write(1, b'executing\\\\n'); time.sleep(60)")

sys.meta_path.insert(0, Wait())
"""


def test_the_exit_code_is_the_signals_where_a_text_is_executed(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(EXECUTING)
    with beginning(tmp_path, "certify", "--port", "0") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "executing\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


#: Says when Python has given signals their old meaning back, and is about to end.
ENDING = """\
import os, sys, time

class Tell:
    def __del__(self, write=os.write, sleep=time.sleep):
        write(1, b"ending\\n")
        sleep(0.5)

# What Python forgets last.
sys.tell = Tell()
"""


@pytest.mark.parametrize("second", CODES)
def test_a_second_signal_changes_nothing_of_how_a_server_ends(
    tmp_path: Path, second: signal.Signals
) -> None:
    (tmp_path / "sitecustomize.py").write_text(ENDING)
    with beginning(tmp_path, "serve", "--port", "0") as process:
        assert process.stdout is not None
        assert "listening" in process.stdout.readline()
        process.terminate()
        while process.stdout.readline() != "ending\n":
            assert process.poll() is None
        process.send_signal(second)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("number", "arguments", "code"),
    [
        (signal.SIGINT, ("serve", "--port", "0", "--scenario", "unknown"), 2),
        (signal.SIGTERM, ("scenario", "check", "nowhere.yaml"), 2),
        (signal.SIGHUP, ("scenario", "list"), 0),
    ],
    ids=["serve", "check", "list"],
)
def test_a_signal_at_the_very_end_changes_no_exit_code(
    tmp_path: Path, number: signal.Signals, arguments: tuple[str, ...], code: int
) -> None:
    (tmp_path / "sitecustomize.py").write_text(ENDING)
    with beginning(tmp_path, *arguments) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "ending\n":
            assert process.poll() is None
        process.send_signal(number)
        assert process.wait(20) == code


@pytest.mark.parametrize(
    ("arguments", "report"),
    [
        (("sweep", "--quiet"), None),
        (
            ("certify", "--port", "0", "--case", "certify-create-pos", "--html", "it.html"),
            "it.html",
        ),
    ],
    ids=["sweep", "certify"],
)
def test_a_terminal_that_is_closed_ends_a_command_and_what_it_runs(
    tmp_path: Path, arguments: tuple[str, ...], report: str | None
) -> None:
    passing = tmp_path / "passing"
    passing.mkdir()
    client = "import os, time; print(os.getpid(), file=open('begun', 'w')); time.sleep(60)"
    terminal, its = pty.openpty()
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "mobilepay_simulator",
            *arguments,
            "--",
            sys.executable,
            "-c",
            client,
        ],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(passing)},
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as process:
        os.close(its)
        while not (tmp_path / "begun").exists() or not (tmp_path / "begun").read_text():
            assert process.poll() is None
        # The kernel tells the terminal's processes.
        os.close(terminal)
        assert process.wait(20) == 129
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "begun").read_text()), 0)
    assert list(passing.iterdir()) == []
    assert report is None or (tmp_path / report).is_file()


def test_nohup_keeps_a_command_running_without_its_terminal(tmp_path: Path) -> None:
    command = ("certify", "--port", "0", "--case", "certify-create-pos")
    ignoring = ("sh", "-c", "trap '' HUP; exec \"$@\"", "sh")
    client = (sys.executable, "-c", "import time; open('begun', 'w').close(); time.sleep(1)")
    with subprocess.Popen(
        [*ignoring, sys.executable, "-m", "mobilepay_simulator", *command, "--", *client],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    ) as process:
        while not (tmp_path / "begun").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGHUP)
        # The client has made no call.
        assert process.wait(30) == 1


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
def beginning(folder: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """A command that is just begun, with the sitecustomize of a folder; nothing of it stays."""
    with subprocess.Popen(
        [sys.executable, "-m", "mobilepay_simulator", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def slowly(folder: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """A command, once its import has begun."""
    with beginning(folder, *arguments) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def test_ctrl_c_is_taken_care_of_before_anything_else_is_imported() -> None:
    program = (
        "import sys; before = set(sys.modules); import mobilepay_simulator.__main__; "
        "print(*sorted(set(sys.modules) - before))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["mobilepay_simulator", "mobilepay_simulator.__main__"]
