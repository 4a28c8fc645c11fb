"""Reads what a control call is given; mistakes in it are told in plain words."""

import json
import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar, get_args

import msgspec

from ..api.request import json_decoder, parse_json
from ..client.model import Model
from ..engine.errors import SimulatorError
from ..engine.refusals import Refusal
from ..settings.nearest import nearest, with_more, words_meant

M = TypeVar("M", bound=Model)


class FieldRefused(SimulatorError):
    """The engine refuses what a field of the body says.

    Args:
        name: the field's.
        error: why, with the row of the catalogue.
    """

    def __init__(self, name: str, error: SimulatorError) -> None:
        self._name = name
        super().__init__(error.refusal, error.detail)

    @property
    def message(self) -> str:
        """The message of the response, which begins with the field's name."""
        return f"{self._name}: {super().message}"


class OtherPlace(NamedTuple):
    """The other of the two places, URL and body, in which a call may be given something.

    Args:
        takes: the names of what the call takes there.
        has: the names of what is there.
    """

    takes: tuple[str, ...] = ()
    has: Container[str] = ()


_NO_OTHER = OtherPlace()


def as_model(
    model: type[M],
    given: Mapping[str, Any],
    *,
    is_text: bool = False,
    beside: tuple[str, ...] = (),
    other: OtherPlace = _NO_OTHER,
) -> M:
    """Returns what is given as the model has it.

    Args:
        model: what is taken.
        given: the values by their names.
        is_text: whether they are the texts of a query; else they are fields of a body.
        beside: other names that could have been meant by an unknown one.
        other: the other place.

    Raises:
        SimulatorError: a value is wrong, missing or not known; the message names it.
    """
    try:
        return msgspec.convert(given, model, strict=not is_text)
    except UnicodeError as error:
        raise mistake(half_character(given), "contains an unpaired surrogate") from error
    except RecursionError as error:
        raise mistake("", "the body is nested too deep") from error
    except ValueError as error:
        kind = "parameter" if is_text else "field"
        raise _in_words(model, given, str(error), kind, beside, other) from error


def mistake(name: str, message: str) -> SimulatorError:
    """Returns the refusal of a field, a parameter or a part of the path."""
    return SimulatorError(Refusal.BAD_REQUEST, f"{name}: {message}" if name else message)


def json_fields(content: bytes) -> dict[str, Any]:
    """Returns the fields of a body, each of which is there once.

    Raises:
        SimulatorError: a field is there twice, or the body is no JSON object.
    """
    return parse_json(content, _decode)


def _each_once(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(fields)
    if len(found) < len(fields):
        counts = Counter(name for name, _ in fields)
        raise mistake(counts.most_common(1)[0][0][:60], "is there twice")
    return found


_decode = json_decoder(object_pairs_hook=_each_once).decode


def half_character(given: Any, place: str = "") -> str:
    """Returns the place of the first text that has half a surrogate; empty where there is none."""
    if isinstance(given, Mapping):
        parts = [(f"{place}.{name}".lstrip("."), name, each) for name, each in given.items()]
    elif isinstance(given, list):
        parts = [(f"{place}[{number}]", "", each) for number, each in enumerate(given)]
    else:
        return place if isinstance(given, str) and _is_half(given) else ""
    for where, name, each in parts:
        if found := where if _is_half(name) else half_character(each, where):
            return found
    return ""


def _is_half(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


_PLACE = re.compile(r"(.*?)(?: - at `(?:key in )?\$\.?(.*)`)?", re.DOTALL).fullmatch
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL).fullmatch
_MISSING = re.compile(r"Object missing required field `(.*)`").fullmatch
_ZONE = "Expected `datetime` with a timezone component"
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a time such as 2024-01-31T12:00:00Z",
}


#: Where a call takes what was given to it in the wrong place.
_ELSEWHERE = {
    "field": "it is a parameter of the URL: ?{}=",
    "parameter": "it is a field of the body",
}
#: What people call `limit`; other names of calls are more like some of these words.
_SYNONYMS = dict.fromkeys(("count", "max", "maximum", "n", "size", "top"), "limit")
#: A number with more zeros in front is told with an exponent.
_MOST_ZEROS = 20
_SIGNS = {
    "`": "",
    " | ": " or ",
    " or null": "",
    " of length": "",
    " >= ": " of at least ",
    " <= ": " of at most ",
}


