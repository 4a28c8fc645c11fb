"""No call of ours goes to a proxy of the environment, whichever door it goes through."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from mobilepay_simulator.client import RemoteSimulator
from mobilepay_simulator.client.outgoing import proxy_hint

from tests.packaging.dockerfile import read_dockerfile
from tests.support import ROOT, RunningServer, running_server

TOKEN = "the-control-token"


@dataclass
class Proxy:
    """A proxy that notes who comes, and serves nobody."""

    port: int = 0
    seen: list[bytes] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """What a machine behind it has set; its exceptions are of no use, and one is no host."""
        url = f"http://user:secret@127.0.0.1:{self.port}"
        variables = {
            "HTTP_PROXY": url,
            "HTTPS_PROXY": url,
            "ALL_PROXY": f"socks5://127.0.0.1:{self.port}",
            "NO_PROXY": "[::1, *.example.test,,http://",
        }
        return variables | {name.lower(): value for name, value in variables.items()}


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """The proxy; whoever asked it has done wrong."""
    proxy = Proxy()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        proxy.port = listener.getsockname()[1]

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    proxy.seen.append(connection.recv(1000))
                    connection.sendall(b"HTTP/1.1 502 Of the proxy\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture(scope="module")
def guarded() -> Iterator[RunningServer]:
    """A simulator with a control token, where a call was made."""
    with running_server("--time-scale", "0", "--control-token", TOKEN) as server:
        with (
            RemoteSimulator(server.url, token=TOKEN) as simulator,
            simulator.sandbox("busy") as sandbox,
        ):
            httpx.get(f"{sandbox.base_url}/pos/v10/stores")
            sandbox._is_open = False  # it stays
        yield server


SCRIPT = """
from mobilepay_simulator import Simulator
with Simulator() as simulator, simulator.sandbox() as sandbox:
    sandbox.scenario("instant")
    print(sandbox.pos.id, sandbox.clock.now)
