"""Till and phone: one point of sale, the payment on it, and the customer in front of it."""

from collections.abc import Mapping
from itertools import count
from typing import Any
from urllib.parse import urlencode

from flask import Response

from ...engine.states import RefundState
from ..actions import ACTS, refundable
from ..certified_till import certified_till
from ..conditions import conditions
from ..demo_steps import demo_at
from ..desk import Visit
from ..next_step import next_step
from ..presses import recalled
from ..qr import qr_svg
from ..standing import generation_of
from .scenarios import scenarios_by_theme
from .timeline import with_chosen

SHOWN = 50
#: The reservation of a refund is looked for among so many of the next events.
LOOKED_AT = 500
RESERVATION = "IsReserved"
#: The timer of the next step of a scenario.
STEP = "PlaysStep"
#: The cookie that keeps which point of sale somebody has chosen, in each sandbox.
CHOSEN_POS = "mobilepay_sim_pos"
#: The cookie that keeps whose phone somebody has chosen, in each sandbox.
PHONE = "mobilepay_sim_phone"
#: The cookie that keeps where a point of sale was made last, in each sandbox.
STORE = "mobilepay_sim_store"
#: The buttons of the till, in their order.
BUTTONS = ("start", "prepare", "ready", "query", "capture", "cancel", "refund")
#: The template of a part whose template has another name.
_FILES = {"keys": "keys_and_case"}


def show(visit: Visit) -> Response:
    """Shows the page, or one of its parts."""
    part = visit.arg("part")
    if part == "choice":
        pos = visit.api.find("/points-of-sale", visit.arg("pos")) if visit.arg("pos") else None
        return visit.render("till/choice.html", pos=pos, poses=_newest(visit, pos))
    if part == "certifying":
        # Where no point of sale is shown.
        certifying = certified_till(visit, None, None)
        return visit.render("till/certifying.html", pos=None, certifying=certifying)
    if part in ("counter", "keys", "phone"):
        live = {"clock": visit.api.get("/clock/due", limit=1), **_live(visit)}
        if part == "keys":
            live |= _keys(visit, live)
        if part == "phone":
            live["payment"] = live["asked_payment"]
        answer = visit.render(f"till/{_FILES.get(part, part)}.html", **live)
        if visit.request.headers.get("HX-Trigger") == "phone":
            keep(visit, answer, PHONE, visit.arg("phone"))
        return answer
    return show_with(visit, None)


def show_with(
    visit: Visit,
    result: Mapping[str, Any] | None,
    pos_id: str = "",
    **also: Any,
) -> Response:
    """Shows the whole page, with what a press has done.

    Args:
        visit: the request.
        result: what became of a press at the till or on the phone; by default of the last one,
            where its call is to be sent again.
        pos_id: the point of sale, with its newest payment; by default what is asked for.
        also: what became of another press: `fault_result` of one that lets something go wrong,
            `demo_result` of a step of the demo payment.
    """

    shown: dict[str, Any] = {}

    def read() -> dict[str, Any]:
        shown.update(_read(visit, result, pos_id) | also)
        return shown

    answer = visit.page("till", "till/page.html", read)
    if shown["pos"] and (pos_id or visit.arg("pos")):
        keep(visit, answer, CHOSEN_POS, shown["pos"]["posId"])
    return answer


def path_of_till(visit: Visit, pos_id: str = "") -> str:
    """Returns the page that tells what became of a press.

    Args:
        visit: the press.
        pos_id: the point of sale, with its newest payment; by default what was asked for.
    """
    asked = ("pos",) if pos_id else ("pos", "payment", "demo")
    given = {name: visit.arg(name) for name in asked if visit.arg(name)}
    query = urlencode({**given, **({"pos": pos_id} if pos_id else {})})
    return f"/page/till?{query}" if query else "/page/till"


def keep(visit: Visit, answer: Response, cookie: str, text: str) -> None:
    """Has the browser keep a choice for this sandbox until it is closed.

    Args:
        visit: the request.
        answer: what tells the browser.
        cookie: the name of the choice.
        text: what is chosen.
    """
    answer.set_cookie(cookie, text, samesite="Strict", path=visit.url("/"))


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


def _read(visit: Visit, result: Mapping[str, Any] | None, pos_id: str) -> dict[str, Any]:
    live = _live(visit, pos_id)
    poses = _newest(visit, live["pos"])
    # Merchants get their stores with the sandbox, so asking for them makes it.
    is_there = bool(generation_of(visit.api, visit.sandbox))
    merchants = visit.api.get("/merchants")["merchants"] if is_there else []
    return {
        **live,
        "is_made": is_there,
        "poses": poses,
        "merchants": merchants,
        "store_kept": visit.arg("store") or visit.request.cookies.get(STORE, ""),
        **(_keys(visit, live) if is_there else {"certifying": None}),
        "new_name": _new_name({each["name"] for each in poses}),
        "qr": qr_svg(live["pos"]["qr"]) if live["pos"] else None,
        "result": result or recalled(visit, live["pos"]),
        "demo": demo_at(live["payment"]) if visit.arg("demo") else None,
        "demo_result": {},
        "fault_result": None,
        "scenarios": scenarios_by_theme(visit.api.get("/scenarios")) if is_there else [],
        **conditions(visit.api, live["pos"]),
    }


def _keys(visit: Visit, live: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what the keys of the till tell, beside the payment."""
    certifying = certified_till(visit, live["pos"], live["payment"])
    wanted = certifying["step"] if certifying else ""
    is_another_active = live["is_another_active"]
    return {
        "certifying": certifying,
        "queued_here": _queued_here(visit, live["pos"]),
        "next_step": next_step(wanted, live["payment"], is_another_active=is_another_active),
    }


def _queued_here(visit: Visit, pos: Mapping[str, Any] | None) -> str:
    """Returns the scenario that is queued for the next payment at a point of sale; or empty."""
    if pos is None:
        return ""
    places = (None, pos["posId"])
    queued = visit.api.get("/scenarios")["queued"]
    return next((str(each["scenario"]) for each in queued if each["posId"] in places), "")


def _newest(visit: Visit, chosen: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Returns the points of sale that are offered: the newest, and the chosen one."""
    newest = visit.api.get("/points-of-sale", limit=SHOWN)["pointsOfSale"]
    return with_chosen(newest, chosen, "posId")


def _new_name(taken: set[str]) -> str:
    """Returns a name for the next till that no till has so far."""
    return next(name for number in count(1) if (name := f"Till {number}") not in taken)


def _live(visit: Visit, pos_id: str = "") -> dict[str, Any]:
    """Returns what changes by itself: the payment, and who is at the till."""
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
