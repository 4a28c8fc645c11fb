"""THE FILTERS of the journal: one row each. An exchange must pass all filters of a query."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from ..engine.time_limits import Watched, always
from ..engine.values import as_guid
from ..scripting.value_kinds import CALLS
from ..settings.nearest import nearest
from .exchanges import CONTROL, ExchangeRecord, is_form
from .patterns import pattern

Test = Callable[[ExchangeRecord], bool]

LONGEST_SEARCH = 200
#: So much of an id tells things apart.
_SHORTEST_ID = 8
_ANY_ID = "00000000-0000-0000-0000-000000000000"
#: So much of a path, of a body and of headers shows which they are.
_BEGINNING = 100
#: So begin the headers that are searched; what HTTP libraries add is the same in all calls.
_OWN_HEADERS = ("x-", "correlationid")
#: Escapes of JSON that follow each other: a character may take two.
_ESCAPES = re.compile(r"""(?:\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt]))+""")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT")
_CODE = re.compile(r"[0-9]+").fullmatch
#: Those of 1xx are no answers, and none is sent.
_STATUS = re.compile(r"[2-5][0-9]{2}|[2-5]xx|0").fullmatch
_PREFIX = re.compile(r"\*?/sandboxes/[^/]*")
#: What no path of the journal has, and what to do about it.
_NO_PATHS = (
    (
        re.compile(r"\?[^/?]*="),
        "a path has no query; leave out what is behind the question mark (`query` of a "
        "verification, or `search`, finds it)",
    ),
    (re.compile("#"), "a path has no fragment; leave out the # and what is behind it"),
    (
        re.compile(r"%[0-9A-Fa-f]{2}"),
        "a path is kept decoded; write a character in place of its escape, or ? for any",
    ),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter.

    Args:
        name: its name in a query.
        test: returns the test for a text; raises ValueError for an invalid text.
        value: returns the value of an exchange that is tested.
    """

    name: str
    test: Callable[[str], Test]
    value: Callable[[ExchangeRecord], Any]


def _any_of(test: Callable[[str], Test]) -> Callable[[str], Test]:
    """Returns the test for one or several texts, with commas between them: one must fit.

    Blanks beside commas say nothing, as people write lists.
    """

    def read(text: str) -> Test:
        tests = [test(each.strip() if "," in text else each) for each in text.split(",")]
        return lambda exchange: any(each(exchange) for each in tests)

    return read


def _operation(text: str) -> Test:
    known = (*CALLS, CONTROL)
    if text not in known:
        raise ValueError(f"{text[:60]!r} is not an operation; {nearest(text, known)}")
    return lambda exchange: exchange.operation == text


# What no call can have is refused: whoever verifies that there is none would always be right.


def _method(text: str) -> Test:
    if text.upper() not in _METHODS:
        hint = nearest(text.upper(), _METHODS)
        raise ValueError(f"expected an HTTP method such as GET, got {text[:20]!r}; {hint}")
    return lambda exchange: exchange.method == text.upper()


def _path(text: str) -> Test:
    fits = pattern(text)
    if text[0] not in "/*?":
        raise ValueError(f"expected a path, which begins with / or *, got {text[:60]!r}")
    if prefix := _PREFIX.match(text):
        rest = text[prefix.end() :] or "/*"
        raise ValueError(
            f"a path is kept without /sandboxes/NAME; write {rest!r}, and ask that sandbox itself"
        )
    for impossible, advice in _NO_PATHS:
        if impossible.search(text):
            raise ValueError(f"{advice}, got {text[:60]!r}")
    return lambda exchange: fits(exchange.path)


def _status(text: str) -> Test:
    if _STATUS(text) is None:
        raise ValueError(f"expected a status such as 409, 4xx or 0 (cut off), got {text[:20]!r}")
    if text.endswith("xx"):
        return lambda exchange: exchange.seen_status // 100 == int(text[0])
    return lambda exchange: exchange.seen_status == int(text)


def _code(text: str) -> Test:
    if _CODE(text) is None:
        raise ValueError(
            f"expected an error code such as 1301, got {text[:20]!r}; a code is a number, and "
            "`search` finds words"
        )
    return lambda exchange: exchange.code == text


def as_beginning_of_id(text: str) -> str:
    """Returns an id, or the beginning of one, as the journal writes it.

    Raises:
        ValueError: it is neither, or too short to tell things apart.
    """
    if len(text) >= _SHORTEST_ID:
        with suppress(ValueError):
            return as_guid(text + _ANY_ID[len(text) :])[: len(text)]
    try:
        return as_guid(text)
    except ValueError as error:
        enough = f"the first {_SHORTEST_ID} characters of one are enough"
        raise ValueError(f"{error}; {enough}") from error


def is_whole_id(beginning: str) -> bool:
    """Whether what `as_beginning_of_id` returns is a whole id."""
    return len(beginning) == len(_ANY_ID)


def _payment(text: str) -> Test:
    wanted = as_beginning_of_id(text)
    return lambda exchange: (exchange.payment_id or "").startswith(wanted)


