"""JSON bodies of requests, their fractions exact."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError
from marshmallow.exceptions import SCHEMA

from ..engine.errors import SimulatorError
from ..engine.refusals import Refusal
from ..engine.values import as_fraction
from .request import Request
from .schemas.fields import CodedField

#: What Content-Encoding may say of a body that is sent as it is.
_PLAIN = ("identity", "")


def json_object(request: Request) -> dict[str, Any]:
    """Returns the object that the body of a call of the service holds.

    Raises:
        SimulatorError: the body is encoded or too large, its media type is none the service takes,
            or it is no JSON object.
    """
    body = whole_body(request)
    content_type = request.headers.get("content-type") or ""
    if not is_json(content_type):
        raise SimulatorError(
            Refusal.BAD_REQUEST,
            f"Content-Type: expected application/json, got {content_type[:60]!r}",
        )
    return parse_json(body)


def is_json(content_type: str) -> bool:
    """Whether a media type is one of those the service takes."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type in ("application/json", "text/json") or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def whole_body(request: Request) -> bytes:
    """Returns a request's body.

    Raises:
        SimulatorError: it is encoded, or was larger than the setting allows.
    """
    if request.headers.get("content-encoding") is not None:
        _check_plain(", ".join(request.headers.all("content-encoding")))
    if request.is_too_large:
        raise SimulatorError(Refusal.BODY_TOO_LARGE, "the body is too large")
    return request.body


def _check_plain(codings: str) -> None:
    if not all(each.strip().lower() in _PLAIN for each in codings.split(",")):
        detail = f"Content-Encoding: expected identity or no such header, got {codings[:60]!r}"
        raise SimulatorError(Refusal.BODY_ENCODED, detail)


def parse_json(content: bytes) -> dict[str, Any]:
    """Returns the object that some JSON holds, its fractions as `Decimal`.

    Raises:
        SimulatorError: it is no JSON object.
    """
    try:
        data = _decode(content.decode("utf-8-sig"))
    except RecursionError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, "the body is nested too deep") from error
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"the body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise SimulatorError(Refusal.BAD_REQUEST, "the body is not a JSON object")
    return data


def _whole(text: str) -> int | Decimal:
    # Python refuses to make an int of thousands of digits; the field's own rule refuses these.
    return int(text) if len(text) < 100 else Decimal(text)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(
    parse_float=as_fraction, parse_int=_whole, parse_constant=_no_constant
).decode


def load(schema: Schema, data: Mapping[str, Any]) -> Any:
    """Returns what the schema makes of a request.

    Raises:
        SimulatorError: the refusal of the first wrong field, naming all of them.
    """
    try:
        return schema.load(data)
    except ValidationError as error:
        raise _refusal(schema, error) from error


def _refusal(schema: Schema, error: ValidationError) -> SimulatorError:
    messages: Mapping[str, Any] = error.messages_dict
    refusal = next(
        (
            field.refusal
            for field in schema.fields.values()
            if isinstance(field, CodedField) and field.data_key in messages
        ),
        Refusal.BAD_REQUEST,
    )
    return SimulatorError(refusal, "; ".join(_flat(messages)))


def _flat(messages: Any, path: str = "") -> list[str]:
    if isinstance(messages, Mapping):
        return [text for name, each in messages.items() for text in _flat(each, _place(path, name))]
    return [f"{path}: {str(each).rstrip('.')}".removeprefix(": ") for each in messages]


def _place(path: str, name: object) -> str:
    if name == SCHEMA:  # what is wrong about the whole, not about one field
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else str(name)
