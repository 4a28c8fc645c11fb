"""Reads OpenAPI 3.0 documents: the service's own file and the simulator's, in one way."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from tests.support import ROOT

#: The service's own file. It is not ours to ship, so it lies beside the project, or where the variable says.
REFERENCE = Path(
    os.environ.get("POS_OPENAPI_FILE")
    or ROOT.parent / "shared" / "reference" / "pos-v10.2.6-openapi.yaml"
)

JSON = "application/json"

#: Formats that say something about the text or the number; `double` or `decimal` does not.
TELLING_FORMATS = ("uuid", "date-time", "int32")


def read_reference() -> "Document":
    """Returns the service's own document."""
    return Document(yaml.safe_load(REFERENCE.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Document:
    """An OpenAPI document whose references lead nowhere but into itself."""

    data: dict[str, Any]

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yields method, path and description of all operations."""
        for path, methods in self.data["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation

    def operation(self, name: str) -> dict[str, Any]:
        """Returns the description of the operation with this operationId."""
        (found,) = (each for _, _, each in self.operations() if each["operationId"] == name)
        return found

    def statuses(self, name: str) -> set[int]:
        """Returns the documented statuses of an operation."""
        return {int(status) for status in self.operation(name)["responses"]}

    def answer_schema(self, name: str, status: int) -> dict[str, Any] | None:
        """Returns the schema of an answer's body, or None where there is no body."""
        content = self.operation(name)["responses"][str(status)].get("content", {})
        return dict(self.resolve(content[JSON]["schema"])) if content else None

    def schema(self, name: str) -> dict[str, Any]:
        """Returns one of the named schemas."""
        return dict(self.resolve(self.data["components"]["schemas"][name]))

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Returns a schema without references, an `allOf` around one of them taken off."""
        if "$ref" in schema:
            return self.schema(schema["$ref"].rpartition("/")[2])
        if "allOf" in schema:
            (only,) = schema["allOf"]
            rest = {name: value for name, value in schema.items() if name != "allOf"}
            return {**self.resolve(only), **rest}
        resolved = dict(schema)
        if "properties" in schema:
            fields = schema["properties"].items()
            resolved["properties"] = {name: self.resolve(each) for name, each in fields}
        if "items" in schema:
            resolved["items"] = self.resolve(schema["items"])
        return resolved


def shape(schema: dict[str, Any]) -> dict[str, Any]:
    """What of a schema clients can tell: names, types, enums, what is required, what may be null."""
    found = {"type": schema["type"]}
    if "enum" in schema:
        # Null among the words says what `nullable` says, which the file leaves it at.
        found["enum"] = sorted(each for each in schema["enum"] if each is not None)
    if schema.get("format") in TELLING_FORMATS:
        found["format"] = schema["format"]
    for name in ("nullable", "uniqueItems"):
        if schema.get(name):
            found[name] = True
    if "properties" in schema:
        fields = schema["properties"].items()
        found["properties"] = {name: shape(each) for name, each in fields}
        found["required"] = sorted(schema.get("required", ()))
    if "items" in schema:
        found["items"] = shape(schema["items"])
    return found


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    """Returns what is wrong with a value, by a schema without references."""
    validator = Draft202012Validator(_as_json_schema(schema), format_checker=_formats)
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(value)]


def _as_json_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema knows no `nullable`."""
    converted = {
        name: value for name, value in schema.items() if name not in ("nullable", "example")
    }
    if "properties" in schema:
        fields = schema["properties"].items()
        converted["properties"] = {name: _as_json_schema(each) for name, each in fields}
    if "items" in schema:
        converted["items"] = _as_json_schema(schema["items"])
    return {"anyOf": [converted, {"type": "null"}]} if schema.get("nullable") else converted


_formats = FormatChecker(formats=["uuid"])


@_formats.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_formats.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31
