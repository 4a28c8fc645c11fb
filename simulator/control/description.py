"""The OpenAPI document of the control API, made of its rows and their models."""

import re
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc
from typing import Any

import msgspec
from flask import request

from .. import __version__, client
from ..api.answers import Response, json_answer
from ..api.context import Context
from ..client.model import camel_case
from . import routes as table
from .access import BASE
from .routes import CSV, JSON, YAML
from .serving import Route, model_of

BYTES = "application/octet-stream"
_REFUSED = {
    "description": "Refused; the answer says what is wrong.",
    "content": {JSON: {"schema": {"$ref": "#/components/schemas/Refused"}}},
}
#: What else a text can be sent as. Generators of clients know neither YAML nor CSV; JSON is YAML,
#: and a file is bytes.
_ALSO_AS = {YAML: (JSON,), CSV: (BYTES,)}
#: For the paths, which Flask writes otherwise.
_PART = re.compile(r"<(\w+)>")


def show(context: Context) -> Response:
    return json_answer({**control_document(), "servers": [{"url": request.root_url.rstrip("/")}]})


@cache
def control_document() -> dict[str, Any]:
    """Returns the OpenAPI document of all calls, but for `servers`; no setting changes it."""
    return describe(table.ROUTES)


def describe(routes: tuple[Route, ...]) -> dict[str, Any]:
    """Returns the OpenAPI 3.1 document of some calls, but for `servers`."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = BASE + _PART.sub(lambda part: f"{{{camel_case(part[1])}}}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MobilePay PoS simulator: control API",
            "version": __version__,
            "description": "What no real service has: clock, scenarios, journal, verification, "
            "ledger, certification. In front of each path, `/sandboxes/NAME` names the sandbox.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "tags": [{"name": each} for each in dict.fromkeys(map(_group_of, routes))],
        "paths": paths,
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        # A token is needed where the server was started with one.
        "security": [{}, {"token": []}],
    }


def _schemas(routes: tuple[Route, ...]) -> dict[str, Any]:
    models: list[Any] = [client.Refused]
    for route in routes:
        models += map(model_of, (route.answer, route.body, *(route.failures or {}).values()))
    return described(*filter(None, dict.fromkeys(models)))


def described(*models: Any) -> dict[str, Any]:
    """Returns the schemas of models and of all that is in them, by their names."""
    _, schemas = msgspec.json.schema_components(models, ref_template="#/components/schemas/{name}")
    return {name: _as_written(schema) for name, schema in schemas.items()}


def _as_written(schema: Any) -> Any:
    """Returns a schema with amounts as numbers and names in camelCase, as they are written.

    A default of null is left out: it says what `anyOf` says, and to some generators of clients a
    field with a default is one that must be sent.
    """
    if isinstance(schema, list):
        return [_as_written(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return _as_number(schema)
    if schema.get("items") is False:
        schema = _as_list(schema)
    if "default" in schema and schema["default"] is None:
        schema = {name: each for name, each in schema.items() if name != "default"}
    written = {name: _as_written(each) for name, each in schema.items()}
    if isinstance(written.get("description"), str):
        written["description"] = in_words(written["description"])
    return written


def _as_number(amount: dict[str, Any]) -> dict[str, Any]:
    default = {"default": float(amount["default"])} if "default" in amount else {}
    return {**amount, "type": "number", **default}


def _as_list(pair: dict[str, Any]) -> dict[str, Any]:
    """Returns the schema of a tuple without `items: false`, which generators of clients refuse.

    `maxItems` forbids the same.
    """
    first, *others = pair["prefixItems"]
    kept = {name: each for name, each in pair.items() if name not in ("items", "prefixItems")}
    return {**kept, "items": first if all(each == first for each in others) else {}}


def in_words(text: str | None) -> str:
    """Returns a docstring as readers of JSON need it: its names in camelCase."""
    return re.sub(r"`\w+`", lambda name: camel_case(name[0]), cleandoc(text or ""))


def _group_of(route: Route) -> str:
    """Returns what a call is shown with: the first word of its path."""
    return str(re.findall(r"\w+", route.path)[0])


def _operation(route: Route) -> dict[str, Any]:
    words = re.findall(r"\w+", route.path)
    described: dict[str, Any] = {
        "operationId": camel_case("_".join([route.method.lower(), *words])),
        "tags": [_group_of(route)],
        "summary": route.does,
        "parameters": list(_parameters(route)),
        "responses": _responses(route),
    }
    if route.body:
        described["requestBody"] = _body(route)
    return described


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in _PART.findall(route.path):
        schema = {"type": "string"}
        yield {"name": camel_case(name), "in": "path", "required": True, "schema": schema}
    query = model_of(route.query) or client.Input
    properties = described(query)[query.__name__]["properties"]
    if route.formats:
        properties["format"] = {
            "type": "string",
            "enum": list(route.formats),
            "description": "the format of the answer; else the Accept header decides",
        }
    for name, schema in properties.items():
        about = schema.pop("description", "")
        yield {"name": name, "in": "query", "description": about, "schema": schema}


def _body(route: Route) -> dict[str, Any]:
    body = model_of(route.body)
    if body is None:
        media_type = str(route.body)
        types = (media_type, *_ALSO_AS.get(media_type, ()))
        return {"required": True, "content": {each: _any(each) for each in types}}
    is_needed = bool(described(body)[body.__name__]["required"])
    return {"required": is_needed, "content": {JSON: {"schema": _reference(body)}}}


def _responses(route: Route) -> dict[str, Any]:
    answer = model_of(route.answer) or route.answer
    if not answer:
        return {"204": {"description": "Done."}, "default": _REFUSED}
    if isinstance(answer, str):
        done: dict[str, Any] = {"description": "Done.", "content": {answer: _any(answer)}}
    else:
        done = _of_model(answer)
        others = (each for each in (route.formats or {}).values() if each != JSON)
        done["content"] |= {each: _any(each) for each in others}
    failures = (route.failures or {}).items()
    failed = {str(status): _of_model(model_of(each)) for status, each in failures}
    return {"200": done, **failed, "default": _REFUSED}


def _of_model(model: type[client.Model]) -> dict[str, Any]:
    about = in_words(model.__doc__).partition("\n")[0]
    return {"description": about, "content": {JSON: {"schema": _reference(model)}}}


def _any(media_type: str) -> dict[str, Any]:
    if media_type == BYTES:
        return {"schema": {"type": "string", "format": "binary"}}
    if media_type.endswith("json"):
        return {"schema": {"type": "object", "additionalProperties": True}}
    return {"schema": {"type": "string"}}


def _reference(model: type[client.Model]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
