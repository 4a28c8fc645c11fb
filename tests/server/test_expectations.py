"""Clients that wait to be told to send a body (`Expect: 100-continue`; RFC 9110, section 10.1.1)."""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.security.sockets import HOST, Answered, ask, opened, read
from tests.support import RunningServer, running_server

MOST = 10_000
SNAPSHOT = 100_000
EXPECT = b"Expect: 100-continue\r\n"
LOOK = b"GET /_simulator/clock HTTP/1.1\r\n" + HOST + b"\r\n"
PATHS = {
    b"/_simulator/clock/advance": b"application/json",
    b"/pos/app/usersimulation/checkin": b"application/json",
    b"/integrator-authentication/connect/token": b"application/x-www-form-urlencoded",
}


@pytest.fixture(scope="module", params=["in memory", "on disk"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    options = ["--time-scale", "0", "--max-body", str(MOST), "--max-snapshot", str(SNAPSHOT)]
    if request.param == "on disk":
        options += ["--data-dir", str(tmp_path_factory.mktemp("data"))]
    with running_server(*options) as running:
        yield running


def head(path: bytes, size: int, *lines: bytes, method: bytes = b"POST") -> bytes:
    first = b"%b %b HTTP/1.1\r\n" % (method, path)
    kind = b"Content-Type: %b\r\n" % PATHS.get(path, b"application/json")
    return b"".join([first, HOST, kind, *lines, b"Content-Length: %d\r\n\r\n" % size])


def told(answered: Answered) -> tuple[list[int], dict[str, str]]:
    """The statuses, and what the last answer's body says but for its own id."""
    said = json.loads(answered.content.rpartition(b"\r\n\r\n")[2])
    return answered.statuses, {key: said[key] for key in said if key != "correlationId"}


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_is_too_large_is_refused_before_it_is_sent(
    server: RunningServer, path: bytes
) -> None:
    sent = ask(server.port, head(path, MOST + 1) + b"a" * (MOST + 1), 1)
    held_back = ask(server.port, head(path, MOST + 1, EXPECT))
    assert told(held_back) == told(sent)
    assert held_back.statuses == [413]
    assert b"too large" in held_back.content
    assert held_back.is_closed
    assert b"\r\nConnection: close\r\n" in held_back.content


@pytest.mark.parametrize("path", PATHS)
def test_a_body_of_the_largest_size_is_asked_for(server: RunningServer, path: bytes) -> None:
    with opened(server.port) as connection:
        connection.sendall(head(path, MOST, EXPECT))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"a" * MOST)
        answered = read(connection, 1)
        assert answered.statuses == [401 if path.endswith(b"token") else 400]
        assert b"too large" not in answered.content
        connection.sendall(LOOK)
        assert read(connection, 1).statuses == [200]


def test_a_snapshot_has_a_limit_of_its_own(server: RunningServer) -> None:
    path = b"/_simulator/snapshot"
    with opened(server.port) as connection:
        connection.sendall(head(path, SNAPSHOT, EXPECT, method=b"PUT"))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    answered = ask(server.port, head(path, SNAPSHOT + 1, EXPECT, method=b"PUT"))
    assert (answered.statuses, answered.is_closed) == ([413], True)


def test_chunks_are_asked_for_since_nobody_knows_how_many_come(server: RunningServer) -> None:
    lines = HOST + EXPECT + b"Transfer-Encoding: chunked\r\n\r\n"
    with opened(server.port) as connection:
        connection.sendall(b"POST /_simulator/clock/advance HTTP/1.1\r\n" + lines)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"f\r\n" + b'{"seconds": 1 }' + b"\r\n0\r\n\r\n")
        assert read(connection, 1).statuses == [200]


@pytest.mark.parametrize("body", [b"", b"{"])
def test_who_has_no_body_or_has_begun_to_send_it_is_not_asked_for_it(
    server: RunningServer, body: bytes
) -> None:
    size = 2 if body else 0
    with opened(server.port) as connection:
        connection.sendall(head(b"/_simulator/clock/advance", size, EXPECT) + body)
        # Once another client has been answered, this has been read.
        assert ask(server.port, LOOK, 1).statuses == [200]
        connection.sendall(b"}" * (size - len(body)))
        assert read(connection, 1).statuses == [400]


def test_who_sends_all_of_a_body_that_is_too_large_at_once_is_answered_and_goes_on(
    server: RunningServer,
) -> None:
    size = 3_000_000
    with opened(server.port) as connection:
        connection.sendall(head(b"/_simulator/clock/advance", size, EXPECT) + b"a" * size)
        answered = read(connection, 1)
        if answered.is_closed:
            # What came first was the head alone.
            assert b"\r\nConnection: close\r\n" in answered.content
        else:
            connection.sendall(LOOK)
            assert read(connection, 1).statuses == [200]
    assert answered.statuses == [413]


def test_who_sends_a_body_without_waiting_gets_its_refusal_all_the_same(
    server: RunningServer,
) -> None:
    size = 3_000_000
    with opened(server.port) as connection:
        connection.sendall(head(b"/_simulator/clock/advance", size, EXPECT))
        # Once another client has been answered, this has been refused.
        assert ask(server.port, LOOK, 1).statuses == [200]
        connection.sendall(b"a" * size + LOOK)
        answered = read(connection)
    # What followed was not looked at.
    assert (answered.statuses, answered.is_closed) == ([413], True)


def test_who_never_stops_sending_a_body_that_nobody_wants_is_let_go(
    server: RunningServer,
) -> None:
    with opened(server.port) as connection:
        connection.sendall(head(b"/_simulator/clock/advance", 1 << 40, EXPECT))
        assert read(connection).statuses == [413]
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(1_000_000):
                connection.sendall(b"a" * 65_536)


def test_what_was_asked_before_is_answered_before(server: RunningServer) -> None:
    advance = head(b"/_simulator/clock/advance", MOST + 1, EXPECT)
    answered = ask(server.port, LOOK.replace(b"GET", b"HEAD") + LOOK + advance)
    assert (answered.statuses, answered.is_closed) == ([200, 200, 413], True)


def test_the_journal_has_the_call_that_was_refused(server: RunningServer) -> None:
    path = b"/pos/app/usersimulation/checkin"
    assert ask(server.port, head(b"/sandboxes/held" + path, MOST + 1, EXPECT)).statuses == [413]
    kept = httpx.get(f"{server.url}/sandboxes/held/_simulator/requests").json()["requests"]
    assert [(each["operation"], each["answer"]["status"]) for each in kept] == [
        ("UserSimulationCheckin", 413)
    ]


def test_on_https_it_is_refused_as_well(tmp_path: Path) -> None:
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path), "--max-body", str(MOST))
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with (
        running_server(*options) as running,
        opened(running.https_port) as raw,
        trusting.wrap_socket(raw) as connection,
    ):
        connection.sendall(head(b"/_simulator/clock/advance", MOST + 1, EXPECT))
        answered = read(connection)
    assert (answered.statuses, answered.is_closed) == ([413], True)
