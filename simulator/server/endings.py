"""The ways to end a connection that HTTP does not know, and what is known of its end."""

import asyncio
import socket
import struct
import sys
from typing import Any

from .pacing import PacedTransport
from .reading import Reading

#: Time that the last bytes over TLS get to arrive before the connection is closed, in seconds.
FAREWELL = 0.1
#: How long a client may go on sending what nobody reads any more, in seconds and in bytes.
LONGEST_UNHEARD = 2.0
MOST_UNHEARD = 64 * 1024 * 1024
#: How long an answer is kept for a client that takes nothing of it, in seconds. The system takes
#: some megabytes ahead, so that one which reads slowly may seem to take nothing for a while.
LONGEST_UNREAD = 120.0


class EndableConnection(Reading):
    """A connection that can be ended."""

    transport: PacedTransport
    #: The exchange that is at work; `self.cycle` is that of the request that came last.
    _current: Any = None
    #: Whether a request has begun to come, and has not come whole.
    _is_arriving = False
    #: Whether what comes is not looked at any more.
    _is_deaf = False
    _deadline: asyncio.TimerHandle | None = None
    _unheard = 0
    #: Seconds in which a client has to take something of an answer that waits for it.
    longest_unread = LONGEST_UNREAD
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(PacedTransport(transport))

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._unset_reading()
        self.transport.forget()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """More waits to be sent than the client takes."""
        self.transport.note_full()
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """The client has taken nearly all that was handed to the system."""
        if self.transport.go_on():
            self._unset_reading()
            super().resume_writing()

    def _watch_reading(self) -> None:
        self._unset_reading()
        left = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(self.longest_unread, self._end_unread, left)

    def _end_unread(self, left: int) -> None:
        if self.transport.get_write_buffer_size() >= left:
            self.transport.abort()
        else:
            self._watch_reading()

    def _unset_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    @property
    def has_left(self) -> bool:
        """Whether the client is known to be gone.

        Of a client that sends no more this is known some time after the next byte that is sent.
        """
        if self.transport.is_closing():
            return True
        connection = self.transport.get_extra_info("socket")
        return bool(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def hang_up(self, reset: bool) -> None:
        """Ends the connection without another byte: by a FIN, or by a RST."""
        if self._current is not None:
            # What the application did not answer is not to be answered by uvicorn.
            self._current.disconnected = True
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
                self.loop.call_later(FAREWELL, self._part)

    def _part(self) -> None:
        if self.transport.get_write_buffer_size():
            self.loop.call_later(FAREWELL, self._part)
        else:
            self.transport.abort()

    def close_unheard(self) -> None:
        """Ends the connection behind an answer to a request whose body has not come, or not all.

        To a client that sends it all the same, a connection that is closed at once is reset, which
        may take the answer away from it (RFC 9112, section 9.6).
        """
        self._is_deaf, self._is_arriving = True, False
        self._unset_deadline()
        if not self.transport.can_write_eof():
            # TLS can't end one direction alone.
            self.transport.close()
            return
        self.transport.write_eof()
        self._deadline = self.loop.call_later(LONGEST_UNHEARD, self.transport.close)

    def _overhear(self, data: bytes | memoryview) -> None:
        """Discards late input, and closes the connection above a limit."""
        self._unheard += len(data)
        if self._unheard > MOST_UNHEARD:
            self.transport.close()

    def _unset_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
