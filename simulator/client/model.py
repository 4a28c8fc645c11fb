"""What all models of the control API have in common, and how they become JSON and values again.

The simulator answers with these models, and the client reads them again: there is one description.
"""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")
M = TypeVar("M", bound="Model")

#: A time with its zone.
Moment = Annotated[datetime, Meta(tz=True)]
#: How many entries an answer may hold.
Limit = Annotated[int, Meta(ge=1, le=100_000, description="maximum number of entries")]
#: Said of a parameter that takes several values, with commas between them.
SEVERAL = {"several": True}
#: The value of a field that an answer leaves out. Whoever reads the answer gets the default.
ABSENT: Any = msgspec.UNSET


class Model(msgspec.Struct, frozen=True, rename="camel"):
    """A value of the control API. In JSON its fields are in camelCase."""

    @property
    def raw(self) -> dict[str, Any]:
        """The value as the control API writes it."""
        return dict(json.loads(encode(self)))


class Input(Model, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a call takes: its body, or its query. A field that is unknown is a mistake."""


class Refused(Model, frozen=True):
    """The answer to a call that was refused: what is wrong, and what would be right."""

    error: str


def camel_case(name: str) -> str:
    """Returns a Python name as JSON has it: posId for pos_id."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def sparse(model: type[M], **given: Any) -> M:
    """Returns a model with these fields only: the answer leaves out the others."""
    return model(**{**dict.fromkeys(model.__struct_fields__, ABSENT), **given})


def given(model: type[M], **values: Any) -> M:
    """Returns a model with the values that are not None, the others as they are by default."""
    return model(**{name: value for name, value in values.items() if value is not None})


def plain(value: Any) -> Any:
    """Returns a model as dicts and lists; times and amounts stay as they are."""
    return msgspec.to_builtins(value, builtin_types=(datetime, Decimal))


def moment_as_text(moment: datetime) -> str:
    """Returns a time as the control API writes it: in UTC with milliseconds, and Z behind it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment_as_text(value)
    if isinstance(value, Decimal):
        return float(value)
    return plain(value)


# Not msgspec's encoder: times have milliseconds, amounts are written as the shortest number, and
# half a surrogate, which a client can send as an escape, has to pass.
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_write
).encode


def encode(value: Any, end: bytes = b"") -> bytes:
    """Returns a model, or what holds models, as the control API writes it; `end` is put behind."""
    return _encode(value).encode("utf-8", "backslashreplace") + end


def encode_in_pieces(value: Any, end: bytes = b"") -> bytes:
    """Returns the same as `encode`, made of pieces, so that other threads get their turns.

    Lists, and what yields their entries, are written entry by entry: whatever writes all of them at
    once lets nobody else run.
    """
    return b"".join((*_pieces(value), end))


def _pieces(value: Any) -> Iterator[bytes]:
    if isinstance(value, Model):
        fields = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        value = {
            name: each for name, field in fields if (each := getattr(value, field)) is not ABSENT
        }
    if isinstance(value, dict):
        opening = b"{"
        for name, each in value.items():
            yield opening + encode(name) + b":"
            yield from _pieces(each)
            opening = b","
        yield b"}" if value else b"{}"
    elif isinstance(value, list | tuple | Iterator):
        yield b"[" + b",".join([encode(each) for each in value]) + b"]"
    else:
        yield encode(value)


def decode(kind: type[T], content: bytes | str, parse_float: Callable[[str], Any] = Decimal) -> T:
    """Returns the value of type `kind` that some JSON describes. Amounts are exact.

    Raises:
        ValueError: it is not JSON, or not of that type; the message names the field.
    """
    try:
        data = json.loads(
            content,
            parse_float=lambda text: parse_float(_as_number(text)),
            parse_constant=_as_number,
        )
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        raise
    except ValueError as error:
        if "set_int_max_str_digits" in str(error):
            most = sys.get_int_max_str_digits()
            raise ValueError(f"it has a whole number of more than {most} digits") from error
        raise ValueError(f"it is not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _as_number(text: str) -> str:
    """Returns a number as it is written.

    Raises:
        ValueError: it is none, or larger than any that a program takes from JSON.
    """
    if not isfinite(float(text)):
        raise ValueError(f"{text[:40]} is no number that JSON has")
    return text
