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
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.engine.errors import NO_CODE

__all__ = ["Protocol", "error_body", "protocol"]

_log = logging.getLogger("simulator")

#: Request line and headers together.
MAX_HEAD = 64 * 1024
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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self.corked = _Corked(transport)
        self.transport = self.corked  # type: ignore[assignment]
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
        if self.cycle is None and data.startswith(TLS_HANDSHAKE):
            _log.warning("a client speaks TLS on the port for plain HTTP; --tls serves HTTPS")
            self._refuse(400, "this port speaks plain HTTP")
            return
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
        self.scope["state"]["protocol"] = self

    def on_headers_complete(self) -> None:
        """A request's head was read."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request was read to its end."""
        self._is_arriving = False
        self._unset_deadline()
        super().on_message_complete()

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
        """Answers what is no HTTP."""
        self._refuse(400, msg)

    def _give_up(self) -> None:
        self._refuse(408, "the request took too long to arrive")

    def _refuse(self, status: int, message: str) -> None:
        self._unset_deadline()
        self._is_arriving = False
        if self.transport.is_closing():
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


def protocol(timeout_arrival: float, correlate: Callable[[], str]) -> type[Protocol]:
    """Returns the protocol class of a server.

    Args:
        timeout_arrival: seconds a request may take from its first byte to its last.
        correlate: gives correlation ids.
    """
    settings = {"timeout_arrival": timeout_arrival, "correlate": staticmethod(correlate)}
    return type("Protocol", (Protocol,), settings)


def error_body(message: str, correlation_id: str, code: str = NO_CODE) -> bytes:
    """Returns the body of an error that no application saw."""
    body = {"code": code, "message": message, "correlationId": correlation_id}
    return json.dumps(body).encode()
