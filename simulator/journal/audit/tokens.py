"""Rules about access tokens."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from ...client import Basis, Severity
from ...engine.operations import TOKEN_CALL
from ...engine.values import count_of
from .callers import AuditedClient
from .calls import AuditedCall, CallOutcome, longest_time, real_time, sandbox_time
from .rules import Breach, Evidence, ids, rule

#: A client may fetch the next token this long before the current one expires.
RENEWAL = timedelta(minutes=1)
#: Two tills that share credentials each fetch a token; the third unneeded token is a breach.
FEWEST_TOKENS = 3
#: Calls that were under way when a token was refused come within this long.
UNDER_WAY = timedelta(seconds=1)


@rule(
    "token-for-each-call",
    Severity.WARNING,
    "Fetched a token for each call",
    "Keep a token and use it until shortly before it expires, which `expires_in` tells "
    "(section 2).",
    Basis.OUR_DECISION,
)
def token_for_each_call(evidence: Evidence) -> Iterator[Breach]:
    """At least three times, a client fetched a token although the one before was still valid, had
    not been refused with 401 and had been used for at most one call.
    """
    uses = Counter(call.token for call in evidence.calls if call.operation != TOKEN_CALL)
    last: dict[AuditedClient, AuditedCall] = {}
    refused: set[str | None] = set()
    found: defaultdict[AuditedClient, list[AuditedCall]] = defaultdict(list)
    for call in evidence.calls:
        if call.outcome is CallOutcome.UNAUTHORIZED:
            refused.add(call.token)
        if call.operation != TOKEN_CALL or call.outcome is not CallOutcome.SUCCEEDED:
            continue
        before = last.get(call.client)
        last[call.client] = call
        if before is None or before.token in refused or uses[before.token] > 1:
            continue
        if longest_time(before, call) < _lifetime(before) - RENEWAL:
            found[call.client].append(call)
    for client, calls in found.items():
        if len(calls) >= FEWEST_TOKENS:
            yield Breach(
                message=f"{client} fetched a new token {len(calls)} times although the token "
                "before was still valid and hardly used. Keep the token, and fetch the next one "
                "shortly before it expires.",
                requests=ids(calls),
            )


def _lifetime(call: AuditedCall) -> timedelta:
    """Returns how long the token is valid that a call fetched."""
    return timedelta(seconds=call.answered("expires_in") or 0)


@dataclass(slots=True)
class _TokenUse:
    """How a token was used that is no longer valid.

    Args:
        refusal: the first call that was refused because of the token.
        again: the calls with the token after that.
        late: the calls with the token after it had expired.
    """

    refusal: AuditedCall | None = None
    again: list[AuditedCall] = field(default_factory=list)
    late: list[AuditedCall] = field(default_factory=list)


@rule(
    "expired-token-used",
    Severity.WARNING,
    "Used a token that is no longer valid",
    "A token expires after `expires_in` seconds. Fetch the next one before that, and at the latest "
    "when a call is answered with 401 (section 2).",
)
def expired_token_used(evidence: Evidence) -> Iterator[Breach]:
    """A token was used again after a call with it had been answered with 401; or it was used after
    it had expired both by the sandbox's time and by the real time, so that the client could know.

    Not counted: other calls that were under way at the 401, for one second and until a new token
    is fetched; and a 401 for a missing `x-ibm-client-id`.
    """
    fetched: dict[str | None, AuditedCall] = {}
    newest: dict[str, int] = {}
    uses: defaultdict[str, _TokenUse] = defaultdict(_TokenUse)
    for call in evidence.calls:
        if call.operation == TOKEN_CALL:
            if call.outcome is CallOutcome.SUCCEEDED:
                fetched[call.token], newest[call.client.client_id] = call, call.id
            continue
        if call.token is None:
            continue
        use = uses[call.token]
        if use.refusal is not None and _is_again(use.refusal, call, newest):
            use.again.append(call)
        elif _has_expired(fetched.get(call.token), call):
            use.late.append(call)
        if use.refusal is None and _is_token_refused(call):
            use.refusal = call
    for use in uses.values():
        yield from _breaches(use)


def _is_again(refusal: AuditedCall, call: AuditedCall, newest: dict[str, int]) -> bool:
    has_new = newest.get(call.client.client_id, 0) > refusal.id
    return has_new or call.sent == refusal.sent or longest_time(refusal, call) > UNDER_WAY


def _has_expired(fetch: AuditedCall | None, call: AuditedCall) -> bool:
    if fetch is None:
        return False
    return min(sandbox_time(fetch, call), real_time(fetch, call)) > _lifetime(fetch)


def _is_token_refused(call: AuditedCall) -> bool:
    is_app_refused = call.exchange.detail.startswith("x-ibm-client-")
    return call.outcome is CallOutcome.UNAUTHORIZED and not is_app_refused


def _breaches(use: _TokenUse) -> Iterator[Breach]:
    if use.refusal is not None and use.again:
        yield Breach(
            message=f"Request {use.refusal.id} was answered with 401, so its token was no longer "
            f"valid; the client used the token again, {count_of(len(use.again), 'time')}. After a "
            "401, fetch a new token and repeat the call with it.",
            requests=ids(use.again),
        )
    elif use.late:
        yield Breach(
            message=f"A token was used after it had expired, {count_of(len(use.late), 'time')}. "
            "Remember when the token expires (expires_in), and fetch the next one shortly before.",
            requests=ids(use.late),
        )
