"""Calls to hosts with several addresses: one after the other is tried."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpcore
import httpx
import pytest
from mobilepay_simulator.client.outgoing import new_async_client


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def status_of(port: int, addresses: tuple[str, ...]) -> int:
    async def look_up(host: str) -> tuple[str, ...]:
        if not addresses:
            raise OSError(f"no {host}")
        return addresses

    async def call() -> int:
        async with new_async_client(ssl.create_default_context(), look_up, timeout=20) as client:
            return (await client.post(f"http://till.test:{port}/")).status_code

    return asyncio.run(call())


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("127.0.0.9", "127.0.0.1"), ("192.0.2.1", "127.0.0.1")],
    ids=["right", "refused first", "silent first"],
)
def test_the_first_address_that_answers_is_called(port: int, addresses: tuple[str, ...]) -> None:
    assert status_of(port, addresses) == 200


@pytest.mark.parametrize(
    ("addresses", "message"), [((), "no till.test"), (("127.0.0.9",), "attempts failed")]
)
def test_a_host_that_can_not_be_reached_is_an_error(
    port: int, addresses: tuple[str, ...], message: str
) -> None:
    with pytest.raises(httpx.ConnectError, match=message):
        status_of(port, addresses)


def test_a_connection_whose_socket_is_gone_was_reset(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = httpcore.AnyIOBackend.connect_tcp

    async def connect_and_lose(*given: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        stream = await connect(*given, **named)
        inner: Any = stream
        await inner._stream.aclose()
        # The faster event loop forgets the socket of a transport that it has closed.
        inner._stream._transport._extra["socket"] = None
        return stream

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_and_lose)
    with pytest.raises(httpx.ConnectError, match="the connection was reset"):
        status_of(port, ("127.0.0.1",))


@pytest.fixture
def resetting_port() -> Iterator[int]:
    """A receiver that resets each connection as soon as it is there."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=200)

    def reset_all() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close()

    Thread(target=reset_all, daemon=True).start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_receiver_that_resets_at_once_is_an_error_of_the_connection(
    resetting_port: int, loop: str
) -> None:
    module = pytest.importorskip(loop)

    async def look_up(_: str) -> tuple[str, ...]:
        return ("127.0.0.1",)

    trust = ssl.create_default_context()

    async def call() -> Exception:
        try:
            async with new_async_client(trust, look_up, timeout=20) as client:
                await client.post(f"http://till.test:{resetting_port}/")
        except Exception as error:
            return error
        raise AssertionError("it was answered")

    with asyncio.Runner(loop_factory=module.new_event_loop) as runner:
        kinds = {type(runner.run(call())) for _ in range(100)}
    assert all(issubclass(each, httpx.NetworkError | httpx.RemoteProtocolError) for each in kinds)
