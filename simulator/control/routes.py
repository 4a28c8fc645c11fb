"""THE CONTROL ROUTES: one row each."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from simulator.api.answers import STATUSES, empty, json_answer
from simulator.api.context import Context
from simulator.control import callbacks, runs, views
from simulator.control.access import BASE
from simulator.engine.errors import SimulatorError
from simulator.sandboxes import TooManySandboxes

__all__ = ["BASE", "ROUTES", "control_blueprint"]

# fmt: off
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("GET",    "/health",            views.health),
    ("POST",   "/reset",             views.reset),
    ("GET",    "/clock",             views.show_clock),
    ("PUT",    "/clock",             views.rescale_clock),
    ("POST",   "/clock/advance",     views.advance_clock),
    ("GET",    "/scenarios",         views.list_scenarios),
    ("POST",   "/scenarios/next",    views.queue_scenario),
    ("PUT",    "/scenarios/<name>",  runs.upload_scenario),
    ("GET",    "/runs",              runs.list_runs),
    ("GET",    "/runs/<run_id>",     runs.show_run),
    ("POST",   "/runs/<run_id>/wait", runs.wait_for_run),
    ("GET",    "/sandboxes",         views.list_sandboxes),
    ("DELETE", "/sandboxes/<name>",  views.drop_sandbox),
    ("GET",    "/merchants",         views.list_merchants),
    ("PATCH",  "/stores/<store_id>", views.change_store),
    ("GET",    "/notifications",     callbacks.list_notifications),
    ("GET",    "/callbacks",         callbacks.list_callbacks),
    ("PUT",    "/callbacks/<alias>", callbacks.set_callback),
    ("DELETE", "/callbacks/<alias>", callbacks.drop_callback),
    ("GET",    "/users",             views.list_users),
    ("GET",    "/events",            views.list_events),
)
# fmt: on


def control_blueprint(context: Context) -> Blueprint:
    """Returns the control API's routes."""
    routes = Blueprint("control", __name__, url_prefix=BASE)
    for method, path, view in ROUTES:
        routes.add_url_rule(path, f"{method} {path}", _serve(context, view), methods=[method])
    return routes


def _serve(context: Context, view: Callable[..., Any]) -> Callable[..., Response]:
    def serve(**path: str) -> Response:
        try:
            answer = view(context, **path)
        except SimulatorError as error:
            return json_answer({"error": error.message}, STATUSES[error.row.kind])
        except TooManySandboxes as error:
            return json_answer({"error": str(error)}, 503)
        if isinstance(answer, Response):
            return answer
        return empty(204) if answer is None else json_answer(answer)

    return serve
