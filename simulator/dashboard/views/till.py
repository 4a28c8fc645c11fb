"""Till and phone: one point of sale, the payment on it, and the customer in front of it."""

from collections.abc import Mapping
from itertools import count
from typing import Any
from urllib.parse import urlencode

from flask import Response

from ..certified_till import AGAIN, WAIT, certified_till
from ..conditions import conditions
from ..demo_steps import demo_at
from ..desk import Visit
from ..next_step import next_step
from ..presses import NewestPress, is_awaited, newest_press, recalled
from ..qr import qr_svg
from ..standing import generation_of
from .scenarios import scenarios_by_theme
from .scene import CHOSEN_POS, PHONE, scene_now
from .timeline import with_chosen

SHOWN = 50
#: The cookie that keeps where a point of sale was made last, in each sandbox.
STORE = "mobilepay_sim_store"
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
    if part == "result":
        live = scene_now(visit)
        certifying = certified_till(visit, live["pos"], live["payment"])
        result = _recalled(visit, newest_press(visit, live["pos"]), certifying)
        return visit.render("till/recalled.html", pos=live["pos"], result=result)
    if part in ("counter", "keys", "phone"):
        live = {"clock": visit.api.get("/clock/due", limit=1), **scene_now(visit)}
        # Where time stands still, the counter has a jump, which is next where no key is.
        has_jump = live["step_at"] and live["clock"]["scale"] == 0
        if part == "keys" or (part == "counter" and has_jump):
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


def _read(visit: Visit, result: Mapping[str, Any] | None, pos_id: str) -> dict[str, Any]:
    live = scene_now(visit, pos_id)
    poses = _newest(visit, live["pos"])
    # Merchants get their stores with the sandbox, so asking for them makes it.
    is_there = bool(generation_of(visit.api, visit.sandbox))
    merchants = visit.api.get("/merchants")["merchants"] if is_there else []
    keys = _keys(visit, live) if is_there else {"certifying": None}
    newest = newest_press(visit, live["pos"])
    return {
        **live,
        "is_made": is_there,
        "poses": poses,
        "merchants": merchants,
        "store_kept": visit.arg("store") or visit.request.cookies.get(STORE, ""),
        **keys,
        "new_name": _new_name({each["name"] for each in poses}),
        "qr": qr_svg(live["pos"]["qr"]) if live["pos"] else None,
        "result": result or _recalled(visit, newest, keys["certifying"]),
        "is_awaited": is_awaited(visit, newest),
        "demo": demo_at(live["payment"]) if visit.arg("demo") else None,
        "demo_result": {},
        "fault_result": None,
        "scenarios": scenarios_by_theme(visit.api.get("/scenarios")) if is_there else [],
        **conditions(visit.api, live["pos"]),
    }


def _recalled(
    visit: Visit, newest: NewestPress | None, certifying: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Returns the last press whose call is to be sent again, unless a case wants another one."""
    wants_another = certifying is not None and certifying["step"] not in ("", AGAIN, WAIT)
    return None if wants_another else recalled(visit, newest)


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
