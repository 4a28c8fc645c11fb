"""Certifications: who is to be certified and in what; and those there are."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask import Response

from .. import tokens
from ..api import ApiError
from ..desk import Visit
from ..form_words import field_of

#: Clients are looked for among so many of the newest calls.
LOOKED_AT = 300
VERSION, NAME = "x-mobilepay-client-system-version", "x-mobilepay-client-system-name"
#: What the page's till says of itself.
OWN_SYSTEM = tokens.SYSTEM_NAME, tokens.SYSTEM_VERSION
SHOWN = 50


def show(visit: Visit, mistake: str = "", field: str = "") -> Response:
    """Shows those that are open, what is needed to begin one, and all there are.

    Args:
        visit: the request.
        mistake: why none was begun.
        field: the field of the form that was refused, where it was one.
    """
    part = visit.arg("part")
    if part in ("list", "open") and not mistake:
        values = _listed(visit.api.get("/certifications"))
        return visit.render(f"certification/{part}.html", **values)
    return visit.page(
        "certification", "certification/page.html", lambda: _all(visit, mistake, field)
    )


def _all(visit: Visit, mistake: str, field: str) -> dict[str, Any]:
    known = visit.api.get("/certifications")
    every = [each["name"] for each in known["sections"]]
    clients = _clients(visit)
    return {
        **_listed(known),
        "sections": known["sections"],
        "clients": clients,
        "names": _distinct(name for each in clients for name, _ in each.systems),
        "versions": _distinct(version for each in clients for _, version in each.systems),
        "given": _given(visit) | ({"sections": every} if visit.arg("all") else {}),
        "mistake": mistake,
        "refused_field": field,
    }


def _listed(known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "open": [each for each in reversed(known["certifications"]) if each["stage"] == "open"],
        "certifications": known["certifications"][: -SHOWN - 1 : -1],
        "certificates": known["certificates"][: -SHOWN - 1 : -1],
        "most": SHOWN,
    }


class CallingClient(NamedTuple):
    """A client that called lately or can, and what it said of itself.

    Args:
        id: its id.
        systems: name and version of each of its systems, the newest first; one may be empty.
    """

    id: str
    systems: tuple[tuple[str, str], ...]


def _clients(visit: Visit) -> list[CallingClient]:
    """Returns the clients that called lately, and the page's own, which can."""
    found: dict[str, dict[tuple[str, str], None]] = {}
    for each in reversed(visit.api.get("/requests", limit=LOOKED_AT)["requests"]):
        if each["clientId"]:
            headers = dict(each["request"]["headers"])
            system = headers.get(NAME, ""), headers.get(VERSION, "")
            systems = found.setdefault(each["clientId"], {})
            if any(system):
                systems[system] = None
    own = visit.desk.drawer.integrator(None).client_id
    found.setdefault(own, {OWN_SYSTEM: None})
    return [CallingClient(client_id, tuple(systems)) for client_id, systems in found.items()]


def _distinct(words: Iterable[str]) -> list[str]:
    """Returns each word once; empty ones not at all."""
    return [each for each in dict.fromkeys(words) if each]


def _given(visit: Visit) -> dict[str, Any]:
    """Returns what the form says, as the control API wants it."""
    others = visit.arg("otherClient").replace(",", " ").split()
    return {
        "sections": visit.all_of("sections"),
        "cases": visit.all_of("cases"),
        "clientIds": [*visit.all_of("clientIds"), *others],
        "version": visit.arg("version"),
        "systemName": visit.arg("systemName"),
    }


def _own_name(visit: Visit, client_ids: list[str]) -> str:
    """Returns what a single client calls its system; empty where it says none, or several."""
    systems = [each.systems for each in _clients(visit) if [each.id] == client_ids]
    names = {name for each in systems for name, _ in each if name}
    return names.pop() if len(names) == 1 else ""


def begin(visit: Visit) -> Response:
    """Begins one; the client's calls count for it from now on.

    All sections are ticked first where that was pressed, and nothing begins.
    """
    if visit.arg("all"):
        return visit.tell("/page/certification", show)
    given = _given(visit)
    given["systemName"] = given["systemName"] or _own_name(visit, given["clientIds"])
    body = {name: value for name, value in given.items() if value}
    try:
        begun = visit.api.do("POST", "/certifications", body)
    except ApiError as error:
        mistake, field = visit.refuse(error.message)["mistake"], field_of(error.message)
        return visit.tell("/page/certification", lambda visit: show(visit, mistake, field))
    return visit.go(f"/page/certification/{begun['id']}")
