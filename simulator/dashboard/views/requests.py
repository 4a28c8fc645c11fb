"""Requests: the calls clients made, filtered and live; and one of them, with its explanation."""

from typing import Any
from urllib.parse import urlencode

from flask import Response

from simulator.dashboard.api import ApiError
from simulator.dashboard.curl import exchange_as_curl
from simulator.dashboard.desk import Visit

__all__ = ["show", "show_one"]

SHOWN = 60
FILTERS = ("operation", "method", "path", "status", "code", "paymentId", "posId")


def show(visit: Visit) -> Response:
    """Shows the calls that fit the filters, the newest first."""
    if visit.arg("part") == "list":
        return visit.render("requests/list.html", **_read(visit))
    return visit.page("requests", "requests/page.html", lambda: _read(visit))


def _read(visit: Visit) -> dict[str, Any]:
    given = {name: visit.arg(name) for name in FILTERS if visit.arg(name)}
    control = "true" if visit.arg("control") == "on" else ""
    mistake, found = "", []
    try:
        found = visit.api.get("/requests", limit=SHOWN, control=control, **given)["requests"]
    except ApiError as error:
        mistake = error.message
    wanted = {**given, **({"control": "on"} if control else {})}
    har = {**given, **({"control": "true"} if control else {}), "format": "har"}
    return {
        "requests": found[::-1],
        "mistake": mistake,
        "given": wanted,
        "query": urlencode(wanted),
        "har": urlencode(har),
        "most": SHOWN,
    }


def show_one(visit: Visit, request_id: str) -> Response:
    """Shows one call: what was asked and answered, what it changed, and why."""
    exchange = visit.api.get(f"/requests/{request_id}")
    values = {
        "exchange": exchange,
        "explained": visit.api.get(f"/explain/{request_id}"),
        "curl": exchange_as_curl(visit.origin, exchange),
    }
    if visit.is_partial:
        return visit.render("requests/one.html", **values)
    return visit.page("requests", "requests/whole.html", lambda: values)
