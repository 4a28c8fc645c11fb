"""The overview: sandboxes, points of sale, payments under way, scenarios, time."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from simulator.dashboard.desk import Visit
from simulator.engine.values import as_sandbox_name

__all__ = ["go", "reset", "show"]

SHOWN = 12


def show(visit: Visit) -> Response:
    """Shows the overview, or one of its parts."""
    part = visit.arg("part")
    if part in PARTS:
        return visit.render(f"overview/{part}.html", **PARTS[part](visit))
    return visit.page("overview", "overview/page.html", lambda: _all(visit))


def _all(visit: Visit) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for read in PARTS.values():
        values |= read(visit)
    return values


def _poses(visit: Visit) -> dict[str, Any]:
    return {"poses": visit.api.get("/points-of-sale", limit=SHOWN)}


def _payments(visit: Visit) -> dict[str, Any]:
    return {
        "open_payments": visit.api.get("/payments", state="open", limit=SHOWN),
        "ended": visit.api.get("/payments", state="final", limit=6),
    }


def _scenarios(visit: Visit) -> dict[str, Any]:
    return {"in_force": visit.api.get("/scenarios"), "runs": visit.api.get("/runs", limit=5)}


def _sandboxes(visit: Visit) -> dict[str, Any]:
    return {"all_sandboxes": visit.api.get("/sandboxes")["sandboxes"]}


def _time(visit: Visit) -> dict[str, Any]:
    return {"upcoming": visit.api.get("/clock/due", limit=4)}


#: The parts of the page that are fetched again by themselves.
PARTS: Mapping[str, Callable[[Visit], dict[str, Any]]] = {
    "poses": _poses,
    "payments": _payments,
    "scenarios": _scenarios,
    "time": _time,
    "sandboxes": _sandboxes,
}


def go(visit: Visit) -> Response:
    """Goes to the page of another sandbox; it is made by its first use."""
    try:
        name = as_sandbox_name(visit.arg("name"))
    except ValueError as error:
        return visit.error(400, f"A sandbox can't be called that: {error}")
    root = visit.base.removesuffix(f"/sandboxes/{visit.sandbox}")
    return Response(b"", 303, {"Location": f"{root}/sandboxes/{name}/"})


def reset(visit: Visit) -> Response:
    """Begins the sandbox again."""
    visit.api.do("POST", "/reset")
    return visit.go("/")
