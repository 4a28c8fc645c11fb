"""What makes an answer another one: anything but the names that each run gives to the same things.

GUIDs are such names. The first time one is met where the recording has one, the two are taken for
the same; from then on they must stay the same, in answers as in the requests that follow.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(Z|z|[+-]\d\d:?\d\d)?")
_SHOWN = 120
_TYPES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
    bytes: "no JSON",
    type(None): "null",
}
#: Fields that answers of earlier versions left out at times.
LATER_FIELDS = frozenset({"paymentExpiresAt"})


class DifferenceKind(StrEnum):
    """In which way an answer is another one."""

    STATUS = "status"
    CODE = "code"
    MISSING = "missing field"
    EXTRA = "extra field"
    TYPE = "type"
    FORMAT = "format"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class BodyDifference:
    """A place in a body where the answers differ; `recorded` and `answered` are for people."""

    kind: DifferenceKind
    place: str
    recorded: str
    answered: str

    def __str__(self) -> str:
        match self.kind:
            case DifferenceKind.MISSING:
                return f"{self.place}: was {self.recorded}, is missing"
            case DifferenceKind.EXTRA:
                return f"{self.place}: was missing, is {self.answered}"
        return f"{self.place}: was {self.recorded}, is {self.answered}"


@dataclass(frozen=True, slots=True)
class ComparisonRules:
    """What is not held against an answer.

    Args:
        later: fields that an answer may have although the recorded one has them not.
        free: fields whose values are the server's own, and are neither compared nor shown.
        are_forms_compared: whether the form of a text counts, such as the zone of a time.
        hide: removes from a text what must not be shown.
    """

    later: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()
    are_forms_compared: bool = False
    hide: Callable[[str], str] = str


#: A bundle's answers are compared with those of the same simulator: every value counts.
EVERY_VALUE = ComparisonRules(later=LATER_FIELDS)


class Names:
    """Which name in this run is which in the recording."""

    def __init__(self) -> None:
        self._here: dict[str, str] = {}
        self._there: dict[str, str] = {}

    def translate(self, text: str) -> str:
        """Returns a text of the recording with the names of this run."""
        return _GUID.sub(lambda match: self._here.get(match[0].lower(), match[0]), text)

    def here(self, there: str) -> str | None:
        """Returns the name in this run of what the recording calls `there`, or None."""
        return self._here.get(there.lower())

    def there(self, here: str) -> str | None:
        """Returns the recording's name for what is called `here` in this run, or None."""
        return self._there.get(here.lower())

    def learn(self, there: str, here: str) -> bool:
        """Takes two GUIDs for the same, and returns whether that fits what is known."""
        there, here = there.lower(), here.lower()
        return (
            self._here.setdefault(there, here) == here
            and self._there.setdefault(here, there) == there
        )

    def differences(
        self, recorded: bytes, answered: bytes, rules: ComparisonRules = EVERY_VALUE
    ) -> Iterator[BodyDifference]:
        """Yields where two bodies differ, the recording's and this run's."""
        if recorded != answered or rules.are_forms_compared:
            there, here = _read(recorded), _read(answered)
            yield from _BodyComparer(self, rules).compare("body", "", there, here)

    def is_same_text(self, recorded: str, answered: str) -> bool:
        """Whether two texts say the same, but for the names in them."""
        if _GUID.split(recorded) != _GUID.split(answered):
            return _is_same_moment(recorded, answered)
        pairs = zip(_GUID.findall(recorded), _GUID.findall(answered), strict=True)
        # Each pair is learnt, whatever comes of the others.
        return all([self.learn(there, here) for there, here in pairs])

    def in_order_of(self, recorded: list[Any], answered: list[Any]) -> list[Any]:
        """Returns a list of ids in the order of the recorded one; lists of ids have no order."""
        if not all(isinstance(each, str) for each in (*recorded, *answered)):
            return answered
        rest = {each.lower(): each for each in answered}
        known = [rest.pop(self.here(each) or "", None) for each in recorded]
        if len(rest) + sum(each is not None for each in known) != len(answered):
            return answered
        others = iter(rest.values())
        found = [each if each is not None else next(others, None) for each in known]
        return [each for each in (*found, *others) if each is not None]


