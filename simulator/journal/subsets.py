"""What a request's body is expected to hold at least, and where another one differs from it.

An object fits where each key that is given does; a list where it is as long and each element does,
in order; numbers by value, so that 10, 10.0 and 1e1 are the same. A text is no number, but for the
fields in which the API takes one as such. GUIDs are compared without regard to case. Instead of a
value, `{"matches": PATTERN}` takes any text that fits, `{"absent": true}` nothing at all.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from simulator.engine.values import as_guid
from simulator.journal.filters import pattern

__all__ = ["MISSING", "MOST_VALUES", "Wanted", "read_wanted"]

MAX_DEPTH = 20
MOST_VALUES = 500
SHOWN = 60

#: The fields in which the API takes a decimal number in a text as a number.
NUMBERS_IN_TEXT = frozenset({"amount"})
_DECIMAL = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+").fullmatch


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


#: What stands where a key was not sent.
MISSING = _Missing()


class Wanted(Protocol):
    """Something expected at one place of a body."""

    def differences(self, got: Any, path: str) -> Iterator[str]:
        """Yields where `got`, found at `path`, is something else."""


@dataclass(frozen=True, slots=True)
class _Value:
    value: Any
    is_amount: bool

    def differences(self, got: Any, path: str) -> Iterator[str]:
        if not self._equals(got):
            yield f"{path}: expected {_shown(self.value)}, {_instead(got)}"

    def _equals(self, got: Any) -> bool:
        if _is_number(self.value):
            if self.is_amount and isinstance(got, str) and _DECIMAL(got):
                got = Decimal(got)
            return _is_number(got) and bool(self.value == got)
        if isinstance(self.value, str):
            return isinstance(got, str) and _folded(self.value) == _folded(got)
        return got is self.value  # true, false, null


@dataclass(frozen=True, slots=True)
class _Pattern:
    text: str
    fits: Callable[[str], bool]

    def differences(self, got: Any, path: str) -> Iterator[str]:
        if not isinstance(got, str) or not self.fits(got):
            yield f"{path}: expected a text like {_shown(self.text)}, {_instead(got)}"


@dataclass(frozen=True, slots=True)
class _Absent:
    def differences(self, got: Any, path: str) -> Iterator[str]:
        if got is not MISSING:
            yield f"{path}: expected nothing, {_instead(got)}"


@dataclass(frozen=True, slots=True)
class _Elements:
    elements: tuple[Wanted, ...]

    def differences(self, got: Any, path: str) -> Iterator[str]:
        if not isinstance(got, list) or len(got) != len(self.elements):
            yield f"{path}: expected a list of {len(self.elements)}, {_instead(got)}"
            return
        for number, (wanted, each) in enumerate(zip(self.elements, got, strict=True)):
            yield from wanted.differences(each, f"{path}[{number}]")


@dataclass(frozen=True, slots=True)
class _Members:
    members: tuple[tuple[str, Wanted], ...]

    def differences(self, got: Any, path: str) -> Iterator[str]:
        if not isinstance(got, dict):
            yield f"{path}: expected an object, {_instead(got)}"
            return
        for name, wanted in self.members:
            yield from wanted.differences(got.get(name, MISSING), f"{path}.{name}")


def read_wanted(value: Any) -> Wanted:
    """Returns what a JSON value, its fractions as `Decimal`, expects.

    Raises:
        ValueError: it is nested too deep, holds too much, or a word in it is used wrongly; the
            message says where.
    """
    budget = iter(range(MOST_VALUES))
    return _read(value, "", 0, budget)


def _read(value: Any, path: str, depth: int, budget: Iterator[int]) -> Wanted:
    if depth > MAX_DEPTH:
        raise ValueError(f"must not be nested deeper than {MAX_DEPTH}")
    if next(budget, None) is None:
        raise ValueError(f"must not hold more than {MOST_VALUES} values")
    if isinstance(value, list):
        return _Elements(
            tuple(
                _read(each, f"{path}[{number}]", depth + 1, budget)
                for number, each in enumerate(value)
            )
        )
    if not isinstance(value, Mapping):
        return _Value(value, path.rpartition(".")[2] in NUMBERS_IN_TEXT)
    if len(value) == 1 and (word := next(iter(value))) in _WORDS:
        try:
            return _WORDS[word](value[word])
        except ValueError as error:
            raise ValueError(f"{path}.{word}".lstrip(".") + f": {error}") from error
    return _Members(
        tuple(
            (name, _read(each, f"{path}.{name}", depth + 1, budget)) for name, each in value.items()
        )
    )


def _read_pattern(text: Any) -> Wanted:
    if not isinstance(text, str):
        raise ValueError("must be a text, in which * and ? stand for any characters, any one")
    return _Pattern(text, pattern(text))


def _read_absent(flag: Any) -> Wanted:
    if flag is not True:
        raise ValueError("must be true")
    return _Absent()


_WORDS: dict[str, Callable[[Any], Wanted]] = {"matches": _read_pattern, "absent": _read_absent}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _folded(text: str) -> str:
    try:
        return as_guid(text)
    except ValueError:
        return text


def _instead(got: Any) -> str:
    return "but it was not sent" if got is MISSING else f"got {_shown(got)}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
