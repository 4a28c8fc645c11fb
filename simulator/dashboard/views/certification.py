"""Certifications: who is to be certified and in what; and those there are."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from ..api import ApiError
from ..desk import Visit

#: Clients are looked for among so many of the newest calls.
LOOKED_AT = 300
VERSION, NAME = "x-mobilepay-client-system-version", "x-mobilepay-client-system-name"
SHOWN = 50


def show(visit: Visit, mistake: str = "") -> Response:
    """Shows what is needed to begin one, and those there are."""
    if visit.arg("part") == "list" and not mistake:
        return visit.render("certification/list.html", **_listed(visit.api.get("/certifications")))
    return visit.page("certification", "certification/page.html", lambda: _all(visit, mistake))


def _all(visit: Visit, mistake: str) -> dict[str, Any]:
    known = visit.api.get("/certifications")
    every = [each["name"] for each in known["sections"]]
    return {
        **_listed(known),
        "sections": known["sections"],
        "clients": _clients(visit),
        "given": _given(visit) | ({"sections": every} if visit.arg("all") else {}),
        "mistake": mistake,
    }


def _listed(known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "certifications": known["certifications"][: -SHOWN - 1 : -1],
        "certificates": known["certificates"][: -SHOWN - 1 : -1],
        "most": SHOWN,
    }


def _clients(visit: Visit) -> list[dict[str, Any]]:
    """Returns the clients that called lately, each with what it said of itself."""
    clients: dict[str, dict[str, Any]] = {}
    for each in visit.api.get("/requests", limit=LOOKED_AT)["requests"]:
        if each["clientId"]:
            known = clients.setdefault(each["clientId"], {"id": each["clientId"]})
            headers = dict(each["request"]["headers"])
            known["version"] = headers.get(VERSION) or known.get("version", "")
            known["name"] = headers.get(NAME) or known.get("name", "")
    return list(clients.values())


def _given(visit: Visit) -> dict[str, Any]:
    """Returns what the form says, as the control API wants it."""
    asked = visit.request.values
    others = visit.arg("otherClient").replace(",", " ").split()
    return {
        "sections": asked.getlist("sections"),
        "cases": asked.getlist("cases"),
        "clientIds": [*asked.getlist("clientIds"), *others],
        "version": visit.arg("version"),
        "systemName": visit.arg("systemName"),
    }


def begin(visit: Visit) -> Response:
    """Begins one; the client's calls count for it from now on.

    All sections are ticked first where that was pressed, and nothing begins.
    """
    if visit.arg("all"):
        return show(visit)
    body = {name: value for name, value in _given(visit).items() if value}
    try:
        begun = visit.api.do("POST", "/certifications", body)
    except ApiError as error:
        return show(visit, visit.refuse(error.message)["mistake"])
    return visit.go(f"/page/certification/{begun['id']}")
