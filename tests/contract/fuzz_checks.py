"""Loaded by schemathesis beside its own checks: whether the document itself refuses a request.

schemathesis judges by the copy that was taught likely values. What the copy does not know may still be
right: a name of five letters, or of digits alone. Here a request is held against the untaught document,
so it does not matter how it was made.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
import yaml
from schemathesis import Case, CheckContext, Response

from tests.contract.documents import Document, problems
from tests.contract.fuzz_documents import UNTAUGHT

#: What the simulator takes all the same; see fidelity.md and the tests of the fields' formats.
DECIDED = ("amount", "supportedBeaconTypes")

_document = Document(yaml.safe_load(Path(os.environ[UNTAUGHT]).read_text(encoding="utf-8")))


@schemathesis.check
def wrong_request_is_refused(ctx: CheckContext, response: Response, case: Case) -> None:
    """What the document does not allow is not answered with success."""
    if response.status_code >= 300 or case.method != case.operation.method.upper():
        return
    found = list(mistakes(case))
    assert not found, f"answered with {response.status_code}, though {'; '.join(found)}"


def mistakes(case: Case) -> Iterator[str]:
    """Yields what the document does not allow about a request."""
    operation = _document.operation(case.operation.definition.raw["operationId"])
    for each in operation.get("parameters", ()):
        if each["name"].lower() != "authorization":
            yield from _mistakes_in(case, each)
    body = operation.get("requestBody")
    if body is None:
        return
    if not isinstance(case.body, dict):
        yield "the body is no object"
        return
    schema = _document.resolve(next(iter(body["content"].values()))["schema"])
    for each in problems(_open(schema), case.body):
        if not each.startswith(tuple(f"$.{name}:" for name in DECIDED)):
            yield each


def _mistakes_in(case: Case, parameter: dict[str, Any]) -> Iterator[str]:
    name, where = parameter["name"], parameter["in"]
    sent = {"path": case.path_parameters, "query": case.query, "header": case.headers}[where] or {}
    value = sent.get(name)
    if value is None:
        if parameter.get("required"):
            yield f"{name} is missing"
    # An empty one counts as missing; of several the first counts.
    elif isinstance(value, str) and value:
        yield from (
            f"{name}: {each}" for each in problems(_document.resolve(parameter["schema"]), value)
        )


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema that lets unknown fields be, as the simulator does."""
    changed = {name: each for name, each in schema.items() if name != "additionalProperties"}
    if "properties" in schema:
        fields = schema["properties"].items()
        changed["properties"] = {name: _open(each) for name, each in fields}
    return changed
