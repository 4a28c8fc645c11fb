"""What is in force, on every page, and how it is taken back."""

from flask import Response

from ..api import ApiError
from ..curl import control_as_curl
from ..desk import Visit
from ..questions import abandon
from ..standing import KINDS, in_force


def show(visit: Visit) -> Response:
    """Shows what is in force now."""
    return visit.render("parts/force.html", standing=in_force(visit.api))


def take_back(visit: Visit) -> Response:
    """Takes something back by the control API, and tells the call."""
    name, _, thing_id = visit.arg("what").partition(":")
    if name not in KINDS:
        return visit.error(400, f"Unknown kind {name[:60]!r}.")
    kind = KINDS[name]
    before = visit.before or "/"
    if name == "certification" and (asking := visit.ask(abandon(thing_id))):
        return asking
    path = kind.call.format(id=thing_id)
    try:
        visit.api.do(kind.method, path, kind.body)
        result = {"curl": control_as_curl(visit.server, kind.method, path, kind.body)}
    except ApiError as error:
        result = visit.refuse(error.message)
    if not visit.is_partial:
        return visit.tell(before, taken_back=result)
    answer = visit.render("parts/taken_back.html", result=result)
    answer.headers["HX-Trigger"] = "acted"
    return answer
