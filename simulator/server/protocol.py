"""HTTP on one connection: uvicorn's protocol, with limits on what a request's arrival may cost."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from ..api.answers import error_answer
from .cycle import Cycle
from .head_rules import Unwanted
from .heads import CLOSE, written
from .pipeline import PipelinedConnection
from .reading import MOST_AROUND

_log = logging.getLogger("simulator")

#: Request line and headers together.
MAX_HEAD = 64 * 1024
TOO_LARGE = f"the request's head is larger than {MAX_HEAD} bytes"
#: What a TLS connection begins with, and no HTTP request does (RFC 8446, section 5.1).
TLS_HANDSHAKE = b"\x16"
#: How long a client may take to say goodbye over TLS to a server that stops, in seconds.
GOODBYE = 0.05


class Protocol(PipelinedConnection):
    """HTTP on one connection: uvicorn's, with limits on what a request's arrival may cost."""

    #: Seconds a request may take from its first byte to its last.
    timeout_arrival = 30.0
    #: Gives the correlation id of an error that no application saw.
    correlate: Callable[[], str]
    #: Answers a request that has arrived whole, or returns what goes on with it.
    try_respond_synchronously: Callable[[Any, bytes], bytes | Any]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        #: How much has come since the request's first byte, or since the last byte of its body.
        self._size = 0
        self._in_head = False
        #: Whether the client has said that it sends no more. It may still read, or be gone.
        self.is_half_closed = False
        #: The exchange that begins once its request has arrived whole, and its application.
        self._waiting: tuple[Any, Any] | None = None
        #: Called when the client stops sending or disconnects.
        self.on_silence: Callable[[], None] | None = None
        self._has_answered = False
        # A client that sends nothing after connecting is closed by the keep-alive time-out.
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._unset_deadline()
        self._unset_keepalive_if_required()
        if self._waiting is not None:
            self._waiting[0].let_go()
            self._waiting = None
        super().connection_lost(exc)
        if self.on_silence is not None:
            self.on_silence()

    def shutdown(self) -> None:
        """The server stops: the connection ends, once what is being answered is."""
        super().shutdown()
        if self.scheme == "https":
            self.loop.call_later(GOODBYE, self._leave)

    def _leave(self) -> None:
        # Over TLS, closing waits for the client's goodbye, and one that is idle says none.
        if not self._owes_answer() and not self.transport.get_write_buffer_size():
            self.transport.abort()

    def read_piece(self, data: bytes | memoryview) -> None:
        """Reads some bytes, of which those at the end may be left behind others that wait."""
        if self._is_deaf:
            self._overhear(data)
            return
        if self.cycle is None and data[:1] == TLS_HANDSHAKE:
            _log.warning("a client speaks TLS on the port for plain HTTP; --tls serves HTTPS")
            self._refuse(400, "this port speaks plain HTTP")
            return
        if not self._is_arriving:
            self._left_around = MOST_AROUND
        self._size += len(data)
        self._has_answered = False
        self._unset_keepalive_if_required()
        unread = self.parse(data)
        if unread is not None:
            self._refuse_unread(unread)
        if not self._is_arriving:
            # What came and began no request, such as empty lines, is held to the same time.
            if self._has_answered or self._owes_answer():
                return
        elif self._size > MAX_HEAD:
            self._refuse(431, TOO_LARGE)
            return
        self.set_deadline()

    def set_deadline(self) -> None:
        """Gives the rest of a request that has begun to come its time, once it has its turn."""
        is_over = self.flow.is_held or self.transport.is_closing()
        if self._deadline is None and not is_over:
            self._deadline = self.loop.call_later(self.timeout_arrival, self._give_up)

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends no more: what it has asked for is answered before the connection ends.

        Not over TLS, where asyncio ends the connection with the client's goodbye.
        """
        if self._is_arriving:
            self._refuse(400, "the connection ended before the request did")
        is_owed = self._owes_answer() and not self.transport.is_closing()
        if self.scheme == "https":
            self.transport.hand_on_all()
            return False
        if not is_owed:
            self.transport.close()
            return True
        self.is_half_closed = True
        self.cycle.keep_alive = False
        if self.on_silence is not None:
            self.on_silence()
        return True

    def on_message_begin(self) -> None:
        """A request begins, or its head is read again."""
        super().on_message_begin()
        if not self._is_arriving:
            self._unset_deadline()
        self._is_arriving = self._in_head = True

    def on_head(self) -> None:
        """A request's head was read."""
        if self._size > MAX_HEAD and self.head_size > MAX_HEAD:
            raise Unwanted(TOO_LARGE, 431)
        before, self.cycle = self.cycle, self._cycle()
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.hold()
            self._unset_deadline()
            self.pipeline.appendleft((self.cycle, self.app))
        self._in_head = False

    def _cycle(self) -> Cycle:
        is_1_1 = self.scope["http_version"] == "1.1"
        return Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            # A client of HTTP/1.0 would take it for the answer (RFC 9110, section 10.1.1).
            expect_100_continue=is_1_1 and self.expect_100_continue,
            keep_alive=is_1_1 and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )

    def on_body(self, body: bytes) -> None:
        """A piece of a request's body was read."""
        self._size = 0
        # A client that already sends the body needs no 100 Continue.
        self.cycle.waiting_for_100_continue = False
        super().on_body(body)
        if self._waiting is not None and len(self.cycle.body) > HIGH_WATER_LIMIT:
            self._begin_task(*self._waiting)

    def on_end(self) -> None:
        """A request was read to its end."""
        self._is_arriving = False
        self._size = 0
        self.cycle.waiting_for_100_continue = False
        self._unset_deadline()
        # A large body has paused it; only who reads learns that the client leaves.
        self.flow.resume_reading()
        if self._waiting is not None:
            self._answer_at_once(*self._waiting)

    def hold_back(self, most: int) -> bool:
        """Withholds 100 Continue if the body exceeds `most` bytes; returns whether it does.

        Only a client that waits for 100 Continue announces its length in time.
        """
        cycle = self._current
        if cycle.waiting_for_100_continue:
            told = dict(cycle.scope["headers"])
            cycle.is_unasked = int(told.get(b"content-length", 0)) > most
        return bool(cycle.is_unasked)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """An exchange may begin: with its task, or without one once its request is whole."""
        self._current = cycle
        if cycle.more_body and not cycle.waiting_for_100_continue:
            self._waiting = (cycle, app)
        else:
            self._begin_task(cycle, app)

    def _begin_task(self, cycle: Any, app: Any) -> None:
        self._waiting = None
        super()._start_asgi_task(cycle, app)

    def _answer_at_once(self, cycle: Any, app: Any) -> None:
        """Answers synchronously; creates a task only where the response has to wait."""
        self._waiting = None
        # Of many requests in one packet, others are let in between.
        is_plain = cycle.keep_alive and not self.flow.write_paused and not self._has_answered
        try:
            answer = (
                self.try_respond_synchronously(cycle.scope, bytes(cycle.body)) if is_plain else app
            )
        except Exception as error:
            # The parser would take it for a mistake of the client's; a task's is answered 500.
            answer = partial(_fail, error)
        if not isinstance(answer, bytes):
            self._begin_task(cycle, answer)
            return
        cycle.response_started = cycle.response_complete = self._has_answered = True
        cycle.let_go()
        self.transport.write(answer)
        self.on_response_complete()

    def _refuse_unread(self, unread: Unwanted) -> None:
        """Answers what is no HTTP, or begins with too much of it."""
        if self._in_head and self._size > MAX_HEAD:
            self._refuse(431, TOO_LARGE)
        else:
            _log.warning("a request is answered with %s: %s", unread.status, unread)
            self._refuse(unread.status, str(unread))

    def _owes_answer(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _give_up(self) -> None:
        if self._is_arriving:
            self._refuse(408, "the request took too long to arrive")
        else:
            self._deadline = None
            self.timeout_keep_alive_handler()

    def _refuse(self, status: int, message: str) -> None:
        self._unset_deadline()
        in_body = self._is_arriving and not self._in_head
        self._is_arriving = False
        if self.transport.is_closing():
            return
        self._is_deaf = True
        if in_body and self.cycle.response_complete:
            self.transport.close()
            return
        if in_body and self.pipeline:
            # Others come before it, and it is not going to begin.
            self.pipeline.popleft()
            self.cycle = self.pipeline[0][0] if self.pipeline else self._current
            in_body = False
        if self._owes_answer() and (not in_body or self.cycle.response_started):
            # What was asked before is answered first; nothing may pass for its answer.
            self.flow.pause_reading()
            self.cycle.keep_alive = False
            return
        reply = error_answer(status, message, self.correlate(), [CLOSE])
        head = written(status, self.server_state.default_headers, reply.headers)
        self.transport.write(head + reply.content)
        self.transport.close()


async def _fail(error: Exception, *_: object) -> None:
    """Stands for an application that has failed, where it was called without a task."""
    raise error


def protocol(
    timeout_arrival: float,
    correlate: Callable[[], str],
    try_respond_synchronously: Callable[[Any, bytes], bytes | Any],
) -> type[Protocol]:
    """Returns the protocol class of a server.

    Args:
        timeout_arrival: seconds a request may take from its first byte to its last.
        correlate: gives correlation ids.
        try_respond_synchronously: answers a request that has arrived whole, or returns the ASGI
            application that goes on with it; gets the scope and the body.
    """
    settings = {
        "timeout_arrival": timeout_arrival,
        "correlate": staticmethod(correlate),
        "try_respond_synchronously": staticmethod(try_respond_synchronously),
    }
    return type("Protocol", (Protocol,), settings)
