"""What a request's body must contain, and how a body differs from that.

An object matches if each given key does; a list if it has the same length and each element matches,
in order. Numbers are compared by value: 10, 10.0 and 1e1 are the same. A text is no number, except
in the fields where the API accepts numbers as texts. GUIDs are compared without case. Instead of a
value, `{"matches": PATTERN}` expects a text that matches, `{"absent": true}` expects no such key.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from ...engine.values import as_guid
from ..patterns import pattern
from ..secret_fields import MASK, without_secrets

MAX_DEPTH = 20
MOST_VALUES = 500
SHOWN = 60

#: The fields in which the API accepts a decimal number as a text.
NUMBERS_IN_TEXT = frozenset({"amount"})
_DECIMAL = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+").fullmatch


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


#: The value of a key that was not sent.
MISSING = _Missing()


class BodyMatcher(Protocol):
    """What is expected at one place of a body."""

    def differences(self, got: Any, path: str) -> Iterator[str]:
        """Yields how the value `got`, found at `path`, differs."""


@dataclass(frozen=True, slots=True)
class _ExpectedValue:
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
class _ExpectedPattern:
    text: str
    fits: Callable[[str], bool]

    def differences(self, got: Any, path: str) -> Iterator[str]:
        if not isinstance(got, str) or not self.fits(got):
            yield f"{path}: expected a text that matches {_shown(self.text)}, {_instead(got)}"


@dataclass(frozen=True, slots=True)
class _ExpectedNothing:
    def differences(self, got: Any, path: str) -> Iterator[str]:
        if got is not MISSING:
            yield f"{path}: expected nothing, {_instead(got)}"


@dataclass(frozen=True, slots=True)
class _ExpectedList:
    elements: tuple[BodyMatcher, ...]

    def differences(self, got: Any, path: str) -> Iterator[str]:
        if not isinstance(got, list) or len(got) != len(self.elements):
            yield f"{path}: expected a list of {len(self.elements)}, {_instead(got)}"
            return
        for number, (wanted, each) in enumerate(zip(self.elements, got, strict=True)):
            yield from wanted.differences(each, f"{path}[{number}]")


@dataclass(frozen=True, slots=True)
class _ExpectedObject:
    members: tuple[tuple[str, BodyMatcher], ...]

    def differences(self, got: Any, path: str) -> Iterator[str]:
        if not isinstance(got, dict):
            yield f"{path}: expected an object, {_instead(got)}"
            return
        for name, wanted in self.members:
            yield from wanted.differences(got.get(name, MISSING), f"{path}.{name}")


def read_body_matcher(value: Any) -> BodyMatcher:
    """Returns what a JSON value expects of a body.

    Args:
        value: the JSON value, with `Decimal` for fractions.

    Raises:
        ValueError: it is nested too deep, is too large, or uses a keyword wrongly; the message says
            where.
    """
    if isinstance(value, str) and not value.strip():
        raise ValueError('expected what a body holds, such as {"amount": 10.5}, got a blank text')
    budget = iter(range(MOST_VALUES))
    return _read(value, "", 0, budget)


def _read(value: Any, path: str, depth: int, budget: Iterator[int]) -> BodyMatcher:
    if depth > MAX_DEPTH:
        raise ValueError(f"must not be nested deeper than {MAX_DEPTH}")
    if next(budget, None) is None:
        raise ValueError(f"must not hold more than {MOST_VALUES} values")
    if isinstance(value, list):
        return _ExpectedList(
            tuple(
                _read(each, f"{path}[{number}]", depth + 1, budget)
                for number, each in enumerate(value)
            )
        )
    if not isinstance(value, Mapping):
        if isinstance(value, str):
            _check_mask(path, value.__eq__)
        return _ExpectedValue(value, path.rpartition(".")[2] in NUMBERS_IN_TEXT)
    if len(value) == 1 and (word := next(iter(value))) in _WORDS:
        try:
            matcher = _WORDS[word](value[word])
        except ValueError as error:
            raise ValueError(f"{path}.{word}".lstrip(".") + f": {error}") from error
        if isinstance(matcher, _ExpectedPattern):
            _check_mask(path, matcher.fits)
        return matcher
    return _ExpectedObject(
        tuple(
            (name, _read(each, f"{path}.{name}", depth + 1, budget)) for name, each in value.items()
        )
    )


def _check_mask(path: str, fits: Callable[[str], bool]) -> None:
    """Refuses another text than the mask where secrets are masked: none is ever kept."""
    sent = json.dumps({path.rpartition(".")[2]: "secret"}).encode()
    if without_secrets(sent) != sent and not fits(MASK):
        raise ValueError(f"{path.removeprefix('.')}: is kept masked; expect {MASK!r}")


def _read_pattern(text: Any) -> BodyMatcher:
    if not isinstance(text, str):
        raise ValueError("must be a text, in which * stands for any characters and ? for one")
    return _ExpectedPattern(text, pattern(text))


def _read_absent(flag: Any) -> BodyMatcher:
    if flag is not True:
        raise ValueError("must be true")
    return _ExpectedNothing()


_WORDS: dict[str, Callable[[Any], BodyMatcher]] = {"matches": _read_pattern, "absent": _read_absent}


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
