"""What happens when something is pressed at the till or on the phone."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from ..actions import ACTS, KEY, POS, USERS, Scene, TillAct
from ..api import PageCall, Said
from ..curl import as_curl
from ..desk import Visit
from ..tokens import NoToken
from .till import scene_of, show_with

AGAIN = "again"
#: Where payments are made.
NEW_PAYMENT = (f"{POS}/payments", f"{POS}/payments/prepare")


def act(visit: Visit) -> Response:
    """Sends the button's call, and shows the result."""
    name, _, refund = visit.arg("act").partition(":")
    if name not in ACTS and name != AGAIN:
        return visit.error(400, f"Unknown action {name[:60]!r}.")
    pos, payment = scene_of(visit)
    label = "Send again" if name == AGAIN else ACTS[name].label
    try:
        sent = _again(visit, pos) if name == AGAIN else _call(visit, name, refund, pos, payment)
        said = visit.api.send(sent)
    except NoToken as error:
        said, label = error.said, "Get a token"
    except KeyError:
        # The form is older than what it is about.
        message = "There is no payment or point of sale for that."
        return _answer(visit, name, visit.refuse(message))
    visit.is_refused = said.lost is None and not said.is_fine
    return _answer(visit, name, _result(visit, label, said))


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


def _again(visit: Visit, pos: Mapping[str, Any] | None) -> PageCall:
    """Returns the call that was made before, with its key."""
    path, method = visit.arg("path"), visit.arg("method")
    if not path.startswith((f"{POS}/", f"{USERS}/")) or method not in ("POST", "DELETE"):
        raise KeyError(path)
    row = ACTS["check-in" if path.startswith(USERS) else "start"]
    headers = dict(headers_of(visit, row, pos))
    if visit.arg("key"):
        headers[KEY] = visit.arg("key")
    body = visit.request.form.get("body", "").encode()
    if body:
        headers["Content-Type"] = "application/json"
    return PageCall(method, path, headers, body)


def _result(visit: Visit, label: str, said: Said) -> dict[str, Any]:
    sent = said.sent
    answer = said.json if isinstance(said.json, dict) else {}
    return {
        "label": label,
        "said": said,
        "sent": sent,
        "key": sent.headers.get(KEY, ""),
        "body": sent.body.decode() if sent.path.startswith("/pos/") else "",
        "message": answer.get("message") or answer.get("error_description") or said.reason,
        "code": answer.get("code"),
        "answer": json.dumps(answer, indent=2, ensure_ascii=False) if answer else "",
        "pos_id": answer.get("posId"),
        "curl": as_curl(visit.origin, sent),
    }


def _answer(visit: Visit, name: str, result: dict[str, Any]) -> Response:
    """Shows what became of it; where another point of sale is meant from now on, the whole page."""
    pos_id = result.get("pos_id")
    if name == "create-pos" and pos_id:
        answer = show_with(visit, result, pos_id)
        answer.headers["HX-Push-Url"] = visit.url(f"/page/till?pos={pos_id}")
        return answer
    pos_of_new = visit.arg("pos") if _has_new_payment(result) else ""
    if not visit.is_partial:
        return show_with(visit, result, pos_of_new)
    answer = visit.render("till/acted.html", piece="till/result.html", result=result)
    if pos_of_new and visit.of_page("payment"):
        # The till showed an older payment; from now on it shows the new one.
        answer.headers["HX-Push-Url"] = visit.url(f"/page/till?pos={pos_of_new}")
    # Once the URL says which payment is meant.
    answer.headers["HX-Trigger-After-Swap"] = "acted"
    if name == "create-pos":
        # Its form would replace the whole page.
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#till-result", "innerHTML"
        answer.headers["HX-Reselect"] = "#result"
    return answer


def _has_new_payment(result: Mapping[str, Any]) -> bool:
    """Whether a payment was made; where the answer was lost, there may be one."""
    said: Said | None = result.get("said")
    return said is not None and said.sent.path in NEW_PAYMENT and bool(said.is_fine or said.lost)
