"""A payment to watch: each step is the call of a till or a phone; the next one follows."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from ..actions import ACTS, Scene
from ..calls import Said
from ..curl import as_curl
from ..demo_steps import AMOUNT, STEPS, DemoStep, demo_at
from ..desk import Visit
from ..tokens import NoToken
from .acts import headers_of
from .scene import scene_of
from .till import show_with


def begin(visit: Visit) -> Response:
    """Makes a point of sale for the demo payment, and goes there."""
    merchants = visit.api.get("/merchants")["merchants"]
    merchant = next((each for each in merchants if each["stores"]), None)
    if merchant is None:
        return visit.error(409, "No merchant has a store, so there is nowhere to pay.")
    form = {
        "store": f"{merchant['vat']} {merchant['stores'][0]['storeId']}",
        "name": "Demo",
    }
    try:
        headers = visit.desk.drawer.headers(visit.api, visit.sandbox, merchant["vat"], None)
        call = ACTS["create-pos"].call(Scene(lambda name: form.get(name, ""), {}, {}, headers))
        said = visit.api.send(call)
    except NoToken as error:
        said = error.said
    if not said.is_fine:
        return visit.error(502, _failure(said))
    return visit.go(f"/page/till?pos={said.json['posId']}&demo=1")


def go_on(visit: Visit) -> Response:
    """Takes the next step, and shows what follows."""
    pos, payment = scene_of(visit)
    if pos is None:
        return visit.error(404, "There is no such point of sale.")
    step = STEPS.get(payment["state"] if payment else "")
    result: dict[str, Any] = {}
    if step is not None:
        said = _take(visit, step, pos, payment or {})
        result = {"curl": as_curl(visit.server, said.sent)}
        if not said.is_fine:
            result["mistake"] = _failure(said)
        pos, payment = scene_of(visit)
    if not visit.is_partial:
        path = f"/page/till?pos={visit.arg('pos')}&demo=1"
        return visit.tell(path, lambda visit: show_with(visit, None, demo_result=result))
    answer = visit.render("till/demo.html", pos=pos, demo=demo_at(payment), demo_result=result)
    answer.headers["HX-Trigger"] = "acted"
    return answer


def _take(visit: Visit, step: DemoStep, pos: Mapping[str, Any], payment: Mapping[str, Any]) -> Said:
    users = visit.api.get("/users")["users"]
    country = "+45" if pos["merchant"].startswith("DK") else "+358"
    phone = next((each["phone"] for each in users if each["phone"].startswith(country)), "")
    form = {"amount": AMOUNT, "scenario": "manual", "label": "Demo", "phone": phone}
    row = ACTS[step.act]
    try:
        headers = headers_of(visit, row, pos)
        return visit.api.send(
            row.call(Scene(lambda name: form.get(name, ""), pos, payment, headers))
        )
    except NoToken as error:
        return error.said


def _failure(said: Said) -> str:
    answer = said.json if isinstance(said.json, dict) else {}
    words = said.lost or answer.get("message") or answer.get("error_description") or said.reason
    return f"{said.sent.method} {said.sent.path}: {said.status}, {words or 'no reason is given'}"
