"""Runs: the verdicts on clients, and what broke."""

import re
from functools import partial
from typing import Any

from flask import Response
from markupsafe import Markup

from ..desk import Visit
from ..rendering import show_linked
from .names import names_of

SHOWN = 50
#: So many orders of a run are named in its head.
IN_HEAD = 3
#: How a text names a call of its run.
_CALL = re.compile(r"\b(call ([0-9]+))\b")


def show(visit: Visit) -> Response:
    """Shows the newest runs."""
    if visit.arg("part") == "list":
        return visit.render("runs/list.html", **_all(visit))
    return visit.page("runs", "runs/page.html", lambda: _all(visit))


def _all(visit: Visit) -> dict[str, Any]:
    runs = visit.api.get("/runs", limit=SHOWN)["runs"][::-1]
    orders = names_of(visit, ({"paymentId": id} for each in runs for id in each["payments"]))
    return {"runs": runs, "most": SHOWN, "known": _known(visit), "orders": orders}


def _known(visit: Visit) -> set[str]:
    """Returns the names of the scenarios that the sandbox has; runs outlast theirs."""
    return {each["name"] for each in visit.api.get("/scenarios")["scenarios"]}


def show_one(visit: Visit, run_id: str) -> Response:
    """Shows one run: what was expected, what was seen, and the calls."""
    part = visit.arg("part")
    if part == "run":
        return visit.render("runs/run.html", **_one(visit, run_id))
    if part == "head":
        return visit.render("runs/head.html", **_head(visit, visit.api.get("/runs", run_id)))

    def read() -> dict[str, Any]:
        values = _one(visit, run_id)
        return {**values, **_head(visit, values["run"])}

    return visit.page("runs", "runs/one.html", read)


def _head(visit: Visit, run: dict[str, Any]) -> dict[str, Any]:
    found = [visit.api.find("/payments", each) for each in run["payments"][:IN_HEAD]]
    orders = {each["paymentId"]: each["orderId"] for each in found if each}
    return {"run": run, "known": _known(visit), "orders": orders}


def _one(visit: Visit, run_id: str) -> dict[str, Any]:
    run = visit.api.get("/runs", run_id)
    known = {str(each["number"]): each["request"] for each in run["calls"]}
    queued = [each for each in visit.api.get("/scenarios")["queued"] if each["run"] == run_id]
    names = names_of(visit, [*run["states"], *queued])
    return {
        "run": run,
        "linked": partial(_linked, visit, known),
        "names": names,
        "waits_at": queued[0]["posId"] if queued else None,
    }


def _linked(visit: Visit, known: dict[str, int | None], text: str) -> Markup:
    """Returns what was seen in a run; the calls that it names lead to their requests."""

    def url_of(number: str) -> str | None:
        request = known.get(number)
        return visit.url(f"/page/requests?request={request}") if request else None

    return show_linked(text, _CALL, url_of)
