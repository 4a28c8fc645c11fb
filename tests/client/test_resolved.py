"""Calls to hosts with several addresses: one after the other is tried."""

import asyncio
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

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
