"""Rules about idempotency keys."""

from collections import defaultdict
from collections.abc import Iterator

from simulator.journal.audit.calls import Call, Outcome, Sent, Who, waited
from simulator.journal.audit.rules import Broken, Evidence, Severity, count_of, rule

#: Code of the refusal that says that a key was used for another request.
USED_KEY = "1306"


@rule(
    "new-key-on-retry",
    Severity.ERROR,
    "Retried with a new idempotency key",
    "A retry carries the key of the call it repeats. Else the service can't tell it from a new "
    "request, and does the work twice (section 9).",
)
def new_key_on_retry(evidence: Evidence) -> Iterator[Broken]:
    """A call that makes something got no answer the client could use, or a 5xx, and the same
    request was made again under another key, while the first key was remembered.

    A new key after a refusal (4xx) is fine: a refused call does not use its key up.
    """
    lost: dict[Sent, list[Call]] = {}
    deleted: dict[Who, int] = {}
    for call in evidence.calls:
        if call.operation == "DeletePos":
            deleted[call.who] = call.id
        if not evidence.takes[call.operation].creates or call.key is None:
            continue
        calls = lost.get(call.sent)
        if calls and not _is_retry(calls[0], call, evidence, deleted.get(call.who, 0)):
            yield from _new_keys(lost.pop(call.sent))
        if call.sent in lost:
            lost[call.sent].append(call)
        if call.outcome is Outcome.LOST:
            lost.setdefault(call.sent, [call])
        elif call.outcome is not Outcome.UNAUTHORIZED:
            yield from _new_keys(lost.pop(call.sent, []))
    for calls in lost.values():
        yield from _new_keys(calls)


def _is_retry(first: Call, call: Call, evidence: Evidence, deleted: int) -> bool:
    """Whether a request repeats one that was lost; a deleted point of sale can be made again."""
    if call.operation == "CreatePos" and deleted > first.id:
        return False
    return waited(first, call) <= evidence.rules.idempotency_retention


def _new_keys(attempts: list[Call]) -> Iterator[Broken]:
    """Judges the attempts at one request, of which the first was lost."""
    first = attempts[0] if attempts else None
    calls = [each for each in attempts if first and each.key != first.key]
    if first is None or not calls:
        return
    others = len({each.key for each in calls})
    keys = "another key" if others == 1 else f"{others} other keys"
    yield Broken.by(
        calls,
        f"{first.operation} got no usable answer (request {first.id}, key {first.key!r}), "
        f"and the same request was made again under {keys}. The first may have been done all the "
        "same: then this makes a second one. Send a retry with the key of the call it repeats.",
        about=calls[-1],
    )


@rule(
    "idempotency-key-reused",
    Severity.ERROR,
    "Idempotency key used for another request",
    "A key belongs to one request. The same key with another request is refused with 1306, and "
    "only as long as the service remembers it: at least 24 hours (section 9).",
)
def idempotency_key_reused(evidence: Evidence) -> Iterator[Broken]:
    """One client used one key for two different requests, whether it was answered with 1306 or not.

    Not counted: a key whose request was refused (4xx), since a refusal does not use it up.
    """
    owners: dict[tuple[Who, str], Call] = {}
    found: defaultdict[tuple[Who, str], list[Call]] = defaultdict(list)
    origins: dict[tuple[Who, str], Call] = {}
    for call in evidence.calls:
        if call.key is None or not evidence.takes[call.operation].creates:
            continue
        key = call.who, call.key
        owner = owners.get(key)
        if owner is not None and call.sent != owner.sent and not _is_refused(owner):
            origins.setdefault(key, owner)
            found[key].append(call)
        elif call.code == USED_KEY and owner is None:
            found[key].append(call)
        elif owner is None or owner.outcome is not Outcome.DONE:
            owners[key] = call
    for key, calls in found.items():
        yield _reused(calls, origins.get(key))


def _is_refused(call: Call) -> bool:
    return call.outcome in (Outcome.REFUSED, Outcome.UNAUTHORIZED)


def _reused(calls: list[Call], owner: Call | None) -> Broken:
    of = f"request {owner.id} ({owner.operation})" if owner else "a request before"
    return Broken.by(
        calls,
        f"The idempotency key {calls[0].key!r} is that of {of}, and was used again for another "
        f"request, {count_of(len(calls), 'time')}. That is refused with {USED_KEY}, or makes what "
        "nobody can find by its key. Make a new key for each request, and keep it for its retries.",
    )
