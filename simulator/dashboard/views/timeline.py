"""The time line of a payment or a point of sale, and the way through the states it took."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import Response

from ...engine.elapsed import TimeStep, steps
from ..desk import Visit
from ..diagram import state_diagram
from ..sequence import sequence_drawn
from .requests import chosen_exchange

#: So many entries: the page stays under 200 KB.
SHOWN = 240
CHOICE = 30
#: All that is kept is looked through each time, so not too often, in real seconds.
EVERY = 1.0
#: The view of those who read what happened line by line.
TABLE = "table"


def show(visit: Visit) -> Response:
    """Shows the time line, or one of its parts."""
    part = visit.arg("part")
    if part == "sequence":
        values = _with_diagram(visit, _read(visit), visit.of_page("moment"))
        return visit.render("timeline/sequence.html", **values)
    if part == "choice":
        return visit.render("timeline/choice.html", **_choice(visit, _chosen(visit)))
    if part in ("entries", "states"):
        chosen = visit.of_page("request")
        return visit.render(f"timeline/{part}.html", **_read(visit), chosen=chosen)
    is_table = visit.arg("view") == TABLE

    def read() -> dict[str, Any]:
        values = {**_read(visit), "is_table": is_table}
        if not is_table:
            values = _with_diagram(visit, values, visit.arg("moment"))
        chosen = visit.arg("request")
        shown = {"chosen": chosen, **chosen_exchange(visit, chosen)}
        return {**values, **shown, **_choice(visit, values)}

    return visit.page("timeline", "timeline/page.html", read, EVERY)


def _chosen(visit: Visit) -> dict[str, Any]:
    """Returns the payment or the point of sale that the page shows, where it is still there."""
    payment_id, pos_id = visit.arg("paymentId"), visit.arg("posId")
    return {
        "payment": visit.api.find("/payments", payment_id) if payment_id else None,
        "pos": visit.api.find("/points-of-sale", pos_id) if pos_id else None,
    }


def _choice(visit: Visit, shown: dict[str, Any]) -> dict[str, Any]:
    """Returns what there is to choose from, and which of it is shown; empty where none is."""
    payment, pos = shown["payment"], shown["pos"]
    subject = f"paymentId:{payment['paymentId']}" if payment else ""
    if pos and not payment:
        subject = f"posId:{pos['posId']}"
    payments = visit.api.get("/payments", limit=CHOICE)["payments"]
    poses = visit.api.get("/points-of-sale", limit=CHOICE)["pointsOfSale"]
    return {
        "payments": with_chosen(payments, payment, "paymentId"),
        "poses": with_chosen(poses, pos, "posId"),
        "subject": subject,
    }


def _read(visit: Visit) -> dict[str, Any]:
    subject = _subject(visit)
    if not subject:
        return {"line": None, "payment": None, "pos": None}
    line = visit.api.get("/timeline", limit=SHOWN, **subject)
    payment = None
    if "paymentId" in subject:
        payment = visit.api.get("/payments", subject["paymentId"])
    ((name, value),) = subject.items()
    return {
        "line": line,
        "rows": _rows(line["entries"]),
        "payment": payment,
        "pos": visit.api.find("/points-of-sale", line["posId"]),
        "diagrams": _diagrams(visit, line["entries"], payment) if payment else [],
        "query": f"{name}={value}",
    }


def _with_diagram(visit: Visit, values: dict[str, Any], moment: str) -> dict[str, Any]:
    """Returns the values with the sequence diagram, in which a moment may be looked at."""
    line, payment = values["line"], values["payment"]
    if line is None:
        return values
    name = f"order {payment['orderId']}" if payment else f"point of sale {line['posId']}"
    return {**values, "sequence": sequence_drawn(visit, line, name, moment, payment)}


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


class TimelineRow(NamedTuple):
    """An entry, how it stands to the one before it, and what is to be told of its real time.

    Args:
        entry: the entry, as the control API shows it.
        step: how its sandbox time stands to that of the entry before it.
        real_at: its real time, where it is known and was not told with the same instant already.
        real_day: its real day, where that changes.
    """

    entry: Mapping[str, Any]
    step: TimeStep
    real_at: str | None
    real_day: date | None


def _rows(entries: list[dict[str, Any]]) -> list[TimelineRow]:
    rows: list[TimelineRow] = []
    told = day = None
    for entry, step in zip(
        entries, steps(datetime.fromisoformat(each["at"]) for each in entries), strict=True
    ):
        real_at = entry["realAt"]
        real_day = datetime.fromisoformat(real_at).date() if real_at else day
        is_told = step.is_same and real_at == told
        rows.append(
            TimelineRow(
                entry, step, None if is_told else real_at, real_day if real_day != day else None
            )
        )
        told, day = real_at, real_day
    return rows


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


def with_chosen(
    things: list[dict[str, Any]], chosen: dict[str, Any] | None, key: str
) -> list[dict[str, Any]]:
    """Returns the newest things of a list, and the chosen one where it is none of these."""
    if chosen is None or any(each[key] == chosen[key] for each in things):
        return things
    return [*things, chosen]
