"""Numbers and lengths of time that somebody types into a form."""

import math

from ...engine.values import as_duration
from ..api import ApiError


def number_of(name: str, text: str) -> float:
    """Returns the number that a field says; a comma is taken for the decimal point.

    Args:
        name: what the mistake calls the field.
        text: what was typed.

    Raises:
        ApiError: it is no finite number.
    """
    number = _finite(text)
    if number is None:
        raise ApiError(400, f"{name}: expected a number, got {text[:40]!r}")
    return _plain(number)


def seconds_of(name: str, text: str) -> float:
    """Returns the seconds that a field says: `2`, or with a unit `2s`, `10m` or `7d`.

    A comma is taken for the decimal point.

    Args:
        name: what the mistake calls the field.
        text: what was typed.

    Raises:
        ApiError: it is neither a number nor a length of time.
    """
    number = _finite(text)
    if number is None:
        try:
            number = as_duration(text.replace(",", ".")).total_seconds()
        except ValueError as error:
            raise ApiError(400, f"{name}: {error}; a number alone is seconds") from error
    return _plain(number)


def _finite(text: str) -> float | None:
    """Returns the finite number that a text is; None where it is none."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _plain(number: float) -> float:
    return int(number) if number.is_integer() else number
