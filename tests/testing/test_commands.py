"""Commands: they end, and with them all that they started."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest
from mobilepay_simulator.testing.commands import MOST_IN_FILE, CannotRun, Commands, Stopped

from tests.testing.sweep.shapes import ends_soon

#: Starts a process that would outlive it, says which, and goes on as it is told.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
if sys.argv[1] == "hang":
    time.sleep(600)
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "output.txt"


def test_it_ends_with_its_exit_code_and_its_last_lines(log: Path) -> None:
    code = "import sys; print('out'); print('\\x1b[31merr\\x1b[0m', file=sys.stderr); sys.exit(3)"
    ended = Commands().run(python(code), {}, 20, log)
    assert ended.exit_code == 3
    assert set(ended.output.splitlines()) == {"out", "err"}
    assert not ended.has_crashed


def test_it_finds_its_variables_and_no_input(log: Path) -> None:
    code = "import os, sys; print(os.environ['MINE'], repr(sys.stdin.read()))"
    assert Commands().run(python(code), {"MINE": "yes"}, 20, log).output == "yes ''"


def test_of_much_output_the_last_lines_are_kept(log: Path) -> None:
    ended = Commands().run(python("for n in range(99999): print(n)"), {}, 20, log)
    assert ended.output.splitlines()[-1] == "99998"
    assert len(ended.output.splitlines()) <= 31
    assert log.stat().st_size > 500_000


def test_output_without_end_is_read_and_only_its_end_is_kept(log: Path) -> None:
    code = "import os\nos.write(1, b'begin\\n')\nfor n in range(300): os.write(1, b'x' * 65535 + b'\\n')"
    ended = Commands().run(python(code + "\nprint('the end')"), {}, 60, log)
    assert ended.exit_code == 0
    assert ended.output.endswith("the end")
    written = log.read_bytes()
    assert len(written) < 2_000_000
    left_out = 6 + 300 * 65536 + len("the end\n") - MOST_IN_FILE
    assert written.startswith(b"(%d bytes are left out here)\nx" % left_out)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no sessions")
def test_what_leaves_its_session_keeps_nobody_waiting_for_its_output(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobilepay_simulator.testing.commands.GRACE", 0.2)
    code = PARENT.replace('time.sleep(600)"]', 'time.sleep(600)"], start_new_session=True')
    ended = Commands().run(python(code, "end"), {}, 20, log)
    try:
        assert ended.exit_code == 0
        assert ended.seconds < 15
    finally:
        os.kill(int(ended.output), 9)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_signal_is_a_crash(log: Path) -> None:
    ended = Commands().run(python("import os; os.kill(os.getpid(), 9)"), {}, 20, log)
    assert (ended.exit_code, ended.has_crashed) == (-signal.SIGKILL, True)
    assert str(ended) == "was ended by signal 9"


@pytest.mark.skipif(sys.platform == "win32", reason="looks at processes as POSIX does")
@pytest.mark.parametrize("how", ["hang", "end"])
def test_what_it_started_ends_with_it(log: Path, how: str) -> None:
    ended = Commands().run(python(PARENT, how), {}, 2, log)
    assert ended.exit_code == (None if how == "hang" else 0)
    assert ends_soon(int(log.read_text()))


@pytest.mark.skipif(sys.platform == "win32", reason="a signal can't be ignored there")
def test_one_that_does_not_want_to_end_is_killed(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobilepay_simulator.testing.commands.GRACE", 0.2)
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
    assert Commands().run(python(code), {}, 0.5, log).exit_code is None


def test_stopping_kills_what_runs_and_starts_nothing_more(log: Path) -> None:
    commands = Commands()
    seen: list[type[Exception]] = []

    def run() -> None:
        try:
            commands.run(python("import time; time.sleep(600)"), {}, 60, log)
        except Stopped:
            seen.append(Stopped)

    thread = threading.Thread(target=run)
    thread.start()
    while not commands._running:
        thread.join(0.01)
    commands.stop()
    thread.join(20)
    assert seen == [Stopped]
    with pytest.raises(Stopped):
        commands.run(python("pass"), {}, 20, log)


def test_a_program_that_is_not_there_is_told(log: Path) -> None:
    with pytest.raises(CannotRun, match="COMMAND: there is no program 'no-such-till'"):
        Commands().run(["no-such-till"], {}, 20, log)
