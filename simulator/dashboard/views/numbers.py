"""Numbers that somebody types into a form."""

import math

from ..api import ApiError


def number_of(name: str, text: str) -> float:
    """Returns the number that a field says; a comma is taken for the decimal point.

    Args:
        name: what the mistake calls the field.
        text: what was typed.

    Raises:
        ApiError: it is no finite number.
    """
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ApiError(400, f"{name}: expected a number, got {text[:40]!r}")
    return int(number) if number.is_integer() else number
