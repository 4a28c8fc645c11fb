"""The kinds of values in scenario files."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from ..engine.ids import Random
from ..engine.operations import ENDPOINTS
from ..engine.states import PaymentState, RefundState
from ..engine.values import as_duration, as_fraction
from ..settings.documents import Node
from ..settings.nearest import nearest
from ..settings.shapes import (
    ShapeReader,
    ValueKind,
    choice_of,
    decimal_kind,
    field_of,
    filled_list_of,
    text_kind,
)

#: Every call that a scenario can name.
CALLS = tuple(each.name for each in ENDPOINTS)
LONGEST_DELAY = timedelta(minutes=5)


def _real_time(text: str) -> timedelta:
    length = as_duration(text)
    if length > LONGEST_DELAY:
        raise ValueError("passes in real time, so it must be at most 5m")
    return length


def _status(text: str) -> int:
    if not (text.isdecimal() and 200 <= int(text) <= 599):
        raise ValueError(f"expected an HTTP status from 200 to 599, got {_as_given(text)}")
    return int(text)


def _as_given(text: str) -> str:
    """Returns a wrong number as its file has it: a number without quotes, a word with them."""
    return text[:20] if as_fraction(text).is_finite() else repr(text[:20])


def _count(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 1_000_000):
        raise ValueError(f"expected a whole number of at least 1, got {_as_given(text)}")
    return int(text)


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return " ".join(text.split())


def above_zero(most: int) -> ValueKind:
    """Returns the kind of a number above 0 and up to another."""

    def check(number: Decimal) -> Decimal:
        if not 0 < number <= most:
            raise ValueError(f"expected a number above 0 and up to {most}, got {number}")
        return number

    return decimal_kind(check)


def _one_or_more(kind: ValueKind) -> ValueKind:
    """Returns the kind of a value or a list of values, which is always read as a tuple."""

    several = filled_list_of(kind)

    def read(node: Node) -> tuple[Any, ...]:
        values: tuple[Any, ...] = several.read(node) if node.is_list else (kind.read(node),)
        return values

    return ValueKind(read, {"anyOf": [kind.schema, several.schema]})


def _which_payment(text: str) -> int | PaymentState:
    if text.isdecimal() and 1 <= int(text) <= MOST_PAYMENTS:
        return int(text)
    if text in _STATES:
        return _STATES[text]
    raise ValueError(
        f"expected the payment's place in the run, from 1 to {MOST_PAYMENTS}, or the state it is "
        f"in; {nearest(text, _STATES)}"
    )


#: A run takes at most this many payments.
MOST_PAYMENTS = 100
_STATES = {str(each): each for each in PaymentState}
CALL = choice_of(CALLS, "an operation")
CALL_OR_CALLS = _one_or_more(CALL)
CODE = text_kind(str, type=["string", "integer"])
COUNT = text_kind(_count, type="integer", minimum=1)
#: A duration in the time of the sandbox.
DURATION = text_kind(as_duration, pattern="^[0-9]+(\\.[0-9]+)? ?(ms|s|m|h|d)$")
LENGTH = text_kind(as_duration)
REAL_TIME = text_kind(_real_time, pattern="^[0-9]+(\\.[0-9]+)? ?(ms|s|m)$")
#: A payment of a run: by its place, from 1, or by the state it is in.
PAYMENT = ValueKind(
    text_kind(_which_payment).read,
    {"anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_PAYMENTS}, {"enum": [*_STATES]}]},
)
STATE = choice_of(PaymentState, "a payment state")
STATE_OR_STATES = _one_or_more(STATE)
REFUND_STATE_OR_STATES = _one_or_more(choice_of(RefundState, "a refund state"))
STATUS = text_kind(_status, type="integer", minimum=200, maximum=599)
WORDS = text_kind(_words, minLength=1)


@dataclass(frozen=True, slots=True)
class Delay:
    """The real time a response takes: a duration, a range, or a log-normal distribution."""

    at_least: timedelta = field_of(REAL_TIME, "the duration, or the shortest of a uniform range")
    at_most: timedelta | None = field_of(REAL_TIME, "the longest of the range", default=None)
    spread: Decimal | None = field_of(
        above_zero(3), "sigma of a log-normal distribution around at_least", default=None
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
