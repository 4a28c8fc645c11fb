"""A request that offers to go on in another protocol is a request like any other.

Java's HttpClient, and curl with --http2, offer h2c with each first request of a connection.
"""

import re
import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.security.sockets import HOST, Answered, ask, opened, read
from tests.support import CLIENT_ID, SECRET, RunningServer, running_server

H2C = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
)
OFFERS = {
    "h2c": H2C,
    "WebSocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "several": b"UPGRADE: TLS/1.0, h2c\r\nCONNECTION: keep-alive\r\nCONNECTION: upgrade\r\n",
    "nonsense": b"Upgrade: \r\nConnection:upgrade,,\t\r\n",
}
PATH = b"/_simulator/clock/advance"
POST = b"POST " + PATH + b" HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
SECOND = b'{"seconds": 1}'
GET = b"GET /_simulator/clock HTTP/1.1\r\n" + HOST
PLAIN = POST + b"Content-Length: 14\r\n\r\n" + SECOND
#: More than is taken in one read, and more than is kept before the application reads it.
LARGE = SECOND + b" " * 300_000


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server("--time-scale", "0") as running:
        yield running


@pytest.fixture(params=OFFERS)
def offer(request: pytest.FixtureRequest) -> bytes:
    return OFFERS[request.param]


@pytest.fixture
def connection(server: RunningServer) -> Iterator[socket.socket]:
    with opened(server.port) as connected:
        yield connected


def with_length(offer: bytes, body: bytes = SECOND) -> bytes:
    return POST + offer + b"Content-Length: %d\r\n\r\n" % len(body) + body


def in_chunks(offer: bytes, body: bytes = SECOND) -> bytes:
    pieces = [body[begin : begin + 5] for begin in range(0, len(body), 5)]
    chunks = b"".join(b"%x;a=b\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return POST + offer + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nX-A: b\r\n\r\n"


def seconds(answered: Answered) -> list[int]:
    """How far each answer's clock is ahead of the first one's, in whole seconds."""
    assert set(answered.statuses) <= {100, 200}, answered.content
    told = re.findall(rb'"now":"[^"]*T(\d+):(\d+):(\d+)', answered.content)
    at = [int(hours) * 3600 + int(minutes) * 60 + int(rest) for hours, minutes, rest in told]
    return [(each - at[0]) % 86_400 for each in at]


FRAMED = {"a length": with_length, "chunks": in_chunks}


@pytest.mark.parametrize("frame", FRAMED)
@pytest.mark.parametrize("size", [1, 7, 97, 100_000])
def test_its_body_is_read_however_it_arrives(
    connection: socket.socket, offer: bytes, frame: str, size: int
) -> None:
    request = FRAMED[frame](offer)
    connection.sendall(PLAIN)
    first = read(connection, 1)
    for begin in range(0, len(request), size):
        connection.sendall(request[begin : begin + size])
    second = read(connection, 1)
    assert seconds(Answered(first.content + second.content, is_closed=False)) == [0, 1]


@pytest.mark.parametrize("frame", FRAMED)
@pytest.mark.parametrize("cut", [-len(SECOND), -3])
def test_its_body_may_come_later(
    server: RunningServer, connection: socket.socket, offer: bytes, frame: str, cut: int
) -> None:
    request = FRAMED[frame](offer)
    at = request.index(b"\r\n\r\n") + 4 if cut == -len(SECOND) else len(request) + cut
    connection.sendall(request[:at])
    # Once another client has been answered, the first part has been read.
    assert ask(server.port, GET + b"\r\n", 1).statuses == [200]
    connection.setblocking(False)
    with pytest.raises(BlockingIOError):
        connection.recv(1)
    connection.settimeout(20)
    connection.sendall(request[at:] + PLAIN)
    assert seconds(read(connection, 2)) == [0, 1]


@pytest.mark.parametrize("frame", FRAMED)
def test_the_connection_goes_on_and_all_are_answered_in_order(
    connection: socket.socket, offer: bytes, frame: str
) -> None:
    look = GET + offer + b"\r\n"
    connection.sendall((FRAMED[frame](offer) + PLAIN + look) * 3 + GET + b"\r\n")
    assert seconds(read(connection, 10)) == [0, 1, 1, 2, 3, 3, 4, 5, 5, 5]


def test_a_large_body_is_read_as_well(connection: socket.socket, offer: bytes) -> None:
    connection.sendall(with_length(offer, LARGE) + in_chunks(offer, LARGE[:80_000]) + PLAIN)
    assert seconds(read(connection, 3)) == [0, 1, 2]


def test_a_request_in_its_body_is_not_carried_out(server: RunningServer, offer: bytes) -> None:
    inner = POST + b"Content-Length: 15\r\n\r\n" + b'{"seconds": 99}'
    last = GET + b"Connection: close\r\n\r\n"
    for frame in FRAMED.values():
        answered = ask(server.port, GET + b"\r\n" + frame(offer, inner) + last)
        assert answered.statuses == [200, 400, 200]
        times = re.findall(rb'"now":"([^"]*)"', answered.content)
        assert times[0] == times[-1]


def test_who_wants_to_be_told_to_go_on_is_told(connection: socket.socket, offer: bytes) -> None:
    head, _, body = with_length(offer + b"Expect: 100-continue\r\n").partition(b"\r\n\r\n")
    connection.sendall(head + b"\r\n\r\n")
    assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(body + PLAIN)
    assert seconds(read(connection, 2)) == [0, 1]


def test_the_last_request_of_a_connection_is_the_last(server: RunningServer) -> None:
    last = b"Connection: close, Upgrade\r\nUpgrade: h2c\r\n"
    answered = ask(server.port, with_length(last) + PLAIN)
    assert (answered.statuses, answered.is_closed) == ([200], True)
    old = with_length(H2C).replace(b"HTTP/1.1", b"HTTP/1.0")
    answered = ask(server.port, old + PLAIN)
    assert (answered.statuses, answered.is_closed) == ([200], True)


def test_a_token_is_given_to_who_offers(server: RunningServer, offer: bytes) -> None:
    form = b"grant_type=client_credentials&client_id=%b&client_secret=%b" % (
        CLIENT_ID.encode(),
        SECRET.encode(),
    )
    head = b"POST /integrator-authentication/connect/token HTTP/1.1\r\n" + HOST + offer
    head += b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
    answered = ask(server.port, (head % len(form) + form) * 2, 2)
    assert answered.statuses == [200, 200]
    assert answered.content.count(b'"access_token":') == 2


def test_the_journal_has_the_request_as_it_came(server: RunningServer) -> None:
    keys = b"/integrator-authentication/.well-known/openid-configuration/jwks"
    sent = b"GET /sandboxes/offers" + keys + b" HTTP/1.1\r\n" + HOST + H2C + b"X-A: b\r\n\r\n"
    again = b"GET /sandboxes/offers/_simulator/requests?operation=KeySet HTTP/1.1\r\n" + HOST
    told = b"GET /sandboxes/offers/_simulator/clock HTTP/1.1\r\n" + HOST + b"\r\n"
    content = ask(server.port, told + sent + again + b"\r\n", 3).content
    names = re.findall(
        rb'"(host|connection|upgrade|http2-settings|x-a)"', content.partition(b'"requests"')[2]
    )
    assert names == [b"host", b"connection", b"upgrade", b"http2-settings", b"x-a"]


def test_the_command_that_the_page_shows_offers_nothing(server: RunningServer) -> None:
    url = f"{server.url}/sandboxes/offers-shown"
    keys = "/integrator-authentication/.well-known/openid-configuration/jwks"
    assert httpx.get(f"{url}/_simulator/clock").status_code == 200
    offering = {"Connection": "Upgrade", "Upgrade": "h2c", "HTTP2-Settings": "AA", "X-Kept": "b"}
    assert httpx.get(f"{url}{keys}", headers=offering).status_code == 200
    page = httpx.get(f"{url}/page/requests/1").text
    command = page.partition("curl -X GET")[2].partition("</pre>")[0]
    assert "X-Kept: b" in command
    assert "h2c" not in command
    assert "http2-settings" not in command


BROKEN = {
    "two lengths": b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}",
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an encoding after chunked": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a length with a sign": b"Content-Length: +2\r\n\r\n{}",
    "a negative chunk": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
    "two hosts": HOST + b"Content-Length: 2\r\n\r\n{}",
    "a folded line": b"X-A: b\r\n c\r\n\r\n",
    "space before a colon": b"Content-Length : 2\r\n\r\n{}",
}


