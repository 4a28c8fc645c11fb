"""Bytes that no well-kept client sends: refused or answered, never a 5xx, never a hang.

Where two servers could read a request differently, whoever stands in front could be deceived; so
there it is refused, and the connection closed.
"""

import json
import socket

import pytest

from tests.security.shapes import CHUNKED, END, GET, POST, SMUGGLED, TAKEN, UNKNOWN
from tests.security.sockets import HOST, Answered, ask, opened, read
from tests.support import RunningServer

pytestmark = pytest.mark.usefixtures("healthy")


def error_of(answered: Answered) -> str:
    """What is said in the only answer there was."""
    return str(json.loads(answered.content.partition(b"\r\n\r\n")[2])["message"])


@pytest.mark.parametrize("shape", SMUGGLED)
def test_what_can_be_read_in_two_ways_is_refused_and_the_connection_closed(
    target: RunningServer, shape: str
) -> None:
    # What was smuggled in would be answered as well.
    answered = ask(target.port, SMUGGLED[shape] + GET + b"\r\n")
    assert answered.statuses == [400]
    assert answered.is_closed


@pytest.mark.parametrize("shape", UNKNOWN)
def test_what_is_not_known_here_is_told_so_and_the_connection_closed(
    target: RunningServer, shape: str
) -> None:
    request, status = UNKNOWN[shape]
    answered = ask(target.port, GET + b"\r\n" + request + GET + b"\r\n")
    assert answered.statuses == [200, status]
    assert answered.is_closed


@pytest.mark.parametrize("shape", TAKEN)
def test_what_is_odd_but_clear_is_answered_and_the_connection_goes_on(
    target: RunningServer, shape: str
) -> None:
    request, status = TAKEN[shape]
    with opened(target.port) as connection:
        connection.sendall(request)
        assert [each for each in read(connection, 1).statuses if each != 100] == [status]
        connection.sendall(GET + b"\r\n")
        assert read(connection, 1).statuses == [200]


LARGE = {
    "a path": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header": GET + b"X-A: " + b"b" * 100_000 + b"\r\n\r\n",
    "a name": GET + b"a" * 100_000 + b": b\r\n\r\n",
    "many headers": GET + b"X-A: b\r\n" * 20_000 + b"\r\n",
    "a head without an end": GET + b"X-A: b\r\n" * 100_000,
    "a line without an end": b"GET /" + b"a" * 1_000_000,
    "headers behind the body": CHUNKED + b"0\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\n",
    "a header without an end behind the body": CHUNKED + b"0\r\nX-A: " + b"b" * 8_000_000,
    "chunk extensions without an end": CHUNKED + b"2;" + b"a" * 8_000_000,
    "chunks of one byte": CHUNKED + b"1\r\n \r\n" * 200_000,
}  # fmt: skip


@pytest.mark.parametrize("part", LARGE)
def test_more_than_64_kib_around_a_body_are_refused(target: RunningServer, part: str) -> None:
    answered = ask(target.port, LARGE[part])
    assert answered.is_closed
    # Whoever is still sending may get the end of the connection in the place of the answer.
    assert answered.statuses in ([431], [])


@pytest.mark.parametrize("part", ["a path", "a header", "a name"])
def test_who_sends_too_large_a_head_is_told(target: RunningServer, part: str) -> None:
    answered = ask(target.port, LARGE[part])
    assert error_of(answered) == "the request's head is larger than 65536 bytes"


def test_the_chunks_of_requests_without_a_pause_count_together(target: RunningServer) -> None:
    answered = ask(target.port, (CHUNKED + b"1\r\n \r\n" * 5_000 + END) * 200)
    assert answered.is_closed
    # What was asked before is answered first, and nothing else.
    assert len(answered.statuses) < 20


