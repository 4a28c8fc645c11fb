"""Requests in a row on one connection: what is behind others is read once it has its turn."""

from asyncio import Transport
from typing import cast

from uvicorn.protocols.http.flow_control import FlowControl

from .cycle import Cycle
from .endings import EndableConnection

#: So much is read at once. A read of the socket brings up to 256 KiB, which is thousands of
#: requests, and each takes a hundred times its length in memory.
PIECE = 16 * 1024


class Flow(FlowControl):
    """Flow control that nothing makes read on while requests wait for their turn."""

    is_held = False

    def hold(self) -> None:
        """Lets reading rest until `release`, whoever asks for more."""
        self.is_held = True
        self.pause_reading()

    def release(self) -> None:
        """Ends `hold`; who wants more has to ask for it."""
        self.is_held = False

    def resume_reading(self) -> None:
        """Goes on reading, if requests do not wait for their turn."""
        if self.read_paused and not self.is_held:
            super().resume_reading()


class PipelinedConnection(EndableConnection):
    """A connection that reads a little at once, and no more while requests wait for answers.

    When it is gone, nothing of it refers to itself: its memory comes back without a collection of
    garbage, which may be long in coming, see `GarbagePolicy`.
    """

    flow: Flow
    #: What has come behind requests that wait.
    _unread: bytes | memoryview = b""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self.flow = Flow(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and with it what has not begun."""
        super().connection_lost(exc)
        self._unread = b""
        for cycle, _ in self.pipeline:
            cast(Cycle, cycle).let_go()
        self.pipeline.clear()
        self.scope = None  # type: ignore[assignment]

    def data_received(self, data: bytes | memoryview) -> None:
        """Some bytes have come: they are read as far as requests have their turn."""
        if len(data) <= PIECE and not self._unread:
            self.read_piece(data)
            return
        rest = memoryview(b"".join((self._unread, data)) if self._unread else data)
        while rest and not self.flow.is_held and not self.transport.is_closing():
            self.read_piece(rest[:PIECE])
            rest = rest[PIECE:]
        self._unread = rest

    def read_piece(self, data: bytes | memoryview) -> None:
        """Reads some bytes, of which those at the end may be left behind others that wait."""
        raise NotImplementedError

    def on_response_complete(self) -> None:
        """A request was answered, and the next has its turn."""
        super().on_response_complete()
        if self.flow.is_held and not self.pipeline:
            # Not at once: the parser may be at work, and others come first.
            self.loop.call_soon(self._read_on)

    def set_deadline(self) -> None:
        """Gives the rest of a request that has begun to come its time."""
        raise NotImplementedError

    def _read_on(self) -> None:
        if self.pipeline:
            return
        rest, self._unread = self._unread, b""
        self.flow.release()
        if rest:
            self.data_received(rest)
        elif self._is_arriving:
            self.set_deadline()
        self.flow.resume_reading()
