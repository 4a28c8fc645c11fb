"""Rules about idempotency keys."""

from collections import defaultdict
from collections.abc import Iterator

from ...client import Severity
from ...engine.values import count_of
from .callers import AuditedClient
from .calls import AuditedCall, CallOutcome, SentRequest, longest_time
from .rules import Breach, Evidence, rule

#: The code of a refusal because the key was used for another request.
USED_KEY = "1306"


@rule(
    "new-key-on-retry",
    Severity.ERROR,
    "Retried with a new idempotency key",
    "A retry carries the key of the call it repeats. Without it, the service can't tell the retry "
    "from a new request and does the work twice (section 9).",
)
def new_key_on_retry(evidence: Evidence) -> Iterator[Breach]:
    """A call that makes something got 5xx or no usable answer, and the client sent the same request
    again with another key while the service still remembered the first key.

    A new key after a refusal (4xx) is fine: a refused call does not use up its key.
    """
    lost: dict[SentRequest, list[AuditedCall]] = {}
    deleted: dict[AuditedClient, int] = {}
    for call in evidence.calls:
        if call.operation == "DeletePos" and not call.is_refused:
            deleted[call.client] = call.id
        if not evidence.inputs[call.operation].creates or call.key is None:
            continue
        calls = lost.get(call.sent)
        if calls and not _is_retry(calls[0], call, evidence, deleted.get(call.client, 0)):
            yield from _new_keys(lost.pop(call.sent))
        if call.sent in lost:
            lost[call.sent].append(call)
        if call.outcome is CallOutcome.LOST:
            lost.setdefault(call.sent, [call])
        elif call.outcome is not CallOutcome.UNAUTHORIZED:
            yield from _new_keys(lost.pop(call.sent, []))
    for calls in lost.values():
        yield from _new_keys(calls)


def _is_retry(first: AuditedCall, call: AuditedCall, evidence: Evidence, deleted: int) -> bool:
    """Whether a call repeats a lost one; a point of sale can be made again once it is deleted."""
    if call.operation == "CreatePos" and deleted > first.id:
        return False
    return longest_time(first, call) <= evidence.rules.idempotency_retention


def _new_keys(attempts: list[AuditedCall]) -> Iterator[Breach]:
    """Judges the attempts at one request, of which the first was lost."""
    first = attempts[0] if attempts else None
    calls = [each for each in attempts if first and each.key != first.key]
    if first is None or not calls:
        return
    others = len({each.key for each in calls})
    keys = "another key" if others == 1 else f"{others} other keys"
    yield Breach.by(
        calls,
        f"{first.operation} got no usable answer (request {first.id}, key {first.key!r}), and the "
        f"client sent the same request again with {keys}. If the first request took effect, this "
        "makes a second one. Send a retry with the key of the call it repeats.",
        about=calls[-1],
    )


@rule(
    "idempotency-key-reused",
    Severity.ERROR,
    "Idempotency key used for another request",
    "A key belongs to one request. The service refuses the same key with another request (1306) "
    "only as long as it remembers the key, at least 24 hours (section 9).",
)
def idempotency_key_reused(evidence: Evidence) -> Iterator[Breach]:
    """One client used one key for two different requests, whether or not the second was answered
    with 1306.

    Not counted: a key whose request was refused (4xx), since a refusal does not use up the key.
    """
    owners: dict[tuple[AuditedClient, str], AuditedCall] = {}
    found: defaultdict[tuple[AuditedClient, str], list[AuditedCall]] = defaultdict(list)
    origins: dict[tuple[AuditedClient, str], AuditedCall] = {}
    for call in evidence.calls:
        if call.key is None or not evidence.inputs[call.operation].creates:
            continue
        key = call.client, call.key
        owner = owners.get(key)
        if owner is not None and call.sent != owner.sent and not owner.is_refused:
            origins.setdefault(key, owner)
            found[key].append(call)
        elif call.code == USED_KEY and owner is None:
            found[key].append(call)
        elif owner is None or owner.outcome is not CallOutcome.SUCCEEDED:
            owners[key] = call
    for key, calls in found.items():
        yield _reused(calls, origins.get(key))


def _reused(calls: list[AuditedCall], owner: AuditedCall | None) -> Breach:
    first = f"request {owner.id} ({owner.operation})" if owner else "an earlier request"
    return Breach.by(
        calls,
        f"The idempotency key {calls[0].key!r} belongs to {first}, and was used again for another "
        f"request, {count_of(len(calls), 'time')}. The service refuses that with {USED_KEY}, or "
        "makes something that can't be found by its key. Make a new key for each request, and keep "
        "it for the retries of that request.",
    )
