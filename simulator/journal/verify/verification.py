"""Verification: did the client make the expected calls, how often and in which order?

Pure functions of the exchanges that are kept.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ...engine.time_limits import Watched, always
from ...engine.values import count_of
from ..exchanges import ExchangeRecord
from .matching import ANOTHER_CALL, CallMatcher

#: This many near misses are shown, of this many of the newest exchanges.
NEAREST = 3
COMPARED = 1000
#: Of calls that were too many, this many are shown, and named in the message.
MOST_SHOWN = 20
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class RequiredCount:
    """How many calls there must be; `most` is None for any number."""

    least: int = 1
    most: int | None = None

    def allows(self, number: int) -> bool:
        """Whether a number of calls is right."""
        return self.least <= number and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        if self.most == 0:
            return "never"
        if self.most is None:
            return f"at least {_times(self.least)}"
        if self.least == self.most:
            return f"exactly {_times(self.least)}"
        if self.least == 0:
            return f"at most {_times(self.most)}"
        return f"{self.least} to {_times(self.most)}"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An exchange that is almost expected, and how it differs; not at all if it is one too many."""

    id: int
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """The result of a verification.

    Args:
        matched: how many exchanges matched; of an order, how many of the expected calls came.
        requests: their ids.
        error: what was expected and what came instead; None if the expectation is met.
        nearest: the nearest misses, if it is not met.
    """

    matched: int
    requests: tuple[int, ...]
    error: str | None = None
    nearest: tuple[NearMiss, ...] = ()


def verify(
    exchanges: Iterable[ExchangeRecord],
    matcher: CallMatcher,
    count: RequiredCount,
    dropped: int = 0,
    may_go_on: Callable[[], None] = always,
) -> VerificationResult:
    """Returns whether the right number of exchanges matches.

    Args:
        exchanges: all exchanges, in order.
        matcher: which are expected.
        count: how many there must be.
        dropped: how many older exchanges are no longer kept.
        may_go_on: raises where it takes too long.
    """
    exchanges = Watched(tuple(exchanges), may_go_on)
    found = tuple(each.id for each in exchanges if matcher.fits(each))
    if count.allows(len(found)):
        return VerificationResult(len(found), found)
    error = f"expected {_words(matcher)} {count}, but {_but(matcher, found)}{_forgotten(dropped)}"
    if len(found) >= count.least:
        too_many = tuple(NearMiss(each) for each in found[:MOST_SHOWN])
        return VerificationResult(len(found), found, error, too_many)
    others = [each for each in exchanges if not matcher.fits(each)]
    return VerificationResult(len(found), found, error, _nearest(others, matcher))


def verify_order(
    exchanges: Iterable[ExchangeRecord],
    matchers: Sequence[CallMatcher],
    common: CallMatcher,
    dropped: int = 0,
    may_go_on: Callable[[], None] = always,
) -> VerificationResult:
    """Returns whether exchanges match the matchers in order; other exchanges may come between.

    Args:
        exchanges: all exchanges, in order.
        matchers: which are expected, at least one.
        common: what all expected exchanges have in common; others are ignored.
        dropped: how many older exchanges are no longer kept.
        may_go_on: raises where it takes too long.
    """
    watched = Watched(exchanges, may_go_on)
    exchanges = Watched([each for each in watched if not common.differences(each)], may_go_on)
    found: list[ExchangeRecord] = []
    for each in exchanges:
        if len(found) < len(matchers) and matchers[len(found)].fits(each):
            found.append(each)
    ids = tuple(each.id for each in found)
    if len(found) == len(matchers):
        return VerificationResult(len(ids), ids)
    missing = matchers[len(found)]
    last = ids[-1] if ids else 0
    each_is = "" if common.is_empty else f" (each {_words(common)})"
    wanted = f"expected {', then '.join(_words(each) for each in matchers)}{each_is}"
    error = f"{wanted}, but {_instead(exchanges, missing, last)}{_forgotten(dropped)}"
    others = [each for each in exchanges if each.id not in ids]
    return VerificationResult(len(ids), ids, error, _nearest(others, missing, after=last))


def _instead(exchanges: Iterable[ExchangeRecord], missing: CallMatcher, last: int) -> str:
    later = [each for each in exchanges if each.id > last and missing.may_mean(each)]
    where = f"after request {last} " if last else ""
    came = "came nothing"
    if later:
        more = f" and {len(later) - 1} more" if len(later) > 1 else ""
        came = f"came request {later[0].id} ({later[0].operation or later[0].path[:60]}){more}"
    early = next((each.id for each in exchanges if each.id <= last and missing.fits(each)), None)
    too_early = f"; request {early} matches, but came too early" if early else ""
    return f"{where}no {_words(missing)} followed: {came}{too_early}"


def _nearest(
    others: list[ExchangeRecord], matcher: CallMatcher, after: int = 0
) -> tuple[NearMiss, ...]:
    """Returns the exchanges with the fewest differences, the newest first; other operations only
    where no exchange is of the right one.
    """
    candidates = [
        (matcher.distance(each) + (each.id <= after), -each.id, each)
        for each in others[-COMPARED:]
        if matcher.may_mean(each)
    ]
    candidates.sort(key=lambda each: each[:2])
    too_far = candidates[0][0] + ANOTHER_CALL if candidates else 0
    return tuple(
        NearMiss(each.id, (*matcher.differences(each), *_too_early(each, after)))
        for distance, _, each in candidates[:NEAREST]
        if distance < too_far
    )


def _too_early(exchange: ExchangeRecord, after: int) -> tuple[str, ...]:
    is_early = exchange.id <= after
    return (f"order: expected after request {after}, but it came before",) if is_early else ()


def _words(matcher: CallMatcher) -> str:
    method, path = matcher.asked("method"), matcher.asked("path")
    called = " ".join(each for each in (method, path) if each)
    operation = matcher.asked("operation")
    words = [operation or called or "a call"]
    if operation and called:
        words.append(f"({called})")
    status = matcher.asked("status")
    if status:
        words.append("cut off" if status == "0" else f"answered {status}")
    for name, shown in _SHOWN:
        text = matcher.asked(name)
        if text:
            words.append(f"{shown} {text}")
    given = [shown for name, shown in _GIVEN if getattr(matcher, name)]
    if given:
        words.append(f"with {' and '.join(given)}")
    since = matcher.asked("since")
    if since:
        words.append(f"after request {since}" if since.isdecimal() else f"since {since}")
    struck = matcher.asked("struck")
    if struck:
        words.append(f"that {'a' if struck == 'true' else 'no'} fault of the sandbox struck")
    return " ".join(words)


_SHOWN = (("code", "with code"), ("paymentId", "of payment"), ("posId", "on point of sale"))
_GIVEN = (("query", "such a query"), ("headers", "such headers"), ("body", "such a body"))


def _but(matcher: CallMatcher, found: tuple[int, ...]) -> str:
    if matcher.asks_only_for_a_call and not matcher.asked("path"):
        said = f"it was called {_times(len(found))}" if found else "it was never called"
    else:
        said = f"such a call was made {_times(len(found))}" if found else "no such call was made"
    return f"{said}: {_requests(found)}" if found else said


def _requests(ids: tuple[int, ...]) -> str:
    named = ", ".join(str(each) for each in ids[:MOST_NAMED])
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    return f"request {named}" if len(ids) == 1 else f"requests {named}{more}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _forgotten(dropped: int) -> str:
    if not dropped:
        return ""
    return f" (the journal has dropped {count_of(dropped, 'older request')}; see --journal-size)"
