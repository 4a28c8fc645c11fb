"""Rules about the spelling of names and words, and about query parameters."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ...client import Basis, Severity
from ...engine.operations import TOKEN_CALL
from ...engine.values import count_of, folded
from ...settings.nearest import nearest
from ..queries import parse_query, unknown_names
from .callers import AuditedClient
from .calls import AuditedCall, OperationInput, names_in
from .rules import Breach, Evidence, ids, rule

#: Of one request, this many names are reported.
MOST_NAMES = 20


@rule(
    "relies-on-case",
    Severity.NOTE,
    "Relies on case being ignored",
    "Write the names of fields and query parameters and the words of enumerations as the "
    "documentation does: `posId`, not `PosId` (section 5). That the service did not mind is our "
    "decision, after how its platform reads names.",
    Basis.OUR_DECISION,
)
def relies_on_case(evidence: Evidence) -> Iterator[Breach]:
    """A field, a query parameter or a word of an enumeration differed from the documented one in
    upper and lower case alone. This is reported once for each name of an operation.
    """
    found: defaultdict[tuple[AuditedClient, str, str, str], list[AuditedCall]] = defaultdict(list)
    for call in evidence.calls:
        takes = evidence.inputs[call.operation]
        for sent, right in islice(_respelled(call, takes), MOST_NAMES):
            found[call.client, call.operation, sent, right].append(call)
    for (_, operation, sent, right), calls in found.items():
        yield Breach(
            message=f"{operation} was called with {sent[:60]!r}, {count_of(len(calls), 'time')}. "
            f"The documentation writes {right!r}; the simulator took it for that.",
            requests=ids(calls),
        )


def _respelled(call: AuditedCall, takes: OperationInput) -> Iterator[tuple[str, str]]:
    """Yields what was sent in another case, and how it is documented."""
    parameters = dict(reversed(parse_query(call.sent.query)))
    yield from _of(names_in(call.body), takes.fields)
    yield from _of(parameters, takes.parameters)
    for name, words in takes.words.items():
        sent = call.requested(name) if name in takes.fields else _parameter(parameters, name)
        yield from _of(sent if isinstance(sent, list) else [sent], words)


def _of(sent: Any, known: frozenset[str]) -> Iterator[tuple[str, str]]:
    right = {folded(each): each for each in known}
    for each in sent:
        if isinstance(each, str) and each not in known and folded(each) in right:
            yield each, right[folded(each)]


def _parameter(parameters: dict[str, str], name: str) -> str | None:
    return next((text for sent, text in parameters.items() if folded(sent) == folded(name)), None)


@rule(
    "unknown-parameter",
    Severity.WARNING,
    "Sent an unknown query parameter",
    "Send the documented query parameters: the service ignores others, so that a look-up finds "
    "more than was asked for (sections 6 to 8).",
)
def unknown_parameter(evidence: Evidence) -> Iterator[Breach]:
    """The query had a parameter that the operation does not have, in upper or lower case. The
    answer said so in `X-Simulator-Reason`.
    """
    found: defaultdict[tuple[AuditedClient, str, str], list[AuditedCall]] = defaultdict(list)
    for call in evidence.calls:
        if call.operation == TOKEN_CALL:
            continue
        known = evidence.inputs[call.operation].parameters
        for name in unknown_names(call.sent.query, known)[:MOST_NAMES]:
            found[call.client, call.operation, name].append(call)
    for (_, operation, name), calls in found.items():
        taken = evidence.inputs[operation].parameters
        hint = nearest(name, taken) if taken else "it takes none"
        yield Breach(
            message=f"{operation} was called with the query parameter {name[:60]!r}, "
            f"{count_of(len(calls), 'time')}. There is no such parameter, so it was ignored; "
            f"{hint}",
            requests=ids(calls),
        )
