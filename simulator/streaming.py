"""Sends streams: a coroutine each, no thread, and no more in memory than what is being sent."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from simulator.api.streams import Stream
from simulator.environs import Answer
from simulator.heads import head_of
from simulator.protocol import Protocol

__all__ = ["MOST_STREAMS", "Streamer"]

#: So many clients may listen at once.
MOST_STREAMS = 100
#: Real seconds after which a stream that has nothing to tell says that it is still there.
HEARTBEAT = 15.0

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

    async def carry(self, stream: Stream, answer: Answer, protocol: Protocol, send: Send) -> None:
        """Sends the head of an answer, and then what its stream has to tell."""
        self._count += 1
        try:
            await send(head_of(answer, has_length=False))
            await self._tell(stream, protocol, send)
            if not protocol.transport.is_closing():
                await send({"type": "http.response.body", "body": b""})
        finally:
            self._count -= 1

    async def _tell(self, stream: Stream, protocol: Protocol, send: Send) -> None:
        # A first byte at once tells the client that it is connected.
        told, quiet = stream.news() or stream.heartbeat, 0.0
        while not self._stopping.is_set() and not protocol.transport.is_closing():
            if not told and quiet >= HEARTBEAT:
                told = stream.heartbeat
            quiet += stream.every
            if told:
                quiet = 0.0
                await send({"type": "http.response.body", "body": told, "more_body": True})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), stream.every)
            told = stream.news()
