"""The bridge: reads requests from uvicorn, and sends what the simulator responds.

The simulator is called inline on the event loop: engine work is short and in memory, so a thread
per request would only cost. What takes long, such as an archive of the journal, says so: a thread
makes it, of copies. Wire plans are carried out without holding up anybody else.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from time import perf_counter
from typing import Any

from ..api.answers import Response, internal_error
from ..api.recorder import note_delivery
from ..api.request import Headers, Request
from ..sandboxes.registry import HostedSandbox, NotWritten
from ..scripting.fate import Delivery
from .fault_injection import FaultInjector
from .heads import head_of, whole_of
from .long_answers import GONE, LongAnswers
from .protocol import Protocol
from .stalls import Stall, Stalls
from .streams import MOST_STREAMS, Streamer

#: A body this much larger than the cap is read and dropped, so that the answer gets through.
DRAINED = 64 * 1024 * 1024

#: The one call whose body may be larger than others.
SNAPSHOT_PATH = "/_simulator/snapshot"

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[dict[str, Any]], Any]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Told of every exchange: method, path as it came, status (0 for no answer), real seconds.
OnServed = Callable[[str, str, int, float], None]


class _Gone(Exception):
    """The client went away, or took too long to send its request."""


class Bridge:
    """An ASGI application that calls the simulator on the event loop.

    Args:
        respond: the simulator; it must not block.
        max_body: largest request body in bytes; larger ones are reported, not passed on.
        max_snapshot: the same, for a call that `may_load` says may load a snapshot.
        max_stalled: how many exchanges may be delayed at once.
        may_load: whether a call, whose body has not come yet, may load a snapshot.
        keep: returns once what a sandbox holds is on disk; without it nothing is kept.
        on_served: told of every exchange.
    """

    def __init__(
        self,
        respond: Callable[[Request], Response],
        *,
        max_body: int,
        max_snapshot: int,
        max_stalled: int,
        may_load: Callable[[Request], bool] = lambda _: True,
        keep: Callable[[HostedSandbox | None], Awaitable[None]] | None = None,
        on_served: OnServed | None = None,
    ) -> None:
        self._respond = respond
        self._max_body = max_body
        self._max_snapshot = max_snapshot
        self._may_load = may_load
        self._least = min(max_body, max_snapshot)
        self._keep = keep
        self._max_stalled = max_stalled
        self._on_served = on_served
        self._stalls = Stalls(max_stalled)
        self._stopping = asyncio.Event()
        self._streamer = Streamer(self._stopping)
        self._long_answers = LongAnswers(self._stopping)
        self._injector = FaultInjector()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            return
        began = perf_counter()
        try:
            body, is_too_large = await self._read(scope, receive)
        except _Gone:
            return
        request = request_of(scope, body, is_too_large)
        reply = await self._work(partial(self._respond, request), scope)
        await self._finish(reply, began, scope, receive, send)

    def try_respond_synchronously(self, scope: Scope, body: bytes) -> bytes | AsgiApp:
        """Lets the simulator work on a request that has arrived whole.

        Args:
            scope: of ASGI.
            body: all of it.

        Returns:
            The answer, where it only has to be sent; else what goes on with the exchange.
        """
        if self._keep is not None:
            return self
        began = perf_counter()
        is_too_large = len(body) > self._least and len(body) > self._most(scope)
        reply = self._respond(request_of(scope, b"" if is_too_large else body, is_too_large))
        is_ready = reply.plan is None and reply.stream is None and reply.later is None
        if is_ready and scope["method"] != "HEAD":
            protocol: Protocol = scope["state"]["protocol"]
            whole = whole_of(reply, protocol.server_state.default_headers)
            if whole is not None:
                self._tell(reply.status, perf_counter() - began, scope)
                return whole
        return partial(self._finish, reply, began)

    def stop(self) -> None:
        """Ends all waits at once."""
        self._stopping.set()
        self._stalls.stop()

    def look_again(self) -> None:
        """Ends the delays of calls whose sandbox is gone."""
        self._stalls.wake()

    async def _finish(
        self, reply: Response, began: float, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Delivers a response, as its plan says where it has one."""
        while reply.later is not None:
            fail = partial(_failure, scope)
            protocol: Protocol = scope["state"]["protocol"]
            reply = await self._long_answers.make(reply, protocol, fail)
            if reply.resume is not None:
                reply = await self._work(reply.resume, scope)
        if reply.plan is not None and reply.plan.delay and self._stalls.is_full:
            reply = self._too_many_stalled(reply, scope)
        delivery, status = Delivery.WHOLE, reply.status
        if reply.stream is not None:
            status = await self._stream(reply, scope, send)
        elif reply.plan is None:
            await _send_whole(reply, send)
        else:
            reply, delivery = await self._inject(reply, scope, send)
            status = reply.status if reply.plan is not None and reply.plan.part == 1 else 0
        self._note(reply, delivery, status, began, scope)

    def _note(
        self, reply: Response, delivery: Delivery, status: int, began: float, scope: Scope
    ) -> None:
        took = perf_counter() - began
        note_delivery(reply, delivery, took)
        self._tell(status, took, scope)

    def _tell(self, status: int, took: float, scope: Scope) -> None:
        if self._on_served is not None:
            self._on_served(scope["method"], scope["raw_path"].decode("latin-1"), status, took)

    async def _inject(self, reply: Response, scope: Scope, send: Send) -> tuple[Response, Delivery]:
        """Carries out the plan of a response; returns the response, and what became of it."""
        protocol: Protocol = scope["state"]["protocol"]
        plan = reply.plan
        assert plan is not None  # noqa: S101 - for mypy
        with self._stalls.begin(protocol) as stall:
            waiting = reply
            await self._injector.wait(plan, stall, lambda: _is_vain(waiting, stall))
            if reply.resume is not None or _is_gone(reply):
                reply = await self._resume(reply, scope)
                plan = reply.plan or plan.after_wait()
                reply.plan = plan
            delivery = await self._injector.deliver(plan, reply, stall, protocol, send)
        return reply, delivery

    async def _resume(self, waiting: Response, scope: Scope) -> Response:
        """Lets the work of a call begin after its wait; if what it was for is gone, it fails."""
        if _is_gone(waiting):
            message = f"{GONE} while the call was delayed"
            return _in_place_of(waiting, _failure(scope, 503, message))
        assert waiting.resume is not None  # noqa: S101 - for mypy
        return await self._work(waiting.resume, scope)

    async def _stream(self, reply: Response, scope: Scope, send: Send) -> int:
        """Sends a response that goes on; returns the status that was sent."""
        assert reply.stream is not None  # noqa: S101 - for mypy
        if scope["method"] == "HEAD":
            await _send_whole(reply, send, has_length=False)
            return reply.status
        protocol: Protocol = scope["state"]["protocol"]
        if self._streamer.is_full:
            full = _failure(scope, 503, f"{MOST_STREAMS} streams are open already; close one")
            await _send_whole(full, send)
            return full.status
        await self._streamer.carry(reply.stream, reply, protocol, send)
        return reply.status

    def _most(self, scope: Scope) -> int:
        """Returns the largest body of a call: only who may load a snapshot may send one."""
        if scope["path"].endswith(SNAPSHOT_PATH) and self._may_load(request_of(scope, b"", False)):
            return self._max_snapshot
        return self._max_body

    async def _read(self, scope: Scope, receive: Receive) -> tuple[bytes, bool]:
        """Returns the body, and whether it was larger than the cap."""
        most = self._most(scope)
        protocol: Protocol = scope["state"]["protocol"]
        if protocol.hold_back(most):
            return b"", True
        message = await receive()
        chunks: list[bytes] = []
        size = 0
        while message["type"] == "http.request":
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= most:
                chunks.append(chunk)
            else:
                chunks.clear()
            if not message.get("more_body") or size > most + DRAINED:
                return (b"".join(chunks), False) if size <= most else (b"", True)
            message = await receive()
        raise _Gone

    async def _work(self, work: Callable[[], Response], scope: Scope) -> Response:
        """Lets the simulator work; its response is there once the work is on disk."""
        reply = work()
        if self._keep is not None:
            try:
                await self._keep(reply.sandbox)
            except NotWritten as error:
                # What a call that waits has still to do is kept, or told, once it is done.
                if not reply.is_preparing and reply.resume is None:
                    message = error.of_call(scope["method"], reply.status)
                    return _in_place_of(reply, _failure(scope, 500, message))
        return reply

    def _too_many_stalled(self, reply: Response, scope: Scope) -> Response:
        message = f"no more calls can be delayed; --max-stalled is {self._max_stalled}"
        return _in_place_of(reply, _failure(scope, 503, message))


