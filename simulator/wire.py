"""The wire: a bridge that reads requests from uvicorn and calls the WSGI app inline.

Engine work is short and in memory, so a thread per request would only cost. What a scenario wants
to happen on the wire is carried out here too, without holding up anybody else.
"""

import asyncio
import io
import json
import sys
from collections.abc import Callable, Iterable
from http import HTTPStatus
from time import perf_counter
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.api.pipeline import BODY_TOO_LARGE, RAW_HEADERS
from simulator.engine.errors import NO_CODE

__all__ = ["Bridge", "Exchange", "protocol"]

#: A body this much larger than the cap is read and dropped, so that the answer gets through.
DRAINED = 64 * 1024 * 1024

#: Request line and headers together.
MAX_HEAD = 64 * 1024

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[dict[str, Any]], Any]
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Protocol(HttpToolsProtocol):
    """HTTP on one connection: uvicorn's, with limits on what a request's arrival may cost."""

    #: Seconds a request may take from its first byte to its last.
    timeout_arrival = 30.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._head_size = 0
        self._in_head = False
        self._is_arriving = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._unset_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        super().data_received(data)
        if not self._is_arriving:
            return
        if self._in_head:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self._refuse(431, f"the request's head is larger than {MAX_HEAD} bytes")
                return
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.timeout_arrival, self._give_up)

    def on_message_begin(self) -> None:
        """A request's first byte was read."""
        super().on_message_begin()
        self._is_arriving = self._in_head = True
        self._head_size = 0

    def on_headers_complete(self) -> None:
        """A request's head was read."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request was read to its end."""
        self._is_arriving = False
        self._unset_deadline()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP."""
        self._refuse(400, msg)

    def _give_up(self) -> None:
        self._refuse(408, "the request took too long to arrive")

    def _refuse(self, status: int, message: str) -> None:
        self._unset_deadline()
        self._is_arriving = False
        if self.transport.is_closing():
            return
        body = json.dumps({"code": NO_CODE, "message": message}).encode()
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
            "content-type: application/json; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _unset_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def protocol(timeout_arrival: float) -> type[Protocol]:
    """Returns the protocol class whose requests may take this many seconds to arrive."""
    return type("Protocol", (Protocol,), {"timeout_arrival": timeout_arrival})


class Exchange:
    """A request and what was answered, for the request log."""

    __slots__ = ("duration", "method", "path", "status")

    def __init__(self, method: str, path: str, status: int, duration: float) -> None:
        self.method = method
        self.path = path
        self.status = status
        self.duration = duration


class _Gone(Exception):
    """The client went away, or took too long to send its request."""


class Bridge:
    """An ASGI application that calls a WSGI application on the event loop.

    Args:
        app: the WSGI application; it must not block.
        max_body: largest body it gets, in bytes; of a larger one it is told.
        on_exchange: told of every exchange.
    """

    def __init__(
        self,
        app: WsgiApp,
        *,
        max_body: int,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._on_exchange = on_exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            return
        began = perf_counter()
        try:
            body, is_too_large = await self._read(receive)
        except _Gone:
            return
        environ = _environ(scope, body)
        environ[BODY_TOO_LARGE] = is_too_large
        status, headers, content = self._call(environ)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})
        if self._on_exchange is not None:
            target = scope["raw_path"].decode("latin-1")
            self._on_exchange(Exchange(scope["method"], target, status, perf_counter() - began))

    async def _read(self, receive: Receive) -> tuple[bytes, bool]:
        """Returns the body, and whether it was larger than the cap."""
        message = await receive()
        chunks: list[bytes] = []
        size = 0
        while message["type"] == "http.request":
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= self._max_body:
                chunks.append(chunk)
            if not message.get("more_body") or size > self._max_body + DRAINED:
                return (b"".join(chunks), False) if size <= self._max_body else (b"", True)
            message = await receive()
        raise _Gone

    def _call(self, environ: dict[str, Any]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        status, headers = 500, []

        def start_response(line: str, pairs: list[tuple[str, str]], *_: Any) -> None:
            nonlocal status, headers
            status = int(line[:3])
            headers = [
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs
            ]

        result = self._app(environ, start_response)
        try:
            content = b"".join(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        return status, headers, content


def _environ(scope: Scope, body: bytes) -> dict[str, Any]:
    raw = [(name.decode("latin-1"), _text(value)) for name, value in scope["headers"]]
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": client[0],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        RAW_HEADERS: raw,
    }
    for name, value in raw:
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in ("content-length", "transfer-encoding"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ


def _text(value: bytes) -> str:
    """Header values are Latin-1 by the standard, UTF-8 from many clients.

    The parser leaves the space behind them, which is no part of a value (RFC 9110, section 5.5).
    """
    value = value.strip(b" \t")
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
