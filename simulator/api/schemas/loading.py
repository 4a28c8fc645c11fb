"""How a request is read by its schema: what is wrong is a refusal that names every wrong field."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError
from marshmallow.exceptions import SCHEMA

from ...engine.errors import SimulatorError
from ...engine.refusals import Refusal
from .fields import CodedField


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
