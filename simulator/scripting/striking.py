"""Which fault strikes a call: one of a scenario, or one of the whole sandbox."""

from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime

from simulator.engine.ids import Random, seeded
from simulator.engine.tables import Table
from simulator.scripting.faults import Fault, WirePlan, plan_of

__all__ = ["StandingFaults", "Strikes", "first_to_strike"]

#: Of each fault, by its place: how many calls it was about, and when the first of them came.
Strikes = MutableMapping[int, tuple[int, datetime]]


def first_to_strike(
    faults: Mapping[int, Fault], strikes: Strikes, call: str, now: datetime, random: Random
) -> Fault | None:
    """Returns the first fault that strikes a call, or None; each that is about it counts it.

    Args:
        faults: the faults, by their places.
        strikes: what they have counted so far.
        call: the operation.
        now: the world's time.
        random: what chance is drawn from.
    """
    struck = None
    for number in sorted(faults):
        fault = faults[number]
        if call not in fault.call:
            continue
        count, first_at = strikes.get(number, (0, now))
        strikes[number] = (count + 1, first_at)
        if struck is None and fault.strikes(count + 1, now - first_at, random):
            struck = fault
    return struck


class StandingFaults:
    """The faults of a whole sandbox, which strike its calls whatever scenario is at work."""

    def __init__(self) -> None:
        #: The faults, by their places.
        self.table: Table[int, Fault] = Table()
        #: What they have counted so far.
        self.strikes: Table[int, tuple[int, datetime]] = Table()

    def put(self, faults: Iterable[Fault]) -> None:
        """Takes in faults, in the place of all there were; they begin to count at 1."""
        self.table.clear()
        self.strikes.clear()
        self.table.update(enumerate(faults))

    def calls_of(self, number: int) -> int:
        """Returns how many calls the fault at a place was about so far."""
        return self.strikes[number][0] if number in self.strikes else 0

    def fault_for(
        self, call: str, method: str, now: datetime, seed: tuple[int | str, ...]
    ) -> tuple[Fault, WirePlan] | None:
        """Returns what goes wrong with a call, if anything; each call is counted once.

        Args:
            call: the operation.
            method: its HTTP method.
            now: the world's time.
            seed: what chances and delays follow from.
        """
        if not self.table:
            return None
        # Every call draws anew, so that there is no generator whose state has to be kept.
        count = sum(calls for calls, _ in self.strikes.values())
        random = seeded("faults", *seed, count)
        struck = first_to_strike(self.table, self.strikes, call, now, random)
        return None if struck is None else (struck, plan_of(struck, method, random))
