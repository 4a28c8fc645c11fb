"""Answers on paths that are not there, and to methods that a path does not take."""

from flask import request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import Map

from ..engine.errors import SimulatorError
from ..engine.operations import TOKEN_PATH
from ..engine.refusals import Refusal
from ..settings.nearest import nearest_path
from .answers import Response, error_answer, refusal_answer
from .carried import carried
from .context import Context
from .recorder import LONGEST_SAID, note_refusal
from .token import refuse_method

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
            message = f"{request.method} is not allowed on this path; {allowed} is"
            return error_answer(405, message, correlation, [("Allow", allowed)])
        if getattr(error, "code", 500) != 404:
            detail = getattr(error, "description", None) or str(error)
            return refusal_answer(SimulatorError(Refusal.BAD_REQUEST, detail), correlation)
        rules = self._routes.iter_rules()
        paths = [each.rule.replace("<", "{").replace(">", "}") for each in rules]
        hint = nearest_path(request.path, paths, LONGEST_MEANT)
        hint = hint or "GET /openapi.json lists all paths"
        refusal = SimulatorError(Refusal.NO_SUCH_PATH, f"{request.path[:LONGEST_SAID]}; {hint}")
        note_refusal(carried().exchange, refusal)
        carried().exchange.hint = hint
        return refusal_answer(refusal, correlation)