def _in_words(
    model: type[Model],
    given: Any,
    message: str,
    kind: str,
    beside: tuple[str, ...],
    other: OtherPlace,
) -> SimulatorError:
    """Returns the refusal that says in plain words what msgspec says, with its place in front."""
    found = _PLACE(message)
    text, place = (found[1], found[2] or "") if found else (message, "")
    if unknown := _UNKNOWN(text):
        name = unknown[1][:60]
        names = [*_model_at(model, place).__struct_encode_fields__, *beside]
        synonyms = _SYNONYMS if "limit" in names else None
        hint = nearest(name, names, synonyms) if names else "this call takes none"
        if not place and (name in other.takes or not words_meant(name, names)):
            hint = _hint_elsewhere(name, kind, other) or hint
        return mistake(f"{place}.{name}".lstrip("."), f"unknown {kind}; {hint}")
    if missing := _MISSING(text):
        if not place and missing[1] in other.has:
            hint = f"the URL names it, but {_ELSEWHERE['parameter']}"
            return mistake(missing[1], f"is missing; {hint}")
        return mistake(f"{place}.{missing[1]}".lstrip("."), "is missing")
    if text == _ZONE:
        return mistake(place, "the time needs a zone, such as the Z of 2024-01-31T12:00:00Z")
    value = given
    for key, number in re.findall(r"(\w+)|\[(\d+)\]", place):
        value = value[key] if key else value[int(number)]
    if place.endswith("[...]"):  # msgspec does not say under which name; all values are texts
        name = next(name for name, each in value.items() if not isinstance(each, str))
        place, value = f"{place.removesuffix('[...]')}.{name[:60]}", value[name]
        return mistake(place, f"expected a text, got {_shown(value)[:60]}")
    if text.startswith("Invalid enum value") and (
        choices := [*_choices_in(_type_at(model, place))]
    ):
        return mistake(
            place, f"there is no {str(value)[:60]!r}; {nearest(str(value)[:60], choices)}"
        )
    text = text.replace("Invalid RFC3339 encoded datetime", "Expected `datetime`")
    expected = re.sub(r", got `.*|(?<=\d)\.0\b", "", text)
    expected = re.sub(r"\b(\w+)(?= \||`)", lambda word: _WORDS.get(word[1], word[1]), expected)
    for sign, word in _SIGNS.items():
        expected = expected.replace(sign, word)
    if expected == "Expected a text" and (example := _example_in(_type_at(model, place))):
        expected += f" such as {example!r}"
    return mistake(place, f"{expected[:1].lower()}{expected[1:]}, got {_shown(value)[:60]}")


def _hint_elsewhere(name: str, kind: str, other: OtherPlace) -> str:
    """Returns a hint at the name in the other place that may be meant; empty where none is."""
    if name in other.takes:
        return _ELSEWHERE[kind].format(name)
    if not (meant := words_meant(name, other.takes)):
        return ""
    return with_more(f"did you mean {meant[0]!r}?", _ELSEWHERE[kind].format(meant[0]))


def _shown(value: Any) -> str:
    """Returns a value as JSON has it, but a text as messages have it."""
    if isinstance(value, str):
        return repr(value)
    if not isinstance(value, Decimal):
        return json.dumps(value, default=float)
    # Python writes 0.0000001 with an exponent. Who sent one has sent few characters for any number
    # of digits.
    is_small = -_MOST_ZEROS < value.adjusted() < 0
    return f"{value:f}" if is_small else str(value)


def _model_at(model: Any, place: str) -> type[Model]:
    """Returns the model of what is found at a place within another."""
    for name in re.findall(r"[A-Za-z]\w*", place):
        (field,) = (each for each in msgspec.structs.fields(model) if each.encode_name == name)
        model = _model_in(field.type)
    return model  # type: ignore[no-any-return]


def _type_at(model: Any, place: str) -> Any:
    """Returns the type of a field, with what is said of it, by its place."""
    parents, _, last = place.rpartition(".")
    name = last.partition("[")[0]
    fields = msgspec.structs.fields(_model_at(model, parents))
    return next(each.type for each in fields if each.encode_name == name)


def _example_in(hint: Any) -> str:
    """Returns the first example in what is said of a type; empty where there is none."""
    if isinstance(hint, msgspec.Meta):
        found = re.search(r"such as `(.+?)`", hint.description or "")
        return found[1] if found else ""
    return next(filter(None, map(_example_in, get_args(hint))), "")


def _choices_in(hint: Any) -> Iterator[str]:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        yield from hint
    for each in get_args(hint):
        if isinstance(each, str):
            yield each
        else:
            yield from _choices_in(each)


def _model_in(hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, Model):
        return hint
    return next(filter(None, map(_model_in, get_args(hint))), None)
