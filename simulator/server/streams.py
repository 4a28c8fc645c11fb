"""Sends streams: a coroutine each, no thread, and no more in memory than what is being sent."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from ..api.answers import Response, Stream
from .heads import head_of
from .protocol import Protocol

#: So many clients may listen at once.
MOST_STREAMS = 100
#: Real seconds after which a stream that has nothing to tell says that it is still there.
HEARTBEAT = 15.0
#: The longest between two looks at a client that sends no more: it may be gone.
OFTEN = 1.0

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Streamer:
    """Sends streams until their clients leave, or all of them end.

    Args:
        stopping: set once the server stops.
    """

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Whether another stream would be one too many."""
        return self._count >= MOST_STREAMS

    async def carry(self, stream: Stream, reply: Response, protocol: Protocol, send: Send) -> None:
        """Sends the head of an answer, and then what its stream has to tell."""
        self._count += 1
        try:
            await send(head_of(reply, has_length=False))
            await self._tell(stream, protocol, send)
            if not protocol.transport.is_closing():
                await send({"type": "http.response.body", "body": b""})
        finally:
            self._count -= 1

    async def _tell(self, stream: Stream, protocol: Protocol, send: Send) -> None:
        # A first byte at once tells the client that it is connected.
        told, quiet = stream.news() or stream.heartbeat, 0.0
        while not self._stopping.is_set() and not protocol.has_left:
            # Only what is sent shows whether a client that sends no more still listens.
            if not told and (quiet >= HEARTBEAT or protocol.is_half_closed):
                told = stream.heartbeat
            step = min(stream.every, OFTEN) if protocol.is_half_closed else stream.every
            quiet += step
            if told:
                quiet = 0.0
                await send({"type": "http.response.body", "body": told, "more_body": True})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), step)
            told = stream.news()