def request_of(scope: Scope, body: bytes, is_too_large: bool) -> Request:
    """Returns the request that ASGI tells of."""
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client")
    headers: list[tuple[str, str]] = []
    for name, value in scope["headers"]:
        # The parser leaves the space around values, which is no part of them (RFC 9110, section
        # 5.5). They are Latin-1 by the standard, UTF-8 from many clients.
        value = value.strip(b" \t")
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = value.decode("latin-1")
        headers.append((name.decode("latin-1"), text))
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=Headers(headers),
        body=body,
        scheme=scope["scheme"],
        server=(host, str(port)),
        peer=client[0] if client else "",
        protocol=f"HTTP/{scope['http_version']}",
        is_too_large=is_too_large,
        may_come_later=True,
    )


def _is_gone(reply: Response) -> bool:
    return reply.sandbox is not None and reply.sandbox.is_gone


def _is_vain(reply: Response, stall: Stall) -> bool:
    """Whether a delay is for nobody: the sandbox is gone, or the client, and no work is waiting."""
    return _is_gone(reply) or (reply.resume is None and stall.has_left)


def _in_place_of(reply: Response, other: Response) -> Response:
    """Returns another response to the same call, whose record tells of it from now on."""
    exchange = other.exchange = reply.exchange
    other.sandbox, other.decision = reply.sandbox, reply.decision
    if exchange is not None:
        exchange.status, exchange.answer_body = other.status, other.content
        exchange.is_spoilt = False
    return other


def _failure(scope: Scope, status: int, message: str) -> Response:
    protocol: Protocol = scope["state"]["protocol"]
    return internal_error(protocol.correlate(), status, message)


async def _send_whole(reply: Response, send: Send, *, has_length: bool = True) -> None:
    await send(head_of(reply, has_length=has_length))
    await send({"type": "http.response.body", "body": reply.content})
