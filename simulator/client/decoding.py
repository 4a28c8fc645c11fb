"""Reads the frozen values of `shapes` out of JSON, by their types.

A field is `camelCase` in JSON. One that a newer simulator adds is ignored; one that is missing or
null takes its default. A field `raw` gets the JSON object itself.
"""

import dataclasses
import json
import types
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from simulator.naming import camel_case

__all__ = ["Undecodable", "decode", "parse"]

T = TypeVar("T")


class Undecodable(ValueError):
    """JSON is not of the shape that was expected; the message names the field."""


def parse(content: bytes | str) -> Any:
    """Returns what JSON holds, its fractions as `Decimal`.

    Raises:
        Undecodable: it is no JSON.
    """
    try:
        return json.loads(content, parse_float=Decimal)
    except ValueError as error:
        raise Undecodable(f"is not JSON: {error}") from error


def decode(kind: type[T], data: Any, where: str = "") -> T:
    """Returns the value of type `kind` that JSON describes.

    Args:
        kind: a dataclass, a simple type, or a tuple, mapping or union of them.
        data: what `parse` made of the JSON.
        where: the path to it, for the message of an error.

    Raises:
        Undecodable: something is missing or of another type.
    """
    return cast("T", _decode(kind, data, where))


def _decode(kind: Any, data: Any, where: str) -> Any:
    origin = get_origin(kind)
    if kind is Any:
        return data
    if dataclasses.is_dataclass(kind):
        return _object(kind, data, where)
    if origin in (Union, types.UnionType):
        (core,) = (each for each in get_args(kind) if each is not types.NoneType)
        return None if data is None else _decode(core, data, where)
    if origin is tuple:
        return _list(get_args(kind), data, where)
    if origin is not None and issubclass(origin, Mapping):
        _, value = get_args(kind)
        items = _of(dict, data, where).items()
        return {key: _decode(value, each, f"{where}.{key}") for key, each in items}
    return _simple(kind, data, where)


def _object(kind: Any, data: Any, where: str) -> Any:
    _of(dict, data, where)
    values: dict[str, Any] = {}
    for field, key, hint in _fields(kind):
        if field.name == "raw":
            values["raw"] = data
            continue
        found = data.get(key)
        has_default = field.default is not dataclasses.MISSING
        if found is None and has_default:
            continue
        if key not in data:
            raise Undecodable(f"{_named(where)} has no {key!r}")
        values[field.name] = _decode(hint, found, f"{where}.{key}")
    return kind(**values)


@cache
def _fields(kind: Any) -> list[tuple["dataclasses.Field[Any]", str, Any]]:
    hints = get_type_hints(kind)
    return [
        (each, each.metadata.get("key") or camel_case(each.name), hints[each.name])
        for each in dataclasses.fields(kind)
    ]


def _list(kinds: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    _of(list, data, where)
    if kinds[-1] is ...:
        kinds = kinds[:1] * len(data)
    if len(kinds) != len(data):
        raise Undecodable(f"{_named(where)} has {len(data)} elements, not {len(kinds)}")
    pairs = enumerate(zip(kinds, data, strict=True))
    return tuple(_decode(kind, each, f"{where}[{number}]") for number, (kind, each) in pairs)


def _simple(kind: Any, data: Any, where: str) -> Any:
    if issubclass(kind, Enum):
        return _converted(kind, data, where)
    takes, convert = _SIMPLE[kind]
    if not isinstance(data, takes) or (isinstance(data, bool) and kind is not bool):
        raise _wrong(kind, data, where)
    return _converted(convert, data, where)


def _converted(convert: Callable[[Any], Any], data: Any, where: str) -> Any:
    try:
        return convert(data)
    except ValueError as error:
        raise Undecodable(f"{_named(where)}: {error}") from error


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment


#: What a type is in JSON, and how it is made of that.
_SIMPLE: dict[Any, tuple[Any, Callable[[Any], Any]]] = {
    str: (str, str),
    bool: (bool, bool),
    int: (int, int),
    float: ((int, float, Decimal), float),
    Decimal: ((int, Decimal), Decimal),
    datetime: (str, _time),
}


def _of(kind: type, data: Any, where: str) -> Any:
    if not isinstance(data, kind):
        raise _wrong(kind, data, where)
    return data


def _wrong(kind: type, data: Any, where: str) -> Undecodable:
    return Undecodable(f"{_named(where)} is {str(data)[:60]!r}, not {_WORDS[kind]}")


_WORDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Decimal: "a number",
    datetime: "a time",
}


def _named(where: str) -> str:
    return where.removeprefix(".") or "it"
