"""An OpenAPI document as plain facts, so that two of them can be compared line by line.

References are followed, and descriptions, examples and the order of things left out. What is left
is what a generator makes a client from.
"""

from collections.abc import Iterator
from typing import Any

__all__ = ["facts_of"]

_METHODS = ("get", "put", "post", "delete", "patch")


def facts_of(document: dict[str, Any]) -> set[str]:
    """Returns the facts of a document, a line each."""
    return {
        f"{method.upper()} {path}: {fact}"
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
        for fact in _operation(item[method], document)
    }


def _operation(operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    yield f"is {operation['operationId']} of {' '.join(operation.get('tags', []))}".rstrip()
    for parameter in operation.get("parameters", []):
        parameter = _followed(parameter, document)
        name = f"{parameter['in']} {parameter['name'].lower()}"
        yield f"{name} is {'required' if parameter.get('required') else 'optional'}"
        for fact in _schema(parameter["schema"], document):
            yield f"{name}{fact}"
    body = _followed(operation.get("requestBody", {}), document)
    for media_type, content in body.get("content", {}).items():
        yield f"takes {media_type}"
        for fact in _schema(content["schema"], document):
            yield f"body{fact}"
    for status, response in operation["responses"].items():
        response = _followed(response, document)
        yield f"answers {status}"
        for media_type, content in response.get("content", {}).items():
            yield f"answers {status} as {media_type}"
            for fact in _schema(content["schema"], document):
                yield f"{status}{fact}"


def _followed(value: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Returns what a reference leads to; an `allOf` of one is that one, with what stands beside."""
    if "$ref" in value:
        target: Any = document
        for piece in value["$ref"].removeprefix("#/").split("/"):
            target = target[piece]
        return _followed(target, document)
    if len(value.get("allOf", ())) == 1:
        beside = {name: each for name, each in value.items() if name != "allOf"}
        return {**_followed(value["allOf"][0], document), **beside}
    return value


def _schema(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    schema = _followed(schema, document)
    yield f" is {schema.get('type', 'anything')} {schema.get('format', '')}".rstrip()
    for name in ("nullable", "uniqueItems", "maxLength", "minLength", "pattern", "minimum"):
        if schema.get(name):
            yield f" has {name} {schema[name]}"
    if schema.get("enum"):
        yield f" is one of {' '.join(sorted(str(each) for each in schema['enum'] if each is not None))}"
        if None in schema["enum"]:
            yield " has null among its words"
    if schema.get("type") == "object":
        yield f" has additionalProperties {schema.get('additionalProperties', True)}"
    for name, inner in schema.get("properties", {}).items():
        yield f".{name} is {'required' if name in schema.get('required', ()) else 'optional'}"
        for fact in _schema(inner, document):
            yield f".{name}{fact}"
    if "items" in schema:
        for fact in _schema(schema["items"], document):
            yield f"[]{fact}"
