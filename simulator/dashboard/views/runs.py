"""Runs: the verdicts on clients, and what broke."""

from typing import Any

from flask import Response

from ..desk import Visit

SHOWN = 50


def show(visit: Visit) -> Response:
    """Shows the newest runs."""
    if visit.arg("part") == "list":
        return visit.render("runs/list.html", **_all(visit))
    return visit.page("runs", "runs/page.html", lambda: _all(visit))


def _all(visit: Visit) -> dict[str, Any]:
    return {"runs": visit.api.get("/runs", limit=SHOWN)["runs"][::-1], "most": SHOWN}


def show_one(visit: Visit, run_id: str) -> Response:
    """Shows one run: what was expected, what was seen, and the calls."""
    if visit.arg("part") == "run":
        return visit.render("runs/run.html", run=visit.api.get("/runs", run_id))
    return visit.page("runs", "runs/one.html", lambda: {"run": visit.api.get("/runs", run_id)})
