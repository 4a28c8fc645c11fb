"""Answers that take long: threads make them, and sandboxes take turns."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from ..api.answers import Response
from .protocol import Protocol
from .threads import in_thread

_log = logging.getLogger("simulator")

#: So many are made at once; of one sandbox, one.
AT_ONCE = 2
#: So many scenarios are played beside them.
PLAYS_AT_ONCE = 1
#: What became of the sandbox of a call that has waited in vain.
GONE = "its sandbox was reset, dropped or replaced by a snapshot"

Fail = Callable[[int, str], Response]


class LongAnswers:
    """Lets threads make the answers that take long; others are served meanwhile.

    Args:
        stopping: set once the server stops.
    """

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        # Plays go on for seconds: whoever only reads never waits for one.
        self._places = {
            False: asyncio.Semaphore(AT_ONCE),
            True: asyncio.Semaphore(PLAYS_AT_ONCE),
        }
        self._turns: dict[tuple[bool, str], asyncio.Lock] = {}
        self._waiting: Counter[tuple[bool, str]] = Counter()

    async def make(
        self,
        waiting: Response,
        protocol: Protocol,
        fail: Fail,
    ) -> Response:
        """Returns the answer; a failure where nobody is there for it any more.

        Args:
            waiting: says what makes it, and what sandbox it is about.
            protocol: the connection of the client.
            fail: makes the answer of a failure from a status and a message.
        """
        later, sandbox, is_play = waiting.later, waiting.sandbox, waiting.is_play
        assert later is not None  # noqa: S101 - for mypy
        name = sandbox.name if sandbox is not None else ""
        async with self._turn(is_play, name), self._places[is_play]:
            if self._stopping.is_set():
                return fail(503, "the simulator stops")
            if sandbox is not None and sandbox.is_gone:
                return fail(503, f"{GONE} while the call waited")
            if protocol.has_left:
                return fail(503, "the client has left")
            return await self._made(later, fail)

    async def _made(self, later: Callable[[], Response], fail: Fail) -> Response:
        making = in_thread(later, "long answer")
        stopping = asyncio.ensure_future(self._stopping.wait())
        either: set[asyncio.Future[Any]] = {making, stopping}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not making.done():
            making.add_done_callback(_forget)
            return fail(503, "the simulator stops")
        try:
            return making.result()
        except Exception:
            _log.exception("an answer could not be made")
            return fail(500, "the simulator has failed; its log has the trace")

    @asynccontextmanager
    async def _turn(self, is_play: bool, name: str) -> AsyncIterator[None]:
        """Waits until no other answer of a sandbox is being made; plays have turns of their own."""
        of = is_play, name
        lock = self._turns.setdefault(of, asyncio.Lock())
        self._waiting[of] += 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[of] -= 1
            if not self._waiting[of]:
                del self._waiting[of], self._turns[of]


def _forget(making: "asyncio.Future[Response]") -> None:
    """Takes what came of an answer that nobody waits for."""
    if not making.cancelled():
        making.exception()
