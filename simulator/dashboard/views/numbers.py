"""Numbers and lengths of time that somebody types into a form."""

from ...engine.typed_lengths import finite_number, typed_seconds
from ..api import ApiError


def number_of(name: str, text: str) -> float:
    """Returns the number that a field says; a comma is taken for the decimal point.

    Args:
        name: what the mistake calls the field.
        text: what was typed.

    Raises:
        ApiError: it is no finite number.
    """
    number = finite_number(text)
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
        ApiError: it is neither a number nor a length of time, or may be two numbers.
    """
    try:
        return _plain(typed_seconds(text))
    except ValueError as error:
        raise ApiError(400, f"{name}: {error}") from error


def _plain(number: float) -> float:
    return int(number) if number.is_integer() else number
