"""Calls that are held: how often they look whether what they wait for has happened."""

import asyncio
import time

from mobilepay_simulator.scripting.fate import WirePlan
from mobilepay_simulator.server.fault_injection import MOST_LOOKS, FaultInjector
from mobilepay_simulator.server.protocol import Protocol
from mobilepay_simulator.server.stalls import Stalls


class Connected(Protocol):
    """A connection whose client stays."""

    has_left = False

    def __init__(self) -> None:
        """It needs no server."""
        self.is_half_closed = False


def test_many_that_are_held_look_no_more_often_together_than_a_few() -> None:
    many = 500
    looks = [0] * many

    async def hold(number: int, stalls: Stalls, injector: FaultInjector) -> None:
        def look() -> bool:
            looks[number] += 1
            return False

        with stalls.begin(Connected()) as stall:
            await injector.wait(WirePlan(delay=1.0, until=look), stall)

    async def hold_all() -> float:
        stalls, injector = Stalls(many), FaultInjector()
        begun = time.perf_counter()
        await asyncio.gather(*(hold(number, stalls, injector) for number in range(many)))
        return time.perf_counter() - begun

    took = asyncio.run(hold_all())
    # Each looks when it begins, and once more a little sooner, while there are fewer.
    assert many < sum(looks) <= MOST_LOOKS * took + 2 * many
