"""What became of a press at the till or on the phone, and the one whose call is to be sent again.

That is the newest press at a point of sale, by whichever browser. Its call is in the journal, so
that it is sent again as it was.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ..engine.client_rules import MOST_RETRIES
from ..scripting.fate import Delivery
from .actions import ACTS, KEY, POS, USERS
from .calls import PageCall, Said, why_lost
from .curl import as_curl
from .desk import Visit
from .kept_presses import AT_NONE, Press
from .tokens import SYSTEM_NAME

#: The till has given up on any answer after so many real seconds; its call may come a bit later.
GIVEN_UP = 2.5
#: Where payments are made.
NEW_PAYMENT = (f"{POS}/payments", f"{POS}/payments/prepare")
#: The field of the id of what is made at a path, and its name in the call.
_IDS = {
    **dict.fromkeys(NEW_PAYMENT, ("order", "orderId")),
    f"{POS}/pointofsales": ("new-id", "merchantPosId"),
}
_OF_NO_POS = ("CreatePos", "DeletePos")
SEND_AGAIN, SEND_AGAIN_WITH_KEY = "Send again", "Send again with the same key"
#: Tries of a call are counted among so many of the newest calls of its operation.
LOOKED_AT = 50


def result_of(visit: Visit, label: str, said: Said) -> dict[str, Any]:
    """Returns what a template says of a press.

    Args:
        visit: the request.
        label: what was pressed.
        said: the press's call and its answer.
    """
    sent = said.sent
    answer = said.json if isinstance(said.json, dict) else {}
    is_clients = sent.path.startswith((f"{POS}/", f"{USERS}/"))
    number = said.request_id if is_clients else None
    exchange = visit.api.find("/requests", str(number)) if number else None
    # The customer sees on the phone what became of a tap, and taps again where nothing did.
    is_customers = sent.path.startswith(f"{USERS}/")
    may_repeat = exchange is not None and said.must_be_repeated and not is_customers
    is_given_up = exchange is not None and may_repeat and _is_given_up(visit, exchange)
    return {
        "label": label,
        "said": said,
        "sent": sent,
        "key": next((text for name, text in sent.headers.items() if name.lower() == _KEY), ""),
        "call": _reference(exchange) if exchange else "",
        "is_repeated": may_repeat and not is_given_up,
        "is_given_up": is_given_up,
        "is_customers": is_customers,
        "made": id_made(sent),
        "message": answer.get("message") or answer.get("error_description") or said.reason,
        "code": answer.get("code"),
        "answer": json.dumps(answer, indent=2, ensure_ascii=False) if answer else "",
        "pos_id": answer.get("posId"),
        "curl": as_curl(visit.server, sent),
    }


class MadeId(NamedTuple):
    """The id of what a call makes, and the field of the till in which it was typed."""

    field: str
    value: str


def id_made(sent: PageCall) -> MadeId | None:
    """Returns the id of what a call makes; None where it makes nothing that the till names."""
    if sent.path not in _IDS:
        return None
    field, name = _IDS[sent.path]
    # A client's call can be sent again, too, whatever its body is.
    body = Said(sent, 0, sent.body).json
    value = body.get(name) if isinstance(body, dict) else None
    return MadeId(field, value) if isinstance(value, str) else None


_KEY = KEY.lower()


def _reference(exchange: Mapping[str, Any]) -> str:
    """Returns what names a call: its number, which a reset gives to another one, and its time."""
    return f"{exchange['id']} {exchange['realAt']}"


def _is_given_up(visit: Visit, exchange: Mapping[str, Any]) -> bool:
    """Whether a call was sent again as often as a right client does."""
    if exchange["firstTry"] is None:
        return False
    first = exchange["firstTry"]
    query = {"operation": exchange["operation"], "since": first, "limit": LOOKED_AT}
    calls: list[dict[str, Any]] = visit.api.get("/requests", **query)["requests"]
    return [each["firstTry"] for each in calls].count(first) >= MOST_RETRIES


def label_again(exchange: Mapping[str, Any]) -> str:
    """Returns what a press is called that sends a call of the journal again."""
    return f"{SEND_AGAIN}: {exchange['operation'] or exchange['request']['path']}"


def referred(visit: Visit, reference: str) -> dict[str, Any] | None:
    """Returns the call of the journal that a reference names; None where it is not there."""
    request_id, _, at = reference.partition(" ")
    exchange: dict[str, Any] | None = visit.api.find("/requests", request_id) if at else None
    return exchange if exchange and exchange["realAt"] == at else None


class NewestPress(NamedTuple):
    """The newest press at a point of sale, and its call, where it is made by now and kept."""

    press: Press
    exchange: dict[str, Any] | None


def newest_press(visit: Visit, pos: Mapping[str, Any] | None) -> NewestPress | None:
    """Returns the newest press; None where there was none while the server runs.

    Args:
        visit: the request.
        pos: the point of sale that is shown; a press at another one is not told beside it.
    """
    press = _newest(visit, pos)
    return None if press is None else NewestPress(press, _call_of(visit, press))


def recalled(visit: Visit, newest: NewestPress | None) -> dict[str, Any] | None:
    """Returns what became of the newest press, where its call is to be sent again; else None."""
    press, exchange = newest or (None, None)
    if press is None or exchange is None or _is_awaited(visit, exchange):
        return None
    row = ACTS.get(press.act)
    result = result_of(visit, row.label if row else label_again(exchange), _said_in(exchange))
    is_repeated = bool(result["is_repeated"])
    visit.desk.presses.end(visit.sandbox, press.place, result["call"], is_repeated=is_repeated)
    return result if is_repeated else None


def is_awaited(visit: Visit, newest: NewestPress | None) -> bool:
    """Whether the answer to the newest press may still come."""
    if newest is None or visit.desk.context.wall_time() - newest.press.at >= GIVEN_UP:
        return False
    press, exchange = newest
    return not press.is_over if exchange is None else _is_awaited(visit, exchange)


def place_of(sent: PageCall, pos_id: str) -> str:
    """Returns where a press counts that makes a call.

    A point of sale that is made or deleted is not there when that is sent again, or is there by
    then: such a press counts at each one.

    Args:
        sent: the call.
        pos_id: the point of sale that it is about; empty where there is none.
    """
    return AT_NONE if sent.path.startswith(f"{POS}/pointofsales") else pos_id


def _newest(visit: Visit, pos: Mapping[str, Any] | None) -> Press | None:
    return visit.desk.presses.newest(visit.sandbox, pos["posId"] if pos else AT_NONE)


def _call_of(visit: Visit, press: Press) -> dict[str, Any] | None:
    if press.is_over:
        return referred(visit, press.call)
    is_at_pos = press.place != AT_NONE
    query = {"posId": press.place} if is_at_pos else {"operation": ",".join(_OF_NO_POS)}
    calls = visit.api.get("/requests", **query, limit=LOOKED_AT)["requests"]
    found = next((each for each in reversed(calls) if _is_of_page(each)), None)
    return found if found and _real_time(found) >= press.at else None


def _is_of_page(exchange: Mapping[str, Any]) -> bool:
    headers = {name.lower(): text for name, text in exchange["request"]["headers"]}
    is_till = exchange["request"]["path"].startswith(f"{POS}/")
    return is_till and headers.get("x-mobilepay-client-system-name") == SYSTEM_NAME


def _is_awaited(visit: Visit, exchange: Mapping[str, Any]) -> bool:
    """Whether the till still waits for the answer: what becomes of it is known before."""
    until = _real_time(exchange) + exchange["durationMs"] / 1000
    return bool(exchange["delivery"] == Delivery.PENDING or visit.desk.context.wall_time() < until)


def _real_time(exchange: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(exchange["realAt"]).timestamp()


def to_repeat(
    visit: Visit, request_id: int, pos: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Returns a call of the till, where it is to be sent again or was not answered yet; else None.

    `call` is what names it, empty while it waits for its answer. `is_told` says whether it was the
    newest press: then what became of it is shown with a button for it. `label` is what its button
    says.

    Args:
        visit: the request.
        request_id: the number of the call in the journal.
        pos: the point of sale that is shown.
    """
    exchange = visit.api.find("/requests", str(request_id)) if request_id else None
    if exchange is None or not exchange["request"]["path"].startswith(f"{POS}/"):
        return None
    if _is_awaited(visit, exchange):
        return {"call": "", "label": "", "is_told": False}
    if not _is_unheard(exchange) or _is_given_up(visit, exchange):
        return None
    has_key = _KEY in (name.lower() for name, _ in exchange["request"]["headers"])
    label = SEND_AGAIN_WITH_KEY if has_key else SEND_AGAIN
    call, press = _reference(exchange), _newest(visit, pos)
    return {"call": call, "label": label, "is_told": press is not None and press.call == call}


def called_in(request: Mapping[str, Any], headers: Mapping[str, str]) -> PageCall:
    """Returns a call of the journal as the page makes it, with these headers."""
    query = f"?{request['query']}" if request["query"] else ""
    return PageCall(request["method"], request["path"] + query, headers, request["body"].encode())


def _is_unheard(exchange: Mapping[str, Any]) -> bool:
    return _said_in(exchange).must_be_repeated


def _said_in(exchange: Mapping[str, Any]) -> Said:
    request, answer = exchange["request"], exchange["answer"]
    headers = dict(map(tuple, request["headers"]))
    return Said(
        called_in(request, headers),
        answer["status"],
        answer["body"].encode(),
        lost=why_lost(Delivery(exchange["delivery"]), request["method"]),
        request_id=exchange["id"],
    )