class _BodyComparer:
    def __init__(self, names: Names, rules: ComparisonRules) -> None:
        self._names = names
        self._rules = rules

    def compare(
        self, place: str, name: str, recorded: Any, answered: Any
    ) -> Iterator[BodyDifference]:
        """Yields where two values differ.

        Args:
            place: where they are in the body.
            name: the field that holds them.
        """
        if _type_of(recorded) != _type_of(answered):
            yield self._difference(DifferenceKind.TYPE, place, name, recorded, answered)
        elif isinstance(recorded, dict):
            yield from self._compare_fields(place, recorded, answered)
        elif isinstance(recorded, list):
            yield from self._compare_elements(place, name, recorded, answered)
        elif isinstance(recorded, str):
            yield from self._compare_texts(place, name, recorded, answered)
        elif recorded != answered and name not in self._rules.free:
            yield self._difference(DifferenceKind.VALUE, place, name, recorded, answered)

    def _compare_fields(
        self, place: str, recorded: dict[str, Any], answered: dict[str, Any]
    ) -> Iterator[BodyDifference]:
        for name in recorded | answered:
            inner = f"{place}.{name}"
            if name not in answered:
                yield self._difference(DifferenceKind.MISSING, inner, name, recorded[name], "")
            elif name in recorded:
                yield from self.compare(inner, name, recorded[name], answered[name])
            elif name not in self._rules.later:
                yield self._difference(DifferenceKind.EXTRA, inner, name, "", answered[name])

    def _compare_elements(
        self, place: str, name: str, recorded: list[Any], answered: list[Any]
    ) -> Iterator[BodyDifference]:
        if len(recorded) != len(answered) and name not in self._rules.free:
            there, here = f"a list of {len(recorded)}", f"a list of {len(answered)}"
            yield BodyDifference(DifferenceKind.VALUE, place, there, here)
        if self._rules.are_forms_compared:
            answered = self._names.in_order_of(recorded, answered)
        for number, pair in enumerate(zip(recorded, answered, strict=False)):
            yield from self.compare(f"{place}[{number}]", name, *pair)

    def _compare_texts(
        self, place: str, name: str, recorded: str, answered: str
    ) -> Iterator[BodyDifference]:
        # What each service chooses by itself names nothing.
        is_same = name in self._rules.free or self._names.is_same_text(recorded, answered)
        forms = form_of(recorded), form_of(answered)
        if self._rules.are_forms_compared and forms[0] != forms[1]:
            yield BodyDifference(DifferenceKind.FORMAT, place, *forms)
        elif not is_same:
            yield self._difference(DifferenceKind.VALUE, place, name, recorded, answered)

    def _difference(
        self, kind: DifferenceKind, place: str, name: str, recorded: Any, answered: Any
    ) -> BodyDifference:
        is_hidden = name in self._rules.free or kind is DifferenceKind.TYPE or not name
        show = _type_of if is_hidden and self._rules.are_forms_compared else self._shown
        return BodyDifference(kind, place, show(recorded), show(answered))

    def _shown(self, value: Any) -> str:
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        # Half a surrogate pair can't be printed.
        written = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
        text = self._rules.hide(written.decode())
        return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def form_of(text: str) -> str:
    """Returns in words how a text is written, as far as a client could depend on it."""
    if _GUID.fullmatch(text):
        return "a GUID in capitals" if text != text.lower() else "a GUID"
    if found := _TIME.fullmatch(text):
        zone = found[1]
        if not zone:
            return "a time without a zone"
        return f"a time with {zone if zone in 'Zz' else 'an offset'}"
    return "a URL" if text.startswith(("http://", "https://")) else "a text"


def _type_of(value: Any) -> str:
    if value == b"":
        return "nothing"
    return _TYPES[type(value)]


def _read(body: bytes) -> Any:
    """Returns the JSON value of a body, or the body itself where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body


def _is_same_moment(recorded: str, answered: str) -> bool:
    """Whether two texts are one moment; versions have written the digits of a second otherwise."""
    try:
        return datetime.fromisoformat(recorded) == datetime.fromisoformat(answered)
    except (TypeError, ValueError):
        return False
