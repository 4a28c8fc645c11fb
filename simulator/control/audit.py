"""Control of the audit: what clients did wrong."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from flask import request
from marshmallow import Schema, fields

from .. import client
from ..api.carried import looked_at
from ..api.context import Context
from ..api.headers import HEADER_RULES, Need
from ..api.operations import Operation
from ..api.routes import OPERATIONS
from ..api.schemas.fields import Choice, UniqueList
from ..engine.operations import TOKEN_CALL
from ..journal.audit import reports
from ..journal.audit.calls import OperationInput
from ..journal.audit.judging import AuditReport, UnknownRule, judge
from ..journal.audit.rules import Evidence, copied_evidence, evidence_of
from ..sandboxes.registry import HostedSandbox
from .serving import Document, Later, mistake

#: The header that tells the counts whatever the format, so that nobody has to parse all of them.
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


def _words(schema: type[Schema] | None) -> dict[str, frozenset[str]]:
    """Returns the words that fields of a schema take, by the fields' JSON names."""
    found = {}
    for field in schema().fields.values() if schema else ():
        choice = field.element if isinstance(field, UniqueList) else field
        if isinstance(choice, Choice):
            found[str(field.data_key)] = frozenset(map(str, choice.enum))
    return found


def _taken(operation: Operation) -> OperationInput:
    headers = {
        rule.header for rule in HEADER_RULES if operation.creates or rule.need is not Need.TO_CREATE
    }
    return OperationInput(
        fields=_known_fields(operation.body),
        parameters=_known_fields(operation.query),
        words=_words(operation.body) | _words(operation.query),
        headers=frozenset(headers),
        creates=operation.creates,
    )


#: What each call of a client takes. Users are not clients: their calls are not judged.
TAKES: Mapping[str, OperationInput] = {
    TOKEN_CALL: OperationInput(),
    **{each.name: _taken(each) for each in OPERATIONS if not each.is_user_simulation},
}


def show(context: Context, query: client.AuditQuery, format: str) -> Later[Document]:
    sandbox = looked_at(context)
    read = copied_evidence(sandbox.world, sandbox.journal, TAKES)
    off = [each for each in query.off.split(",") if each]
    return Later(partial(_report, read, off, format, sandbox.name, request.script_root))


def _report(
    read: Callable[[], Evidence], off: list[str], format: str, sandbox: str, root: str
) -> Document:
    try:
        report = judge(read(), off)
    except UnknownRule as error:
        raise mistake("off", str(error)) from error
    writers: dict[str, Callable[[], Any]] = {
        "json": lambda: reports.as_model(report),
        "junit": lambda: reports.as_junit(report, sandbox),
        "sarif": lambda: reports.as_sarif(report, f"{root}/_simulator"),
        "text": lambda: reports.as_text(report),
    }
    counts = [f"{severity}={count}" for severity, count in report.counts.items()]
    verdict = " ".join([*counts, f"calls={report.calls}"])
    return Document(writers[format](), ((VERDICT, verdict),))


def audit(sandbox: HostedSandbox, off: Iterable[str] = ()) -> AuditReport:
    """Returns what the clients of a sandbox did wrong.

    Args:
        off: ids of rules to leave out.

    Raises:
        UnknownRule: there is no rule of such an id.
    """
    return judge(evidence_of(sandbox.world, sandbox.journal, TAKES), off)
