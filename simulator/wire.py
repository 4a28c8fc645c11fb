"""The wire: a bridge that reads requests from uvicorn and calls the WSGI app inline.

Engine work is short and in memory, so a thread per request would only cost. What a scenario wants
to happen on the wire is carried out here too, without holding up anybody else.
"""

import asyncio
import contextlib
import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from simulator.api.environ import BODY_TOO_LARGE, EXCHANGE, HAS_WIRE, PLAN, RAW_HEADERS
from simulator.api.recording import delivery_of
from simulator.journal.exchanges import Exchange
from simulator.protocol import Protocol, error_body
from simulator.scripting.faults import Ending, WirePlan

__all__ = ["Bridge", "Served"]

#: A body this much larger than the cap is read and dropped, so that the answer gets through.
DRAINED = 64 * 1024 * 1024

#: How often a call that is held looks whether what it waits for has happened, in seconds.
CHECK_INTERVAL = 0.01
#: Time that half an answer gets to arrive before a reset, in seconds.
SETTLING = 0.05
DRIBBLE_PIECES = 20

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[dict[str, Any]], Any]
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Served:
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
        max_stalled: how many exchanges may be delayed at once.
        on_served: told of every exchange.
    """

    def __init__(
        self,
        app: WsgiApp,
        *,
        max_body: int,
        max_stalled: int,
        on_served: Callable[[Served], None] | None = None,
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._max_stalled = max_stalled
        self._on_served = on_served
        self._stalled = 0
        self._stopping = asyncio.Event()

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
        answer = self._call(environ)
        plan: WirePlan | None = environ.pop(PLAN, None)
        exchange: Exchange | None = environ.get(EXCHANGE)
        if plan is not None and plan.delay and self._stalled >= self._max_stalled:
            plan, answer = None, _too_many_stalled(self._max_stalled, scope)
            if exchange is not None:
                exchange.answer_body = answer.content
        if plan is None:
            await _send_whole(answer, scope, send)
        else:
            answer = await self._misbehave(plan, answer, environ, body, scope, send)
        took = perf_counter() - began
        if exchange is not None:
            exchange.duration, exchange.delivery = took, delivery_of(plan)
            exchange.status = answer.status or exchange.status
        if self._on_served is not None:
            target = scope["raw_path"].decode("latin-1")
            self._on_served(Served(scope["method"], target, answer.status, took))

    def stop(self) -> None:
        """Ends all waits at once."""
        self._stopping.set()

    async def _misbehave(
        self,
        plan: WirePlan,
        answer: "Answer",
        environ: dict[str, Any],
        body: bytes,
        scope: Scope,
        send: Send,
    ) -> "Answer":
        """Carries out a plan; returns what was answered, with status 0 where it was cut."""
        self._stalled += 1
        try:
            await self._wait(plan)
            if plan.is_before_work:
                environ["wsgi.input"] = io.BytesIO(body)
                answer = self._call(environ)
            await self._deliver(plan, answer, scope["state"]["protocol"], send)
        finally:
            self._stalled -= 1
        return answer if plan.part == 1 else Answer(0, [], b"")

    async def _wait(self, plan: WirePlan) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + plan.delay
        while (left := end - loop.time()) > 0 and not self._stopping.is_set():
            if plan.until is not None and plan.until():
                return
            step = left if plan.until is None else min(left, CHECK_INTERVAL)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), step)

    async def _deliver(
        self, plan: WirePlan, answer: "Answer", protocol: Protocol, send: Send
    ) -> None:
        if plan.part == 0:
            protocol.hang_up(plan.ending is Ending.RESET)
            return
        await send(answer.start())
        sent = answer.content[: int(len(answer.content) * plan.part)]
        if plan.dribble:
            await self._dribble(sent, plan.dribble, send)
        else:
            await send({"type": "http.response.body", "body": sent, "more_body": True})
        if plan.part == 1:
            await send({"type": "http.response.body", "body": b""})
            return
        # A reset overtakes what is still under way: let the part arrive first.
        await asyncio.sleep(SETTLING)
        protocol.hang_up(plan.ending is Ending.RESET)

    async def _dribble(self, content: bytes, over: float, send: Send) -> None:
        pieces = max(1, min(len(content), DRIBBLE_PIECES))
        size = -(-len(content) // pieces) or 1
        for begin in range(0, len(content), size):
            piece = content[begin : begin + size]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await self._wait(WirePlan(delay=over / pieces))

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

    def _call(self, environ: dict[str, Any]) -> "Answer":
        status = 500
        headers: list[tuple[bytes, bytes]] = []

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
        return Answer(status, headers, content)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the WSGI application answered."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes

    def start(self) -> dict[str, Any]:
        """Returns the ASGI message that begins it."""
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}


async def _send_whole(answer: Answer, scope: Scope, send: Send) -> None:
    connection = scope["state"]["protocol"].corked
    connection.cork()
    await send(answer.start())
    await send({"type": "http.response.body", "body": answer.content})
    connection.uncork()


def _too_many_stalled(limit: int, scope: Scope) -> Answer:
    protocol: Protocol = scope["state"]["protocol"]
    message = f"{limit} calls are being delayed already; see --max-stalled"
    content = error_body(message, protocol.correlate())
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(content)).encode()),
    ]
    return Answer(503, headers, content)


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
        HAS_WIRE: True,
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
