"""How long a response takes: the value of `delay`."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from ..engine.ids import Random
from ..settings.documents import Node
from ..settings.shapes import ShapeReader, decimal_kind, field_of
from .value_kinds import LONGEST_DELAY, REAL_TIME


def _spread(number: Decimal) -> Decimal:
    if not 0 < number <= 3:
        raise ValueError(f"expected a number above 0 and up to 3, got {number}")
    return number


@dataclass(frozen=True, slots=True)
class Delay:
    """The real time a response takes: a duration, a range, or a log-normal distribution."""

    at_least: timedelta = field_of(REAL_TIME, "the duration, or the shortest of a uniform range")
    at_most: timedelta | None = field_of(REAL_TIME, "the longest of the range", default=None)
    spread: Decimal | None = field_of(
        decimal_kind(_spread), "sigma of a log-normal distribution around at_least", default=None
    )

    def draw(self, random: Random) -> float:
        """Returns a delay in seconds."""
        low = self.at_least.total_seconds()
        if self.spread is not None:
            drawn = low * random.lognormvariate(0, float(self.spread))
            return min(drawn, LONGEST_DELAY.total_seconds())
        if self.at_most is not None:
            return random.uniform(low, self.at_most.total_seconds())
        return low


def read_delay(node: Node) -> Delay:
    """Returns the delay that a file gives: a length alone, or a mapping."""
    if not node.is_mapping:
        return Delay(REAL_TIME.read(node))
    delay = ShapeReader().shape(Delay, node)
    if delay.at_most is not None and (delay.spread is not None or delay.at_most < delay.at_least):
        raise node.problem("at_most must not be less than at_least, and excludes spread")
    return delay
