"""Time: it runs, faster or not at all, and jumps; with what is due."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response

from ..api import ApiError
from ..curl import control_as_curl
from ..desk import Visit
from ..happened import happened_in_words
from ..rendering import show_clock, show_date
from .names import names_of
from .numbers import number_of, seconds_of

SHOWN = 50
#: What can be jumped past by its name.
NAMED = ("next", "expiry")
#: Times are told to the millisecond, cut off: this leads past them.
BEHIND = timedelta(milliseconds=1)
#: The timer of a reservation that ends.
EXPIRY = "Expires"


def show(visit: Visit, result: dict[str, Any] | None = None) -> Response:
    """Shows the clock, or one of its parts."""
    part = visit.arg("part") if result is None else ""
    if part == "now":
        return visit.render("parts/now.html", clock=visit.api.get("/clock/due", limit=1))
    if part == "pace":
        return visit.render("clock/pace.html", clock=visit.api.get("/clock/due", limit=1))
    if part == "due":
        return visit.render("clock/due.html", **_read(visit))
    return visit.page("clock", "clock/page.html", lambda: {"result": result, **_read(visit)})


def _read(visit: Visit) -> dict[str, Any]:
    upcoming = visit.api.get("/clock/due", limit=SHOWN)
    names = names_of(visit, upcoming["due"])
    return {"upcoming": upcoming, "expiry": _expiry(upcoming), "names": names}


def _expiry(upcoming: dict[str, Any]) -> dict[str, Any] | None:
    return next((each for each in upcoming["due"] if each["timer"] == EXPIRY), None)


def move(visit: Visit) -> Response:
    """Moves the clock, or changes its pace."""
    try:
        result = _move(visit)
    except ApiError as error:
        result = visit.refuse(error.message)
    if visit.is_partial:
        answer = visit.render(_piece(visit), result=result, piece="clock/result.html")
        answer.headers["HX-Trigger"] = "acted"
        return answer
    return visit.tell("/page/clock", lambda visit: show(visit, result))


def _piece(visit: Visit) -> str:
    """Returns what shows a result: the till has a line for it that is always in sight."""
    is_till = visit.request.headers.get("HX-Target") == "till-result"
    return "till/acted.html" if is_till else "clock/result.html"


def _move(visit: Visit) -> dict[str, Any]:
    body: dict[str, Any]
    scale, seconds, wanted = (visit.arg(name) for name in ("scale", "seconds", "to"))
    if scale:
        method, path, body = "PUT", "/clock", {"scale": number_of("scale", scale)}
    elif seconds:
        method, path, body = "POST", "/clock/advance", {"seconds": seconds_of("seconds", seconds)}
    else:
        method, path, body = "POST", "/clock/advance", {"to": _target(visit, wanted or "next")}
    clock = visit.api.do(method, path, body)
    happened = _happened(visit) if path == "/clock/advance" else None
    curl = control_as_curl(visit.server, method, path, body)
    words = f"It was {show_date(clock['now'])} {show_clock(clock['now'])}."
    told = {"label": "Clock", "words": words}
    names = names_of(visit, happened or ())
    return {**told, "clock": clock, "curl": curl, "happened": happened, "names": names}


def _happened(visit: Visit) -> list[dict[str, Any]]:
    """Returns the events that the jump before has caused, as the journal keeps them."""
    calls = visit.api.get("/requests", control="true", limit=5)["requests"]
    jumps = (each for each in reversed(calls) if each["request"]["path"].endswith("/clock/advance"))
    jump = next(jumps, None)
    return [_told(each) for each in jump["changes"]] if jump else []


def _told(event: dict[str, Any]) -> dict[str, Any]:
    return event if event.get("after") else {**event, "words": happened_in_words(event)}


def _target(visit: Visit, wanted: str) -> str:
    """Returns the time to move to: just past the next thing, the next expiry, or a time."""
    if wanted not in NAMED:
        return _just_past(wanted)
    upcoming = visit.api.get("/clock/due", limit=100_000 if wanted == "expiry" else 1)
    found = _expiry(upcoming) if wanted == "expiry" else next(iter(upcoming["due"]), None)
    if found is None:
        nothing = "Nothing is going to expire." if wanted == "expiry" else "Nothing is due."
        raise ApiError(400, nothing)
    return _just_past(found["at"])


def _just_past(at: str) -> str:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise ApiError(400, f"to: expected next, expiry or a time, got {at[:40]!r}") from error
    return (moment + BEHIND).isoformat().replace("+00:00", "Z")
