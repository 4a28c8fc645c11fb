"""Rules about the fields and headers of requests."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ...client import Basis, Severity
from ...engine.values import count_of, folded
from ...settings.nearest import nearest
from ..exchanges import APP
from ..words import sentence
from .callers import AuditedClient
from .calls import AuditedCall, names_in
from .rules import Breach, Evidence, ids, rule

PREFIX = "x-mobilepay-"
#: Of one body, this many unknown names are reported.
MOST_NAMES = 20
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@rule(
    "amount-as-string",
    Severity.WARNING,
    "Amount sent as a string",
    'Amounts are JSON numbers: 10.50, not "10.50" (section 5).',
)
def amount_as_string(evidence: Evidence) -> Iterator[Breach]:
    """The field `amount` was a string. The service accepted decimal numbers in strings as well."""
    found: defaultdict[tuple[AuditedClient, str], list[AuditedCall]] = defaultdict(list)
    for call in evidence.calls:
        has_amount = "amount" in evidence.inputs[call.operation].fields
        if has_amount and isinstance(call.requested("amount"), str):
            found[call.client, call.operation].append(call)
    for (_, operation), calls in found.items():
        amount = calls[0].requested("amount")[:40]
        is_number = _NUMBER.fullmatch(amount) is not None
        remedy = "the amount without quotes" if is_number else "a JSON number, such as 10.50"
        yield Breach(
            message=f"{operation} was called with the amount as a string, such as {amount!r}, "
            f"{count_of(len(calls), 'time')}. Send {remedy}.",
            requests=ids(calls),
        )


@rule(
    "unknown-field",
    Severity.WARNING,
    "Sent an unknown field",
    "Send the documented fields: the service's OpenAPI file forbids others. Unknown fields are "
    "ignored, and with them what they were meant to say (sections 5 to 8).",
)
def unknown_field(evidence: Evidence) -> Iterator[Breach]:
    """The JSON body had a field that the operation does not have, in upper or lower case. Fields
    within `restrictions` are checked as well.
    """
    found: defaultdict[tuple[AuditedClient, str, str], list[AuditedCall]] = defaultdict(list)
    for call in evidence.calls:
        unknown = _unknown(call.body, evidence.inputs[call.operation].fields)
        for name in islice(unknown, MOST_NAMES):
            found[call.client, call.operation, name].append(call)
    for (_, operation, name), calls in found.items():
        known = evidence.inputs[operation].fields
        hint = nearest(name, known) if known else "it takes no fields"
        yield Breach(
            message=f"{operation} was called with the field {name[:60]!r}, "
            f"{count_of(len(calls), 'time')}. There is no such field, so it was ignored; {hint}",
            requests=ids(calls),
        )


def _unknown(body: Any, known: frozenset[str]) -> Iterator[str]:
    names = {folded(each) for each in known}
    for name in names_in(body):
        outer = name.partition(".")[0]
        if folded(name) not in names and (outer == name or folded(outer) in names):
            yield name


@rule(
    "unneeded-header",
    Severity.NOTE,
    "Sent a header that the call does not take",
    "Only the four calls that make something take an idempotency key, and only the PoS API takes "
    "X-MobilePay headers (section 3).",
    Basis.OUR_DECISION,
)
def unneeded_header(evidence: Evidence) -> Iterator[Breach]:
    """A call carried a header whose name begins with `X-MobilePay-` and that its operation does not
    take: a key on a GET or a capture, or a misspelt name.
    """
    found: defaultdict[tuple[AuditedClient, str], list[AuditedCall]] = defaultdict(list)
    for call in evidence.calls:
        taken = evidence.inputs[call.operation].headers
        for name in call.headers:
            if name.startswith(PREFIX) and name not in taken:
                found[call.client, name].append(call)
    known = {name for each in evidence.inputs.values() for name in each.headers}
    for (_, name), calls in found.items():
        operations = sorted({each.operation for each in calls})
        hint = "" if name in known else f" {sentence(nearest(name, known))}"
        yield Breach(
            message=f"{name[:80]} was sent with calls that do not take it, "
            f"{count_of(len(calls), 'time')}: {', '.join(operations)}. The service ignores it "
            f"there.{hint}",
            requests=ids(calls),
        )


@rule(
    "ibm-client-id-missing",
    Severity.NOTE,
    "x-ibm-client-id missing",
    "Every call, also for a token, had to carry the app's id in `x-ibm-client-id`, until this was "
    "dropped from the documentation between October and December 2022; two of its pages ask for it "
    "to the end. A client that sends the header works in both cases (section 2).",
)
def ibm_client_id_missing(evidence: Evidence) -> Iterator[Breach]:
    """Calls of a client came without the header, or with an empty one. This is reported once for
    each client, since it is one mistake, however many calls there are.
    """
    found: defaultdict[str, list[AuditedCall]] = defaultdict(list)
    for call in evidence.calls:
        if not call.headers.get(APP):
            found[call.client.client_id].append(call)
    for client_id, calls in found.items():
        yield Breach(
            message=f"{client_id or 'An unknown client'} made {count_of(len(calls), 'call')} "
            "without x-ibm-client-id. In the end the service no longer required it; with "
            "--require-ibm-client-id the simulator answers such calls with 401.",
            requests=ids(calls),
        )
