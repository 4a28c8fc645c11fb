"""The time of day, for records: it never runs backwards, whatever the machine's clock does."""

from collections.abc import Callable

#: Seconds that the time of day stands still for at most, until the machine's clock has caught up.
LONGEST_HALT = 1.0


class SteadyWallClock:
    """Returns the seconds since 1970.

    It follows the machine's clock forward, however far. Where that is set back a little, it stands
    still until the clock has caught up; where it is set back further, it goes on by itself.

    Args:
        wall: returns the seconds since 1970 by the machine's clock.
        ticks: returns the seconds since any origin; never decreases.
    """

    def __init__(self, wall: Callable[[], float], ticks: Callable[[], float]) -> None:
        self._wall, self._ticks = wall, ticks
        self._last, self._last_ticks = wall(), ticks()

    def __call__(self) -> float:
        """Returns the time; never less than before."""
        wall, ticks = self._wall(), self._ticks()
        if wall < self._last - LONGEST_HALT:
            wall = self._last + ticks - self._last_ticks
        self._last, self._last_ticks = max(wall, self._last), ticks
        return self._last
