"""The command palette: pages, payments, requests and the like by a part of what names them."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response

from ...engine.values import count_of
from ...scripting.value_kinds import CALLS
from ..desk import Visit
from ..navigation import VIEWS, ViewLink
from .requests import ERRORS

#: So many are shown of each kind.
SHOWN = 6
#: Parts of a page that have words of their own.
PARTS = (ViewLink("faults", "Let something go wrong", "/page/till#faults-title"),)
#: Calls are looked through for so many letters or more.
_FEWEST_LETTERS = 3
#: Keys may be so short.
_FEWEST_OF_TEXT = 2
#: So many calls that fit a filter are counted: each is written and read for that.
MOST_COUNTED = 100


class PaletteEntry(NamedTuple):
    """Something to go to."""

    words: str
    path: str


class Found(NamedTuple):
    """What was found of a kind.

    Args:
        kind: the kind of thing.
        entries: the first of them.
        has_more: whether there are others.
    """

    kind: str
    entries: tuple[PaletteEntry, ...]
    has_more: bool


def show(visit: Visit) -> Response:
    """Shows what is found for the words typed so far."""
    wanted = visit.arg("find")[:100]
    every = (_first(kind, find(visit, wanted)) for kind, find in _KINDS.items())
    return visit.render(
        "parts/found.html", found=[each for each in every if each.entries], wanted=wanted
    )


def _first(kind: str, entries: Iterator[PaletteEntry]) -> Found:
    first = tuple(islice(entries, SHOWN))
    return Found(kind, first, next(entries, None) is not None)


def _pages(_: Visit, wanted: str) -> Iterator[PaletteEntry]:
    for view in (*VIEWS, *PARTS):
        if wanted.lower() in view.title.lower():
            yield PaletteEntry(view.title, view.path)


def _payments(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    if not wanted:
        return
    seen = visit.api.get("/payments", search=wanted, limit=2 * SHOWN)
    similar = [(each["orderId"], each["paymentId"]) for each in seen["payments"]]
    # That of this very order comes first, since others may have its id as a part of theirs.
    exact = [each for each in similar if each[0] == wanted]
    if seen["more"]:
        newest = visit.api.get("/payments", orderId=wanted, limit=SHOWN)["payments"]
        exact = [(each["orderId"], each["paymentId"]) for each in newest]
    for order_id, payment_id in dict.fromkeys((*exact, *similar)):
        words = f"{order_id} ({payment_id[:8]})"
        yield PaletteEntry(words, f"/page/timeline?paymentId={payment_id}")


def _requests(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    number = wanted.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 16:
        found = visit.api.find("/requests", number)
        if found:
            yield _entry(found)


def _filtered(visit: Visit, name: str, value: str) -> Iterator[PaletteEntry]:
    """Yields the way to the calls that fit a filter, where it is one and there are any."""
    if not value:
        return
    found = visit.api.find("/requests", limit=MOST_COUNTED, **{name: value})
    calls = found["requests"] if found else ()
    if calls:
        yield _filter(name, value, len(calls), len(calls) == MOST_COUNTED)


def _filter(name: str, value: str, count: int, is_cut: bool) -> PaletteEntry:
    words = f"{value}: {count_of(count, 'call')}{' or more' if is_cut else ''}"
    return PaletteEntry(words, f"/page/requests?{urlencode({name: value})}")


def _statuses(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    return _filtered(visit, "status", wanted.lower())


def _codes(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    return _filtered(visit, "code", wanted)


def _operations(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    names = [each for each in CALLS if wanted.lower() in each.lower()]
    if not names or len(wanted) < _FEWEST_LETTERS:
        return
    # One query for all: each makes the page wait for a thread.
    found = visit.api.get("/requests", limit=MOST_COUNTED, operation=",".join(names))["requests"]
    counts = Counter(each["operation"] for each in found)
    for name in names:
        if counts[name]:
            yield _filter("operation", name, counts[name], len(found) == MOST_COUNTED)


def _texts(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    return _filtered(visit, "search", wanted if len(wanted) >= _FEWEST_OF_TEXT else "")


def _failed_calls(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    if len(wanted) < _FEWEST_LETTERS:
        return
    # Those with this very error code come first.
    queries = {"code": wanted}, {"search": wanted, "status": ERRORS}
    answers = (visit.api.find("/requests", limit=SHOWN + 1, **each) for each in queries)
    newest = chain.from_iterable(each["requests"][::-1] for each in answers if each)
    yield from dict.fromkeys(map(_entry, newest))


def _entry(call: dict[str, Any]) -> PaletteEntry:
    words = f"#{call['id']} {call['operation'] or call['request']['path']}"
    return PaletteEntry(f"{words} {call['code'] or ''}".strip(), f"/page/requests/{call['id']}")


def _points_of_sale(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    found = visit.api.get("/points-of-sale", search=wanted, limit=SHOWN + 1) if wanted else None
    for each in found["pointsOfSale"] if found else ():
        words = f"{each['name']} ({each['posId'][:8]})"
        yield PaletteEntry(words, f"/page/timeline?posId={each['posId']}")


def _scenarios(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    for each in visit.api.get("/scenarios")["scenarios"] if wanted else ():
        if wanted.lower() in each["name"]:
            yield PaletteEntry(each["name"], f"/page/scenarios/{each['name']}")


_KINDS: dict[str, Callable[[Visit, str], Iterator[PaletteEntry]]] = {
    "Page": _pages,
    "Request": _requests,
    "Status": _statuses,
    "Error code": _codes,
    "Operation": _operations,
    "Payment": _payments,
    "Failed call": _failed_calls,
    "Point of sale": _points_of_sale,
    "Scenario": _scenarios,
    "Text": _texts,
}