"""
IN_PROCESS = SCRIPT.replace("Simulator()", "Simulator.in_process()")
SUITE = "def test_it(mobilepay): assert mobilepay.pos"
#: A client that goes straight to the simulator.
CLIENT = """
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
opener.open(sys.argv[1] + "/integrator-authentication/.well-known/openid-configuration")
"""
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "mobilepay", "{folder}/test_it.py")
SIM = ("-m", "simulator")
CERTIFY = (*SIM, "certify", "--demo", "--case", "certify-create-pos")
SWEEP = (*SIM, "sweep", "--quiet", "--list")
PLAYS = ("--", "{python}", "{folder}/client.py", "{url}")
AT = ("--target", "{server}", "--token", TOKEN)

DOORS = {
    "Simulator": ("-c", SCRIPT),
    "in process": ("-c", IN_PROCESS),
    "the plugin": PYTEST,
    "the plugin elsewhere": (*PYTEST, "--mobilepay-url={server}"),
    "replay": (*SIM, "replay", "{folder}/bundle.json", *AT),
    "audit": (*SIM, "audit", "{server}", "--sandbox", "busy", "--token", TOKEN),
    "ledger": (*SIM, "ledger", "{server}", "--sandbox", "busy", "--token", TOKEN),
    "explain": (*SIM, "explain", "{server}", "1", "--sandbox", "busy", "--token", TOKEN),
    "certify": (*CERTIFY, "--port", "0"),
    "certify elsewhere": (*CERTIFY, *AT),
    "sweep": (*SWEEP, *PLAYS),
    "sweep elsewhere": (*SWEEP, *AT, *PLAYS),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_proxy_of_the_environment_is_never_asked(
    door: str, proxy: Proxy, guarded: RunningServer, tmp_path: Path
) -> None:
    (tmp_path / "test_it.py").write_text(SUITE)
    (tmp_path / "client.py").write_text(CLIENT)
    if door == "replay":
        bundle = httpx.get(
            f"{guarded.url}/sandboxes/busy/_simulator/bundle",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        (tmp_path / "bundle.json").write_bytes(bundle.content)
    words = {"folder": str(tmp_path), "server": guarded.url, "python": sys.executable}
    command = [filled(each, words) for each in DOORS[door]]
    token = {"MOBILEPAY_SIM_CONTROL_TOKEN": TOKEN} if "elsewhere" in door else {}
    done = run(command, proxy, **token)
    assert proxy.seen == []
    assert done.returncode == 0, done.stdout + done.stderr


def filled(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(f"{{{name}}}", value)
    return word


def run(command: list[str], proxy: Proxy, **variables: str) -> "subprocess.CompletedProcess[str]":
    plain = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**kept, **plain, **proxy.environment(), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_health_check_of_the_image_asks_no_proxy(proxy: Proxy, guarded: RunningServer) -> None:
    # Docker passes on to containers which proxies its own calls use.
    (check,) = (
        each.rest for each in read_dockerfile(ROOT / "Dockerfile") if each.word == "HEALTHCHECK"
    )
    python, *arguments = json.loads(check.partition("CMD ")[2])
    assert python == "python"
    done = run(arguments, proxy, MOBILEPAY_SIM_PORT=str(guarded.port))
    assert (done.returncode, proxy.seen) == (0, [])


def test_a_check_in_notification_goes_straight_to_its_receiver(
    proxy: Proxy, tmp_path: Path
) -> None:
    told = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            told.set()

        def log_message(self, *_: Any) -> None:
            pass

    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    try:
        with (
            running_server("--scenario", "manual", env=proxy.environment()) as server,
            RemoteSimulator(server.url) as simulator,
            simulator.sandbox() as sandbox,
        ):
            url = f"http://127.0.0.1:{receiver.server_port}/"
            sandbox.control.set_callback("till", url)
            sandbox.create_pos(callback_alias="till")
            sandbox.customer.check_in()
            assert told.wait(20)
    finally:
        receiver.shutdown()
        receiver.server_close()
    assert proxy.seen == []


# --- whose calls do go there ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, ""),
        ({"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "localhost,127.0.0.1"}, ""),
        ({"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "*"}, ""),
        ({"HTTPS_PROXY": "http://proxy:3128"}, ""),
        (
            {"HTTP_PROXY": "http://me:pw@proxy:3128"},
            "HTTP_PROXY leads HTTP clients to http://proxy",
        ),
        ({"all_proxy": "socks5://proxy"}, "all_proxy leads HTTP clients to socks5://proxy"),
        ({"http_proxy": "proxy:1", "no_proxy": "localhost"}, "set NO_PROXY=127.0.0.1"),
    ],
)
def test_a_hint_says_which_variable_leads_clients_astray(
    variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    hint = proxy_hint("http://127.0.0.1:8080/sandboxes/x")
    assert said in hint
    assert bool(said) == bool(hint)
    assert "pw" not in hint


@pytest.mark.parametrize("ending", ["", "except OSError: pass"])
def test_a_sweep_says_that_a_proxy_keeps_its_command_away(
    ending: str, proxy: Proxy, tmp_path: Path
) -> None:
    url = "sys.argv[1] + '/integrator-authentication/.well-known/openid-configuration'"
    asks = f"urllib.request.urlopen({url})"
    body = f"try: {asks}\n{ending}" if ending else asks
    (tmp_path / "client.py").write_text(f"import sys, urllib.request\n{body}\n")
    words = {"folder": str(tmp_path), "python": sys.executable}
    done = run([filled(each, words) for each in (*SWEEP, *PLAYS)], proxy)
    assert done.returncode == 2
    assert len(proxy.seen) == 1
    said = done.stderr.splitlines()[-1]
    assert "_proxy leads HTTP clients to http://127.0.0.1" in said
    assert "secret" not in said


# --- CAs of the environment -------------------------------------------------------------------


@pytest.mark.parametrize("command", ["audit", "replay"])
def test_a_file_of_cas_that_is_not_there_is_told_in_a_line(command: str, tmp_path: Path) -> None:
    with running_server() as server:
        bundle = httpx.get(f"{server.url}/_simulator/bundle").content
    (tmp_path / "bundle.json").write_bytes(bundle)
    url = "https://127.0.0.1:1"
    asked = [url] if command == "audit" else [str(tmp_path / "bundle.json"), "--target", url]
    done = subprocess.run(
        [sys.executable, "-m", "simulator", command, *asked],
        cwd=ROOT,
        env={**os.environ, "SSL_CERT_FILE": "/not/there.pem"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "SSL_CERT_FILE=/not/there.pem: No such file" in line
