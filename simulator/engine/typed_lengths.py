"""Lengths of time as people type them: into a form, and behind a command."""

import math
import re

from .values import as_duration

#: A comma or a point that ends thousands as well as whole numbers.
_AMBIGUOUS = re.compile(r"([1-9][0-9]{0,2})[.,]([0-9]{3})").fullmatch


def typed_seconds(text: str) -> float:
    """Returns the seconds that a text says: `2`, or with a unit `2s`, `10m` or `7d`.

    A comma is taken for the decimal point.

    Raises:
        ValueError: it is no length of time, or may be one of two; the message has it as typed.
    """
    if either := _AMBIGUOUS(text.strip()):
        whole, rest = either.groups()
        decimal = f"{whole}.{rest.rstrip('0') or '0'}"
        raise ValueError(f"{text[:60]!r} may mean two numbers; write {whole}{rest}, or {decimal}")
    number = finite_number(text)
    return _with_unit(text) if number is None else number


def finite_number(text: str) -> float | None:
    """Returns the finite number that a text is; None where it is none."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _with_unit(text: str) -> float:
    written = text.replace(",", ".")
    try:
        return as_duration(written).total_seconds()
    except ValueError as error:
        said = str(error).replace(repr(written[:60]), repr(text[:60]))
        raise ValueError(f"{said}; a number alone is seconds") from error
