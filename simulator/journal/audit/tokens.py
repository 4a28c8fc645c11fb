"""Rules about access tokens."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from simulator.journal.audit.calls import TOKEN, Call, Outcome, Who, really, since, waited
from simulator.journal.audit.rules import Broken, Evidence, Severity, count_of, ids, rule

#: A token is renewed this long before it ends at the earliest.
RENEWAL = timedelta(minutes=1)
#: Two tills that share credentials each fetch a token; a third time is a habit.
HABIT = 3
#: Calls that were under way when a token was refused come within this long.
UNDER_WAY = timedelta(seconds=1)


@rule(
    "token-for-each-call",
    Severity.WARNING,
    "Fetched a token for each call",
    "Keep a token and use it until shortly before it ends: `expires_in` says when (section 2).",
)
def token_for_each_call(evidence: Evidence) -> Iterator[Broken]:
    """A client fetched a token while the one before was good, had not been refused with 401, and
    had been used for one call at the most; at least three times.
    """
    uses = Counter(call.token for call in evidence.calls if call.operation != TOKEN)
    last: dict[Who, Call] = {}
    refused: set[str | None] = set()
    found: defaultdict[Who, list[Call]] = defaultdict(list)
    for call in evidence.calls:
        if call.outcome is Outcome.UNAUTHORIZED:
            refused.add(call.token)
        if call.operation != TOKEN or call.outcome is not Outcome.DONE:
            continue
        before = last.get(call.who)
        last[call.who] = call
        if before is None or before.token in refused or uses[before.token] > 1:
            continue
        if waited(before, call) < _lifetime(before) - RENEWAL:
            found[call.who].append(call)
    for who, calls in found.items():
        if len(calls) >= HABIT:
            yield Broken(
                message=f"A new token was fetched {len(calls)} times though the one before was "
                f"good and had hardly been used, by {who}. Keep the token, and fetch another "
                "shortly before it ends.",
                requests=ids(calls),
            )


def _lifetime(call: Call) -> timedelta:
    """How long the token lives that a call was answered with."""
    return timedelta(seconds=call.told("expires_in") or 0)


@dataclass(slots=True)
class _Spent:
    """A token that is not good any more.

    Args:
        refusal: the call that was told so.
        again: the calls that carried it after that.
        late: the calls that carried it after its end.
    """

    refusal: Call | None = None
    again: list[Call] = field(default_factory=list)
    late: list[Call] = field(default_factory=list)


@rule(
    "expired-token-used",
    Severity.WARNING,
    "Used a token that is not good any more",
    "A token ends after `expires_in` seconds. Fetch another before that, and at the latest when a "
    "call is answered 401 (section 2).",
)
def expired_token_used(evidence: Evidence) -> Iterator[Broken]:
    """A token was used again after a call with it had been answered 401; or it was used after it
    had ended both by the sandbox's time and by the real time, so that the client could know.

    Not counted: other calls that were under way at the 401, for a second and until a new token is
    fetched; and a 401 for a missing `x-ibm-client-id`.
    """
    fetched: dict[str | None, Call] = {}
    newest: dict[str, int] = {}
    spent: defaultdict[str, _Spent] = defaultdict(_Spent)
    for call in evidence.calls:
        if call.operation == TOKEN:
            if call.outcome is Outcome.DONE:
                fetched[call.token], newest[call.who.client_id] = call, call.id
            continue
        if call.token is None:
            continue
        of = spent[call.token]
        if of.refusal is not None and _is_again(of.refusal, call, newest):
            of.again.append(call)
        elif _has_ended(fetched.get(call.token), call):
            of.late.append(call)
        if of.refusal is None and _is_token_refused(call):
            of.refusal = call
    for of in spent.values():
        yield from _spent(of)


def _is_again(refusal: Call, call: Call, newest: dict[str, int]) -> bool:
    has_new = newest.get(call.who.client_id, 0) > refusal.id
    return has_new or call.sent == refusal.sent or waited(refusal, call) > UNDER_WAY


def _has_ended(fetch: Call | None, call: Call) -> bool:
    return fetch is not None and min(since(fetch, call), really(fetch, call)) > _lifetime(fetch)


def _is_token_refused(call: Call) -> bool:
    is_app_refused = call.exchange.detail.startswith("x-ibm-client-id")
    return call.outcome is Outcome.UNAUTHORIZED and not is_app_refused


def _spent(of: _Spent) -> Iterator[Broken]:
    if of.refusal is not None and of.again:
        yield Broken(
            message=f"Request {of.refusal.id} was answered 401, so its token was not good any "
            f"more; it was used again, {count_of(len(of.again), 'time')}. Fetch a new token after "
            "a 401, and make the call with that.",
            requests=ids(of.again),
        )
    elif of.late:
        yield Broken(
            message=f"A token was used after its expires_in, {count_of(len(of.late), 'time')}. "
            "Remember when it ends, and fetch another shortly before.",
            requests=ids(of.late),
        )
