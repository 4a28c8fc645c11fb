"""The overview: sandboxes, points of sale, payments under way, scenarios, time."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Response

from ...engine.merchants import SEEDED_VATS
from ...engine.values import as_sandbox_name
from .. import questions
from ..desk import Visit
from ..snippets import snippets_for
from ..standing import generation_of, in_force
from .names import names_of

SHOWN = 12
#: So many that ended last are shown, of so many that were made last.
ENDED, LOOKED_AT = 6, 60


def show(visit: Visit) -> Response:
    """Shows the overview, or one of its parts."""
    part = visit.arg("part")
    if part in PARTS:
        standing = in_force(visit.api) if part == "scenarios" else []
        return visit.render(f"overview/{part}.html", **PARTS[part](visit), standing=standing)
    return visit.page("overview", "overview/page.html", lambda: _all(visit))


def _all(visit: Visit) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for read in PARTS.values():
        values |= read(visit)
    return values


def _poses(visit: Visit) -> dict[str, Any]:
    return {"poses": visit.api.get("/points-of-sale", limit=SHOWN)}


def _first(visit: Visit) -> dict[str, Any]:
    """Returns what a client needs to call, and whether there is something already."""
    lists = ("/points-of-sale", "/payments")
    is_empty = not any(visit.api.get(each, limit=1)["total"] for each in lists)
    integrator = visit.desk.drawer.integrator(None)
    values = {
        "BASE_URL": visit.origin,
        "CLIENT_ID": integrator.client_id,
        "SECRET": integrator.secret or "any",
        "VAT": SEEDED_VATS[0],
    }
    facts = list(
        zip(("Base URL", "Client id", "Secret", "VAT number"), values.values(), strict=True)
    )
    return {
        "connect": {"facts": facts, "snippets": snippets_for(values)},
        "is_empty": is_empty,
        "is_made": bool(generation_of(visit.api, visit.sandbox)),
    }


def _payments(visit: Visit) -> dict[str, Any]:
    return {
        "open_payments": visit.api.get("/payments", state="open", limit=SHOWN),
        "ended": _ended(visit),
    }


def _ended(visit: Visit) -> dict[str, Any]:
    """Returns the payments that ended last, of so many that were made last."""
    final = visit.api.get("/payments", state="final", limit=LOOKED_AT)
    final["payments"].sort(key=lambda each: each["endedAt"] or each["createdAt"], reverse=True)
    return {**final, "payments": final["payments"][:ENDED]}


def _scenarios(visit: Visit) -> dict[str, Any]:
    return {
        "in_force": visit.api.get("/scenarios"),
        "runs": visit.api.get("/runs", limit=5),
    }


def _sandboxes(visit: Visit) -> dict[str, Any]:
    return {"all_sandboxes": visit.api.get("/sandboxes")["sandboxes"]}


def _health(visit: Visit) -> dict[str, Any]:
    return {"health": visit.api.get("/health")}


def _time(visit: Visit) -> dict[str, Any]:
    upcoming = visit.api.get("/clock/due", limit=4)
    return {"upcoming": upcoming, "names": names_of(visit, upcoming["due"])}


#: The parts of the page that are fetched again by themselves.
PARTS: Mapping[str, Callable[[Visit], dict[str, Any]]] = {
    "first": _first,
    "poses": _poses,
    "payments": _payments,
    "scenarios": _scenarios,
    "time": _time,
    "sandboxes": _sandboxes,
    "health": _health,
}


def go(visit: Visit) -> Response:
    """Goes to the page of another sandbox; it is made by its first use."""
    try:
        name = as_sandbox_name(visit.arg("name"))
    except ValueError as error:
        return visit.error(400, f"A sandbox can't be called that: {error}")
    root = visit.base.removesuffix(f"/sandboxes/{visit.sandbox}")
    return Response(b"", 303, {"Location": f"{root}/sandboxes/{name}/"})


def drop(visit: Visit) -> Response:
    """Drops a sandbox; the page of the default one follows where it was the one looked at."""
    name = visit.arg("name")
    if asking := visit.ask(questions.drop(name)):
        return asking
    visit.api.do("DELETE", f"/sandboxes/{quote(name, safe='')}")
    if name == visit.sandbox:
        return visit.leave(visit.base.removesuffix(f"/sandboxes/{visit.sandbox}") + "/")
    if visit.is_partial:
        # The page stays, and fetches its list anew.
        return Response(b"", 200, {"HX-Trigger": "acted"})
    return visit.go("/", f"The sandbox {name} was dropped.")


def reset(visit: Visit) -> Response:
    """Begins the sandbox again, or makes it."""
    is_new = visit.arg("next") == "till"
    if not is_new and (asking := visit.ask(questions.reset(visit.sandbox))):
        return asking
    visit.api.do("POST", "/reset")
    if is_new:
        return visit.go("/page/till", f"The sandbox {visit.sandbox} was made.")
    return visit.go("/", f"The sandbox {visit.sandbox} was reset.")
