"""What happens when something is pressed at the till or on the phone."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from ..actions import ACTS, KEY, POS, SCENARIO, USERS, Scene, TillAct
from ..calls import PageCall, Said
from ..certified_till import certified_till
from ..desk import Visit
from ..kept_presses import AT_NONE, Press
from ..poll_pause import pause_before
from ..presses import (
    NEW_PAYMENT,
    SEND_AGAIN,
    MadeId,
    called_in,
    label_again,
    place_of,
    referred,
    result_of,
)
from ..questions import delete_pos
from ..tokens import NoToken
from .scene import scene_now, scene_of
from .till import STORE, keep, path_of_till, show_with

AGAIN = "again"
#: What a call carries that no other call of the same till does.
OF_ONE_CALL = (KEY, SCENARIO, "Content-Type")
UNAUTHORIZED = 401
#: What the till asks for by a press, beside what changes something.
QUERIES = ("QueryPayment", "QueryPaymentIds", "GetRefund")


def act(visit: Visit) -> Response:
    """Sends the button's call, and shows the result."""
    name, _, refund = visit.arg("act").partition(":")
    if name not in ACTS and name != AGAIN:
        return visit.error(400, f"Unknown action {name[:60]!r}.")
    pos, payment = scene_of(visit)
    if name == "delete-pos" and pos and (asking := visit.ask(delete_pos(pos["name"]))):
        return asking
    label = SEND_AGAIN if name == AGAIN else ACTS[name].label
    place, pos_id = None, pos["posId"] if pos else AT_NONE
    try:
        if name == AGAIN:
            exchange = _exchange_of_till(visit)
            label, sent = label_again(exchange), _again(visit, exchange, pos)
            pos_id = exchange.get("posId") or pos_id
        else:
            sent = _call(visit, name, refund, pos, payment)
        place = place_of(sent, pos_id)
        visit.desk.presses.begin(visit.sandbox, Press(place, visit.desk.context.wall_time(), name))
        said = visit.api.send(sent, pause_before(visit, pos, payment, sent))
    except NoToken as error:
        said, label = error.said, "Get a token"
    except KeyError:
        # The form is older than what it is about.
        message = "There is no payment or point of sale for that."
        return _answer(visit, name, visit.refuse(message))
    if said.status == UNAUTHORIZED:
        visit.desk.drawer.forget(sent.headers)
    visit.is_refused = said.lost is None and not said.is_fine
    result = result_of(visit, label, said)
    if place is not None:
        call, is_repeated = result["call"], result["is_repeated"]
        visit.desk.presses.end(visit.sandbox, place, call, is_repeated=is_repeated)
    answer = _answer(visit, name, result)
    if name == "create-pos":
        keep(visit, answer, STORE, visit.arg("store"))
    return answer


def _call(
    visit: Visit,
    name: str,
    refund: str,
    pos: dict[str, Any] | None,
    payment: dict[str, Any] | None,
) -> PageCall:
    row = ACTS[name]
    headers = headers_of(visit, row, pos)
    form = _with(visit, refund)
    return row.call(Scene(form, pos or {}, payment or {}, headers))


def _with(visit: Visit, refund: str) -> Any:
    return lambda name: refund if name == "refund" and refund else visit.arg(name)


def headers_of(visit: Visit, row: TillAct, pos: Mapping[str, Any] | None) -> Mapping[str, str]:
    """Returns what a call carries that is pressed at a point of sale, or that makes one.

    Raises:
        NoToken: the authentication service refuses.
    """
    drawer, client_id = visit.desk.drawer, pos["clientId"] if pos else None
    integrator = drawer.integrator(client_id)
    if row.is_customers:
        app = {"X-IBM-Client-Id": integrator.ibm_client_id or integrator.client_id}
        if visit.desk.context.settings.require_ibm_client_id:
            app["X-IBM-Client-Secret"] = integrator.ibm_client_secret or "any"
        return app
    is_new = row is ACTS["create-pos"]
    merchant = visit.arg("store").partition(" ")[0] if is_new or pos is None else pos["merchant"]
    return drawer.headers(visit.api, visit.sandbox, merchant, None if is_new else client_id)


