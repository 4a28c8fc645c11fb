"""A connection's transport that is given no more of a large answer than it can send."""

import asyncio
from collections import deque
from typing import Any

#: So much is handed on at once, in bytes.
PIECE = 128 * 1024


class PacedTransport(asyncio.Transport):
    """Hands large answers to a transport in pieces, the next once it has sent the one before.

    So what waits for a client is known, however the connection is secured: TLS would take all of an
    answer at once, with a copy that it has encrypted, and tells nobody how much of it is still to
    be sent. Over TLS some pieces are under way that are not counted.

    Args:
        transport: sends.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._rest: deque[memoryview] = deque()
        self._left = 0
        self._is_full = False
        #: Whether the connection, or this side of it, ends once all is handed on.
        self._is_closing = self._is_ending = False
        self._is_forgotten = False
        # Called with every request, and the same here.
        self.pause_reading = transport.pause_reading  # type: ignore[method-assign]
        self.get_extra_info = transport.get_extra_info  # type: ignore[method-assign]

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Sends some bytes, behind all others."""
        if not self._left and len(data) <= PIECE:
            self._transport.write(data)
            return
        if self._is_ending or self._is_forgotten or self.is_closing():
            return
        self._rest.append(memoryview(data))
        self._left += len(data)
        # By default TLS takes four times as much before it says that it is full.
        self._transport.set_write_buffer_limits(PIECE // 2)
        self._hand_on()

    def note_full(self) -> None:
        """More waits in the transport than it can send: it gets nothing for now."""
        self._is_full = True

    def go_on(self) -> bool:
        """The transport has sent nearly all; returns whether it can take more than there is."""
        self._is_full = False
        self._hand_on()
        return not self._is_full

    def hand_on_all(self) -> None:
        """Hands on all that waits, for which it is the last chance; it counts as waiting still."""
        for each in self._rest:
            self._transport.write(each)
        self._rest.clear()

    def _hand_on(self) -> None:
        while self._rest and not self._is_full:
            first = self._rest.popleft()
            piece, rest = first[:PIECE], first[PIECE:]
            if rest:
                self._rest.appendleft(rest)
            self._left -= len(piece)
            self._transport.write(piece)
        if not self._rest:
            if self._is_closing:
                self._transport.close()
            elif self._is_ending:
                self._transport.write_eof()

    def get_write_buffer_size(self) -> int:
        """Returns how many bytes wait to be sent."""
        if self._is_forgotten:
            return 0  # a transport of TLS whose connection is gone can't say it
        return self._left + self._transport.get_write_buffer_size()

    def is_closing(self) -> bool:
        """Whether it is closed, or will be once all is sent."""
        return self._is_closing or self._transport.is_closing()

    def close(self) -> None:
        """Ends the connection once all is sent."""
        if self._rest:
            self._is_closing = True
            # A transport that closes reads no more either.
            self._transport.pause_reading()
        else:
            self._transport.close()

    def write_eof(self) -> None:
        """Sends no more once all is sent."""
        if self._rest:
            self._is_ending = True
        else:
            self._transport.write_eof()

    def can_write_eof(self) -> bool:
        """Whether one direction can be ended alone."""
        return self._transport.can_write_eof()

    def abort(self) -> None:
        """Ends the connection at once."""
        self.forget()
        self._transport.abort()

    def forget(self) -> None:
        """Drops what waits: nobody is there for it any more."""
        self._rest.clear()
        self._left, self._is_forgotten = 0, True

    def resume_reading(self) -> None:
        """Goes on reading, unless it closes."""
        if not self.is_closing():
            self._transport.resume_reading()

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Returns what speaks on the connection."""
        return self._transport.get_protocol()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Lets something else speak on the connection."""
        self._transport.set_protocol(protocol)

    def set_write_buffer_limits(self, high: Any = None, low: Any = None) -> None:
        """Sets how much may wait in the transport itself."""
        self._transport.set_write_buffer_limits(high, low)
