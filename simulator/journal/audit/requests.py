"""Rules about what requests carry."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

from simulator.documents import nearest
from simulator.journal.audit.calls import Call, Who
from simulator.journal.audit.rules import Broken, Evidence, Severity, count_of, ids, rule

APP = "x-ibm-client-id"
PREFIX = "x-mobilepay-"
#: Of one body, this many names that are not known are told.
MOST_NAMES = 20


@rule(
    "amount-as-string",
    Severity.WARNING,
    "Amount sent as a string",
    'Amounts are JSON numbers: 10.50, not "10.50" (section 5).',
)
def amount_as_string(evidence: Evidence) -> Iterator[Broken]:
    """The field `amount` was a string. The service took decimal numbers in strings as well."""
    found: defaultdict[tuple[Who, str], list[Call]] = defaultdict(list)
    for call in evidence.calls:
        if isinstance(call.asked("amount"), str) and "amount" in _fields(evidence, call):
            found[call.who, call.operation].append(call)
    for (_, operation), calls in found.items():
        amount = calls[0].asked("amount")[:40]
        yield Broken(
            message=f"{operation} was called with the amount as a string, such as {amount!r}, "
            f"{count_of(len(calls), 'time')}. Write it without the quotes.",
            requests=ids(calls),
        )


def _fields(evidence: Evidence, call: Call) -> frozenset[str]:
    return evidence.takes[call.operation].fields


@rule(
    "unknown-field",
    Severity.WARNING,
    "Sent a field that is not known",
    "Send the fields that are documented, spelt as they are: what is not known is ignored, and so "
    "is what it was to say (sections 5 to 8).",
)
def unknown_field(evidence: Evidence) -> Iterator[Broken]:
    """The JSON body held a field that the operation does not have; upper and lower case matter.
    Fields within `restrictions` are looked at as well.
    """
    found: defaultdict[tuple[Who, str, str], list[Call]] = defaultdict(list)
    for call in evidence.calls:
        unknown = _unknown(call.body, _fields(evidence, call))
        for name in islice(unknown, MOST_NAMES):
            found[call.who, call.operation, name].append(call)
    for (_, operation, name), calls in found.items():
        known = evidence.takes[operation].fields
        hint = nearest(name, known) if known else "it takes no fields"
        yield Broken(
            message=f"{operation} was called with the field {name[:60]!r}, "
            f"{count_of(len(calls), 'time')}. There is no such field, so it was ignored; {hint}",
            requests=ids(calls),
        )


def _unknown(body: Any, known: frozenset[str]) -> Iterator[str]:
    for name, value in body.items() if isinstance(body, dict) else ():
        if name not in known:
            yield name
        elif isinstance(value, dict):
            yield from (f"{name}.{each}" for each in value if f"{name}.{each}" not in known)


@rule(
    "unneeded-header",
    Severity.NOTE,
    "Sent a header that the call does not take",
    "Only the four calls that make something take an idempotency key, and only the PoS API takes "
    "X-MobilePay headers (section 3).",
)
def unneeded_header(evidence: Evidence) -> Iterator[Broken]:
    """A call carried a header whose name begins with `X-MobilePay-` and that its operation does not
    take: a key on a GET or a capture, or a name that is misspelt.
    """
    found: defaultdict[tuple[Who, str], list[Call]] = defaultdict(list)
    for call in evidence.calls:
        taken = evidence.takes[call.operation].headers
        for name in call.headers:
            if name.startswith(PREFIX) and name not in taken:
                found[call.who, name].append(call)
    known = {name for takes in evidence.takes.values() for name in takes.headers}
    for (_, name), calls in found.items():
        operations = sorted({each.operation for each in calls})
        hint = "" if name in known else f" {_capitalised(nearest(name, known))}"
        yield Broken(
            message=f"{name[:80]} was sent where it is not taken, "
            f"{count_of(len(calls), 'time')}: with {', '.join(operations)}. It changes nothing "
            f"there.{hint}",
            requests=ids(calls),
        )


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


@rule(
    "ibm-client-id-missing",
    Severity.NOTE,
    "x-ibm-client-id missing",
    "Until October 2022 every call, for a token as well, carried the app's id in "
    "`x-ibm-client-id`. A client that sends it works with either (section 2).",
)
def ibm_client_id_missing(evidence: Evidence) -> Iterator[Broken]:
    """Calls of a client came without the header, or with an empty one; told once for each client,
    since it is one mistake however many calls it makes.
    """
    found: defaultdict[str, list[Call]] = defaultdict(list)
    for call in evidence.calls:
        if not call.headers.get(APP):
            found[call.who.client_id].append(call)
    for client_id, calls in found.items():
        yield Broken(
            message=f"{count_of(len(calls), 'call')} of "
            f"{client_id or 'a client that is not known'} came without x-ibm-client-id. It was "
            "not required any more in the end; with --require-ibm-client-id such calls are "
            "answered 401.",
            requests=ids(calls),
        )
