"""Heads of answers as a client reads them that compares names as text: spelled as usual."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.security.sockets import HOST, ask, opened
from tests.support import RunningServer, running_server

#: The usual way to spell what HTTP itself knows (RFC 9110, section 5).
USUAL = (
    *(
        "Accept-Encoding",
        "Allow",
        "Cache-Control",
        "Connection",
        "Content-Length",
        "Content-Security-Policy",
    ),
    *("Content-Type", "Date", "ETag", "HX-Refresh", "Last-Modified", "Location", "Pragma"),
    *("Referrer-Policy", "Set-Cookie", "Transfer-Encoding", "Vary", "WWW-Authenticate"),
    *("X-Content-Type-Options", "X-Simulator-Reason"),
)
KEYS = b"/integrator-authentication/.well-known/openid-configuration/jwks"
TOKEN = b"/integrator-authentication/connect/token"
FORM = b"grant_type=client_credentials&client_id=nobody&client_secret=nothing"


def get(path: bytes, *lines: bytes, method: bytes = b"GET", version: bytes = b"1.1") -> bytes:
    head = b"%b %b HTTP/%b\r\n" % (method, path, version) + HOST
    return head + b"".join([line + b"\r\n" for line in lines]) + b"\r\n"


def post(path: bytes, body: bytes) -> bytes:
    form = b"Content-Type: application/x-www-form-urlencoded"
    return get(path, form, b"Content-Length: %d" % len(body), method=b"POST") + body


#: Requests that are answered in all the ways there are: status, and a header that tells the way.
ANSWERS = {
    "at once": (get(KEYS), 200, "Content-Length"),
    "behind another": (get(KEYS) + get(KEYS), 200, "Content-Length"),
    "for the last time": (get(KEYS, b"Connection: close"), 200, "Connection"),
    "to HTTP/1.0": (get(KEYS, version=b"1.0"), 200, "Connection"),
    "without its body": (get(KEYS, method=b"HEAD"), 200, "Content-Length"),
    "a refusal of the service": (get(b"/pos/v10/stores"), 401, "WWW-Authenticate"),
    "no token": (post(TOKEN, FORM), 401, "Content-Length"),
    "a body that is compressed": (get(TOKEN, b"Content-Encoding: gzip", method=b"POST"), 415, "Accept-Encoding"),
    "no such path": (get(b"/nothing"), 404, "Content-Type"),
    "no such method": (get(KEYS, method=b"PUT"), 405, "Allow"),
    "what may be done": (get(KEYS, method=b"OPTIONS"), 200, "Allow"),
    "a sandbox without a name": (get(b"/sandboxes/-/x"), 400, "Content-Length"),
    "a page": (get(b"/"), 200, "Content-Security-Policy"),
    "a redirect": (get(b"/page/sandbox?name=x"), 303, "Location"),
    "a file": (get(b"/page/static/frame.css"), 200, "Cache-Control"),
    "the description": (get(b"/openapi.json"), 200, "Content-Length"),
    "a stream": (get(b"/_simulator/stream"), 200, "Transfer-Encoding"),
    "what is no HTTP": (b"nonsense\r\n\r\n", 400, "Connection"),
    "a head that is too large": (get(b"/", b"X-A: " + b"a" * 70_000), 431, "Connection"),
    "a request that does not end": (get(b"/")[:-2], 408, "Connection"),
    "late": (get(b"/sandboxes/late" + KEYS), 200, "Content-Length"),
    "in drops": (get(b"/sandboxes/dribbled" + KEYS), 200, "Content-Length"),
    "cut off": (get(b"/sandboxes/cut" + KEYS), 200, "Content-Length"),
    "wrong on purpose": (get(b"/sandboxes/wrong" + KEYS), 503, "Content-Length"),
}  # fmt: skip
FAULTS = {
    "late": "delay: 20ms",
    "dribbled": "dribble: 20ms",
    "cut": "cut: mid_body",
    "wrong": "answer: {status: 503}",
}


@pytest.fixture(scope="module", params=["in memory", "on disk"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    options = ["--time-scale", "0", "--scenario", "manual", "--request-timeout", "1s"]
    if request.param == "on disk":
        options += ["--data-dir", str(tmp_path_factory.mktemp("data"))]
    with running_server(*options) as running:
        for sandbox, fault in FAULTS.items():
            url = f"{running.url}/sandboxes/{sandbox}/_simulator/faults"
            faults = f"faults:\n  - {{call: KeySet, {fault}}}\n"
            assert httpx.put(url, content=faults).status_code == 200
        yield running


def head_of(connection: socket.socket) -> tuple[int, list[str]]:
    """The status of the first answer, and the names of its headers."""
    content = b""
    while b"\r\n\r\n" not in content:
        piece = connection.recv(65536)
        assert piece, content
        content += piece
    first, *lines = content.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return int(first.split(" ")[1]), [line.partition(":")[0] for line in lines]


@pytest.mark.parametrize("way", ANSWERS)
def test_names_are_spelled_as_usual_however_an_answer_comes_about(
    server: RunningServer, way: str
) -> None:
    sent, status, told = ANSWERS[way]
    with opened(server.port) as connection:
        connection.sendall(sent)
        answered, names = head_of(connection)
    assert answered == status
    assert told in names
    assert "Date" in names
    assert not set(names) - set(USUAL)


def test_the_length_told_is_the_same_however_an_answer_comes_about(server: RunningServer) -> None:
    last = get(KEYS, b"Connection: close")
    answered = ask(server.port, get(KEYS) + get(KEYS, method=b"HEAD") + last)
    lengths = re.findall(rb"\r\nContent-Length: (\d+)\r\n", answered.content)
    assert len(lengths) == 3
    assert len(set(lengths)) == 1


def test_a_client_of_http_1_0_gets_a_stream_without_chunks(server: RunningServer) -> None:
    with opened(server.port) as connection:
        connection.sendall(get(b"/_simulator/stream", version=b"1.0"))
        content = b""
        while b"\n\n" not in content.partition(b"\r\n\r\n")[2]:
            content += connection.recv(65536)
    head, _, body = content.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert b"\r\nConnection: close" in head
    assert body.startswith(b": ")


def test_on_https_names_are_spelled_the_same(tmp_path: Path) -> None:
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path), "--time-scale", "0")
    with running_server(*options) as running, httpx.Client(verify=False) as http:
        for path in ("/_simulator/health", "/pos/v10/stores", "/nothing"):
            answer = http.get(running.https_url + path)
            names = {name.decode() for name, _ in answer.headers.raw}
            assert not names - set(USUAL)
            assert "Content-Length" in names
