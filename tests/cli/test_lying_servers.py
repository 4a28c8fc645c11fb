"""Whatever a server answers, a command ends with 2 and one line: never with a trace."""

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import click
import pytest
from click.testing import CliRunner
from mobilepay_simulator.cli.main import cli
from mobilepay_simulator.client import ControlError, RemoteSimulator
from mobilepay_simulator.client.pos_api import PosApi
from mobilepay_simulator.playing.transport import CallRefused, NoAnswer, TransportAnswer

from tests.cli.test_cli import refused
from tests.support import running_server

ID = "11111111-1111-4111-8111-111111111111"
NOW = "2026-01-01T12:00:00.000Z"
FAR = "0001-01-01T00:00:00+14:00"
PAYMENT = {"paymentId": ID, "posId": ID, "orderId": 7, "state": "Reserved", "amount": "12.50"}


@contextmanager
def telling(body: bytes, kind: str = "application/json") -> Iterator[str]:
    """A server that answers every call with this body. Yields its URL."""

    class Telling(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Telling) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


LIES = {
    "a list": b"[1]",
    "a text": b'"yes"',
    "null": b"null",
    "an empty object": b"{}",
    "nothing": b"",
    "no UTF-8": b"\xff\xfe{",
    "not a number": b'{"now": NaN, "scale": NaN, "payments": NaN}',
    "a huge number": b'{"scale": 1e99999, "payments": [{"amount": 1E+999999999}]}',
    "a long number": b'{"scale": ' + b"9" * 5000 + b"}",
    "a deep one": b"[" * 100_000,
    "numbers as texts": json.dumps(
        {"now": NOW, "scale": "1", "payments": [PAYMENT], "runs": "2", "pointsOfSale": [PAYMENT]}
    ).encode(),
    "lists of the wrong": json.dumps(
        {key: [7] for key in ("sandboxes", "payments", "requests", "entries", "runs", "faults")}
    ).encode(),
    "a time of no year": json.dumps({"now": FAR, "scale": "x", "due": [{"at": FAR}]}).encode(),
}
COMMANDS = {
    "clock": (),
    "advance": ("5s",),
    "arrange": ("payment", "captured"),
    "customer check-in": (),
    "customer accept": (),
    "fault": ("CreatePos", "503"),
    "payments": (),
    "queue": ("success",),
    "requests": (),
    "reset": (),
    "runs": (),
    "timeline": (ID,),
    "explain": ("1", "--format", "json"),
    "audit": (),
    "ledger": (),
    "report": (),
    "certify list": (),
    "certify run": (),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_command_tells_in_one_line_that_it_can_not_understand_an_answer(lie: str) -> None:
    with telling(LIES[lie]) as url:
        for command, arguments in COMMANDS.items():
            line = [*command.split(), *arguments, "--url", url]
            error = CliRunner().invoke(cli, line, standalone_mode=False).exception
            assert isinstance(error, click.ClickException), (line, error)
            assert "\n" not in error.format_message(), line


def zipped(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(name, "text")
    return written.getvalue()


NO_REPORTS = {
    "the beginning of a zip file": b"PK\x03\x04garbage",
    "a part of one": zipped("README.md")[:-10],
    "another zip file": zipped("other.txt"),
}


@pytest.mark.parametrize("lie", NO_REPORTS)
def test_no_file_is_written_of_what_is_no_report(lie: str, tmp_path: Path) -> None:
    file = tmp_path / "report.zip"
    with telling(NO_REPORTS[lie], "application/zip") as url:
        said = refused("report", "--url", url, "--output", str(file))
    assert url in said
    assert not file.exists()


def test_the_calls_of_a_test_beside_its_client_do_not_trust_their_answers_either() -> None:
    answers = {"sandboxes": [], "now": NOW, "scale": 1, "access_token": "t", "expires_in": "x"}
    with telling(json.dumps(answers).encode()) as url, RemoteSimulator(url) as simulator:
        api = PosApi(simulator.control, "id", "secret", "DK12345678")
        with pytest.raises(ControlError, match="expires_in"):
            api.token()
    answers |= {"expires_in": 3600, "storeIds": []}
    with telling(json.dumps(answers).encode()) as url, RemoteSimulator(url) as simulator:
        api = PosApi(simulator.control, "id", "secret", "DK12345678")
        for read in (lambda found: found["storeIds"][0], lambda found: found["posId"]):
            with pytest.raises(ControlError, match="can't be understood"):
                api.get("/stores", read)


@pytest.mark.parametrize("body", [b"[]", b"7", b"[" * 100_000])
def test_the_model_client_takes_a_refusal_that_is_no_object(body: bytes) -> None:
    with pytest.raises((CallRefused, NoAnswer)):
        TransportAnswer(400, body).understood("")


def test_a_simulator_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running_server("--data-dir", str(folder)) as running:
        shutil.rmtree(folder)
        said = refused("advance", "5s", "--url", running.url)
    assert "not on disk" in said
    assert f"POST {running.url}/_simulator/clock/advance was answered 500" in said
    assert "not a simulator" not in said
