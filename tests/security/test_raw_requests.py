"""Bytes that no well-kept client sends: refused or answered, never a 5xx, never a hang.

Where two servers could read a request differently, whoever stands in front could be deceived; so
there it is refused, and the connection closed.
"""

import json
import socket

import pytest

from tests.security.sockets import HOST, Answered, ask, opened, read
from tests.support import RunningServer

pytestmark = pytest.mark.usefixtures("healthy")

HEALTH = b"/_simulator/health"
GET = b"GET " + HEALTH + b" HTTP/1.1\r\n" + HOST
POST = b"POST " + HEALTH + b" HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"

SMUGGLED = {
    "length and chunks": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + END,
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + END,
    "two lengths, the same": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}",
    "a hexadecimal length": POST + b"Content-Length: 0x2\r\n\r\n{}",
    "a length with a space in it": POST + b"Content-Length: 1 1\r\n\r\n{}",
    "an empty length": POST + b"Content-Length: \r\n\r\n",
    "a length over 64 bits": POST + b"Content-Length: 18446744073709551616\r\n\r\n",
    "a length of 400 digits": POST + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n",
    "a folded line": GET + b"X-A: b\r\n c\r\n\r\n",
    "a folded encoding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + END,
    "line feeds alone": GET.replace(b"\r\n", b"\n") + b"\n",
    "one line feed alone": GET + b"X-A: b\nX-B: c\r\n\r\n",
    "a carriage return alone": GET + b"X-A: b\rX-B: c\r\n\r\n",
    "space before a colon": GET + b"X-A : b\r\n\r\n",
    "space before the length's colon": POST + b"Content-Length : 2\r\n\r\n{}",
    "space before the first header": b"GET / HTTP/1.1\r\n " + HOST + b"\r\n",
    "a line without a colon": GET + b"Nothing\r\n\r\n",
    "a header without a name": GET + b": b\r\n\r\n",
    "an unknown encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + END,
    "an encoding after chunked": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + END,
    "identity": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + END,
    "a tab before chunked": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + END,
    "a negative chunk": CHUNKED + b"-1\r\n{}\r\n" + END,
    "a chunk over 64 bits": CHUNKED + b"f" * 17 + b"\r\n{}\r\n" + END,
    "a chunk with 0x": CHUNKED + b"0x2\r\n{}\r\n" + END,
    "a chunk longer than it says": CHUNKED + b"1\r\n{}\r\n" + END,
    "chunks with line feeds": CHUNKED + b"2\n{}\n0\n\n",
    "a length behind the body": CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n",
    "a NUL in the path": b"GET /_simulator/\0health HTTP/1.1\r\n" + HOST + b"\r\n",
    "a NUL in a name": GET + b"X\0A: b\r\n\r\n",
    "a NUL in a value": GET + b"X-A: b\0\r\n\r\n",
    "letters in the path that are not encoded": "GET /æ HTTP/1.1\r\n\r\n".encode(),
    "bytes in the path that are no text": b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
    "an escape in the path": b"GET /\x1b[2J HTTP/1.1\r\n\r\n",
    "a tunnel": b"CONNECT example.test:443 HTTP/1.1\r\n\r\n",
    "a broken address": b"GET http://[::1 HTTP/1.1\r\n\r\n",
    "an unknown method": b"FOO / HTTP/1.1\r\n\r\n",
    "a version to come": b"GET / HTTP/3.7\r\n\r\n",
    "another protocol": b"GET / ICE/1.0\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64",
    "an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "all bytes there are": bytes(range(256)),
}  # fmt: skip


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


TAKEN = {
    "chunk extensions": (CHUNKED + b'2;a="b";c\r\n{}\r\n' + END, 405),
    "large chunk extensions": (CHUNKED + b"2;" + b"a" * 50_000 + b"\r\n{}\r\n" + END, 405),
    "an Expect header": (POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", 405),
    "an Expect header nobody knows": (POST + b"Expect: magic\r\nContent-Length: 2\r\n\r\n{}", 405),
    "HTTP/2 as an offer": (GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n", 200),
    "a WebSocket": (GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 400),
    "a path that is no UTF-8": (b"GET /pos/v10/stores/%ff%fe HTTP/1.1\r\n" + HOST + b"\r\n", 401),
    "half a surrogate": (b"GET /%ed%a0%80 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "an encoded NUL": (b"GET /%00 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "a wrong percent sign": (b"GET /%zz%1 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "an address in the request line": (b"GET http://x.test/nothing HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "two slashes": (b"GET //x.test/page/login HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "an asterisk": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "a tunnel to a path": (b"CONNECT /_simulator/health HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "a host that is none": (b'GET /openapi.json HTTP/1.1\r\nHost: a"<b>\r\n\r\n', 200),
    "a host that is no text": (b"GET /openapi.json HTTP/1.1\r\nHost: \xff\r\n\r\n", 200),
    "half an address as the host": (b"GET /openapi.json HTTP/1.1\r\nHost: [\r\n\r\n", 200),
    "many ranges": (b"GET / HTTP/1.1\r\n" + HOST + b"Range: bytes=" + b"0-1," * 5_000 + b"\r\n\r\n", 200),
    "many cookies": (b"GET / HTTP/1.1\r\n" + HOST + b"Cookie: " + b"a=b;" * 12_000 + b"\r\n\r\n", 200),
}  # fmt: skip


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
    request = b"GET /pos/v10/stores HTTP/1.1\r\n\r\n"
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
    assert answered.statuses == [400]
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
