"""Responses that go on: a view puts a `Stream` into its response, and the server sends its news.

It asks a few times a second, so that nothing is queued for a client that reads slowly: whatever
happened in between is told at once.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that goes on until the client leaves or the server stops.

    Args:
        news: returns what is to be sent now; nothing where nothing has happened.
        every: polling interval in real seconds.
        heartbeat: what is sent when nothing was for long, so that a dead connection is noticed.
    """

    news: Callable[[], bytes]
    every: float
    heartbeat: bytes
