"""Fault injection on the wire: delays, slow bodies, broken connections."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ..api.answers import Response
from ..scripting.fate import Delivery, Ending, Fate, WirePlan, fate_of
from .heads import head_of
from .protocol import Protocol
from .stalls import Stall

#: The shortest between two looks of a call whether what it waits for has happened, in seconds.
CHECK_INTERVAL = 0.01
#: So many looks a second all such calls may take together: the more wait, the rarer each looks.
MOST_LOOKS = 2000
#: Time that half an answer gets to arrive before a reset, and a reset in turn, in seconds.
SETTLING = 0.05
DRIBBLE_PIECES = 20

Send = Callable[[dict[str, Any]], Awaitable[None]]


class FaultInjector:
    """Carries out wire plans, one coroutine each."""

    def __init__(self) -> None:
        #: How many calls wait until something has happened.
        self._looking = 0

    async def wait(
        self, plan: WirePlan, stall: Stall, is_vain: Callable[[], bool] = lambda: False
    ) -> None:
        """Waits as long as a plan says, or until what it waits for has happened.

        Args:
            plan: what goes wrong.
            stall: the wait of the call.
            is_vain: whether nobody needs what it waits for any more.
        """
        if plan.until is None:
            await self._wait(plan, stall, is_vain)
            return
        self._looking += 1
        try:
            await self._wait(plan, stall, is_vain)
        finally:
            self._looking -= 1

    async def _wait(self, plan: WirePlan, stall: Stall, is_vain: Callable[[], bool]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + plan.delay
        while (left := end - loop.time()) > 0 and not stall.is_over:
            if is_vain() or (plan.until is not None and plan.until()):
                return
            # A client that hangs up looks like one that only sends no more, until it is answered.
            if plan.outlasts_client and (stall.is_unheard or stall.has_left):
                return
            if plan.until is not None:
                left = min(left, max(CHECK_INTERVAL, self._looking / MOST_LOOKS))
            await stall.pause(left)

    async def deliver(
        self, plan: WirePlan, reply: Response, stall: Stall, protocol: Protocol, send: Send
    ) -> Delivery:
        """Sends as much of a response as its plan says, and breaks the connection where it does.

        Args:
            plan: what goes wrong.
            reply: the response.
            stall: the wait of the call.
            protocol: the connection.
            send: takes messages of ASGI.

        Returns:
            How much of the response reached the client, as far as that can be known.
        """
        fate = fate_of(plan, len(reply.content))
        if fate.delivery is Delivery.NOTHING:
            has_left = protocol.has_left
            protocol.hang_up(fate.ending is Ending.RESET)
            return Delivery.ABANDONED if has_left else fate.delivery
        has_left = protocol.has_left
        await send(head_of(reply))
        if protocol.is_half_closed:
            # Whoever is gone refuses the head; who only sends no more takes it.
            await send({"type": "http.response.body", "body": b"", "more_body": True})
            await asyncio.sleep(SETTLING)
            has_left = protocol.has_left
        if has_left:
            protocol.hang_up(reset=False)
            return Delivery.ABANDONED
        sent = reply.content[: fate.sent]
        if plan.dribble:
            await self._dribble(sent, plan.dribble, stall, send)
        else:
            await send({"type": "http.response.body", "body": sent, "more_body": True})
        await self._end_body(fate, protocol, send)
        return fate.delivery

    async def _end_body(self, fate: Fate, protocol: Protocol, send: Send) -> None:
        if fate.ending is None:
            await send({"type": "http.response.body", "body": b""})
            return
        # A reset overtakes what is still under way: let the part arrive first.
        await asyncio.sleep(SETTLING)
        protocol.hang_up(fate.ending is Ending.RESET)

    async def _dribble(self, content: bytes, over: float, stall: Stall, send: Send) -> None:
        pieces = max(1, min(len(content), DRIBBLE_PIECES))
        size = -(-len(content) // pieces) or 1
        for begin in range(0, len(content), size):
            piece = content[begin : begin + size]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await self.wait(WirePlan(delay=over / pieces), stall, lambda: stall.has_left)
