"""Answers on paths that are not there, and to methods that a path does not take."""

from flask import request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import Map

from ..engine.errors import SimulatorError
from ..engine.operations import TOKEN_PATH
from ..engine.refusals import Refusal
from ..settings.nearest import nearest_path
from .answers import Response, error_answer, json_answer, refusal_answer
from .carried import carried
from .context import Context
from .recorder import LONGEST_SAID, note_refusal
from .token import refuse_method

#: In front of all paths of the control API.
CONTROL_BASE = "/_simulator"
#: No suggestion for longer paths: none of ours is that long, ids included.
LONGEST_MEANT = 100


class Misrouted:
    """Answers paths and methods that do not exist, naming the nearest that do.

    Args:
        context: the simulator's parts.
        routes: all paths there are.
    """

    def __init__(self, context: Context, routes: Map) -> None:
        self._context = context
        self._routes = routes

    def __call__(self, error: Exception) -> Response:
        """Answers the request that Flask is serving."""
        correlation = self._context.correlation_id(carried().request, carried().exchange)
        if isinstance(error, MethodNotAllowed):
            if request.path == TOKEN_PATH:
                return refuse_method(request.method)
            allowed = ", ".join(sorted(error.valid_methods or ()))
            message = f"{request.method} is not allowed on this path; {allowed}"
            if is_control_path(request.path):
                return json_answer({"error": f"{message} are"}, 405, [("Allow", allowed)])
            return error_answer(405, f"{message} is", correlation, [("Allow", allowed)])
        if getattr(error, "code", 500) != 404:
            detail = getattr(error, "description", None) or str(error)
            return _refused(SimulatorError(Refusal.BAD_REQUEST, detail), correlation)
        hint = self._nearest(request.path)
        refusal = SimulatorError(Refusal.NO_SUCH_PATH, f"{request.path[:LONGEST_SAID]}; {hint}")
        note_refusal(carried().exchange, refusal)
        carried().exchange.hint = hint
        return _refused(refusal, correlation)

    def _nearest(self, path: str) -> str:
        """Returns which paths may be meant, those of the same API; else where all are listed."""
        is_control = is_control_path(path)
        rules = [
            each.rule.replace("<", "{").replace(">", "}") for each in self._routes.iter_rules()
        ]
        if not is_control:
            hint = nearest_path(path, rules, LONGEST_MEANT)
            return hint or "GET /openapi.json lists all paths"
        paths = [each for each in rules if is_control_path(each)]
        is_base = path == CONTROL_BASE
        hint = "" if is_base else nearest_path(path, paths, LONGEST_MEANT, f"{CONTROL_BASE}/")
        whole = f"GET {CONTROL_BASE}/openapi.json lists all paths"
        return hint or f"{whole}, /docs?api=control shows them"


def is_control_path(path: str) -> bool:
    """Whether a path is one of the control API, or would be if it were there."""
    return path == CONTROL_BASE or path.startswith(f"{CONTROL_BASE}/")


def _refused(refusal: SimulatorError, correlation: str) -> Response:
    """Returns a refusal in the words of the API that the path of the request belongs to."""
    reply = refusal_answer(refusal, correlation)
    if is_control_path(request.path):
        return json_answer({"error": refusal.message}, reply.status)
    return reply
