"""Whatever a client starts ends with it, over standard input and output and over HTTP."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from mobilepay_simulator.testing.mcp.sweeping import SweepJob
from mobilepay_simulator.testing.process import Simulator

from tests import warm
from tests.support import ROOT, until
from tests.testing.agents.support import APART, Till, command, connected, free_port, over_stdio

#: A command that is swept: it says which process it is, pays nothing, and stays.
STAYS = """
import os, sys, time, urllib.request
urllib.request.urlopen(sys.argv[1] + "/_simulator/health").read()
with open(sys.argv[2], "w") as file:
    file.write(str(os.getpid()))
time.sleep(60)
"""


class Wire:
    """The server's process, spoken to line by line, as a client does that may vanish."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._count = 0
        client = {"name": "test", "version": "1"}
        self.ask("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
        self._send({"method": "notifications/initialized"})

    def ask(self, method: str, **params: Any) -> Any:
        self.tell(method, **params)
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())["result"]

    def tell(self, method: str, **params: Any) -> None:
        self._count += 1
        self._send({"id": self._count, "method": method, "params": params})

    def start(self) -> str:
        """Lets it start a simulator; returns its URL."""
        result = self.ask("tools/call", name="simulator", arguments={"start": True})
        return re.findall(r"http://[\d.:]+", result["content"][0]["text"])[0]

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()


@contextmanager
def wire() -> Iterator[Wire]:
    with warm.Popen(
        command(*APART),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Wire(process)
        finally:
            process.kill()


def is_gone(url: str) -> bool:
    try:
        httpx.get(f"{url}/_simulator/health")
    except httpx.TransportError:
        return True
    return False


def runs(number: int) -> bool:
    """Whether a process runs; one that has ended, and that nobody has waited for, does not."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def leave(wire: Wire) -> None:
    assert wire.process.stdin is not None
    wire.process.stdin.close()


WAYS = {
    "closes the streams": leave,
    "is interrupted": lambda wire: wire.process.send_signal(signal.SIGINT),
    "is told to stop": lambda wire: wire.process.send_signal(signal.SIGTERM),
    "is killed": lambda wire: wire.process.kill(),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_simulator_that_was_started_ends_however_the_server_ends(way: str) -> None:
    with wire() as it:
        url = it.start()
        assert not is_gone(url)
        WAYS[way](it)
        it.process.wait(20)
        assert until(lambda: is_gone(url))


def test_a_server_whose_client_leaves_ends_with_0_and_says_nothing() -> None:
    with wire() as it:
        it.start()
        leave(it)
        assert it.process.wait(20) == 0
        assert it.process.stderr is not None
        assert it.process.stderr.read() == ""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize("way", WAYS)
def test_a_sweep_under_way_ends_with_its_command_however_the_server_ends(
    way: str, tmp_path: Path
) -> None:
    stays = [sys.executable, "-c", STAYS, "{url}", str(tmp_path / "pid")]
    with wire() as it:
        it.start()
        it.tell("tools/call", name="sweep", arguments={"command": stays, "wait": 60})
        assert until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
        number = int((tmp_path / "pid").read_text())
        assert runs(number)
        WAYS[way](it)
        it.process.wait(20)
        assert until(lambda: not runs(number))


def test_a_simulator_that_ran_already_goes_on_when_the_client_leaves() -> None:
    with Simulator() as simulator:
        with connected(over_stdio("--target", simulator.url)) as agent:
            assert simulator.url in agent.do("simulator").text
            assert simulator.url in agent.do("simulator", start=True).text
            agent.do("sandbox", name="mine")
            agent.do("simulator", stop=True)
        assert "mine" in [each.name for each in simulator.control.sandboxes()]


def test_simulators_that_run_already_are_used_by_their_urls_one_after_the_other() -> None:
    with Simulator() as first, Simulator() as second, connected(over_stdio(*APART)) as agent:
        for each in (first, second):
            agent.do("simulator", url=each.url)
            agent.do("sandbox", name="mine")
            assert "mine" in [it.name for it in each.control.sandboxes()]
        place = f"{first.url}/sandboxes/mine"
        assert f"{first.url}. Each tool" in agent.refused("simulator", url=place)
        assert second.url in agent.do("simulator").text


def test_a_target_at_which_nothing_answers_is_told_and_no_other_simulator_is_started() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with connected(over_stdio("--target", url)) as agent:
        for arguments in ({}, {"start": True}):
            said = agent.refused("simulator", **arguments)
            assert url in said
            assert "--target" in said


def test_a_sweep_that_nobody_asks_for_any_more_is_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("mobilepay_simulator.testing.mcp.sweeping.FORGOTTEN", 0.1)
    stays = [sys.executable, "-c", STAYS, "{url}", str(tmp_path / "pid")]
    job = SweepJob([], stays, None)
    assert until(lambda: job.is_over)
    job.close()


def test_a_simulator_with_a_token_is_used_with_the_token_alone() -> None:
    with Simulator(control_token="sesame") as simulator:
        with connected(over_stdio("--target", simulator.url)) as agent:
            assert "--token" in agent.refused("simulator")
        with connected(over_stdio("--target", simulator.url, "--token", "sesame")) as agent:
            agent.do("sandbox", name="mine")


def test_a_simulator_that_has_ended_is_told_of_and_another_can_be_started() -> None:
    with connected(over_stdio(*APART)) as agent:
        first = re.findall(r"http://[\d.:]+", agent.do("simulator", start=True).text)[0]
        assert not is_gone(first)
        agent.do("simulator", stop=True)
        assert is_gone(first)
        assert "simulator(start=true)" in agent.refused("requests")
        agent.do("simulator", start=True)
        agent.do("requests")


# --- over HTTP --------------------------------------------------------------------------------


@contextmanager
def over_http(*options: str, stderr: Any = None) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A server that listens on a free port: its URL, and its process."""
    with warm.Popen(
        command("--http", "--port", "0", *APART, *options),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1], process
        finally:
            process.terminate()


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize(
    ("first", "second"), [("SIGINT", "SIGTERM"), ("SIGTERM", "SIGINT"), ("SIGHUP", "SIGINT")]
)
def test_a_second_signal_changes_nothing_of_how_a_server_over_http_ends(
    first: str, second: str
) -> None:
    with over_http(stderr=subprocess.PIPE) as (url, process):
        httpx.get(url)
        process.send_signal(signal.Signals[first])
        time.sleep(0.05)
        process.send_signal(signal.Signals[second])
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said.strip()) == (128 + signal.Signals[first], "")


