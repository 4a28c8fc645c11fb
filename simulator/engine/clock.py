"""The clock of a world, with its timers.

Time is read once when the world is entered and stands still until the next entry, so that
everything in one operation happens at one moment. Timers that are due run first, in order, each at
its own due time.
"""

from collections.abc import Callable, Hashable, Iterator
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush, nsmallest

from .tables import Table

#: The first moment of which stored sandboxes may tell.
EARLIEST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
#: The last moment of a world, so that adding a duration of a setting to "now" can never overflow.
LATEST = datetime.fromisoformat("9000-01-01T00:00:00+00:00")

#: Cancelled timers stay in the heap until there are this many, and more of them than live ones.
_WORTH_SWEEPING = 64


class WorldClock:
    """A world's time and timers.

    Args:
        ticks: returns the real seconds since any origin; never decreases.
        start: the aware UTC time at which the world begins.
        scale: simulated seconds per real second; 0 stops time until `advance`.
        on_due: called with a timer's command when it is due.
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
        #: Simulated seconds per real second.
        self.scale = scale
        self._origin = start
        self._origin_ticks = ticks()
        #: The time of the current operation.
        self.now = start
        self._sequence = 0
        self._heap: list[tuple[datetime, int, Hashable]] = []
        #: When each timer is due, and its number.
        self.timers: Table[Hashable, tuple[datetime, int]] = Table()
        self._pinned: datetime | None = None

    def present(self) -> datetime:
        """Returns the time by the real clock; runs no timers."""
        if self._pinned is not None:
            return self._pinned
        passed = (self._ticks() - self._origin_ticks) * self.scale
        if passed >= (LATEST - self._origin).total_seconds():
            return max(LATEST, self.now)
        return max(self._origin + timedelta(seconds=passed), self.now)

    def pin(self) -> datetime:
        """Stops time until `unpin`, and returns it: all that a call does happens at one moment."""
        self._pinned = self.present()
        return self._pinned

    def unpin(self) -> None:
        """Lets time pass again, if it is pinned."""
        self._pinned = None

    def rescale(self, scale: float) -> None:
        """Changes the scale from now on; 0 stops time."""
        self.settle()
        self._restart_from(self.now)
        self.scale = float(scale)

    def schedule(self, due: datetime, command: Hashable) -> None:
        """Runs `command` at `due`, or at the next entry if that is past; replaces an equal one."""
        self._sequence += 1
        self.timers[command] = (due, self._sequence)
        heappush(self._heap, (due, self._sequence, command))
        if len(self._heap) > 2 * len(self.timers) + _WORTH_SWEEPING:
            self._sweep()

    def cancel(self, command: Hashable) -> None:
        """Removes the timer of `command`, if there is one."""
        self.timers.pop(command, None)

    def due_at(self, command: Hashable) -> datetime | None:
        """When `command` runs, or None."""
        entry = self.timers.get(command)
        return entry[0] if entry else None

    def next_due(self) -> datetime | None:
        """When the earliest timer runs, or None."""
        while self._heap and not self._is_live(self._heap[0]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pending(self) -> Iterator[tuple[datetime, Hashable]]:
        """Returns the timers in the order they run."""
        live = sorted((due, number, command) for command, (due, number) in self.timers.items())
        return ((due, command) for due, _, command in live)

    def upcoming(self, most: int) -> list[tuple[datetime, Hashable]]:
        """Returns at most `most` timers that run next, in order."""
        live = ((due, number, command) for command, (due, number) in self.timers.items())
        return [(due, command) for due, _, command in nsmallest(most, live)]

    def restore(self, now: datetime, present: datetime, scale: float) -> None:
        """Goes on with the timers in the table.

        Args:
            now: the time of the world's last operation.
            present: the time now; timers due in between run at the next entry.
            scale: simulated seconds per real second.
        """
        self.now = now
        self._restart_from(max(now, present))
        self.scale = scale
        self._sequence = max((number for _, number in self.timers.values()), default=0)
        self._heap = [(due, number, command) for command, (due, number) in self.timers.items()]
        heapify(self._heap)

    def settle(self) -> None:
        """Runs all timers that are due, and reads the time."""
        self._run_until(self.present())

    def advance(self, length: timedelta) -> None:
        """Moves time forward by `length`, and runs the timers on the way.

        Raises:
            ValueError: `length` is negative, or leads past `LATEST`.
        """
        if length < timedelta(0):
            raise ValueError("time only moves forward; reset the sandbox to start again")
        target = self.present()
        if length > LATEST - target:
            raise ValueError(f"the clock stops at {LATEST:%Y-%m-%d}")
        self._restart_from(target + length)
        self._run_until(target + length)

    def run_immediate(self) -> None:
        """Runs the timers that are due at the current time."""
        self._run_until(self.now)

    def is_behind(self) -> bool:
        """Whether a timer is due by the real clock."""
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
                self.now = max(self.now, due)
                self._on_due(command)
        self.now = max(self.now, target)

    def _is_live(self, entry: tuple[datetime, int, Hashable]) -> bool:
        live = self.timers.get(entry[2])
        return live is not None and live[1] == entry[1]

    def _sweep(self) -> None:
        self._heap = [entry for entry in self._heap if self._is_live(entry)]
        heapify(self._heap)
