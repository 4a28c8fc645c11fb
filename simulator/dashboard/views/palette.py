"""The command palette: pages, payments, requests and scenarios by a part of their name."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from flask import Response

from ..desk import Visit
from ..navigation import VIEWS

#: So many are shown of each kind, and so many of the newest payments are looked through.
SHOWN, LOOKED_AT = 6, 500


class PaletteEntry(NamedTuple):
    """Something to go to."""

    kind: str
    words: str
    path: str


def show(visit: Visit) -> Response:
    """Shows what is found for the words typed so far."""
    wanted = visit.arg("find").lower()[:100]
    found = [entry for find in _KINDS for entry in _first(find(visit, wanted))]
    return visit.render("parts/found.html", found=found, wanted=wanted)


def _first(entries: Iterator[PaletteEntry]) -> list[PaletteEntry]:
    return [entry for _, entry in zip(range(SHOWN), entries, strict=False)]


def _pages(_: Visit, wanted: str) -> Iterator[PaletteEntry]:
    for view in VIEWS:
        if wanted in view.title.lower():
            yield PaletteEntry("Page", view.title, view.path)


def _payments(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    for each in visit.api.get("/payments", limit=LOOKED_AT)["payments"] if wanted else ():
        payment_id, order_id = each["paymentId"], each["orderId"]
        if wanted in order_id.lower() or payment_id.startswith(wanted):
            words = f"{order_id} ({payment_id[:8]})"
            yield PaletteEntry("Payment", words, f"/page/timeline?paymentId={payment_id}")


def _requests(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    number = wanted.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 16:
        found = visit.api.find("/requests", number)
        if found:
            words = f"#{found['id']} {found['operation'] or found['request']['path']}"
            yield PaletteEntry("Request", words, f"/page/requests/{found['id']}")


def _scenarios(visit: Visit, wanted: str) -> Iterator[PaletteEntry]:
    for each in visit.api.get("/scenarios")["scenarios"] if wanted else ():
        if wanted in each["name"]:
            yield PaletteEntry("Scenario", each["name"], f"/page/scenarios/{each['name']}")


_KINDS: tuple[Callable[[Visit, str], Iterator[PaletteEntry]], ...] = (
    _pages,
    _requests,
    _payments,
    _scenarios,
)
