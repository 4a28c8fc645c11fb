"""HTTP on one connection: uvicorn's protocol, with limits on what a request's arrival may cost, and
with the ways to end a connection that HTTP does not know.
"""

import asyncio
import json
import logging
import socket
import struct
import sys
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.engine.errors import NO_CODE

__all__ = ["Protocol", "error_body", "protocol"]

_log = logging.getLogger("simulator")

#: Request line and headers together.
MAX_HEAD = 64 * 1024
TOO_LARGE = f"the request's head is larger than {MAX_HEAD} bytes"
#: Time that the last bytes over TLS get to arrive before the connection is closed, in seconds.
FAREWELL = 0.1
#: What a TLS connection begins with, and no HTTP request does (RFC 8446, section 5.1).
TLS_HANDSHAKE = b"\x16"


class _Corked:
    """A transport that keeps what is written until it is told to send: head and body at once."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._kept: list[bytes] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Sends, or keeps for `uncork`."""
        if self._kept is None:
            self._transport.write(data)
        else:
            self._kept.append(data)

    def cork(self) -> None:
        """Keeps from now on."""
        self._kept = []

    def uncork(self) -> None:
        """Sends all that was kept, in one piece."""
        kept, self._kept = self._kept, None
        if kept:
            self._transport.write(b"".join(kept))

    def close(self) -> None:
        """Sends all that was kept, and closes."""
        self.uncork()
        self._transport.close()


class Protocol(HttpToolsProtocol):
    """HTTP on one connection: uvicorn's, with limits on what a request's arrival may cost."""

    #: Seconds a request may take from its first byte to its last.
    timeout_arrival = 30.0
    #: Gives the correlation id of an error that no application saw.
    correlate: Callable[[], str]
    #: Answers a request that has arrived whole, or returns what goes on with it.
    at_once: Callable[[Any, bytes], bytes | Any]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self.corked = _Corked(transport)
        self.transport = self.corked  # type: ignore[assignment]
        #: How much has come since the request's first byte, or since the last byte of its body.
        self._size = 0
        self._in_head = False
        self._is_arriving = False
        #: The exchange that begins once its request has arrived whole, and its application.
        self._waiting: tuple[Any, Any] | None = None
        self._has_answered = False
        self._deadline: asyncio.TimerHandle | None = None
        # A client that says nothing from the start is let go as one that has no more to say.
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._unset_deadline()
        self._unset_keepalive_if_required()
        self._waiting = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        if self.cycle is None and data.startswith(TLS_HANDSHAKE):
            _log.warning("a client speaks TLS on the port for plain HTTP; --tls serves HTTPS")
            self._refuse(400, "this port speaks plain HTTP")
            return
        self._size += len(data)
        self._has_answered = False
        super().data_received(data)
        if not self._is_arriving:
            # What came and began no request, such as empty lines, is held to the same time.
            if self._has_answered or self._owes_answer():
                return
        elif self._size > MAX_HEAD:
            self._refuse(431, TOO_LARGE)
            return
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.timeout_arrival, self._give_up)

    def on_message_begin(self) -> None:
        """A request's first byte was read."""
        super().on_message_begin()
        self._unset_deadline()
        self._is_arriving = self._in_head = True
        self.scope["state"]["protocol"] = self

    def on_headers_complete(self) -> None:
        """A request's head was read."""
        if self._size > MAX_HEAD and self._head_size() > MAX_HEAD:
            raise ValueError(TOO_LARGE)
        if [name for name, _ in self.headers].count(b"host") > 1:
            # Whoever stands in front may go by the other one (RFC 9112, section 3.2).
            raise ValueError("there is more than one Host")
        super().on_headers_complete()
        self._in_head = False
        # What comes behind a body is no header (RFC 9110, section 6.5.1).
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """A piece of a request's body was read."""
        self._size = 0
        super().on_body(body)
        if self._waiting is not None and len(self.cycle.body) > HIGH_WATER_LIMIT:
            self._begin_task(*self._waiting)

    def on_message_complete(self) -> None:
        """A request was read to its end."""
        self._is_arriving = False
        self._size = 0
        self._unset_deadline()
        super().on_message_complete()
        if self._waiting is not None:
            self._answer_at_once(*self._waiting)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """An exchange may begin: with its task, or without one once its request is whole."""
        if cycle.more_body and not cycle.waiting_for_100_continue:
            self._waiting = (cycle, app)
        else:
            self._begin_task(cycle, app)

    def _begin_task(self, cycle: Any, app: Any) -> None:
        self._waiting = None
        super()._start_asgi_task(cycle, app)

    def _answer_at_once(self, cycle: Any, app: Any) -> None:
        """Answers without a task, which most exchanges need for nothing; the others get theirs."""
        self._waiting = None
        # Of many requests in one packet, others are let in between.
        is_plain = cycle.keep_alive and not self.flow.write_paused and not self._has_answered
        try:
            answer = self.at_once(cycle.scope, bytes(cycle.body)) if is_plain else app
        except Exception as error:
            # The parser would take it for a mistake of the client's; a task's is answered 500.
            answer = partial(_fail, error)
        if not isinstance(answer, bytes):
            self._begin_task(cycle, answer)
            return
        cycle.response_started = cycle.response_complete = self._has_answered = True
        cycle.on_response = _nothing
        self.transport.write(answer)
        self.on_response_complete()

    def hang_up(self, reset: bool) -> None:
        """Ends the connection without another byte: by a FIN, or by a RST."""
        if self.cycle is not None:
            # What the application did not answer is not to be answered by uvicorn.
            self.cycle.disconnected = True
        if reset:
            connection = self.transport.get_extra_info("socket")
            if connection is not None:
                linger = struct.pack("ii" if sys.platform != "win32" else "hh", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()
        else:
            self.transport.close()
            if self.scheme == "https":
                # TLS has said goodbye; it would wait long for the client to do so too.
                self.loop.call_later(FAREWELL, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP, or begins with too much of it."""
        if self._in_head and self._size > MAX_HEAD:
            self._refuse(431, TOO_LARGE)
        else:
            self._refuse(400, msg)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

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
        if in_body and (self.pipeline or self.cycle.response_complete):
            self.transport.close()
            return
        if self._owes_answer() and (not in_body or self.cycle.response_started):
            # What was asked before is answered first; nothing may pass for its answer.
            self.flow.pause_reading()
            self.cycle.keep_alive = False
            return
        body = error_body(message, self.correlate())
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


async def _fail(error: Exception, *_: object) -> None:
    """Stands for an application that has failed, where it was called without a task."""
    raise error


def _nothing() -> None:
    """Takes the place of a callback, so that an exchange that is over keeps nothing alive."""


def protocol(
    timeout_arrival: float,
    correlate: Callable[[], str],
    at_once: Callable[[Any, bytes], bytes | Any],
) -> type[Protocol]:
    """Returns the protocol class of a server.

    Args:
        timeout_arrival: seconds a request may take from its first byte to its last.
        correlate: gives correlation ids.
        at_once: answers a request that has arrived whole, or returns the ASGI application that
            goes on with it; gets the scope and the body.
    """
    settings = {
        "timeout_arrival": timeout_arrival,
        "correlate": staticmethod(correlate),
        "at_once": staticmethod(at_once),
    }
    return type("Protocol", (Protocol,), settings)


def error_body(message: str, correlation_id: str, code: str = NO_CODE) -> bytes:
    """Returns the body of an error that no application saw."""
    body = {"code": code, "message": message, "correlationId": correlation_id}
    return json.dumps(body).encode()
