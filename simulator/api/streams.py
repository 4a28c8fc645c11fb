"""Answers that go on: a view leaves a `Stream` under `STREAM`, and the bridge sends what it gives.

It asks a few times a second, so that nothing is queued for a client that reads slowly: whatever
happened in between is told at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["STREAM", "Stream"]

#: The key of a WSGI environ under which a view leaves its stream.
STREAM = "simulator.stream"


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that goes on until the client leaves or the server stops.

    Args:
        news: returns what is to be sent now; nothing where nothing has happened.
        every: real seconds between two looks.
        heartbeat: what is sent when nothing was for long, so that a dead connection is noticed.
    """

    news: Callable[[], bytes]
    every: float
    heartbeat: bytes
