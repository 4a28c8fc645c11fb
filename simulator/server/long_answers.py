"""Answers that take long: threads make them, and sandboxes take turns."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from ..api.answers import Response
from ..api.failures import RETRY_AFTER, shortage_of
from .protocol import Protocol
from .threads import in_thread
from .turns import Turns

_log = logging.getLogger("simulator")

#: So many are made at once; of one sandbox, one.
AT_ONCE = 2
#: So many scenarios are played beside them.
PLAYS_AT_ONCE = 1
#: What became of the sandbox of a call that has waited in vain.
GONE = "its sandbox was reset, dropped or replaced by a snapshot"
STOPS = "the simulator stops"
#: Why nothing is made for a client that hangs up, or only says that it sends no more.
LEFT = "the client has left, or has closed its side of the connection while others come first"
#: No answer of so many bytes is added where so many wait for clients to read them.
LARGE = 1024 * 1024
MOST_UNREAD = 256 * 1024 * 1024
UNREAD = (
    f"{MOST_UNREAD // 1024**2} MB of answers wait for clients that do not read them; try again."
)

Fail = Callable[[int, str], Response]


class LongAnswers:
    """Lets threads make the answers that take long; others are served meanwhile.

    Args:
        stopping: set once the server stops.
    """

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        # Plays go on for seconds: whoever only reads never waits for one.
        self._turns = {False: Turns(AT_ONCE), True: Turns(PLAYS_AT_ONCE)}

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
        turns = self._turns[is_play]
        if full := turns.too_many(name):
            return fail(503, full)
        turn = turns.ask(name)
        try:
            await self._wait(turns, name, turn, protocol)
            if self._stopping.is_set():
                return fail(503, STOPS)
            if sandbox is not None and sandbox.is_gone:
                return fail(503, f"{GONE} while the call waited")
            if turn.cancelled() or protocol.has_left:
                return fail(503, LEFT)
            reply = await self._made(later, fail)
            return _try_later(fail, UNREAD) if _is_too_much(reply, protocol) else reply
        finally:
            turns.give_back(name, turn)

    async def _wait(
        self, turns: Turns, name: str, turn: "asyncio.Future[None]", protocol: Protocol
    ) -> None:
        """Waits for a turn, but for nobody who may have left: neither its call nor others wait.

        A client that hangs up and one that only sends no more look the same until something is
        sent to them.
        """
        if turn.done():
            return
        if protocol.is_half_closed or protocol.has_left:
            turns.withdraw(name, turn)
            return
        protocol.on_silence = partial(turns.withdraw, name, turn)
        try:
            await self._until_stop(turn)
        finally:
            protocol.on_silence = None

    async def _until_stop(self, awaited: "asyncio.Future[Any]") -> None:
        """Waits until something is done, or the server stops."""
        stopping = asyncio.ensure_future(self._stopping.wait())
        either: set[asyncio.Future[Any]] = {awaited, stopping}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()

    async def _made(self, later: Callable[[], Response], fail: Fail) -> Response:
        try:
            making = in_thread(later, "long answer")
            await self._until_stop(making)
            if making.done():
                return making.result()
        except Exception as error:
            if shortage := shortage_of(error):
                return _try_later(fail, shortage)
            _log.exception("an answer could not be made")
            return fail(500, "the simulator has failed; its log has the trace")
        making.add_done_callback(_forget)
        return fail(503, STOPS)


def _is_too_much(reply: Response, protocol: Protocol) -> bool:
    """Whether an answer is large, and too much waits for clients that do not read."""
    if len(reply.content) < LARGE:
        return False
    connections = protocol.connections
    return sum(each.transport.get_write_buffer_size() for each in connections) >= MOST_UNREAD


def _try_later(fail: Fail, message: str) -> Response:
    reply = fail(503, message)
    reply.headers.append(RETRY_AFTER)
    return reply


def _forget(making: "asyncio.Future[Response]") -> None:
    """Takes what came of an answer that nobody waits for."""
    if not making.cancelled():
        making.exception()
