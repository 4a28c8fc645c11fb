"""Commands that end before there is anything to report say so, soon, and name their reports."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from threading import enumerate as threads

import pytest
from mobilepay_simulator import Simulator
from mobilepay_simulator.testing.replay.over_http import OverHttp
from mobilepay_simulator.testing.replay.stages import ReplayRequest

from tests import warm
from tests.support import ROOT, cli
from tests.testing.compare.real_service import a_day_at_the_shop
from tests.testing.compare.recordings import written

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
INT, TERM = signal.SIGINT, signal.SIGTERM
#: A port where nothing listens.
GONE = "http://127.0.0.1:1"
#: Real seconds in which a command has ended; without care for it, it takes 30 and more.
SOON = 20.0
LEFT = r"The simulator does not answer; sandboxes may be left .* sweep-[0-9a-f]{8}-\."


def reports(folder: Path) -> list[str]:
    return ["--html", str(folder / "r.html"), "--json", str(folder / "r.json")]


def unwritten(folder: Path) -> str:
    return f"Not written: --html {folder / 'r.html'}, --json {folder / 'r.json'}."


def recording(folder: Path) -> str:
    return str(written(a_day_at_the_shop().archive, folder))


class _HangingTarget(BaseHTTPRequestHandler):
    """Takes a sandbox and has a clock that is never behind; hangs at each other call."""

    came: Event
    over: Event

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(b"{}")

    def do_GET(self) -> None:
        if self.path.endswith("/_simulator/clock"):
            self._answer(b'{"now": "2999-01-01T00:00:00+00:00"}')
        else:
            self._hang()

    def do_POST(self) -> None:
        self._hang()

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang(self) -> None:
        self.came.set()
        self.over.wait()

    def log_message(self, format: str, *_: object) -> None:
        """Says nothing."""


@contextmanager
def hanging_target() -> Iterator[tuple[str, Event]]:
    """Gives the URL of a target that hangs at the first call, and what says that it was made."""

    class Target(_HangingTarget):
        came, over = Event(), Event()

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Target) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Target.came
        Target.over.set()
        server.shutdown()


def lines(said: str) -> list[str]:
    return [each for each in said.splitlines() if each]


# --- by a signal ----------------------------------------------------------------------------------


@needs_signals
@pytest.mark.parametrize(("number", "code"), [(INT, 130), (TERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_a_comparison_is_interrupted_at_once_while_its_target_hangs(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with hanging_target() as (url, came):
        options = ["--target", url, *reports(tmp_path)]
        command = [sys.executable, "-m", "simulator", "compare", recording(tmp_path), *options]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with warm.Popen(command, cwd=ROOT, **streams) as process:
            assert came.wait(SOON)
            # A signal that comes just before a wait begins is seen when the wait is over.
            time.sleep(0.3)
            process.send_signal(number)
            told, said = process.communicate(timeout=SOON)
    assert (process.returncode, told) == (code, "")
    assert lines(said) == ["It was interrupted; no report is written.", unwritten(tmp_path)]


def test_a_call_that_is_not_answered_keeps_no_replay_from_its_end() -> None:
    request = ReplayRequest("POST", "/v10/payments", "", [], b"")
    with hanging_target() as (url, came):
        target = OverHttp(url, "replay", b"", {})
        target.send(request, may_wait=True)
        assert came.wait(SOON)
        began = time.monotonic()
        target.close()
        assert time.monotonic() - began < SOON / 2
        # Python waits for other threads before it ends.
        assert not [each for each in threads() if "exchange" in each.name and not each.daemon]
        assert not [each for each in threads() if "ThreadPool" in each.name]


#: Has its simulator hang, and then a client that does so too, or fails.
STOPS = """\
import os, signal, sys, time
os.kill(int(sys.argv[1]), signal.SIGSTOP)
open(sys.argv[2], "w").write("x")
"""


@contextmanager
def stopped_in_clean_run(folder: Path, then: str) -> "Iterator[subprocess.Popen[str]]":
    """Gives a sweep whose simulator hangs during its clean run."""
    file = folder / "stopped"
    with Simulator() as simulator:
        code = STOPS + then
        program = [sys.executable, "-c", code, str(simulator.pid), str(file)]
        options = ["--target", simulator.url, *reports(folder)]
        command = [sys.executable, "-m", "simulator", "sweep", *options, "--", *program]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with warm.Popen(command, cwd=ROOT, **streams) as process:
            try:
                while not (file.exists() and file.read_text()):
                    assert process.poll() is None
                    time.sleep(0.02)
                yield process
            finally:
                os.kill(simulator.pid, signal.SIGCONT)


@needs_signals
def test_a_clean_run_whose_simulator_hangs_is_interrupted_within_seconds(tmp_path: Path) -> None:
    with stopped_in_clean_run(tmp_path, "time.sleep(600)") as process:
        process.send_signal(INT)
        _, said = process.communicate(timeout=SOON)
    assert process.returncode == 130
    _, left, *others = lines(said)
    assert re.fullmatch(LEFT, left)
    assert others == ["It was interrupted; no report is written.", unwritten(tmp_path)]


# --- without one ----------------------------------------------------------------------------------


@needs_signals
def test_a_clean_run_whose_simulator_hangs_says_what_is_left_and_not_written(
    tmp_path: Path,
) -> None:
    with stopped_in_clean_run(tmp_path, "sys.exit(1)") as process:
        _, said = process.communicate(timeout=SOON)
    assert process.returncode == 2
    _, left, missing, problem = lines(said)
    assert re.fullmatch(LEFT, left)
    assert missing == unwritten(tmp_path)
    assert problem.startswith("mobilepay-sim: no simulator answers at ")


@pytest.mark.parametrize("name", ["certify", "compare", "sweep"])
def test_a_command_whose_target_is_gone_names_the_reports_that_are_not_written(
    tmp_path: Path, name: str
) -> None:
    options = ["--target", GONE, *reports(tmp_path)]
    rest = {"certify": [], "compare": [recording(tmp_path)], "sweep": ["--", sys.executable]}
    done = cli(name, *options, *rest[name])
    assert done.returncode == 2
    missing, problem = lines(done.stderr)
    assert missing == unwritten(tmp_path)
    assert problem.startswith("mobilepay-sim: ")
    assert GONE in problem


def test_a_command_whose_target_is_gone_names_no_report_that_nobody_wants(tmp_path: Path) -> None:
    done = cli("compare", recording(tmp_path), "--target", GONE)
    assert (done.returncode, len(lines(done.stderr))) == (2, 1)