@pytest.mark.parametrize("size", [40, 1024])
def test_a_body_in_many_chunks_of_usual_sizes_is_read(target: RunningServer, size: int) -> None:
    chunk = b"%x\r\n%b\r\n" % (size, b" " * size)
    advance = b"POST /_simulator/clock/advance HTTP/1.1\r\n" + HOST
    head = advance + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    request = head + chunk * (1_000_000 // size) + b"e\r\n" + b'{"seconds": 1}' + b"\r\n" + END
    with opened(target.port) as connection:
        for _ in range(3):
            connection.sendall(request)
            assert read(connection, 1).statuses == [200]


def test_many_chunks_of_one_byte_are_read_over_many_requests(target: RunningServer) -> None:
    with opened(target.port) as connection:
        for _ in range(4):
            connection.sendall(CHUNKED + b"1\r\n \r\n" * 5_000 + END)
            assert len(read(connection, 1).statuses) == 1


def test_who_sends_too_small_chunks_is_told(target: RunningServer) -> None:
    # No more than is read, so that the answer isn't taken away by what is left.
    answered = ask(target.port, CHUNKED + b"1\r\n \r\n" * 13_108)
    assert answered.statuses == [431]
    assert "send chunks of 1 KiB or more" in error_of(answered)


def test_headers_behind_a_body_are_not_taken_for_headers(target: RunningServer) -> None:
    chunked = b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    clock = b"GET /_simulator/clock HTTP/1.1\r\n" + HOST + chunked
    assert ask(target.port, clock + b"Via: a proxy\r\n\r\n", 1).statuses == [200]

    stores = b"GET /pos/v10/stores HTTP/1.1\r\n" + HOST + chunked
    answered = ask(target.port, stores + b"Authorization: Bearer token\r\n\r\n", 1)
    assert answered.statuses == [401]
    assert b"there is no bearer token" in answered.content


def test_requests_in_a_row_are_answered_in_their_order(target: RunningServer) -> None:
    paths = (b"/_simulator/health", b"/nothing", b"/openapi.json", b"/pos/v10/stores")
    requests = [b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n" for path in paths]
    assert ask(target.port, b"".join(requests) * 5, 20).statuses == [200, 404, 200, 401] * 5


def test_a_hundred_requests_at_once_are_all_answered_again_and_again(target: RunningServer) -> None:
    request = b"GET /pos/v10/stores HTTP/1.1\r\n" + HOST + b"\r\n"
    with opened(target.port) as connection:
        for _ in range(20):
            connection.sendall(request * 100)
            assert read(connection, 100).statuses == [401] * 100


def test_nothing_behind_the_last_request_is_looked_at(target: RunningServer) -> None:
    last = GET + b"Connection: close\r\n\r\n"
    answered = ask(target.port, last + GET + b"\r\n")
    assert (answered.statuses, answered.is_closed) == ([200], True)


RUBBISH = [b"\0\1garbage\r\n\r\n", GET + b"X-A : b\r\n\r\n"]


@pytest.mark.parametrize("rest", RUBBISH)
def test_what_was_asked_before_rubbish_is_answered_first(
    target: RunningServer, rest: bytes
) -> None:
    answered = ask(target.port, GET + b"\r\n" + rest)
    assert answered.statuses == [200, 400]
    assert answered.is_closed


@pytest.mark.parametrize("rest", RUBBISH)
def test_what_has_no_answer_yet_when_rubbish_comes_is_answered_and_nothing_else(
    target: RunningServer, rest: bytes
) -> None:
    # The answer to HEAD is not sent in one piece, so it is still owed.
    answered = ask(target.port, GET.replace(b"GET", b"HEAD") + b"\r\n" + rest)
    assert answered.statuses == [200]
    assert answered.is_closed


def test_a_body_that_can_not_be_read_is_refused_once_the_request_before_it_is_answered(
    target: RunningServer,
) -> None:
    answered = ask(target.port, GET + b"\r\n" + CHUNKED + b"-1\r\n{}\r\n")
    assert answered.statuses == [200, 400]
    assert answered.is_closed


SLOW = {
    "half a request line": (b"GET /_simul", 408),
    "half a head": (GET + b"X-A: b\r\n", 408),
    "a body that does not come": (POST + b"Content-Length: 1000000\r\n\r\n", 408),
    "half a body": (POST + b"Content-Length: 1000000\r\n\r\n" + b"a" * 1000, 408),
    "half a chunk": (CHUNKED + b"ffff\r\n{}", 408),
    "no last chunk": (CHUNKED + b"2\r\n{}\r\n", 408),
    "a length of exabytes": (POST + b"Content-Length: 9000000000000000000\r\n\r\n", 408),
    "half a line behind the body": (CHUNKED + b"0\r\nX-A: b", 408),
    "empty lines": (b"\r\n\r\n", None),
}


def test_whoever_is_too_slow_is_told_and_let_go(target: RunningServer) -> None:
    slow = {name: opened(target.port) for name in SLOW}
    for name, connection in slow.items():
        connection.sendall(SLOW[name][0])
    told = {name: read(connection) for name, connection in slow.items()}
    for connection in slow.values():
        connection.close()
    statuses = {name: (each.statuses or [None])[0] for name, each in told.items()}
    assert statuses == {name: status for name, (_, status) in SLOW.items()}


DRIPPED = {
    "head": (b"GET /_simulator/health HTTP/1.1\r\n", b"X-A: b\r\n"),
    "body": (POST + b"Content-Length: 1000000\r\n\r\n", b"a"),
    "chunks": (CHUNKED, b"1\r\na\r\n"),
    "empty lines": (b"\r\n", b"\r\n"),
}


def test_a_request_that_comes_drop_by_drop_is_not_waited_for_longer(target: RunningServer) -> None:
    dripping = {part: opened(target.port) for part in DRIPPED}
    for part, connection in dripping.items():
        connection.settimeout(0.02)
        connection.sendall(DRIPPED[part][0])
    for _ in range(400):
        dripping = {
            part: connection
            for part, connection in dripping.items()
            if not has_ended(connection, DRIPPED[part][1])
        }
        if not dripping:
            return
    pytest.fail(f"it was waited for without end: {list(dripping)}")


def has_ended(connection: socket.socket, drop: bytes) -> bool:
    """Sends a little more, and says whether the server has hung up."""
    try:
        connection.sendall(drop)
        if connection.recv(65_536):
            return False
    except TimeoutError:
        return False
    except (BrokenPipeError, ConnectionResetError):
        pass
    connection.close()
    return True


def test_a_body_far_over_the_limit_is_read_over_and_refused(target: RunningServer) -> None:
    request = b"POST /_simulator/clock/advance HTTP/1.1\r\n" + HOST
    request += b"Content-Length: 8000000\r\n\r\n" + b"a" * 8_000_000
    answered = ask(target.port, request, 1)
    assert answered.statuses == [413]
    assert b"too large" in answered.content


def test_a_body_without_an_end_ends(target: RunningServer) -> None:
    piece = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
    with opened(target.port) as connection:
        connection.sendall(CHUNKED)
        try:
            # The server reads it for a second at most, or until there are 64 MiB.
            for _ in range(1_000_000):
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        else:
            pytest.fail("it took 60 GB")