def _exchange_of_till(visit: Visit) -> Mapping[str, Any]:
    """Returns the call that is to be sent again.

    Raises:
        KeyError: there is no such call of a till or a phone.
    """
    exchange = referred(visit, visit.arg("call"))
    if exchange is None:
        raise KeyError(visit.arg("call"))
    asked = exchange["request"]
    path, method = asked["path"], asked["method"]
    is_pressed = method in ("POST", "DELETE") or exchange["operation"] in QUERIES
    if not path.startswith((f"{POS}/", f"{USERS}/")) or not is_pressed:
        raise KeyError(path)
    return exchange


def _again(visit: Visit, exchange: Mapping[str, Any], pos: Mapping[str, Any] | None) -> PageCall:
    """Returns the call that was made before, as it was; only its token may be a new one.

    Raises:
        NoToken: the authentication service refuses.
    """
    asked = exchange["request"]
    carried = dict(map(tuple, asked["headers"]))
    own = {name: carried[name.lower()] for name in OF_ONE_CALL if name.lower() in carried}
    headers = {**_callers(visit, exchange, pos), **own}
    return called_in(asked, headers)


def _callers(
    visit: Visit, exchange: Mapping[str, Any], pos: Mapping[str, Any] | None
) -> Mapping[str, str]:
    """Returns what the caller of a call of the journal sends with each call."""
    if exchange["request"]["path"].startswith(f"{USERS}/"):
        return headers_of(visit, ACTS["check-in"], pos)
    merchant = exchange.get("merchant") or (pos["merchant"] if pos else "")
    return visit.desk.drawer.headers(visit.api, visit.sandbox, merchant, exchange.get("clientId"))


def _answer(visit: Visit, name: str, result: dict[str, Any]) -> Response:
    """Shows what became of it; where another point of sale is meant from now on, the whole page."""
    made_pos = _made_pos(result)
    pos_of_new = made_pos or (visit.arg("pos") if _has_new_payment(result) else "")
    if not visit.is_partial:
        path = f"{path_of_till(visit, pos_of_new)}#{_place_of_next(visit, pos_of_new, result)}"
        return visit.tell(path, lambda visit: show_with(visit, result, pos_of_new))
    if made_pos:
        answer = show_with(visit, result, made_pos)
        answer.headers["HX-Push-Url"] = visit.url(f"/page/till?pos={made_pos}")
        if name == AGAIN:
            _put(answer, "#main", "outerHTML show:none", "#main")
        return answer
    answer = visit.render("till/acted.html", piece="till/result.html", result=result)
    if pos_of_new and visit.of_page("payment"):
        # The till showed an older payment; from now on it shows the new one.
        answer.headers["HX-Push-Url"] = visit.url(f"/page/till?pos={pos_of_new}")
    # Once the URL says which payment is meant.
    answer.headers["HX-Trigger-After-Swap"] = json.dumps({"acted": {}, **_used_up(result)})
    if name == "create-pos":
        # Its form would replace the whole page.
        _put(answer, "#till-result", "innerHTML", "#result")
    return answer


def _place_of_next(visit: Visit, pos_id: str, result: Mapping[str, Any]) -> str:
    """Returns where a browser without JavaScript goes on: its page begins at the top otherwise."""
    said: Said | None = result.get("said")
    if said is None or not said.is_fine:
        return "till-result"
    scene = scene_now(visit, pos_id)
    if scene["is_phone_next"]:
        return "phone"
    return "certifying" if certified_till(visit, scene["pos"], scene["payment"]) else "keys"


def _put(answer: Response, place: str, swap: str, part: str) -> None:
    """Has htmx put a part of an answer into another place than the form that was sent names."""
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = place, swap
    answer.headers["HX-Reselect"] = part


def _made_pos(result: Mapping[str, Any]) -> str:
    """Returns the point of sale that the till knows to be made; empty where there is none."""
    said: Said | None = result.get("said")
    is_made = said is not None and said.is_fine and said.sent.path == f"{POS}/pointofsales"
    return str(result["pos_id"] or "") if is_made else ""


def _used_up(result: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the event that tells which id something has by now, which nothing else may have.

    Where something else was done, another try is not for the same id any more.
    """
    said: Said | None = result.get("said")
    if said is None or not said.is_fine:
        return {}
    made: MadeId | None = result["made"]
    return {"used": made._asdict()} if made else {"went-on": {}}


def _has_new_payment(result: Mapping[str, Any]) -> bool:
    """Whether a payment was made; where the answer was lost, there may be one."""
    said: Said | None = result.get("said")
    return said is not None and said.sent.path in NEW_PAYMENT and bool(said.is_fine or said.lost)
