"""Control of the audit: does the client behave?"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import request
from marshmallow import Schema, fields

from simulator.api.answers import Reply
from simulator.api.context import Context
from simulator.api.headers import HEADER_RULES, Need
from simulator.api.operations import Operation
from simulator.api.pipeline import sandbox_of
from simulator.api.routes import OPERATIONS
from simulator.control.queries import answer_in, asked_format, check_parameters
from simulator.engine.errors import Refusal, SimulatorError
from simulator.journal.audit.calls import TOKEN, Takes
from simulator.journal.audit.judging import Report, UnknownRule, judge
from simulator.journal.audit.reports import as_json, as_junit, as_sarif, as_text
from simulator.journal.audit.rules import evidence_of
from simulator.sandboxes import Sandbox

__all__ = ["TAKES", "audit", "show_audit"]

FORMATS = {
    "json": "application/json",
    "junit": "application/xml",
    "sarif": "application/sarif+json",
    "text": "text/plain",
}
#: Tells the counts whatever the format, so that nobody has to parse all of them.
VERDICT = "X-Simulator-Audit"


def _known_fields(schema: type[Schema] | None) -> frozenset[str]:
    """Returns the JSON names of a schema's fields; of a schema within, `outer.inner`."""
    names: set[str] = set()
    for field in schema().fields.values() if schema else ():
        name = str(field.data_key)
        names.add(name)
        if isinstance(field, fields.Nested):
            names |= {f"{name}.{inner.data_key}" for inner in field.schema.fields.values()}
    return frozenset(names)


def _taken(operation: Operation) -> Takes:
    headers = {
        rule.header for rule in HEADER_RULES if operation.creates or rule.need is not Need.TO_CREATE
    }
    return Takes(_known_fields(operation.body), frozenset(headers), operation.creates)


#: What each call of a client takes. Users are no clients: what they do is not judged.
TAKES: Mapping[str, Takes] = {
    TOKEN: Takes(),
    **{each.name: _taken(each) for each in OPERATIONS if not each.is_user_simulation},
}


def show_audit(context: Context) -> Reply:
    """What clients did wrong: JSON, JUnit XML, SARIF or plain text."""
    check_parameters("format", "off")
    wanted = asked_format(FORMATS)
    sandbox = sandbox_of(context)
    off = [each for text in request.args.getlist("off") for each in text.split(",") if each]
    try:
        report = audit(sandbox, off)
    except UnknownRule as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"off: {error}") from error
    writers: dict[str, Callable[[], Any]] = {
        "json": lambda: as_json(report),
        "junit": lambda: as_junit(report, sandbox.name),
        "sarif": lambda: as_sarif(report, f"{request.script_root}/_simulator"),
        "text": lambda: as_text(report),
    }
    counts = [f"{severity}={count}" for severity, count in report.counts.items()]
    verdict = {VERDICT: " ".join([*counts, f"calls={report.calls}"])}
    return answer_in(FORMATS[wanted], writers[wanted](), verdict)


def audit(sandbox: Sandbox, off: Iterable[str] = ()) -> Report:
    """Returns what the clients of a sandbox did wrong.

    Args:
        off: ids of rules to leave out.

    Raises:
        UnknownRule: there is no rule of such an id.
    """
    return judge(evidence_of(sandbox.world, sandbox.journal, TAKES), off)
