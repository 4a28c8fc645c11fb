"""Requests without end on one connection: no more are read than are answered, and none is lost."""

import asyncio
import gc
import socket
import ssl
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest
from mobilepay_simulator.api.answers import Response
from mobilepay_simulator.api.request import Request
from mobilepay_simulator.server import long_answers
from mobilepay_simulator.server.bridge import Bridge
from mobilepay_simulator.server.protocol import Protocol, protocol

from tests.security.conftest import is_well, memory_of
from tests.security.sockets import HOST, connected, opened, serving, speaking
from tests.support import RunningServer

GET = b"GET /_simulator/health HTTP/1.1\r\n" + HOST + b"\r\n"
#: Its answer never ends.
ENDLESS = b"GET /_simulator/stream HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /_simulator/clock/advance HTTP/1.1\r\n" + HOST
POST += b"Content-Type: application/json\r\nContent-Length: 40000\r\n\r\n" + b" " * 40_000
#: Far more than the buffers of both systems hold.
MUCH = 32_000_000
#: What a request and all that is kept with it takes may be so much of that.
LITTLE = MUCH // 2


@pytest.fixture(params=["http", "https"])
def connection(
    request: pytest.FixtureRequest, target: RunningServer, secure: RunningServer
) -> Iterator[tuple[socket.socket, RunningServer]]:
    server = target if request.param == "http" else secure
    port = target.port if request.param == "http" else secure.https_port
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client = opened(port)
    with client if request.param == "http" else context.wrap_socket(client) as speaking_so:
        yield speaking_so, server
    assert is_well(server)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("first", [GET, ENDLESS], ids=["unread", "unanswered"])
