"""`audit` and `ledger` on the command line: output, exit codes, and what can go wrong."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree as ET

import pytest

from tests.cli.test_cli import refused, run
from tests.support import Till


def url_of(till: Till) -> str:
    return str(till.http.base_url).rstrip("/")


@pytest.fixture
def warned(till: Till) -> Till:
    """A till that has deserved a warning."""
    payment_id = till.reserved(orderId="order-1")
    till.advance(days=3)
    till._token = None
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    return till


EXITS = [("error", 0), ("warning", 1), ("note", 1), ("never", 0)]


@pytest.mark.parametrize(("fail_on", "code"), EXITS)
def test_the_exit_code_is_1_from_the_severity_on_that_is_to_fail(
    warned: Till, fail_on: str, code: int
) -> None:
    done = run("audit", url_of(warned), "--fail-on", fail_on)
    assert done.returncode == code, done.stderr
    assert "warning: captured-late: 10.00 DKK of order 'order-1'" in done.stdout
    assert done.stderr == ""


def test_errors_fail_an_audit_unless_another_severity_is_named(till: Till) -> None:
    till.reserved()
    till.advance(days=8)
    assert run("audit", url_of(till)).returncode == 1


def test_a_rule_that_is_off_fails_nothing(warned: Till) -> None:
    off = ("--off", "captured-late", "--off", "unneeded-header")
    done = run("audit", url_of(warned), "--fail-on", "warning", *off)
    assert done.returncode == 0
    assert "off: captured-late, unneeded-header" in done.stdout


def test_the_sandbox_is_named_by_an_option_or_in_the_url(warned: Till) -> None:
    base, _, name = url_of(warned).partition("/sandboxes/")
    by_url = run("audit", f"{url_of(warned)}/")
    by_option = run("audit", base, "--sandbox", name)
    assert by_url.stdout == by_option.stdout
    assert "captured-late" in by_url.stdout


def test_the_report_is_written_to_a_file_in_another_format(warned: Till, tmp_path: Path) -> None:
    for name in ("json", "junit", "sarif"):
        path = tmp_path / name
        done = run("audit", url_of(warned), "--format", name, "--output", str(path))
        assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((tmp_path / "json").read_text())["counts"]["warning"] == 1
    assert ET.parse(tmp_path / "junit").getroot().get("failures") == "1"
    assert json.loads((tmp_path / "sarif").read_text())["version"] == "2.1.0"


def test_an_audit_of_nobody_is_no_verdict(till: Till) -> None:
    till.http.get("/_simulator/clock")
    done = run("audit", url_of(till))
    assert done.returncode == 2
    assert "no client has called" in done.stderr
    assert run("audit", url_of(till), "--fail-on", "never").returncode == 0


class Stranger(BaseHTTPRequestHandler):
    """A server that is no simulator, and one that wants a token."""

    answers: ClassVar[dict[str, tuple[int, bytes]]] = {
        "/page": (200, b"<html>hello</html>"),
        "/missing": (404, b""),
        "/moved": (302, b""),
        "/broken": (500, b"oops"),
        "/guarded": (401, b'{"error": "the control API needs a token"}'),
    }

    def do_GET(self) -> None:
        status, body = self.answers["/" + self.path.split("/")[1]]
        if self.headers.get("Authorization") == "Bearer sesame":
            status, body = 403, b'{"error": "sesame is heard"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


STRANGERS = [
    ("/page", "/_simulator/{command} was answered 200: not a simulator, or an older version (the"),
    ("/missing", "answered 404"),
    ("/moved", "answered 302"),
    ("/broken", "answered 500"),
    ("/guarded", "needs a token (--token, or MOBILEPAY_SIM_CONTROL_TOKEN)"),
]


@pytest.mark.parametrize("command", ["audit", "ledger"])
@pytest.mark.parametrize(("path", "said"), STRANGERS)
def test_what_is_no_simulator_is_told_in_one_line(
    stranger: str, command: str, path: str, said: str
) -> None:
    assert said.format(command=command) in refused(command, f"{stranger}{path}")


def test_the_token_is_sent_from_the_option_or_the_variable(stranger: str) -> None:
    url = f"{stranger}/guarded"
    assert "sesame is heard" in refused("audit", url, "--token", "sesame")
    env = {"MOBILEPAY_SIM_CONTROL_TOKEN": "sesame"}
    assert "sesame is heard" in refused("ledger", url, env=env)


def test_a_url_where_nobody_listens_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said = refused("audit", f"http://127.0.0.1:{port}")
    assert f"no simulator answers at http://127.0.0.1:{port}: " in said


BAD_OPTIONS = [
    (("audit",), "URL"),
    (("audit", "127.0.0.1:8080"), "URL: expected an http:// or https:// URL"),
    (("audit", "http://127.0.0.1:1", "--sandbox", "a b"), "--sandbox"),
    (("audit", "http://[::bad"), "http://[::bad"),
    (("audit", "http://127.0.0.1:1", "--fail-on", "errors"), "--fail-on"),
    (("audit", "http://127.0.0.1:1", "--format", "xml"), "--format"),
    (("ledger", "http://127.0.0.1:1", "--against", "/nowhere.csv"), "/nowhere.csv"),
]


@pytest.mark.parametrize(("arguments", "named"), BAD_OPTIONS)
def test_a_bad_option_is_refused_in_one_line_that_names_it(
    arguments: tuple[str, ...], named: str
) -> None:
    assert named in refused(*arguments)


def test_an_unknown_rule_is_refused_with_the_nearest(warned: Till) -> None:
    said = refused("audit", url_of(warned), "--off", "captured-lately")
    assert "did you mean 'captured-late'" in said


def test_a_file_that_can_not_be_written_is_told(warned: Till) -> None:
    said = refused("audit", url_of(warned), "--output", "/nowhere/audit.xml")
    assert "--output: /nowhere/audit.xml" in said


def test_the_ledger_is_printed(warned: Till) -> None:
    done = run("ledger", url_of(warned))
    assert (done.returncode, done.stderr) == (0, "")
    assert "reserved 10.00, captured 10.00 DKK" in done.stdout
    assert run("ledger", url_of(warned), "--format", "csv").stdout.startswith("paymentId,orderId,")
    assert json.loads(run("ledger", url_of(warned), "--format", "json").stdout)["payments"]


BOOKS = [("order-1,10.00", 0, "the books agree"), ("order-1,9.00", 1, "the books have 9.00")]


@pytest.mark.parametrize(("row", "code", "said"), BOOKS)
def test_the_exit_code_is_1_where_the_books_differ(
    warned: Till, tmp_path: Path, row: str, code: int, said: str
) -> None:
    books = tmp_path / "books.csv"
    books.write_text(f"orderId,captured\n{row}\n")
    done = run("ledger", url_of(warned), "--against", str(books))
    assert done.returncode == code, done.stderr
    assert said in done.stdout


def test_bad_books_are_told_with_line_and_column(warned: Till, tmp_path: Path) -> None:
    books = tmp_path / "books.csv"
    books.write_text("orderId,captured\norder-1,ten\n")
    said = refused("ledger", url_of(warned), "--against", str(books))
    assert "line 2, column captured" in said


@pytest.mark.parametrize("command", ["audit", "ledger"])
def test_the_url_is_given_as_to_other_commands(warned: Till, command: str) -> None:
    url = url_of(warned)
    found = run(command, url)
    assert found.stdout
    for line, env in (((command, "--url", url), {}), ((command,), {"MOBILEPAY_SIM_URL": url})):
        done = run(*line, env=env)
        assert (done.returncode, done.stdout) == (found.returncode, found.stdout)
    assert "give the URL once" in refused(command, url, "--url", url)
    assert "--output FILE" in refused(command, url, "file.txt")


@pytest.mark.parametrize(
    "arguments",
    [("audit",), ("audit", "--fail-on", "never"), ("ledger",), ("explain", "1"), ("against",)],
)
def test_a_mistyped_sandbox_is_told_and_not_made(
    warned: Till, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    books = tmp_path / "books.csv"
    books.write_text("orderId,captured\norder-1,10\n")
    command, *rest = arguments
    if command == "against":
        command, rest = "ledger", ["--against", str(books)]
    server, _, name = url_of(warned).partition("/sandboxes/")
    order = [server, *rest] if command == "explain" else [*rest, server]
    done = run(command, *order, "--sandbox", f"{name}x")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert f"there is no sandbox '{name}x' at {server}; did you mean '{name}'?" in line
    there = warned.http.get(f"{server}/_simulator/sandboxes").json()["sandboxes"]
    assert f"{name}x" not in [each["name"] for each in there]
