"""The wire: a bridge that reads requests from uvicorn and calls the WSGI app inline.

Engine work is short and in memory, so a thread per request would only cost. What a scenario wants
to happen on the wire is carried out here too, without holding up anybody else.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from simulator.api.pipeline import BODY_TOO_LARGE, RAW_HEADERS

__all__ = ["Bridge", "Exchange"]

#: A body this much larger than the cap is read and dropped, so that the answer gets through.
DRAINED = 64 * 1024 * 1024

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[dict[str, Any]], Any]
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


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
        body_timeout: seconds a body may take to arrive.
        on_exchange: told of every exchange.
    """

    def __init__(
        self,
        app: WsgiApp,
        *,
        max_body: int,
        body_timeout: float,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._body_timeout = body_timeout
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
        message = await self._receive(receive)
        if not message.get("more_body"):
            body = message.get("body", b"")
            return (body, False) if len(body) <= self._max_body else (b"", True)
        chunks, size = [message.get("body", b"")], len(message.get("body", b""))
        while message.get("more_body"):
            message = await self._receive(receive)
            size += len(message.get("body", b""))
            if size > self._max_body:
                chunks.clear()
            else:
                chunks.append(message.get("body", b""))
            if size > self._max_body + DRAINED:
                break
        return (b"".join(chunks), False) if size <= self._max_body else (b"", True)

    async def _receive(self, receive: Receive) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._body_timeout):
                message: dict[str, Any] = await receive()
        except TimeoutError as error:
            raise _Gone from error
        if message["type"] == "http.disconnect":
            raise _Gone
        return message

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
    """Header values are Latin-1 by the standard, UTF-8 from many clients."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
