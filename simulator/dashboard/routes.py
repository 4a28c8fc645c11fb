"""THE PAGES: one row each. What they need is imported with the first of them."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Blueprint, Response

from simulator.api.context import Context

if TYPE_CHECKING:
    from simulator.dashboard.desk import Desk

__all__ = ["ROUTES", "Route", "dashboard_blueprint"]


class Route(NamedTuple):
    """A page, a part of one, or something that is pressed on one."""

    method: str
    path: str
    module: str
    view: str

    @property
    def endpoint(self) -> str:
        """What Flask calls it."""
        return f"{self.method} {self.path}"


# fmt: off
ROUTES: tuple[Route, ...] = (
    Route("GET",  "/",                            "overview",  "show"),
    Route("GET",  "/page/till",                   "till",      "show"),
    Route("POST", "/page/till/act",               "acts",      "act"),
    Route("GET",  "/page/timeline",               "timeline",  "show"),
    Route("GET",  "/page/scenarios",              "scenarios", "show"),
    Route("GET",  "/page/scenarios/<name>",       "scenarios", "show_one"),
    Route("GET",  "/page/scenarios/<name>/edit",  "editor",    "show"),
    Route("POST", "/page/scenarios/check",        "editor",    "check"),
    Route("POST", "/page/scenarios/save",         "editor",    "save"),
    Route("POST", "/page/scenarios/queue",        "scenarios", "queue"),
    Route("GET",  "/page/runs",                   "runs",      "show"),
    Route("GET",  "/page/runs/<run_id>",          "runs",      "show_one"),
    Route("GET",  "/page/clock",                  "clock",     "show"),
    Route("POST", "/page/clock",                  "clock",     "move"),
    Route("GET",  "/page/requests",               "requests",  "show"),
    Route("GET",  "/page/requests/<request_id>",  "requests",  "show_one"),
    Route("GET",  "/page/audit",                  "audit",     "show"),
    Route("GET",  "/page/certification",          "certification", "show"),
    Route("POST", "/page/certification",          "certification", "begin"),
    Route("GET",  "/page/certification/<certification_id>", "certifying", "show"),
    Route("POST", "/page/certification/<certification_id>", "certifying", "act"),
    Route("GET",  "/page/sandbox",                "overview",  "go"),
    Route("POST", "/page/sandbox/reset",          "overview",  "reset"),
    Route("GET",  "/page/login",                  "login",     "show"),
    Route("POST", "/page/login",                  "login",     "enter"),
    Route("POST", "/page/logout",                 "login",     "leave"),
    Route("POST", "/page/theme",                  "login",     "set_theme"),
    Route("GET",  "/page/static/<path:name>",     "files",     "send"),
)
# fmt: on


def dashboard_blueprint(app: Callable[..., Any], context: Context) -> Blueprint:
    """Returns the page's routes.

    Args:
        app: the whole simulator as a WSGI application, which the page calls.
        context: its parts.
    """
    routes = Blueprint("dashboard", __name__)
    desks: list[Desk] = []

    def desk() -> "Desk":
        if not desks:
            desks.append(import_module("simulator.dashboard.desk").Desk(app, context))
        return desks[0]

    for route in ROUTES:
        view = _serve(desk, route)
        routes.add_url_rule(route.path, route.endpoint, view, methods=[route.method])
    return routes


def _serve(desk: Callable[[], "Desk"], route: Route) -> Callable[..., Response]:
    def serve(**path: str) -> Response:
        module = import_module(f"simulator.dashboard.views.{route.module}")
        return desk().serve(getattr(module, route.view), path)

    return serve
