"""Which values may stand in a stored sandbox, whatever they are: bounds for each kind of value."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any

import msgspec

from ..engine.clock import EARLIEST, LATEST
from ..engine.ids import Random
from ..scripting.scenario import Scenario
from ..settings.settings_values import HIGHEST

#: JSON's numbers are exact up to here; nothing is counted further.
MOST = 2**53
#: Seconds: thirty thousand years, more than the clock of a world can show.
LONGEST = 1e12
LONGEST_DURATION = timedelta(days=36500)
#: The clock stops before; a reservation that is made then ends after it.
FURTHEST = LATEST + LONGEST_DURATION
#: Decimals are amounts, chances and spreads.
FINEST = -12


def check_bounds(value: Any, path: str) -> None:
    """Checks a value and all values in it.

    Args:
        value: a value of the types that sandboxes are made of.
        path: where it stands, for the error.

    Raises:
        ValueError: one is beyond all bounds; the message says where it stands.
    """
    kind = type(value)
    if kind is str or value is None or kind is bool or kind is bytes:
        return
    check = _CHECKS.get(kind)
    if check is not None:
        wrong = check(value)
        if wrong:
            raise ValueError(f"{path}: {wrong}")
        return
    if isinstance(value, Enum | Random | Scenario):
        return
    for name, inner in _inside(kind, value):
        check_bounds(inner, f"{path}.{name}")


def _inside(kind: type, value: Any) -> Iterator[tuple[object, Any]]:
    names = _names(kind)
    if names is not None:
        for name in names:
            yield name, getattr(value, name)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key, key
            yield key, inner
    elif isinstance(value, tuple | list):
        yield from enumerate(value)
    else:
        raise ValueError(f"a {kind.__name__} can't be stored")


@lru_cache(maxsize=256)
def _names(kind: type) -> tuple[str, ...] | None:
    """Returns the fields of a type, or None for one that has none."""
    if issubclass(kind, msgspec.Struct):
        return kind.__struct_fields__
    if is_dataclass(kind):
        return tuple(each.name for each in fields(kind))
    return None


def _whole(number: int) -> str:
    return "" if -MOST <= number <= MOST else "is beyond all bounds"


def _fraction(number: float) -> str:
    return "" if -LONGEST <= number <= LONGEST else "is beyond all bounds"


def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        return "needs a zone, such as the Z of 2024-01-31T12:00:00Z"
    if not EARLIEST <= moment <= FURTHEST:
        return f"must be from {EARLIEST:%Y} to {FURTHEST:%Y}"
    return ""


def _duration(length: timedelta) -> str:
    if not timedelta(0) <= length <= LONGEST_DURATION:
        return "must be from 0 to a hundred years"
    return ""


def _number(number: Decimal) -> str:
    if not number.is_finite() or not -HIGHEST <= number <= HIGHEST:
        return "is beyond all bounds"
    exponent = number.as_tuple().exponent
    return "has too many decimals" if isinstance(exponent, int) and exponent < FINEST else ""


_CHECKS: dict[type, Callable[[Any], str]] = {
    int: _whole,
    float: _fraction,
    datetime: _moment,
    timedelta: _duration,
    Decimal: _number,
}
