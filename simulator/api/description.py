"""Makes the OpenAPI document out of the tables: nothing about the API is written down twice."""

from collections.abc import Iterable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from .. import __version__
from ..client.model import camel_case
from ..engine.error_rows import EVERY_CALL, EVERY_POS_CALL, NO_CODE, ErrorRow
from ..engine.refusals import Refusal
from .answers import STATUSES
from .authentication_description import CLIENT_SCHEME, TAG, authentication_paths
from .headers import HEADER_RULES, Need
from .operations import Operation
from .routes import OPERATIONS
from .schemas.fields import (
    Amount,
    AnswerSchema,
    Choice,
    Flag,
    Guid,
    Moment,
    Text,
    UniqueList,
    WholeNumber,
)


class ErrorResponse(AnswerSchema):
    """What was wrong."""

    code = Text(allow_none=True)
    message = Text(allow_none=True)
    correlation_id = Text(allow_none=True)


class ErrorResponseV2(ErrorResponse):
    """What was wrong; the refund endpoints' form of it."""

    origin = Text(allow_none=True)


MEDIA_TYPES = (
    "application/json",
    "text/json",
    "application/json-patch+json",
    "application/*+json",
)
_INTERNAL = {"description": "The service failed; codes 2000 to 2999."}
#: What the groups of operations are for.
_GROUPS = {
    "Payments": "What a customer pays: initiate or prepare it, poll it, capture or cancel it.",
    "Point Of Sales": "The tills of a store, and which customer is checked in at one.",
    "Stores": "The stores of the merchant.",
    "Refunds": "What a customer gets back: create it, poll it until it is reserved, capture it.",
    "User Simulation": "What the customer does in the app; in the service's sandbox alone.",
    TAG: "The access token that every other call needs.",
}


