"""However a request arrives, and whatever comes with it, it is answered once, whole and in order."""

import asyncio
import json
import socket
from collections.abc import Iterator

import pytest
from mobilepay_simulator.server.protocol import protocol

from tests.security.sockets import HOST, opened, read, speaking
from tests.support import RunningServer, running_server

GET = b"GET /_simulator/clock HTTP/1.1\r\n" + HOST
ADVANCE = b"POST /_simulator/clock/advance HTTP/1.1\r\n" + HOST
JSON = b"Content-Type: application/json\r\n"
SECOND = b'{"seconds": 1}'
#: More than uvicorn holds of a body that nobody has asked for yet.
LARGE = 100_000


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server("--time-scale", "0") as running:
        yield running


@pytest.fixture
def connection(server: RunningServer) -> Iterator[socket.socket]:
    with opened(server.port) as connected:
        yield connected


def length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(body)


def bodies(content: bytes) -> list[dict[str, str]]:
    """The JSON bodies of answers, one after the other."""
    found = []
    while content:
        head, _, rest = content.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        found.append(json.loads(rest[:size]))
        content = rest[size:]
    return found


def test_one_connection_serves_one_request_after_the_other(connection: socket.socket) -> None:
    for _ in range(3):
        connection.sendall(GET + b"\r\n")
        answered = read(connection, answers=1)
        assert answered.statuses == [200]
    assert not answered.is_closed


def test_a_request_may_come_byte_by_byte(connection: socket.socket) -> None:
    for byte in ADVANCE + JSON + length(SECOND) + SECOND:
        connection.sendall(bytes([byte]))
    assert read(connection, answers=1).statuses == [200]


def test_a_body_may_come_after_its_head(connection: socket.socket) -> None:
    connection.sendall(ADVANCE + JSON + length(SECOND))
    connection.sendall(SECOND[:5])
    connection.sendall(SECOND[5:])
    assert read(connection, answers=1).statuses == [200]


def test_a_body_may_come_in_chunks(connection: socket.socket) -> None:
    chunks = b"4\r\n" + SECOND[:4] + b"\r\n%x\r\n" % len(SECOND[4:]) + SECOND[4:] + b"\r\n0\r\n\r\n"
    connection.sendall(ADVANCE + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert read(connection, answers=1).statuses == [200]


def test_a_large_body_is_read_like_a_small_one(connection: socket.socket) -> None:
    body = SECOND + b" " * LARGE
    connection.sendall(ADVANCE + JSON + length(body) + body)
    assert read(connection, answers=1).statuses == [200]


def test_who_waits_to_be_told_to_send_a_body_is_told(connection: socket.socket) -> None:
    connection.sendall(ADVANCE + JSON + b"Expect: 100-continue\r\n" + length(SECOND))
    assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
    connection.sendall(SECOND)
    assert read(connection, answers=1).statuses == [200]


def test_a_client_of_http_1_0_is_never_told_to_send_a_body(connection: socket.socket) -> None:
    request = ADVANCE + JSON + b"Expect: 100-continue\r\n" + length(SECOND) + SECOND
    connection.sendall(request.replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert read(connection).statuses == [200]


def test_requests_in_one_packet_are_answered_in_order(connection: socket.socket) -> None:
    connection.sendall((ADVANCE + JSON + length(SECOND) + SECOND) * 5)
    times = [each["now"] for each in bodies(read(connection, answers=5).content)]
    assert times == sorted(set(times))


def test_what_comes_behind_an_answer_that_takes_longer_waits_for_it(
    connection: socket.socket,
) -> None:
    # The answer to HEAD is not sent in one piece.
    head = GET.replace(b"GET", b"HEAD") + b"\r\n"
    connection.sendall(head + GET + b"\r\n" + head + GET + b"Connection: close\r\n\r\n")
    pieces = read(connection).content.split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert [b'"now"' in each for each in pieces] == [False, True, False, True]


def test_who_reads_no_answers_for_a_while_gets_all_of_them_later(
    server: RunningServer, connection: socket.socket
) -> None:
    # Many times what the two sockets between them hold.
    count = 60
    description = GET.replace(b"/_simulator/clock", b"/openapi.json") + b"\r\n"
    connection.sendall(description * count)
    with opened(server.port) as other:
        other.sendall(GET + b"\r\n")
        assert read(other, answers=1).statuses == [200]
    assert read(connection, answers=count).statuses == [200] * count


@pytest.mark.parametrize(
    "request_line",
    [GET + b"Connection: close\r\n\r\n", GET.replace(b"1.1", b"1.0") + b"\r\n"],
    ids=["asked to", "HTTP/1.0"],
)
def test_a_connection_that_is_not_kept_is_closed_behind_the_answer(
    connection: socket.socket, request_line: bytes
) -> None:
    connection.sendall(request_line)
    answered = read(connection)
    assert answered.statuses == [200]
    assert answered.is_closed
    assert b"\r\nConnection: close\r\n" in answered.content


def test_every_answer_says_when_it_was_given(connection: socket.socket) -> None:
    connection.sendall(GET + b"\r\n")
    assert b"\r\nDate: " in read(connection, answers=1).content


def test_an_application_that_fails_is_no_mistake_of_the_clients() -> None:
    def fail(scope: object, body: bytes) -> bytes:
        raise ZeroDivisionError

    async def answered() -> bytes:
        async def app(scope: object, receive: object, send: object) -> None:
            raise AssertionError("it is called at once")

        async with speaking(protocol(30, str, fail), app) as (reader, writer):
            writer.write(GET + b"Connection: keep-alive\r\n\r\n")
            return await asyncio.wait_for(reader.readline(), 10)

    assert asyncio.run(answered()).startswith(b"HTTP/1.1 500 ")


def test_an_answer_that_the_end_of_the_server_cuts_short_is_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(_scope: object, _receive: object, _send: object) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel("timeout graceful shutdown exceeded")
        await asyncio.sleep(60)

    async def heard() -> bytes:
        speaks = protocol(30, str, lambda *_: app)
        async with speaking(speaks, app) as (reader, writer):
            writer.write(GET + b"Connection: keep-alive\r\n\r\n")
            try:
                return await asyncio.wait_for(reader.read(), 10)
            except ConnectionResetError:
                return b""

    assert asyncio.run(heard()) == b""
    assert not [each for each in caplog.records if each.levelname in ("ERROR", "CRITICAL")]
