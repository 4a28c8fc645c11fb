"""THE FILTERS of the journal: one row each. All that are given must fit."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate
from itertools import islice
from typing import Any

from simulator.documents import nearest
from simulator.engine.values import as_guid
from simulator.journal.exchanges import CONTROL, Exchange
from simulator.scripting.faults import CALLS

__all__ = ["FILTERS", "LONGEST_PATTERN", "Filter", "Test", "pattern", "read_filters", "select"]

Test = Callable[[Exchange], bool]

LONGEST_PATTERN = 200

_STATUS = re.compile(r"[0-9]{3}|[1-5]xx|0").fullmatch


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter.

    Args:
        name: what it is called in a query.
        help: what it fits, in a few words.
        test: makes the test of a text; raises ValueError where the text is not right.
        value: what an exchange has there.
    """

    name: str
    help: str
    test: Callable[[str], Test]
    value: Callable[[Exchange], Any]


def pattern(text: str) -> Callable[[str], bool]:
    """Returns the test whether a whole text fits a pattern with * and ?.

    Raises:
        ValueError: it is empty or too long.
    """
    if not 0 < len(text) <= LONGEST_PATTERN:
        raise ValueError(f"expected a pattern of 1 to {LONGEST_PATTERN} characters")
    # A bracket stands for itself; it begins no set of characters.
    match = re.compile(translate(text.replace("[", "[[]"))).match
    return lambda tested: match(tested) is not None


def _operation(text: str) -> Test:
    known = (*CALLS, CONTROL)
    if text not in known:
        raise ValueError(f"{text[:60]!r} is not an operation; {nearest(text, known)}")
    return lambda exchange: exchange.operation == text


def _method(text: str) -> Test:
    return lambda exchange: exchange.method == text.upper()


def _path(text: str) -> Test:
    fits = pattern(text)
    return lambda exchange: fits(exchange.path)


def _status(text: str) -> Test:
    if _STATUS(text) is None:
        raise ValueError(f"expected a status such as 409, 4xx or 0 (cut off), got {text[:20]!r}")
    if text.endswith("xx"):
        return lambda exchange: exchange.seen_status // 100 == int(text[0])
    return lambda exchange: exchange.seen_status == int(text)


def _code(text: str) -> Test:
    return lambda exchange: exchange.code == text


def _payment(text: str) -> Test:
    payment_id = as_guid(text)
    return lambda exchange: exchange.payment_id == payment_id


def _pos(text: str) -> Test:
    pos_id = as_guid(text)
    return lambda exchange: exchange.pos_id == pos_id


def _since(text: str) -> Test:
    if text.isascii() and text.isdecimal() and len(text) < 16:
        return lambda exchange: exchange.id > int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        wanted = "a request's id, or a time such as 2024-01-31T12:00:00Z"
        raise ValueError(f"expected {wanted}, got {text[:60]!r}") from error
    if moment.tzinfo is None:
        raise ValueError("the time needs a zone, such as the Z of 2024-01-31T12:00:00Z")
    return lambda exchange: exchange.at >= moment


# fmt: off
FILTERS = (
    Filter("operation", "an operation of the OpenAPI file, `Token`, ... or `Control`", _operation, lambda exchange: exchange.operation),
    Filter("method", "an HTTP method", _method, lambda exchange: exchange.method),
    Filter("path", "a path; `*` and `?` stand for any characters, any one", _path, lambda exchange: exchange.path),
    Filter("status", "what the client got: `409`, `4xx`, or `0` where the answer was cut", _status, lambda exchange: exchange.seen_status),
    Filter("code", "the error code in the answer, such as `1301`", _code, lambda exchange: exchange.code),
    Filter("paymentId", "the payment it was about, or made", _payment, lambda exchange: exchange.payment_id),
    Filter("posId", "the point of sale it was about, or made", _pos, lambda exchange: exchange.pos_id),
    Filter("since", "only later than the request of this id, or from this time on", _since, lambda exchange: f"request {exchange.id} of {exchange.at:%FT%TZ}"),
)
# fmt: on


def read_filters(given: Mapping[str, str], beside: Iterable[str] = ()) -> list[Test]:
    """Returns the tests that filters make.

    Args:
        given: their texts by name.
        beside: other words that could have been meant by an unknown one.

    Raises:
        ValueError: there is no such filter, or its text is not right; the message names it.
    """
    table = {each.name: each for each in FILTERS}
    tests = []
    for name, text in given.items():
        if name not in table:
            raise ValueError(f"unknown filter {name[:60]!r}; {nearest(name, [*table, *beside])}")
        try:
            tests.append(table[name].test(text))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return tests


def select(
    exchanges: Iterable[Exchange], tests: Iterable[Test], limit: int | None = None
) -> list[Exchange]:
    """Returns the exchanges that pass all tests, in their order; of more the newest `limit`."""
    tests = list(tests)
    # The newest first, so that no more are looked at than are wanted.
    fitting = (each for each in reversed(tuple(exchanges)) if all(test(each) for test in tests))
    return list(islice(fitting, limit))[::-1]
