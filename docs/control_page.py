"""The tables of the page about the control API, made of its rows and their models. See `make.py`."""

import json
import re
from collections.abc import Iterable
from typing import Any

from mobilepay_simulator.client import CallFilters
from mobilepay_simulator.control.description import describe, described
from mobilepay_simulator.control.routes import BASE, ROUTES, Route
from mobilepay_simulator.control.serving import model_of

Routes = tuple[Route, ...]

PART = re.compile(r"<(\w+)>")
MEDIA_TYPES = {
    "application/json": "JSON",
    "application/yaml": "YAML",
    "text/csv": "CSV",
    "text/event-stream": "events",
}


def parts(routes: Routes = ROUTES) -> dict[str, Iterable[str]]:
    """The tables by their marks on the page."""
    return {
        "calls": calls(routes),
        "takes": taken(routes),
        "answers": answered(routes),
        "filters": filters(),
    }


def filters() -> list[str]:
    """A table of the filters of the journal."""
    properties = schema_of(CallFilters)["properties"].items()
    rows = [f"| `{name}` | {each['description']} |" for name, each in properties]
    return ["| filter | fits |", "|---|---|", *rows]


def call_path(route: Route) -> str:
    """The path of a control call, its parts in capitals: `/_simulator/runs/ID`."""
    return BASE + re.sub(r"<(?:\w+_)?(\w+)>", lambda part: part[1].upper(), route.path)


def calls(routes: Routes) -> list[str]:
    """A table of the control calls: what each takes, answers and does."""
    lines = ["| call | takes | answers | what it does |", "|---|---|---|---|"]
    for route in routes:
        takes = [f"`?{name}=`" for name in schema_of(route.query)["properties"]]
        takes += [f"`{name}`" for name in schema_of(route.body)["properties"]]
        takes += [MEDIA_TYPES[str(route.body)]] if str(route.body) in MEDIA_TYPES else []
        answer = model_of(route.answer)
        answers = (
            f"`{answer.__name__}`" if answer else MEDIA_TYPES.get(str(route.answer), "nothing")
        )
        others = [f"`{name}`" for name in route.formats or () if name != "json"]
        answers += f", or {', '.join(others)}" if others else ""
        call = f"`{route.method} {call_path(route)}`"
        lines.append(f"| {call} | {', '.join(takes)} | {answers} | {route.does} |")
    return lines


def schema_of(named: Any) -> dict[str, Any]:
    """The schema of a model that a row names; an empty one where it names none."""
    model = model_of(named)
    schema = described(model)[model.__name__] if model else {}
    return {"properties": {}, "required": [], **schema}


def taken(routes: Routes) -> list[str]:
    """A table of the parameters and fields that control calls take."""
    lines = ["| call | name | value | what it says |", "|---|---|---|---|"]
    for route in routes:
        for named, mark in ((route.query, "?"), (route.body, "")):
            schema = schema_of(named)
            for name, each in schema["properties"].items():
                value = value_of(each) + (", needed" if name in schema["required"] else "")
                value += f"; {json.dumps(each['default'])}" if each.get("default") else ""
                call, about = f"`{route.method} {call_path(route)}`", each.get("description", "")
                lines.append(f"| {call} | `{mark}{name}` | {value} | {about} |")
    return lines


def value_of(schema: dict[str, Any]) -> str:
    """What the value of a field can be, in words."""
    if "anyOf" in schema:
        words = (value_of(each) for each in schema["anyOf"] if each.get("type") != "null")
        return " or ".join(dict.fromkeys(words))
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if schema.get("type") == "array":
        return f"list of {value_of(schema.get('items') or {})}"
    kind = TYPES[schema.get("format", schema.get("type", "any"))]
    low, high = schema.get("minimum"), schema.get("maximum")
    return kind + (f" from {low:g} to {high:.12g}" if low is not None else "")


TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "decimal": "number",
    "boolean": "`true` or `false`",
    "date-time": "time",
    "object": "object",
    "any": "any JSON",
}


def answered(routes: Routes) -> list[str]:
    """A table of the models of answers and bodies, and their fields."""
    lines = ["| model | what it is | fields |", "|---|---|---|"]
    for name, schema in sorted(describe(routes)["components"]["schemas"].items()):
        if "enum" in schema:
            fields = ", ".join(f"`{each}`" for each in schema["enum"])
        else:
            fields = ", ".join(field_of(*each) for each in schema["properties"].items())
        about = " ".join(schema.get("description", "").split("\n\n")[0].split())
        lines.append(f"| `{name}` | {about} | {fields} |")
    return lines


def field_of(name: str, schema: dict[str, Any]) -> str:
    """The name of a field, and the model of its value where it has one."""
    models = re.findall(r"`\w+`(?!:)", value_of(schema))
    models = [each for each in models if each not in ("`true`", "`false`")]
    return f"`{name}`" + (f": {models[0]}" if models else "")
