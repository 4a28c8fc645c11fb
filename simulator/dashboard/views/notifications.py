"""The check-ins that tills were to be told of, with every attempt, and the URLs of aliases."""

from typing import Any
from urllib.parse import quote

from flask import Response

from ..api import ApiError
from ..curl import control_as_curl
from ..desk import Visit
from ..form_words import field_of

SHOWN = 100


def show(visit: Visit) -> Response:
    """Shows the newest notifications, and the URLs of the aliases."""
    if visit.arg("part") == "list":
        return visit.render("notifications/list.html", **_read(visit))
    return _page(visit, None)


def _page(visit: Visit, result: dict[str, Any] | None) -> Response:
    return visit.page(
        "notifications", "notifications/page.html", lambda: {"result": result, **_read(visit)}
    )


def _read(visit: Visit) -> dict[str, Any]:
    found = visit.api.get("/notifications")["notifications"]
    shown = found[: -SHOWN - 1 : -1]
    return {
        "notifications": shown,
        "total": len(found),
        "names": {each: _name(visit, each) for each in {each["posId"] for each in shown}},
        "callbacks": sorted(visit.api.get("/callbacks")["callbacks"].items()),
    }


def _name(visit: Visit, pos_id: str) -> str:
    """Returns the name of a point of sale; empty where it is deleted."""
    pos = visit.api.find("/points-of-sale", pos_id)
    return str(pos["name"]) if pos else ""


def act(visit: Visit) -> Response:
    """Sets the URL of an alias, to which its check-ins are posted from now on, or forgets it."""
    alias = visit.arg("alias")
    result: dict[str, Any]
    try:
        if visit.arg("act") == "forget":
            result = _call(visit, alias, "DELETE")
        else:
            result = _call(visit, alias, "PUT", {"url": visit.arg("url")})
    except ApiError as error:
        result = {**visit.refuse(error.message), "field": field_of(error.message)}
    if not visit.is_partial:
        return visit.tell("/page/notifications", lambda visit: _page(visit, result))
    answer = visit.render("notifications/result.html", result=result)
    if not visit.is_refused:
        answer.headers["HX-Trigger"] = "acted"
    return answer


def _call(
    visit: Visit, alias: str, method: str, body: dict[str, str] | None = None
) -> dict[str, Any]:
    """Returns what the control API said of an alias, and the call as a command.

    Raises:
        ApiError: it was refused, or the alias can't stand in a path.
    """
    if not alias or "/" in alias:
        raise ApiError(400, f"alias: expected a name without a slash, got {alias[:60]!r}")
    said = visit.api.do(method, f"/callbacks/{alias}", body)
    curl = control_as_curl(visit.server, method, f"/callbacks/{quote(alias)}", body)
    return {"alias": alias, "said": said, "curl": curl}
