"""`mobilepay-sim explain`: a request of a running simulator, explained on the command line."""

import io
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import click
import pytest
from mobilepay_simulator.cli.printing import echo

from tests.cli.test_cli import refused, run
from tests.support import RunningServer, Till


@pytest.fixture
def here(till: Till) -> str:
    """A sandbox's URL, in which request 1 has got a token and request 2 was refused."""
    till.call("GET", "/payments")
    return str(till.http.base_url).rstrip("/")


def test_a_request_is_explained_as_text(here: str) -> None:
    done = run("explain", here, "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Request 2: QueryPaymentIds was refused (400, code 1109): ")
    assert "\nWhat to do:\n  - Ask with posId, orderId or both in the query.\n" in done.stdout


def test_the_sandbox_can_be_named_beside_the_url(server: RunningServer, here: str) -> None:
    name = here.rpartition("/")[2]
    done = run("explain", f"{server.url}/", "2", "--sandbox", name)
    assert done.stdout == run("explain", here, "2").stdout


@pytest.mark.parametrize("place", ["--url", "the variable", "a variable that leads elsewhere"])
def test_the_url_is_given_as_to_other_commands(here: str, place: str) -> None:
    lines = {
        "--url": (("2", "--url", here), {}),
        "the variable": (("2",), {"MOBILEPAY_SIM_URL": here}),
        "a variable that leads elsewhere": ((here, "2"), {"MOBILEPAY_SIM_URL": "http://a..b"}),
    }
    line, env = lines[place]
    done = run("explain", *line, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout == run("explain", here, "2").stdout


def test_a_request_is_explained_as_json(here: str) -> None:
    found = json.loads(run("explain", here, "2", "--format", "json").stdout)
    assert found["id"] == 2
    assert len(found["paragraphs"]) == len(found["parts"])


def test_the_control_token_is_sent_along() -> None:
    with answering(200, "text/plain", b"Request 1: fine\n") as (url, seen):
        assert run("explain", url, "1", "--token", "secret").stdout == "Request 1: fine\n"
        run("explain", url, "1", env={"MOBILEPAY_SIM_CONTROL_TOKEN": "other"})
        run("explain", url, "1")
    assert seen == ["Bearer secret", "Bearer other", None]


@contextmanager
def answering(
    status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None
) -> Iterator[tuple[str, list[str | None]]]:
    """A server that is no simulator, and the Authorization headers it has seen."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


BAD = [
    (("http://127.0.0.1:1", "1"), "no simulator answers at http://127.0.0.1:1: "),
    (("http://a..b", "1"), "got 'http://a..b' (there can be no such host)"),
    (("http://[::1", "1"), "URL: expected an http:// or https:// URL, got 'http://[::1'"),
    (("127.0.0.1", "1"), "URL: expected an http:// or https:// URL, got '127.0.0.1'"),
    (("http://127.0.0.1:1", "x"), "'ID'"),
    ((), "'ID'"),
    (("http://127.0.0.1:1", "2", "3"), "unexpected argument '2'"),
    (("http://127.0.0.1:1", "1", "--url", "http://a..b"), "give the URL once"),
    (("1", "--url", "http://127.0.0.1:1"), "MOBILEPAY_SIM_URL, says where it is"),
    (("http://127.0.0.1:1", "0"), "'ID'"),
    (("http://127.0.0.1:1", "1", "--sandbox", "a b"), "--sandbox: expected 1 to 100 letters"),
    (("http://127.0.0.1:1", "1", "--format", "xml"), "--format"),
    (
        ("http://127.0.0.1:1", "1", "--token", "\u2615"),
        "given as --token or MOBILEPAY_SIM_CONTROL_TOKEN: only letters, digits and",
    ),
]


@pytest.mark.parametrize(("arguments", "said"), BAD, ids=[said for _, said in BAD])
def test_a_mistake_is_told_in_one_line(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused("explain", *arguments)


def test_a_request_that_is_not_there_is_told_in_one_line(here: str) -> None:
    said = refused("explain", here, "99")
    assert said == "mobilepay-sim: no request 99; there are 1 to 2\n"


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", b"<html>"),
        (200, "text/plain", b""),
        (200, "text/plain", b"hello\n"),
        (200, "text/plain", b"Request 11: "),
        (206, "text/plain", b"Request 1: a part\n"),
        (404, "text/html", b"<html>"),
        (500, "application/json", b"[]"),
        (401, "application/json", b'{"message": "no"}'),
    ],
)
def test_what_is_no_simulator_is_told_so(status: int, kind: str, body: bytes) -> None:
    with answering(status, kind, body) as (url, _):
        said = refused("explain", url, "1")
        assert url in said
        assert f"/_simulator/explain/1 was answered {status}: not a simulator, or an older" in said


# --- what a terminal would obey ---------------------------------------------------------------

#: Sets a title, and a colour with one character: escape, bell, a control character beyond ASCII.
COMMANDS = "\x1b]0;mine\x07\x1b[31m\x9b31m\x7f\u202e"


def test_what_a_client_sent_is_shown_escaped(till: Till, here: str) -> None:
    till.http.post("/pos/v10/payments", content=json.dumps({COMMANDS: 1}, ensure_ascii=False))
    till.http.post("/nothing", content=COMMANDS.encode(), headers={"X-Till": b"\x9b31m"})
    for number in "3", "4":
        shown = run("explain", here, number)
        assert shown.returncode == 0, shown.stderr
        assert is_plain(shown.stdout)
        as_json = run("explain", here, number, "--format", "json").stdout
        assert is_plain(as_json)
        answer = till.http.get(f"/_simulator/explain/{number}", params={"format": "json"})
        assert json.loads(as_json) == answer.json()
    assert r"\x1b]0;mine\x07\x1b[31m\u009b31m\u007f\u202e" in run("explain", here, "4").stdout


@pytest.mark.parametrize("command", ["audit", "ledger"])
def test_what_a_strange_server_says_is_shown_escaped(command: str) -> None:
    headers = {"X-Simulator-Audit": "error=0", "X-Simulator-Ledger": "payments=1"}
    body = f"{COMMANDS}\n".encode()
    with answering(200, "text/plain", body, headers) as (url, _):
        done = run(command, "--url", url)
    assert is_plain(done.stdout)
    assert r"\u009b31m" in done.stdout


def test_colours_of_a_command_are_kept_and_those_of_others_are_shown_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(written, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", written)
    echo("\x1b[31ma\rb", fg="green")
    echo(f"{click.style('ok', fg='red', dim=True)} \x1b[2J", is_painted=True)
    assert written.getvalue() == (
        "\x1b[32m\\x1b[31ma\\rb\x1b[0m\n\x1b[31m\x1b[2mok\x1b[0m \\x1b[2J\n"
    )


def is_plain(text: str) -> bool:
    return all(each.isprintable() for each in text.split("\n"))
