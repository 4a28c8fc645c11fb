"""One clock a world: what time it is there, and what is due.

Time is read once per entry into the world and stands still until the next, so that everything in
one operation happens at one moment. Whatever fell due in between runs first, in order, each at its
own due time, however far the jump.
"""

from collections.abc import Callable, Hashable, Iterator
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush, nsmallest

from simulator.engine.tables import Table

__all__ = ["LATEST", "Clock"]

#: No world goes past this moment, so that adding a setting's length to "now" can never overflow.
LATEST = datetime.fromisoformat("9000-01-01T00:00:00+00:00")

#: Cancelled timers stay in the heap until there are more of them than live ones, and this many.
_WORTH_SWEEPING = 64


class Clock:
    """A world's time and timers.

    Args:
        ticks: seconds that pass outside, from any origin; handed in, never the wall clock itself.
        start: the aware UTC time at which the world begins.
        scale: seconds that pass inside for one outside; 0 stops time until `advance`.
        on_due: called with a timer's command when its time has come.
    """

    def __init__(
        self,
        ticks: Callable[[], float],
        start: datetime,
        scale: float,
        on_due: Callable[[Hashable], None],
    ) -> None:
        self._ticks = ticks
        self._on_due = on_due
        self._scale = scale
        self._origin = start
        self._origin_ticks = ticks()
        self._now = start
        self._sequence = 0
        self._heap: list[tuple[datetime, int, Hashable]] = []
        #: When each timer is due, and its number.
        self.timers: Table[Hashable, tuple[datetime, int]] = Table()
        self._pinned: datetime | None = None

    @property
    def now(self) -> datetime:
        """The moment of the operation under way."""
        return self._now

    def present(self) -> datetime:
        """Returns what time it is by the outside's reckoning; runs nothing."""
        if self._pinned is not None:
            return self._pinned
        passed = (self._ticks() - self._origin_ticks) * self._scale
        if passed >= (LATEST - self._origin).total_seconds():
            return max(LATEST, self._now)
        return max(self._origin + timedelta(seconds=passed), self._now)

    def pin(self) -> datetime:
        """Lets no time pass until `unpin`, however often the world is entered; returns the time.

        What a client asks for in one call happens at one moment.
        """
        self._pinned = self.present()
        return self._pinned

    def unpin(self) -> None:
        """Lets time pass again; no harm where it is not pinned."""
        self._pinned = None

    @property
    def scale(self) -> float:
        """Seconds that pass inside for one outside."""
        return self._scale

    def rescale(self, scale: float) -> None:
        """Lets time pass `scale` times as fast from now on; 0 stops it."""
        self.settle()
        self._restart_from(self._now)
        self._scale = float(scale)

    def schedule(self, due: datetime, command: Hashable) -> None:
        """Runs `command` at `due`, or at the next entry if that is past; replaces an equal one."""
        self._sequence += 1
        self.timers[command] = (due, self._sequence)
        heappush(self._heap, (due, self._sequence, command))
        if len(self._heap) > 2 * len(self.timers) + _WORTH_SWEEPING:
            self._sweep()

    def cancel(self, command: Hashable) -> None:
        """Forgets `command`; no harm where it is not scheduled."""
        self.timers.pop(command, None)

    def due_at(self, command: Hashable) -> datetime | None:
        """When `command` runs, or None where it is not scheduled."""
        entry = self.timers.get(command)
        return entry[0] if entry else None

    def next_due(self) -> datetime | None:
        """When the earliest timer runs, or None where there is none."""
        while self._heap and not self._is_live(self._heap[0]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pending(self) -> Iterator[tuple[datetime, Hashable]]:
        """The timers in the order they are going to run."""
        live = sorted((due, number, command) for command, (due, number) in self.timers.items())
        return ((due, command) for due, _, command in live)

    def upcoming(self, most: int) -> list[tuple[datetime, Hashable]]:
        """Returns the timers that run next, in their order, at most so many."""
        live = ((due, number, command) for command, (due, number) in self.timers.items())
        return [(due, command) for due, _, command in nsmallest(most, live)]

    def restore(self, now: datetime, present: datetime, scale: float) -> None:
        """Goes on with the timers that the table was filled with.

        Args:
            now: how far the world has come.
            present: what time it is; what fell due in between runs at the next entry.
            scale: seconds that pass inside for one outside.
        """
        self._now = now
        self._restart_from(max(now, present))
        self._scale = scale
        self._sequence = max((number for _, number in self.timers.values()), default=0)
        self._heap = [(due, number, command) for command, (due, number) in self.timers.items()]
        heapify(self._heap)

    def settle(self) -> None:
        """Brings the world up to the present: runs all that is due, then reads the time."""
        self._run_until(self.present())

    def advance(self, length: timedelta) -> None:
        """Moves time forward by `length` and runs all that falls due on the way.

        Raises:
            ValueError: `length` is negative or leads past `LATEST`.
        """
        if length < timedelta(0):
            raise ValueError("time only moves forward; reset the sandbox to start again")
        target = self.present()
        if length > LATEST - target:
            raise ValueError(f"the clock stops at {LATEST:%Y-%m-%d}")
        self._restart_from(target + length)
        self._run_until(target + length)

    def run_immediate(self) -> None:
        """Runs what became due during this very moment."""
        self._run_until(self._now)

    def is_behind(self) -> bool:
        """Whether a timer's time has come by the outside's reckoning."""
        due = self.next_due()
        return due is not None and due <= self.present()

    def _restart_from(self, moment: datetime) -> None:
        self._origin = moment
        self._origin_ticks = self._ticks()
        if self._pinned is not None:
            self._pinned = moment

    def _run_until(self, target: datetime) -> None:
        while self._heap and self._heap[0][0] <= target:
            entry = heappop(self._heap)
            if self._is_live(entry):
                due, _, command = entry
                del self.timers[command]
                self._now = max(self._now, due)
                self._on_due(command)
        self._now = max(self._now, target)

    def _is_live(self, entry: tuple[datetime, int, Hashable]) -> bool:
        live = self.timers.get(entry[2])
        return live is not None and live[1] == entry[1]

    def _sweep(self) -> None:
        self._heap = [entry for entry in self._heap if self._is_live(entry)]
        heapify(self._heap)
