"""A clock on a bench: what time it is outside is the test's to say, and what it ran is noted."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mobilepay_simulator.engine.clock import WorldClock

from tests.support import START

__all__ = ["SECOND", "Bench", "Wall"]

SECOND = timedelta(seconds=1)


@dataclass
class Wall:
    """A clock on the wall that moves when a test moves it."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Bench:
    """A clock, the wall it hangs on, and what it ran: seconds since the start, command."""

    scale: float = 0.0
    wall: Wall = field(default_factory=Wall)
    ran: list[tuple[float, Hashable]] = field(default_factory=list)
    also: dict[Hashable, Callable[[], None]] = field(default_factory=dict)
    start: datetime = START

    def __post_init__(self) -> None:
        self.clock = WorldClock(self.wall, self.start, self.scale, self._run)

    def _run(self, command: Hashable) -> None:
        self.ran.append((self.seconds, command))
        self.also.get(command, lambda: None)()

    @property
    def seconds(self) -> float:
        return (self.clock.now - self.start).total_seconds()

    def schedule(self, seconds: float, command: Hashable) -> None:
        self.clock.schedule(self.start + seconds * SECOND, command)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds * SECOND)
