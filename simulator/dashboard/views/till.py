"""Till and phone: one point of sale, the payment on it, and the customer in front of it."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from simulator.dashboard.acting import ACTS
from simulator.dashboard.desk import Visit, with_chosen
from simulator.dashboard.qr import qr_svg

__all__ = ["scene_of", "show"]

SHOWN = 50
#: The buttons of the till, in their order.
BUTTONS = ("start", "prepare", "ready", "capture", "cancel", "refund")


def show(visit: Visit) -> Response:
    """Shows the page, or one of its parts."""
    if visit.arg("part") in ("counter", "keys", "phone"):
        return visit.render(f"till/{visit.arg('part')}.html", **_live(visit))
    return show_with(visit, None)


def show_with(visit: Visit, result: Mapping[str, Any] | None, pos_id: str = "") -> Response:
    """Shows the whole page, with what a press has done."""
    return visit.page("till", "till/page.html", lambda: _read(visit, result, pos_id))


def scene_of(visit: Visit, pos_id: str = "") -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Returns the point of sale that is meant, and the payment there that is."""
    pos_id = pos_id or visit.arg("pos")
    pos = visit.api.find(f"/points-of-sale/{pos_id}") if pos_id else None
    if pos is None and not pos_id:
        newest = visit.api.get("/points-of-sale", limit=1)["pointsOfSale"]
        pos = newest[0] if newest else None
    if pos is None:
        return None, None
    return pos, _payment_on(visit, pos)


def _payment_on(visit: Visit, pos: Mapping[str, Any]) -> dict[str, Any] | None:
    wanted = visit.arg("payment")
    if not wanted:
        active = pos["activePayment"]
        newest = visit.api.get("/payments", posId=pos["posId"], limit=1)["payments"]
        wanted = active["paymentId"] if active else newest[0]["paymentId"] if newest else ""
    payment: dict[str, Any] | None = visit.api.find(f"/payments/{wanted}") if wanted else None
    return payment if payment and payment["posId"] == pos["posId"] else None


def _read(visit: Visit, result: Mapping[str, Any] | None, pos_id: str) -> dict[str, Any]:
    live = _live(visit, pos_id)
    newest = visit.api.get("/points-of-sale", limit=SHOWN)["pointsOfSale"]
    merchants = visit.api.get("/merchants")["merchants"]
    return {
        **live,
        "poses": with_chosen(newest, live["pos"], "posId"),
        "merchants": merchants,
        "qr": qr_svg(live["pos"]["qr"]) if live["pos"] else None,
        "result": result,
    }


def _live(visit: Visit, pos_id: str = "") -> dict[str, Any]:
    """Returns what changes by itself: the payment, and who is at the till."""
    pos, payment = scene_of(visit, pos_id)
    users = visit.api.get("/users")["users"]
    if pos is not None:
        # Those of the shop's own country first.
        country = "+45" if pos["merchant"].startswith("DK") else "+358"
        users.sort(key=lambda user: not user["phone"].startswith(country))
    return {
        "pos": pos,
        "payment": payment,
        "buttons": {name: ACTS[name] for name in BUTTONS},
        "users": users,
        "phone": _phone(visit, pos, users),
        "recent": _recent(visit, pos),
    }


def _recent(visit: Visit, pos: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if pos is None:
        return []
    found: list[dict[str, Any]] = visit.api.get("/payments", posId=pos["posId"], limit=5)[
        "payments"
    ]
    return found


def _phone(visit: Visit, pos: Mapping[str, Any] | None, users: list[dict[str, Any]]) -> str:
    """Returns whose phone is shown: the chosen one, else that of whoever is there."""
    known = [user["phone"] for user in users]
    there = pos["checkIn"]["phone"] if pos and pos["checkIn"] else ""
    wanted = visit.arg("phone") or there
    return wanted if wanted in known else known[0] if known else ""