def _pos(text: str) -> Test:
    wanted = as_beginning_of_id(text)
    return lambda exchange: (exchange.pos_id or "").startswith(wanted)


def _search(text: str) -> Test:
    if not 0 < len(text) <= LONGEST_SEARCH:
        raise ValueError(f"expected a text of 1 to {LONGEST_SEARCH} characters")
    wanted = text.casefold()
    return lambda exchange: wanted in "\n".join(_carried(exchange)).casefold()


def _carried(exchange: ExchangeRecord) -> list[str]:
    """Returns what a call and its answer carried, secrets masked: as it was sent, and decoded."""
    body, answer, query = _text(exchange.body), _text(exchange.answer_body), exchange.query
    ids = (exchange.client_id, exchange.pos_id, exchange.payment_id, exchange.refund_id)
    return [
        exchange.path,
        unquote_plus(query) if query else "",
        *_own_headers(exchange),
        body,
        _decoded(exchange, body),
        answer,
        _unescaped(answer),
        *filter(None, ids),
    ]


def _decoded(exchange: ExchangeRecord, body: str) -> str:
    """Returns a call's body as people write it; empty where it has no escapes."""
    if not ("\\" in body or "%" in body or "+" in body):
        return ""
    is_of_form = is_form(exchange.header("content-type") or "")
    return unquote_plus(body) if is_of_form else _unescaped(body)


def _own_headers(exchange: ExchangeRecord) -> list[str]:
    """Returns the values of the headers that are searched."""
    return [value for name, value in exchange.headers if name.startswith(_OWN_HEADERS)]


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _unescaped(text: str) -> str:
    """Returns JSON whose texts are as people write them; empty where it has no escapes.

    PHP escapes the slash, .NET the plus sign, Python what is not ASCII.
    """
    return _ESCAPES.sub(lambda run: json.loads(f'"{run[0]}"'), text) if "\\" in text else ""


def _shown(exchange: ExchangeRecord) -> str:
    """Returns the beginnings of what is searched."""
    body, answer = _text(exchange.body)[:_BEGINNING], _text(exchange.answer_body)[:_BEGINNING]
    headers = ", ".join(_own_headers(exchange))[: 2 * _BEGINNING]
    told = f" and headers {headers}" if headers else ""
    asked = f"{exchange.path[:_BEGINNING]} with {body or 'no body'}{told}"
    return f"{asked}, answered {answer or 'nothing'}"


def as_since(text: str) -> int | datetime:
    """Returns the id of a request, or a time.

    Raises:
        ValueError: it is neither.
    """
    if text.isascii() and text.isdecimal() and len(text) < 16:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        wanted = "a request's id, or a time such as 2024-01-31T12:00:00Z"
        raise ValueError(f"expected {wanted}, got {text[:60]!r}") from error
    if moment.tzinfo is None:
        raise ValueError("the time needs a zone, such as the Z of 2024-01-31T12:00:00Z")
    return moment


def _since(text: str) -> Test:
    since = as_since(text)
    if isinstance(since, int):
        return lambda exchange: exchange.id > since
    return lambda exchange: exchange.at >= since


def _struck(text: str) -> Test:
    if text not in ("true", "false"):
        raise ValueError(f"expected true or false, got {text[:20]!r}")
    return lambda exchange: exchange.is_struck is (text == "true")


# fmt: off
FILTERS = (
    Filter("operation", _any_of(_operation), lambda exchange: exchange.operation),
    Filter("method", _any_of(_method), lambda exchange: exchange.method),
    Filter("path", _path, lambda exchange: exchange.path),
    Filter("status", _any_of(_status), lambda exchange: exchange.seen_status),
    Filter("code", _any_of(_code), lambda exchange: exchange.code),
    Filter("paymentId", _payment, lambda exchange: exchange.payment_id),
    Filter("posId", _pos, lambda exchange: exchange.pos_id),
    Filter("search", _search, _shown),
    Filter("since", _since, lambda exchange: f"request {exchange.id} of {exchange.at:%FT%TZ}"),
    Filter("struck", _struck, lambda exchange: str(exchange.is_struck).lower()),
)
# fmt: on


def read_filters(given: Mapping[str, str], beside: Iterable[str] = ()) -> list[Test]:
    """Returns the tests of a query's filters.

    Args:
        given: the filters' texts by name.
        beside: other names that an unknown one could have meant.

    Raises:
        ValueError: a filter is unknown, or its text is invalid; the message names the filter.
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
    exchanges: Iterable[ExchangeRecord],
    tests: Iterable[Test],
    limit: int | None = None,
    may_go_on: Callable[[], None] = always,
) -> list[ExchangeRecord]:
    """Returns the exchanges that pass all tests, in order: at most the newest `limit`.

    `may_go_on` raises where it takes too long.
    """
    tests = list(tests)
    # Newest first, so that no more exchanges are tested than are wanted.
    newest = Watched(reversed(tuple(exchanges)), may_go_on)
    fitting = (each for each in newest if all(test(each) for test in tests))
    return list(islice(fitting, limit))[::-1]
