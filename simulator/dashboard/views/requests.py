"""Requests: the calls clients made, filtered and live; and one of them, with its explanation."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response

from ...engine.operations import TOKEN_CALL
from ...journal.exchanges import APP
from ...journal.named_client import named_client
from ...scripting.value_kinds import CALLS
from ..actions import KEY
from ..api import ApiError
from ..curl import exchange_as_curl, lost_bytes
from ..desk import Visit
from ..form_words import in_words_of_form

SHOWN = 60
FILTERS = ("operation", "method", "path", "status", "code", "paymentId", "posId", "search")
#: The statuses of calls that did not go well, an answer that was lost among them.
ERRORS = "4xx,5xx,0"
#: The part of an explanation that says what to do, which comes first here.
ADVICE = "advice"
SYSTEM_NAME = "x-mobilepay-client-system-name"


def show(visit: Visit) -> Response:
    """Shows the calls that fit the filters, the newest first, and the chosen one."""
    if visit.arg("part") == "list":
        return visit.render("requests/list.html", **_read(visit), chosen=visit.of_page("request"))
    chosen = visit.arg("request")
    return visit.page(
        "requests",
        "requests/page.html",
        lambda: {
            **_read(visit),
            "operations": CALLS,
            "chosen": chosen,
            **chosen_exchange(visit, chosen),
        },
    )


def chosen_exchange(visit: Visit, chosen: str) -> dict[str, Any]:
    """Returns the exchange that is chosen, or what hinders that."""
    try:
        return {"gone": "", **(_one(visit, chosen) if chosen else {"exchange": None})}
    except ApiError as error:
        return {"gone": error.message, "exchange": None}


def _read(visit: Visit) -> dict[str, Any]:
    given = {name: visit.arg(name) for name in FILTERS if visit.arg(name)}
    control = "true" if visit.arg("control") == "on" else ""
    asked = {name: _MEANT.get(name, str)(text) for name, text in given.items()}
    mistake, found = "", []
    try:
        found = visit.api.get("/requests", limit=SHOWN, control=control, **asked)["requests"]
    except ApiError as error:
        mistake = in_words_of_form(error.message)
    wanted = {**given, **({"control": "on"} if control else {})}
    errors = {name: text for name, text in wanted.items() if name != "status"}
    is_errors = given.get("status") == ERRORS
    return {
        "requests": [_row(each) for each in found[::-1]],
        "firsts": _firsts(visit, found),
        "mistake": mistake,
        "given": wanted,
        "query": urlencode(wanted),
        "is_errors": is_errors,
        "other_query": urlencode(errors if is_errors else {**errors, "status": ERRORS}),
        "har": urlencode({**asked, **({"control": "true"} if control else {}), "format": "har"}),
        "most": SHOWN,
    }


def _operations(text: str) -> str:
    """Returns the operations that a text is part of; the text where it is part of none."""
    if text in CALLS:
        return text
    return ",".join(each for each in CALLS if text.lower() in each.lower()) or text


def _paths(text: str) -> str:
    """Returns the pattern of the paths that a text is part of; the text where it is a pattern."""
    return text if "*" in text or "?" in text else f"*{text}*"


#: What the journal is asked for in place of what was typed.
_MEANT: Mapping[str, Callable[[str], str]] = {"operation": _operations, "path": _paths}


def _row(exchange: dict[str, Any]) -> dict[str, Any]:
    headers = dict(exchange["request"]["headers"])
    return {
        **exchange,
        # A call of no operation names its client, too, and so does one for a token that is refused.
        "client": exchange["clientId"] or headers.get(APP, "") or _named(exchange, headers),
        "key": headers.get(KEY.lower(), ""),
        "system": headers.get(SYSTEM_NAME, ""),
    }


def _named(exchange: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    if exchange["operation"] != TOKEN_CALL:
        return ""
    return named_client(headers.get("authorization", ""), exchange["request"]["body"])


def _firsts(visit: Visit, found: list[dict[str, Any]]) -> Mapping[int, dict[str, Any]]:
    """Returns the first tries of the calls that repeat one, by their ids."""
    known = {each["id"]: each for each in found}
    wanted = {each["firstTry"] for each in found if each["firstTry"]}
    return {each: known.get(each) or visit.api.get(f"/requests/{each}") for each in wanted}


def show_one(visit: Visit, request_id: str) -> Response:
    """Shows one call: what was asked and answered, what it changed, and why."""
    values = _one(visit, request_id)
    if visit.is_partial:
        answer = visit.render("requests/one.html", **values, title=visit.is_of("/page/requests"))
        # The list marks the call that its page's URL names by then.
        answer.headers["HX-Trigger-After-Settle"] = "chosen"
        return answer
    return visit.page("requests", "requests/whole.html", lambda: values)


def _one(visit: Visit, request_id: str) -> dict[str, Any]:
    exchange = visit.api.get("/requests", request_id)
    first = exchange["firstTry"]
    explained = visit.api.get("/explain", request_id)
    told = list(zip(explained["paragraphs"], explained["parts"], strict=True))
    return {
        "exchange": exchange,
        "explained": explained,
        "advice": [text for text, part in told if part == ADVICE],
        "facts": [text for text, part in told if part != ADVICE],
        # That of an attempt at a case goes once the case begins anew.
        "is_run_kept": bool(exchange["run"] and visit.api.find("/runs", exchange["run"])),
        "curl": exchange_as_curl(visit.server, exchange),
        "lost_bytes": lost_bytes(exchange),
        "first": visit.api.find(f"/requests/{first}") if first else None,
    }
