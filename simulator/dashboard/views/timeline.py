"""The time line of a payment or a point of sale, and the way through the states it took."""

from typing import Any

from flask import Response

from simulator.dashboard.desk import Visit, with_chosen
from simulator.dashboard.diagram import state_diagram

__all__ = ["show"]

SHOWN = 300
CHOICE = 30
#: All that is kept is looked through each time, so not too often, in real seconds.
EVERY = 1.0


def show(visit: Visit) -> Response:
    """Shows the time line, or one of its parts."""
    if visit.arg("part") == "entries":
        return visit.render("timeline/entries.html", **_read(visit))
    if visit.arg("part") == "states":
        return visit.render("timeline/states.html", **_read(visit))

    def read() -> dict[str, Any]:
        values = _read(visit)
        return {**values, **_choice(visit, values)}

    return visit.page("timeline", "timeline/page.html", read, EVERY)


def _choice(visit: Visit, shown: dict[str, Any]) -> dict[str, Any]:
    payments = visit.api.get("/payments", limit=CHOICE)["payments"]
    poses = visit.api.get("/points-of-sale", limit=CHOICE)["pointsOfSale"]
    return {
        "payments": with_chosen(payments, shown["payment"], "paymentId"),
        "poses": with_chosen(poses, shown["pos"], "posId"),
    }


def _read(visit: Visit) -> dict[str, Any]:
    subject = _subject(visit)
    if not subject:
        return {"line": None, "payment": None, "diagrams": [], "query": "", "pos": None}
    line = visit.api.get("/timeline", limit=SHOWN, **subject)
    payment = None
    if "paymentId" in subject:
        payment = visit.api.get(f"/payments/{subject['paymentId']}")
    ((name, value),) = subject.items()
    return {
        "line": line,
        "payment": payment,
        "pos": visit.api.find(f"/points-of-sale/{line['posId']}"),
        "diagrams": _diagrams(visit, line["entries"], payment) if payment else [],
        "query": f"{name}={value}",
    }


def _subject(visit: Visit) -> dict[str, str]:
    """Returns what the time line is about: what is asked for, else the newest payment."""
    of = visit.arg("of")
    if of:
        name, _, value = of.partition(":")
        return {name if name == "posId" else "paymentId": value}
    for name in ("paymentId", "posId"):
        if visit.arg(name):
            return {name: visit.arg(name)}
    newest = visit.api.get("/payments", limit=1)["payments"]
    return {"paymentId": newest[0]["paymentId"]} if newest else {}


def _diagrams(
    visit: Visit, entries: list[dict[str, Any]], payment: dict[str, Any]
) -> list[dict[str, Any]]:
    tables = visit.api.get("/states")
    events = [entry["event"] for entry in entries if "event" in entry]
    drawn = [
        {
            "title": "The payment",
            "svg": state_diagram(
                "payments",
                tables["payments"],
                _taken(events, "PaymentChanged", payment["paymentId"], "paymentId"),
                f"The states of a payment; this one is {payment['state']}",
            ),
        }
    ]
    for refund in payment["refunds"]:
        taken = _taken(events, "RefundChanged", refund["refundId"], "refundId")
        label = f"The states of a refund; this one is {refund['state']}"
        svg = state_diagram("refunds", tables["refunds"], taken, label)
        drawn.append({"title": f"Refund {refund['refundOrderId']}", "svg": svg})
    return drawn


def _taken(
    events: list[dict[str, Any]], kind: str, thing_id: str, name: str
) -> list[tuple[str | None, str]]:
    return [
        (event["before"], event["after"])
        for event in events
        if event["event"] == kind and event[name] == thing_id
    ]