def test_two_clients_use_one_simulator_over_http_each_in_its_sandbox() -> None:
    with over_http() as (url, _), connected(url) as one, connected(url) as two:
        place = one.do("simulator", start=True).text
        assert two.do("simulator", start=True).text.splitlines()[0] == place.splitlines()[0]
        mine = Till(one.do("sandbox", name="one")).pay()
        assert mine in one.do("timeline", sandbox="one").text
        two.do("sandbox", name="two")
        assert mine not in two.do("timeline", sandbox="two").text


def test_the_simulator_outlives_a_client_over_http_and_ends_with_the_server() -> None:
    with over_http() as (url, process):
        with connected(url) as agent:
            place = re.findall(r"http://[\d.:]+", agent.do("simulator", start=True).text)[0]
        assert not is_gone(place)
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert until(lambda: is_gone(place))


def test_clients_over_http_run_no_commands_unless_that_is_allowed(tmp_path: Path) -> None:
    touch = [sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w')", "{url}"]
    with over_http() as (url, _), connected(url) as agent:
        agent.do("simulator", start=True)
        assert "--allow-commands" in agent.refused("sweep", command=touch)
        assert not (tmp_path / "ran").exists()
    with over_http("--allow-commands") as (url, _), connected(url) as agent:
        agent.do("simulator", start=True)
        assert "made no call" in agent.refused("sweep", command=touch)
        assert (tmp_path / "ran").exists()


def test_pages_of_other_sites_are_refused_over_http() -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    with over_http() as (url, _):
        strange = ({"Host": "evil.test"}, {"Origin": "http://evil.test"})
        statuses = [
            httpx.post(url, json=body, headers={**accept, **each}).status_code for each in strange
        ]
    assert statuses == [421, 403]


def test_a_client_over_http_leaves_nothing_behind() -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
    hello["clientInfo"] = {"name": "test", "version": "1"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    accept = {"Accept": "application/json, text/event-stream"}
    with over_http() as (url, _):
        answer = httpx.post(url, json=body, headers=accept)
        assert answer.status_code == 200
        # A session would be kept for a client that never comes again.
        assert "Mcp-Session-Id" not in answer.headers
        stream = httpx.get(url, headers=accept)
        assert (stream.status_code, stream.headers["Allow"]) == (405, "POST")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is a signal")
def test_open_requests_keep_no_server_over_http_from_ending_and_make_no_trace(
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    with log.open("w") as stderr, over_http(stderr=stderr) as (url, process):
        parts = urlsplit(url)
        head = f"{parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        head += "Accept: application/json, text/event-stream\r\n"
        half = f"POST {head}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{{"
        with socket.create_connection((parts.hostname, parts.port)) as sent:
            sent.sendall(half.encode())
            time.sleep(0.5)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
            assert time.monotonic() - began < 10
    assert "Traceback" not in log.read_text()
    assert len(log.read_text().splitlines()) <= 3


# --- the command ------------------------------------------------------------------------------


def refused(*options: str) -> str:
    """What the command says to options it can't take."""
    done = warm.run(
        command(*options), cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    return line


def test_options_that_do_not_go_together_are_refused_in_a_line() -> None:
    assert "--http" in refused("--port", "0")
    assert "--http" in refused("--allow-commands")
    assert "--option" in refused("--target", "http://127.0.0.1:9", "--option", "seed=1")
    assert "--target" in refused("--target", "nonsense")
    assert "'seed'" in refused("--option", "sed=1")


def test_a_port_that_is_taken_is_told_in_a_line() -> None:
    with over_http() as (url, _):
        port = url.split(":")[2].partition("/")[0]
        assert "in use" in refused("--http", "--port", port)


def test_other_commands_import_nothing_of_it() -> None:
    look = "import sys, mobilepay_simulator.cli.main; print({'mcp', 'pydantic', 'starlette'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_standard_output_without_room_is_told_in_one_line() -> None:
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "x", "version": "1"},
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command(*APART),
            cwd=ROOT,
            input=json.dumps(message) + "\n",
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    problem = "standard output can't be written: No space left on device"
    assert (done.returncode, done.stderr) == (2, f"mobilepay-sim: {problem}\n")
