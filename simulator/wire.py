"""The wire: a bridge that reads requests from uvicorn and calls the WSGI app inline.

Engine work is short and in memory, so a thread per request would only cost. What a scenario wants
to happen on the wire is carried out here too, without holding up anybody else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from time import perf_counter
from typing import Any

from simulator.api.answers import INTERNAL_ERROR, JSON, Reply
from simulator.api.environ import (
    BODY_TOO_LARGE,
    EXCHANGE,
    PLAN,
    SANDBOX_HERE,
)
from simulator.api.recording import delivery_of, note_delivery
from simulator.api.streams import STREAM, Stream
from simulator.environs import Answer, call, environ_of
from simulator.heads import head_of, whole_of
from simulator.journal.exchanges import Delivery, Exchange
from simulator.misbehaving import Misbehaviour
from simulator.persistence.problems import NotWritten
from simulator.protocol import Protocol, error_body
from simulator.sandboxes import Sandbox
from simulator.scripting.faults import WirePlan
from simulator.streaming import MOST_STREAMS, Streamer

__all__ = ["Bridge", "Served"]

#: A body this much larger than the cap is read and dropped, so that the answer gets through.
DRAINED = 64 * 1024 * 1024

#: The one call whose body may be larger than others.
SNAPSHOT_PATH = "/_simulator/snapshot"

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[dict[str, Any]], Any]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Served:
    """A request and what was answered, for the request log."""

    __slots__ = ("duration", "method", "path", "status")

    def __init__(self, method: str, path: str, status: int, duration: float) -> None:
        self.method = method
        self.path = path
        self.status = status
        self.duration = duration


class _Work:
    """What was made of a request, before any of it was sent."""

    __slots__ = ("answer", "began", "body", "environ")

    def __init__(self, began: float, environ: dict[str, Any], body: bytes, answer: Answer) -> None:
        self.began = began
        self.environ = environ
        self.body = body
        self.answer = answer


class _Gone(Exception):
    """The client went away, or took too long to send its request."""


class Bridge:
    """An ASGI application that calls a WSGI application on the event loop.

    Args:
        app: the WSGI application; it must not block.
        max_body: largest body it gets, in bytes; of a larger one it is told.
        max_snapshot: the same, for the call that loads a snapshot.
        max_stalled: how many exchanges may be delayed at once.
        keep: returns once what a sandbox holds is on disk; without it nothing is kept.
        on_served: told of every exchange.
    """

    def __init__(
        self,
        app: WsgiApp,
        *,
        max_body: int,
        max_snapshot: int,
        max_stalled: int,
        keep: Callable[[Sandbox | None], Awaitable[None]] | None = None,
        on_served: Callable[[Served], None] | None = None,
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._max_snapshot = max_snapshot
        self._keep = keep
        self._max_stalled = max_stalled
        self._on_served = on_served
        self._stalled = 0
        self._stopping = asyncio.Event()
        self._streamer = Streamer(self._stopping)
        self._misbehaviour = Misbehaviour(self._stopping)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            return
        began = perf_counter()
        try:
            body, is_too_large = await self._read(receive, self._most(scope["path"]))
        except _Gone:
            return
        environ = environ_of(scope, body)
        environ[BODY_TOO_LARGE] = is_too_large
        answer = await self._work(environ, body, scope)
        await self._finish(_Work(began, environ, body, answer), scope, receive, send)

    def at_once(self, scope: Scope, body: bytes) -> bytes | AsgiApp:
        """Lets the application work on a request that has arrived whole.

        Args:
            scope: of ASGI.
            body: all of it.

        Returns:
            The answer, where it only has to be sent; else what goes on with the exchange.
        """
        if self._keep is not None:
            return self
        began = perf_counter()
        is_too_large = len(body) > self._most(scope["path"])
        body = b"" if is_too_large else body
        environ = environ_of(scope, body)
        environ[BODY_TOO_LARGE] = is_too_large
        answer = call(self._app, environ, body)
        work = _Work(began, environ, body, answer)
        if PLAN not in environ and STREAM not in environ and scope["method"] != "HEAD":
            protocol: Protocol = scope["state"]["protocol"]
            whole = whole_of(answer, protocol.server_state.default_headers)
            if whole is not None:
                self._note(work, answer, Delivery.WHOLE, scope)
                return whole
        return partial(self._finish, work)

    def stop(self) -> None:
        """Ends all waits at once."""
        self._stopping.set()

    async def _finish(self, work: "_Work", scope: Scope, receive: Receive, send: Send) -> None:
        """Delivers an answer, as its plan says where it has one."""
        environ, answer = work.environ, work.answer
        plan: WirePlan | None = environ.pop(PLAN, None)
        delivery = Delivery.WHOLE
        exchange: Exchange | None = environ.get(EXCHANGE)
        if plan is not None and plan.delay and self._stalled >= self._max_stalled:
            plan, answer = None, _too_many_stalled(self._max_stalled, scope)
            if exchange is not None:
                exchange.answer_body, exchange.is_spoilt = answer.content, False
        stream: Stream | None = environ.pop(STREAM, None)
        if stream is not None:
            answer = await self._stream(stream, answer, scope, send)
        elif plan is None:
            await _send_whole(answer, scope, send)
        else:
            answer, delivery = await self._misbehave(plan, answer, environ, work.body, scope, send)
        self._note(work, answer, delivery, scope)
        if plan is not None and exchange is not None:
            note_delivery(environ, delivery)

    def _note(self, work: "_Work", answer: Answer, delivery: Delivery, scope: Scope) -> None:
        took = perf_counter() - work.began
        exchange: Exchange | None = work.environ.get(EXCHANGE)
        if exchange is not None:
            exchange.duration, exchange.delivery = took, delivery
            exchange.status = answer.status or exchange.status
        if self._on_served is not None:
            target = scope["raw_path"].decode("latin-1")
            self._on_served(Served(scope["method"], target, answer.status, took))

    async def _misbehave(
        self,
        plan: WirePlan,
        answer: Answer,
        environ: dict[str, Any],
        body: bytes,
        scope: Scope,
        send: Send,
    ) -> tuple[Answer, Delivery]:
        """Carries out a plan.

        Returns:
            What was answered, with status 0 where it was cut, and how much of it got through.
        """
        protocol: Protocol = scope["state"]["protocol"]
        self._stalled += 1
        try:
            await self._misbehaviour.wait(plan, lambda: _is_gone(environ))
            if plan.is_before_work:
                answer = await self._work_late(environ, body, scope)
            plan = plan.fitted_to(answer.content)
            is_gone = protocol.transport.is_closing()
            await self._misbehaviour.deliver(plan, answer, protocol, send)
        finally:
            self._stalled -= 1
        answer = answer if plan.part == 1 else Answer(0, [], b"")
        return answer, delivery_of(plan, is_gone=is_gone)

    async def _work_late(self, environ: dict[str, Any], body: bytes, scope: Scope) -> Answer:
        """Lets the application work on what was kept, unless what it was for is gone."""
        if _is_gone(environ):
            return _failure(503, "its sandbox was dropped or reset while the call was kept", scope)
        return await self._work(environ, body, scope)

    async def _stream(self, stream: Stream, answer: Answer, scope: Scope, send: Send) -> Answer:
        if self._streamer.is_full:
            message = f"{MOST_STREAMS} streams are open already; close one"
            answer = _failure(503, message, scope)
            await _send_whole(answer, scope, send)
        else:
            await self._streamer.carry(stream, answer, scope["state"]["protocol"], send)
        return answer

    def _most(self, path: str) -> int:
        return self._max_snapshot if path.endswith(SNAPSHOT_PATH) else self._max_body

    async def _read(self, receive: Receive, most: int) -> tuple[bytes, bool]:
        """Returns the body, and whether it was larger than the cap."""
        message = await receive()
        chunks: list[bytes] = []
        size = 0
        while message["type"] == "http.request":
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= most:
                chunks.append(chunk)
            if not message.get("more_body") or size > most + DRAINED:
                return (b"".join(chunks), False) if size <= most else (b"", True)
            message = await receive()
        raise _Gone

    async def _work(self, environ: dict[str, Any], body: bytes, scope: Scope) -> Answer:
        """Lets the application work; it is answered once its work is on disk."""
        answer = call(self._app, environ, body)
        if self._keep is not None:
            try:
                await self._keep(environ.get(SANDBOX_HERE))
            except NotWritten as error:
                environ.pop(PLAN, None)
                return _failure(500, str(error), scope)
        return answer


def _is_gone(environ: dict[str, Any]) -> bool:
    sandbox: Sandbox | None = environ.get(SANDBOX_HERE)
    return sandbox is not None and sandbox.is_gone


async def _send_whole(answer: Answer, scope: Scope, send: Send) -> None:
    connection = scope["state"]["protocol"].corked
    connection.cork()
    await send(head_of(answer))
    await send({"type": "http.response.body", "body": answer.content})
    connection.uncork()


def _too_many_stalled(limit: int, scope: Scope) -> Answer:
    return _failure(503, f"{limit} calls are being delayed already; see --max-stalled", scope)


def _failure(status: int, message: str, scope: Scope) -> Answer:
    protocol: Protocol = scope["state"]["protocol"]
    reply = Reply(status, error_body(message, protocol.correlate(), INTERNAL_ERROR), JSON)
    return Answer(reply.status, reply.headers, reply.content)
