"""Which fault is injected into a call: one of a scenario, or one of the sandbox."""

from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime

from ..engine.ids import Random, seeded
from ..engine.tables import Table
from .fate import WirePlan
from .faults import Fault

#: For each fault, by its index: how many matching calls there were, and when the first came.
FaultCounts = MutableMapping[int, tuple[int, datetime]]


def match_fault(
    faults: Mapping[int, Fault],
    counts: FaultCounts,
    call: str,
    method: str,
    now: datetime,
    random: Random,
) -> tuple[Fault, WirePlan] | None:
    """Returns the first fault that applies to a call, or None; counts the call for all of them.

    A fault with `times` does not count what an earlier one is injected into.

    Args:
        faults: the faults by their index.
        counts: their counts so far.
        call: the operation.
        method: its HTTP method.
        now: the world's time.
        random: draws chances and delays.
    """
    found = None
    for index in sorted(faults):
        fault = faults[index]
        if call not in fault.call or (found is not None and fault.times is not None):
            continue
        count, first_at = counts.get(index, (0, now))
        counts[index] = (count + 1, first_at)
        if found is None and fault.applies_to(count + 1, now - first_at, random):
            found = fault
    return None if found is None else (found, found.plan_for(method, random))


class SandboxFaults:
    """The faults of a sandbox, which apply to its calls whatever their scenario is."""

    def __init__(self) -> None:
        self.table: Table[int, Fault] = Table()
        self.counts: Table[int, tuple[int, datetime]] = Table()
        #: How many ids were given out; none is given out again.
        self.ids = 0

    def restore(self, ids: int) -> None:
        """Goes on after the faults in the table.

        Args:
            ids: how many ids were given out; 0 where a file of an earlier version does not tell.
        """
        self.ids = max(ids, max(self.table, default=-1) + 1)

    def put(self, faults: Iterable[Fault]) -> None:
        """Replaces all faults; the new ones count from 1."""
        self.table.clear()
        self.counts.clear()
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Adds a fault behind those there are; it counts from 1, and they go on counting."""
        self.table[self.ids] = fault
        self.ids += 1

    def remove(self, index: int) -> None:
        """Removes a fault; the others keep their order and their counts.

        Raises:
            KeyError: there is none of this index.
        """
        del self.table[index]
        if index in self.counts:
            del self.counts[index]

    def left_of(self, index: int) -> int | None:
        """Returns into how many more calls a fault can be injected; None where no count says."""
        fault, calls = self.table[index], self.calls_of(index)
        if fault.nth is not None:
            return int(calls < fault.nth)
        most = fault.first if fault.times is None else fault.times
        return None if most is None else max(0, most - calls)

    def calls_of(self, index: int) -> int:
        """Returns how many calls a fault has matched."""
        return self.counts[index][0] if index in self.counts else 0

    def fault_for(
        self, call: str, method: str, now: datetime, seed: tuple[int | str, ...]
    ) -> tuple[Fault, WirePlan] | None:
        """Returns the fault to inject into a call, or None; counts the call.

        Args:
            call: the operation.
            method: its HTTP method.
            now: the world's time.
            seed: what chances and delays depend on.
        """
        # A generator for each call, so that the state of a generator need not be stored.
        count = sum(calls for calls, _ in self.counts.values())
        random = seeded("faults", *seed, count)
        return match_fault(self.table, self.counts, call, method, now, random)