def describe() -> dict[str, Any]:
    """Returns the OpenAPI 3.0 document of the PoS API, the user simulation and authentication."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="MobilePay PoS V10, simulated",
        version="10.2.6",
        openapi_version="3.0.3",
        plugins=[plugin],
        info={
            "description": f"Answered by the MobilePay PoS simulator {__version__}. "
            "It is independent of MobilePay and moves no money.",
            "license": {"name": "MIT"},
        },
    )
    for name, about in _GROUPS.items():
        spec.tag({"name": name, "description": about})
    if plugin.converter is None:
        raise RuntimeError("apispec made no converter")
    _teach(plugin.converter)
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    spec.components.security_scheme("token", scheme)
    spec.components.security_scheme(CLIENT_SCHEME, {"type": "http", "scheme": "basic"})
    for operation in OPERATIONS:
        described = _operation(operation)
        spec.path(path=operation.path, operations={operation.method.lower(): described})
    for path, operations in authentication_paths().items():
        spec.path(path=path, operations=operations)
    document: dict[str, Any] = spec.to_dict()
    for schema in document["components"]["schemas"].values():
        # As in the service's file. What a client sends beyond that is ignored all the same.
        schema["additionalProperties"] = False
    return document


def _name(schema: Any) -> str:
    cls = schema if isinstance(schema, type) else type(schema)
    return str(cls.__name__)


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_headers(operation)],
        "responses": _responses(operation),
        "security": [] if operation.is_user_simulation else [{"token": []}],
    }
    if operation.query is not None:
        described["parameters"].append({"in": "query", "schema": operation.query})
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {each: {"schema": operation.body} for each in MEDIA_TYPES},
        }
    return described


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    name = operation.path.partition("{")[2].partition("}")[0]
    schema = {"type": "string", "format": "uuid"}
    return [{"name": name, "in": "path", "required": True, "schema": schema}] if name else []


def _headers(operation: Operation) -> list[dict[str, Any]]:
    if operation.is_user_simulation:
        return []
    return [
        {
            "name": rule.header,
            "in": "header",
            "required": rule.need in operation.needs,
            "description": rule.description,
            "schema": {"type": "string"},
        }
        for rule in HEADER_RULES
        if rule.need is not Need.TO_CREATE or operation.creates
    ]


def _responses(operation: Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.found}
    if operation.answer is not None:
        schema: Any = operation.answer
        if operation.many:
            schema = {"type": "array", "items": schema}
        success["content"] = {"application/json": {"schema": schema}}
        if operation.creates:
            success["links"] = _links(operation.answer)
    responses = {"200": success}
    error = ErrorResponseV2 if operation.has_origin else ErrorResponse
    for status, rows in _rows_by_status(operation).items():
        codes = [f"{row.code or 'no body'}: {row.message}" for row in rows]
        responses[str(status)] = {"description": "\n".join(codes)}
        if any(row.code for row in rows):
            responses[str(status)]["content"] = {"application/json": {"schema": error}}
    responses["500"] = {**_INTERNAL, "content": {"application/json": {"schema": error}}}
    return responses


def _links(answer: type[Schema]) -> dict[str, Any]:
    """Returns what the id of what was made is good for: every operation that asks for it."""
    (name,) = answer().dump_fields
    key = camel_case(name)
    found = {}
    for other in OPERATIONS:
        parameter = _asked_for(other, name)
        if parameter is not None:
            parameters = {parameter: f"$response.body#/{key}"}
            found[other.name] = {"operationId": other.name, "parameters": parameters}
    return found


def _asked_for(operation: Operation, name: str) -> str | None:
    """Returns the parameter in which an operation asks for the id of this name, if it does."""
    key = camel_case(name)
    if f"{{{key.lower()}}}" in operation.path:
        return key.lower()
    return key if operation.query is not None and name in operation.query().load_fields else None


def _rows_by_status(operation: Operation) -> dict[int, list[ErrorRow]]:
    found: dict[int, list[ErrorRow]] = {}
    # These say nothing of an operation, only of how HTTP was spoken.
    others = (Refusal.NO_SUCH_PATH, Refusal.BODY_ENCODED, Refusal.BODY_TOO_LARGE)
    rows = (each.value for each in Refusal if each not in others)
    for row in sorted(rows, key=lambda row: row.code or NO_CODE):
        if _can_occur(row.where, operation):
            found.setdefault(STATUSES[row.kind], []).append(row)
    return dict(sorted(found.items()))


def _can_occur(where: Iterable[str], operation: Operation) -> bool:
    if tuple(where) == EVERY_POS_CALL:
        return not operation.is_user_simulation
    return tuple(where) == EVERY_CALL or operation.name in where


_TYPES: dict[type[fields.Field[Any]], tuple[str, str | None]] = {
    Text: ("string", None),
    Guid: ("string", "uuid"),
    Amount: ("number", None),
    Choice: ("string", None),
    Flag: ("boolean", None),
    WholeNumber: ("integer", "int32"),
    Moment: ("string", "date-time"),
    UniqueList: ("array", None),
}


def _teach(converter: Any) -> None:
    """Teaches apispec our fields."""
    for cls, (name, format) in _TYPES.items():
        converter.map_to_openapi_type(cls, name, format)
    converter.add_attribute_function(_words)


def _words(_: Any, field: fields.Field[Any], *, ret: dict[str, Any]) -> dict[str, Any]:
    if ret.get("default", ret) is None:
        # What is left out is left out: a default says no more, and would have to fit the schema.
        del ret["default"]
    if isinstance(field, fields.Nested) and field.allow_none:
        # The converter would allow any object at all, beside null.
        reference = [each for each in ret.pop("anyOf") if "$ref" in each]
        # OpenAPI 3.0.3 lets `nullable` stand beside a `type` only.
        return {"type": "object", "allOf": reference, "nullable": True}
    if isinstance(field, Amount):
        return {"format": field.format}
    if isinstance(field, Choice):
        words: list[str | None] = [each.value for each in field.documented]
        # OpenAPI 3.0.3 lets an enum without null forbid what `nullable` allows.
        return {"enum": [*words, None] if field.allow_none else words}
    if isinstance(field, UniqueList):
        elements = [each.value for each in field.element.documented]
        return {"uniqueItems": True, "items": {"type": "string", "enum": elements}}
    return {}
