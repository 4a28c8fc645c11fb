"""Time: it runs, faster or not at all, and jumps; with what is due."""

import math
from datetime import datetime, timedelta
from typing import Any

from flask import Response

from simulator.dashboard.api import ApiError
from simulator.dashboard.curl import control_as_curl
from simulator.dashboard.desk import Visit

__all__ = ["move", "show"]

SHOWN = 50
#: Times are told to the millisecond, cut off: this leads past them.
BEHIND = timedelta(milliseconds=1)
#: Timers that are the end of something, for "past expiry".
EXPIRIES = ("Expires", "CapturesItself")


def show(visit: Visit, result: dict[str, Any] | None = None) -> Response:
    """Shows the clock, or one of its parts."""
    part = visit.arg("part") if result is None else ""
    if part == "now":
        return visit.render("parts/now.html", clock=visit.api.get("/clock"))
    if part == "due":
        return visit.render("clock/due.html", **_read(visit))
    return visit.page("clock", "clock/page.html", lambda: {"result": result, **_read(visit)})


def _read(visit: Visit) -> dict[str, Any]:
    upcoming = visit.api.get("/clock/due", limit=SHOWN)
    return {"upcoming": upcoming, "expiry": _expiry(upcoming)}


def _expiry(upcoming: dict[str, Any]) -> dict[str, Any] | None:
    return next((each for each in upcoming["due"] if each["timer"] in EXPIRIES), None)


def move(visit: Visit) -> Response:
    """Moves the clock, or changes its pace."""
    try:
        result = _move(visit)
    except ApiError as error:
        result = {"mistake": error.message}
    if visit.is_partial:
        answer = visit.render("clock/result.html", result=result)
        answer.headers["HX-Trigger"] = "acted"
        return answer
    return show(visit, result)


def _move(visit: Visit) -> dict[str, Any]:
    body: dict[str, Any]
    scale, seconds, wanted = (visit.arg(name) for name in ("scale", "seconds", "to"))
    if scale:
        method, path, body = "PUT", "/clock", {"scale": _number("pace", scale)}
    elif seconds:
        method, path, body = "POST", "/clock/advance", {"seconds": _number("seconds", seconds)}
    else:
        method, path, body = "POST", "/clock/advance", {"to": _target(visit, wanted)}
    clock = visit.api.do(method, path, body)
    return {"clock": clock, "curl": control_as_curl(visit.origin, method, path, body)}


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ApiError(400, f"{name}: expected a number, got {text[:40]!r}")
    return int(number) if number.is_integer() else number


def _target(visit: Visit, wanted: str) -> str:
    """Returns the time to move to: of the next thing, or just past the first that expires."""
    upcoming = visit.api.get("/clock/due", limit=100_000 if wanted == "expiry" else 1)
    found = _expiry(upcoming) if wanted == "expiry" else next(iter(upcoming["due"]), None)
    if found is None:
        nothing = "nothing is going to expire" if wanted == "expiry" else "nothing is due"
        raise ApiError(400, nothing)
    return (datetime.fromisoformat(found["at"]) + BEHIND).isoformat().replace("+00:00", "Z")
