"""The scene at the till: a point of sale, the payment on it, and the customer in front of it."""

from collections.abc import Mapping
from typing import Any

from ...engine.states import RefundState
from ..actions import ACTS, refundable
from ..desk import Visit

#: The reservation of a refund is looked for among so many of the next events.
LOOKED_AT = 500
RESERVATION = "IsReserved"
#: The timer of the next step of a scenario.
STEP = "PlaysStep"
#: The cookie that keeps which point of sale somebody has chosen, in each sandbox.
CHOSEN_POS = "mobilepay_sim_pos"
#: The cookie that keeps whose phone somebody has chosen, in each sandbox.
PHONE = "mobilepay_sim_phone"
#: The buttons of the till, in their order.
BUTTONS = ("start", "prepare", "ready", "query", "capture", "cancel", "refund")


def scene_of(visit: Visit, pos_id: str = "") -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Returns the point of sale that is meant, and the payment there that is.

    Args:
        visit: the request.
        pos_id: a point of sale whose newest payment is meant; by default what is asked for, or was
            chosen before, or the newest.
    """
    wanted = "" if pos_id else _wanted_payment(visit)
    pos_id = pos_id or visit.arg("pos")
    pos = visit.api.find("/points-of-sale", pos_id) if pos_id else None
    if pos is None and not pos_id:
        pos = _chosen_or_newest(visit)
    if pos is None:
        return None, None
    return pos, _payment_on(visit, pos, wanted)


def _chosen_or_newest(visit: Visit) -> dict[str, Any] | None:
    kept = visit.request.cookies.get(CHOSEN_POS)
    chosen: dict[str, Any] | None = visit.api.find("/points-of-sale", kept) if kept else None
    if chosen is not None:
        return chosen
    newest = visit.api.get("/points-of-sale", limit=1)["pointsOfSale"]
    return newest[0] if newest else None


def _wanted_payment(visit: Visit) -> str:
    """Returns the payment that is asked for; a part of the page shows that of the page's URL."""
    return visit.arg("payment") or (visit.of_page("payment") if visit.arg("part") else "")


def _payment_on(visit: Visit, pos: Mapping[str, Any], wanted: str) -> dict[str, Any] | None:
    if not wanted:
        active = pos["activePayment"]
        newest = visit.api.get("/payments", posId=pos["posId"], limit=1)["payments"]
        wanted = active["paymentId"] if active else newest[0]["paymentId"] if newest else ""
    payment: dict[str, Any] | None = visit.api.find("/payments", wanted) if wanted else None
    return payment if payment and payment["posId"] == pos["posId"] else None


def scene_now(visit: Visit, pos_id: str = "") -> dict[str, Any]:
    """Returns what changes by itself: the payment, and who is at the till.

    Args:
        visit: the request.
        pos_id: as `scene_of` takes it.
    """
    pos, payment = scene_of(visit, pos_id)
    asked = _asked(visit, pos, payment)
    users = visit.api.get("/users")["users"]
    if pos is not None:
        # Those of the shop's own country first.
        country = "+45" if pos["merchant"].startswith("DK") else "+358"
        users.sort(key=lambda user: not user["phone"].startswith(country))
    return {
        "pos": pos,
        "payment": payment,
        "asked_payment": asked,
        "is_another_active": asked is not payment,
        "buttons": {name: ACTS[name] for name in BUTTONS},
        "users": users,
        "phone": _phone(visit, pos, users),
        "recent": _recent(visit, pos),
        "due_refunds": _due_refunds(visit, payment),
        "step_at": _step_at(visit, payment),
        "left_to_refund": refundable(payment) if payment else 0,
        "is_phone_next": asked is not None and asked["active"] and not _has_customer(visit, asked),
    }


def _asked(
    visit: Visit, pos: Mapping[str, Any] | None, payment: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Returns the payment that the customer is asked for, whichever the till shows."""
    active = pos["activePayment"] if pos else None
    if active is None or payment is None or active["paymentId"] == payment["paymentId"]:
        return payment
    found: dict[str, Any] | None = visit.api.find("/payments", active["paymentId"])
    return found or payment


def _has_customer(visit: Visit, payment: Mapping[str, Any]) -> bool:
    """Whether its scenario plays the customer: a case of a certification does, even by no step."""
    if payment["playing"] or payment["scenario"] is None:
        return bool(payment["playing"])
    sections = visit.api.get("/certifications")["sections"]
    return any(payment["scenario"] == case["name"] for each in sections for case in each["cases"])


def _due_refunds(visit: Visit, payment: Mapping[str, Any] | None) -> dict[str, str]:
    """Returns when each refund of a payment is going to be reserved, by its id."""
    refunds = payment["refunds"] if payment else ()
    waiting = {each["refundId"] for each in refunds if each["state"] == RefundState.INITIATED}
    if not waiting:
        return {}
    due = visit.api.get("/clock/due", limit=LOOKED_AT)["due"]
    return {
        each["refundId"]: each["at"]
        for each in due
        if each["refundId"] in waiting and each["timer"] == RESERVATION
    }


def _step_at(visit: Visit, payment: Mapping[str, Any] | None) -> str:
    """Returns when the scenario of a payment goes on; empty where it waits for no time."""
    if payment is None or not payment["playing"]:
        return ""
    due = visit.api.get("/clock/due", limit=LOOKED_AT)["due"]
    steps = (each for each in due if each["timer"] == STEP)
    return next((each["at"] for each in steps if each["paymentId"] == payment["paymentId"]), "")


def _recent(visit: Visit, pos: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if pos is None:
        return []
    found: list[dict[str, Any]] = visit.api.get("/payments", posId=pos["posId"], limit=5)[
        "payments"
    ]
    return found


def _phone(visit: Visit, pos: Mapping[str, Any] | None, users: list[dict[str, Any]]) -> str:
    """Returns whose phone is shown: the chosen one, else that of whoever is there.

    What is chosen stays chosen until the browser is closed.
    """
    known = [user["phone"] for user in users]
    there = pos["checkIn"]["phone"] if pos and pos["checkIn"] else ""
    wanted = (visit.arg("phone"), visit.request.cookies.get(PHONE, ""), there)
    return next((phone for phone in wanted if phone in known), known[0] if known else "")
