"""Control of verification: which calls the client must have made."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from msgspec import UNSET
from msgspec.structs import fields

from .. import client
from ..api.answers import Response
from ..api.carried import looked_at, whole_body
from ..api.context import Context
from ..api.misrouted import CONTROL_BASE
from ..client.model import moment_as_text
from ..journal.filters import as_since
from ..journal.verify.matching import (
    CallMatcher,
    Criterion,
    TextPattern,
    check_header,
    check_parameter,
    check_search,
    read_criterion,
    read_pattern,
)
from ..journal.verify.subsets import read_body_matcher
from ..journal.verify.verification import RequiredCount, VerificationResult, verify, verify_order
from .long_work import in_time
from .mistakes import json_fields
from .requests import filter_text
from .serving import Document, Later, checked, mistake, now_or_later

LARGEST = 64 * 1024
NOT_MET = 422
#: A thread compares more: calls that are kept, times those that are expected.
MOST_AT_ONCE = 1000
#: A thread reads the patterns of a longer body: each word between two stars takes its time.
SOON_READ = 1024

SIMPLER = "give simpler patterns, or of the calls to compare the newest alone (since)"
#: A variable that is not set becomes null: without a filter, other calls would be found.
_NULL = "is null; give a value, or leave it out"
_NOTHING = "say which calls are meant: give operation, path, status, body or another matcher"


def verify_calls(
    context: Context, body: client.Verification
) -> "client.Verified | Document | Response | Later[client.Verified | Document | Response]":
    """Tells whether the calls were made that are described; if not, what came near."""
    content = whole_body()
    size = len(content)
    if size > LARGEST:
        raise mistake("", f"the body is larger than {LARGEST} bytes")
    if b"null" in content:
        _refuse_null(json_fields(content))
    sandbox = looked_at(context)
    journal = sandbox.journal
    kept, dropped = tuple(journal), journal.dropped
    check_text = partial(_check_search, _secrets(context))
    check_since = partial(_check_since, journal.count, sandbox.world.clock.present())

    def make() -> client.Verified | Document | Response:
        matcher, order, count = _expected(body)
        for each in (matcher, *order):
            checked("since", check_since, each)
            checked("path", _check_path, each)
            checked("search", check_text, each)

        def compare(may_go_on: Callable[[], None]) -> client.Verified | Document:
            if order:
                return _answer(verify_order(kept, order, matcher, dropped, may_go_on))
            return _answer(verify(kept, matcher, count, dropped, may_go_on))

        return in_time(context, compare, "the verification", SIMPLER)

    compared = len(kept) * max(1, len(body.in_order or ()))
    return now_or_later(make, is_large=compared > MOST_AT_ONCE or size > SOON_READ)


def _refuse_null(given: dict[str, Any], place: str = "") -> None:
    """Refuses fields that are null; what `body` asks of a call's body may have some.

    Raises:
        SimulatorError: a field is null; the message names it.
    """
    for name, value in given.items():
        if value is None:
            raise mistake(f"{place}{name}", _NULL)
        if name == "count" and isinstance(value, dict):
            _refuse_null(value, "count.")
        for number, each in enumerate(value if name == "inOrder" else ()):
            _refuse_null(each, f"inOrder[{number}].")


def _expected(
    body: client.Verification,
) -> tuple[CallMatcher, tuple[CallMatcher, ...], RequiredCount]:
    """Returns which calls are expected: the matcher, those of an order, and how many."""
    matcher = _matcher(body)
    order = tuple(
        _matcher(each, f"inOrder[{number}].") for number, each in enumerate(body.in_order or ())
    )
    if order and body.count is not None:
        raise mistake("count", "can't be combined with inOrder")
    if matcher.is_empty and not order:
        raise mistake("", f"{_NOTHING}; or inOrder with a list of such")
    for number, each in enumerate(order):
        if each.is_empty:
            raise mistake(f"inOrder[{number}]", _NOTHING)
    return matcher, order, _count(body.count)


def _check_since(newest: int, now: datetime, matcher: CallMatcher) -> None:
    """Refuses a place behind all calls, such as that of a time before a reset: none is there.

    Raises:
        ValueError: it is such a place.
    """
    if (text := matcher.asked("since")) is None:
        return
    since = as_since(text)
    if isinstance(since, int) and since > newest:
        raise ValueError(f"there is no request {since}; the newest is {newest or 'none'}")
    if isinstance(since, datetime) and since > now:
        present = moment_as_text(now)
        raise ValueError(f"{text[:60]} is still to come; in this sandbox it is {present}")


def _check_path(matcher: CallMatcher) -> None:
    """Refuses the path of a control call where only calls of clients are looked at.

    Raises:
        ValueError: it is such a path.
    """
    if (matcher.asked("path") or "").startswith(CONTROL_BASE) and not matcher.wants_control:
        raise ValueError('calls of the control API are left out; add "operation": "Control"')


def _secrets(context: Context) -> list[str]:
    """Returns the secrets of the clients; what is an id of one as well is no secret."""
    clients = context.data.integrators
    ids = "\n".join(f"{each.client_id}\n{each.ibm_client_id}" for each in clients).casefold()
    secrets = [secret for each in clients for secret in (each.secret, each.ibm_client_secret)]
    return [each for each in secrets if each and each.casefold() not in ids]


def _check_search(secrets: list[str], matcher: CallMatcher) -> None:
    """Refuses a text that no call is kept with, though one may have carried it.

    Raises:
        ValueError: it is such a text.
    """
    if (text := matcher.asked("search")) is not None:
        check_search(text, secrets)


def _answer(verdict: VerificationResult) -> client.Verified | Document:
    if verdict.error is None:
        return client.Verified(verdict.matched, verdict.requests)
    nearest = tuple(client.Nearest(each.id, each.differences) for each in verdict.nearest)
    found = client.NotVerified(verdict.error, verdict.matched, verdict.requests, nearest)
    return Document(found, status=NOT_MET)


def _count(count: int | client.AllowedCounts | None) -> RequiredCount:
    if count is None:
        return RequiredCount()
    if isinstance(count, int):
        return RequiredCount(count, count)
    exactly, least, most = count.exactly, count.at_least, count.at_most
    if exactly is not None and least is None and most is None:
        return RequiredCount(exactly, exactly)
    if exactly is not None or (least is None and most is None):
        raise mistake("count", "give exactly, or atLeast and atMost, or one of these two")
    if least == 0 and most is None:
        raise mistake("count", "atLeast 0 always holds; give at least 1, or atMost, or exactly 0")
    if most is not None and most < (least or 0):
        raise mistake("count", "atMost must not be less than atLeast")
    return RequiredCount(least or 0, most)


def _matcher(given: client.Matcher, place: str = "") -> CallMatcher:
    """Returns what a matcher is made of; `place` is where it is in the body, with a full stop."""
    headers = {name.lower(): text for name, text in (given.headers or {}).items()}
    for name, text in headers.items():
        checked(f"{place}headers.{name}", partial(check_header, name), text)
    for name, text in (given.query or {}).items():
        checked(f"{place}query.{name}", partial(check_parameter, name), text)
    wanted = given.body
    return CallMatcher(
        criteria=tuple(_criteria(given, place)),
        query=_patterns(f"{place}query", given.query or {}),
        headers=_patterns(f"{place}headers", headers),
        body=None if wanted is UNSET else checked(f"{place}body", read_body_matcher, wanted),
    )


def _criteria(given: client.Matcher, place: str) -> Iterator[Criterion]:
    for each in fields(client.CallFilters):
        name, value = each.encode_name, getattr(given, each.name)
        if value is not None:
            yield checked(f"{place}{name}", partial(read_criterion, name), filter_text(value))


def _patterns(place: str, given: Mapping[str, str]) -> tuple[tuple[str, TextPattern], ...]:
    texts = given.items()
    return tuple((name, checked(f"{place}.{name}", read_pattern, text)) for name, text in texts)