def test_no_more_requests_are_read_than_are_answered(
    connection: tuple[socket.socket, RunningServer], first: bytes
) -> None:
    client, server = connection
    before = memory_of(server)
    client.settimeout(2)
    client.sendall(first)
    with pytest.raises(TimeoutError):
        for _ in range(MUCH // (100 * len(GET))):
            client.sendall(GET * 100)
    assert memory_of(server) - before < LITTLE


def test_thousands_of_requests_of_all_lengths_in_a_row_are_all_answered_in_order(
    target: RunningServer,
) -> None:
    nothing = b"GET /nothing HTTP/1.1\r\n" + HOST + b"\r\n"
    last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    rounds = 500
    requests = (GET * 3 + nothing + POST + nothing * 2) * rounds + last
    answers = bytearray()
    with opened(target.port) as client:
        sending = threading.Thread(target=client.sendall, args=(requests,))
        sending.start()
        while piece := client.recv(1_000_000):
            answers += piece
        sending.join()
    statuses = [int(each[:3]) for each in bytes(answers).split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 200, 200, 404, 400, 404, 404] * rounds + [200]


LEFT = {
    "answered": GET,
    "answered together": GET * 200,
    "half a head": GET[:-3],
    "half a body": POST[:-3],
    "half a request behind others": GET * 3 + POST[:-3],
    "behind one that is not answered": ENDLESS + GET * 3,
    "more than is read at once": ENDLESS + GET * 10_000,
    "no request": b"\0",
}


@pytest.mark.parametrize("sent", LEFT.values(), ids=LEFT.keys())
def test_a_connection_that_is_gone_leaves_nothing_that_has_to_be_collected(sent: bytes) -> None:
    met: list[weakref.ref[Protocol]] = []

    async def app(scope: dict[str, object], _receive: object, send: object) -> None:
        if scope["path"] == "/_simulator/stream":
            await asyncio.sleep(0.2)
        assert callable(send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    class Met(protocol(30, str, lambda *_: app)):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            met.append(weakref.ref(self))

    async def leave() -> None:
        async with speaking(Met, app) as (_, writer):
            with suppress(ConnectionResetError):
                writer.write(sent)
                await writer.drain()
                await asyncio.sleep(0.1)
        for _ in range(200):
            if met[0]() is None:
                return
            await asyncio.sleep(0.01)

    gc.collect()
    gc.disable()
    try:
        asyncio.run(leave())
        assert met[0]() is None
    finally:
        gc.enable()


#: More than the systems of both sides take ahead.
LARGE = b"x" * 30_000_000


#: Plain HTTP, and HTTPS, where what TLS holds is not told.
SCHEMES = pytest.mark.parametrize("is_secure", [False, True], ids=["http", "https"])


def _impatient(is_last: bool, met: list[Protocol]) -> tuple[type[Protocol], object]:
    """A protocol that waits for a second only, and an application with a large answer."""

    async def app(_scope: object, _receive: object, send: object) -> None:
        assert callable(send)
        headers = [(b"connection", b"close")] if is_last else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": LARGE})

    class Impatient(protocol(30, str, lambda *_: app)):  # type: ignore[misc]
        longest_unread = 1.0

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            met.append(self)

    return Impatient, app


@SCHEMES
@pytest.mark.parametrize("is_last", [True, False])
def test_an_answer_that_nobody_reads_is_not_kept_for_ever(is_last: bool, is_secure: bool) -> None:
    met: list[Protocol] = []
    impatient, app = _impatient(is_last, met)

    async def ask() -> tuple[int, int]:
        async with speaking(impatient, app, is_secure=is_secure) as (reader, writer):
            writer.write(GET)
            await reader.readuntil(b"\r\n\r\n")
            # One that reads now and then is waited for.
            heard = 0
            for _ in range(5):
                await asyncio.sleep(0.3)
                heard += len(await reader.readexactly(2_000_000))
            waiting = met[0].transport.get_write_buffer_size()
            while met[0].transport.get_write_buffer_size():
                await asyncio.sleep(0.05)
            return heard, waiting

    heard, waiting = asyncio.run(asyncio.wait_for(ask(), 60))
    assert heard == 10_000_000
    assert waiting > 0


@SCHEMES
@pytest.mark.parametrize("is_last", [True, False])
@pytest.mark.parametrize("says_goodbye", [True, False])
def test_who_reads_slowly_gets_all(is_last: bool, says_goodbye: bool, is_secure: bool) -> None:
    impatient, app = _impatient(is_last, [])

    async def ask() -> int:
        async with speaking(impatient, app, is_secure=is_secure) as (reader, writer):
            writer.write(GET)
            await reader.readuntil(b"\r\n\r\n")
            if says_goodbye and writer.can_write_eof():
                writer.write_eof()
            heard = 0
            while heard < len(LARGE):
                await asyncio.sleep(0.2)
                heard += len(await reader.readexactly(2_000_000))
            return heard

    assert asyncio.run(asyncio.wait_for(ask(), 60)) == len(LARGE)


@SCHEMES
def test_a_large_answer_is_refused_while_many_wait_for_clients_that_do_not_read(
    monkeypatch: pytest.MonkeyPatch, is_secure: bool
) -> None:
    monkeypatch.setattr(long_answers, "MOST_UNREAD", 2 * len(LARGE))

    def respond(request: Request) -> Response:
        reply = Response(503)
        reply.later = partial(answer, LARGE if request.path == "/large" else b"{}")
        return reply

    def answer(content: bytes) -> Response:
        reply = Response(200, content)
        reply.headers.append(("Content-Length", str(len(content))))
        return reply

    bridge = Bridge(respond, max_body=1000, max_snapshot=1000, max_stalled=1)
    speaks = protocol(30, str, bridge.try_respond_synchronously)

    async def ask() -> list[bytes]:
        writers = []

        async def status_of(path: bytes) -> bytes:
            reader, writer = await connected(port, is_secure=is_secure)
            writers.append(writer)
            writer.write(b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % path)
            return (await reader.readline()).split()[1]

        async with serving(speaks, bridge, is_secure=is_secure) as (port, state):
            statuses = [await status_of(path) for path in [b"/large"] * 5 + [b"/small"]]
            writers[0].transport.abort()
            while len(state.connections) == 6:
                await asyncio.sleep(0.01)
            statuses.append(await status_of(b"/large"))
            for each in writers:
                each.transport.abort()
        return statuses

    statuses = asyncio.run(asyncio.wait_for(ask(), 60))
    assert statuses == [b"200", b"200", b"200", b"503", b"503", b"200", b"200"]