@pytest.mark.parametrize("shape", BROKEN)
def test_what_can_be_read_in_two_ways_is_refused_all_the_same(
    server: RunningServer, offer: bytes, shape: str
) -> None:
    for lines in (
        offer + BROKEN[shape],
        BROKEN[shape].replace(b"\r\n\r\n", b"\r\n" + offer + b"\r\n", 1),
    ):
        answered = ask(server.port, POST + lines + PLAIN)
        assert (answered.statuses, answered.is_closed) == ([400], True)


def test_a_head_that_is_too_large_is_refused_all_the_same(server: RunningServer) -> None:
    answered = ask(server.port, POST + H2C + b"X-A: b\r\n" * 9_000 + b"\r\n")
    assert (answered.statuses, answered.is_closed) == ([431], True)


def test_thousands_of_offers_in_a_row_are_answered(connection: socket.socket) -> None:
    for _ in range(5):
        connection.sendall((GET + H2C + b"\r\n") * 300)
        assert read(connection, 300).statuses == [200] * 300


def test_a_tunnel_is_refused_and_what_it_was_to_carry_is_not_looked_at(
    server: RunningServer,
) -> None:
    for target in (b"example.test:443", PATH):
        for more in (b"", H2C, b"Content-Length: %d\r\n" % len(PLAIN)):
            request = b"CONNECT " + target + b" HTTP/1.1\r\n" + HOST + more + b"\r\n" + PLAIN
            answered = ask(server.port, request)
            assert (answered.statuses, answered.is_closed) == ([400], True)
            assert b"no proxy" in answered.content


@pytest.mark.parametrize("size", [1, 18, 100])
def test_http_2_without_asking_is_refused_and_named(connection: socket.socket, size: int) -> None:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64"
    for begin in range(0, 24, size):
        connection.sendall(preface[begin : min(begin + size, 24)])
    answered = read(connection)
    assert (answered.statuses, answered.is_closed) == ([505], True)
    assert b"HTTP/2" in answered.content
