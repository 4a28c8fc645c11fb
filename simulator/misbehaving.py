"""What goes wrong on the wire by a scenario: waits, answers in drops, broken connections."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from simulator.environs import Answer
from simulator.heads import head_of
from simulator.protocol import Protocol
from simulator.scripting.faults import Ending, WirePlan

__all__ = ["Misbehaviour"]

#: How often a call that is held looks whether what it waits for has happened, in seconds.
CHECK_INTERVAL = 0.01
#: Time that half an answer gets to arrive before a reset, in seconds.
SETTLING = 0.05
DRIBBLE_PIECES = 20

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Misbehaviour:
    """Carries out plans, one coroutine each.

    Args:
        stopping: set once the server stops, which ends all waits.
    """

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping

    async def wait(self, plan: WirePlan, is_vain: Callable[[], bool] = lambda: False) -> None:
        """Waits as long as a plan says, or until what it waits for has happened.

        Args:
            plan: what goes wrong.
            is_vain: whether what it waits for can't happen any more.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + plan.delay
        while (left := end - loop.time()) > 0 and not self._stopping.is_set():
            if plan.until is not None and (plan.until() or is_vain()):
                return
            step = left if plan.until is None else min(left, CHECK_INTERVAL)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), step)

    async def deliver(self, plan: WirePlan, answer: Answer, protocol: Protocol, send: Send) -> None:
        """Sends as much of an answer as a plan wants, and breaks the connection where it does."""
        if plan.part == 0:
            protocol.hang_up(plan.ending is Ending.RESET)
            return
        await send(head_of(answer))
        sent = answer.content[: int(len(answer.content) * plan.part)]
        if plan.dribble:
            await self._dribble(sent, plan.dribble, send)
        else:
            await send({"type": "http.response.body", "body": sent, "more_body": True})
        if plan.part == 1:
            await send({"type": "http.response.body", "body": b""})
            return
        # A reset overtakes what is still under way: let the part arrive first.
        await asyncio.sleep(SETTLING)
        protocol.hang_up(plan.ending is Ending.RESET)

    async def _dribble(self, content: bytes, over: float, send: Send) -> None:
        pieces = max(1, min(len(content), DRIBBLE_PIECES))
        size = -(-len(content) // pieces) or 1
        for begin in range(0, len(content), size):
            piece = content[begin : begin + size]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await self.wait(WirePlan(delay=over / pieces))
