"""THE PAGES: one row each. What they need is imported with the first of them."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint

from ..api.answers import Response
from ..api.carried import ReadingNeeded, carried, read_later
from ..api.context import Context
from ..api.request import Request

if TYPE_CHECKING:
    from .desk import Desk, View


class PageRoute(NamedTuple):
    """A page, a part of one, or something that is pressed on one."""

    method: str
    path: str
    module: str
    view: str

    @property
    def endpoint(self) -> str:
        """What Flask calls it, which allows no full stop."""
        return f"{self.method} {self.path}".replace(".", "")


# fmt: off
ROUTES: tuple[PageRoute, ...] = (
    PageRoute("GET",  "/",                            "overview",  "show"),
    PageRoute("GET",  "/page/till",                   "till",      "show"),
    PageRoute("POST", "/page/till/act",               "acts",      "act"),
    PageRoute("GET",  "/page/till/faults",            "faults",    "show"),
    PageRoute("POST", "/page/till/faults",            "faults",    "change"),
    PageRoute("POST", "/page/demo",                   "demo",      "begin"),
    PageRoute("POST", "/page/demo/step",              "demo",      "go_on"),
    PageRoute("GET",  "/page/timeline",               "timeline",  "show"),
    PageRoute("GET",  "/page/scenarios",              "scenarios", "show"),
    PageRoute("GET",  "/page/new-scenario",           "editor",    "show_new"),
    PageRoute("GET",  "/page/scenarios/<name>",       "scenarios", "show_one"),
    PageRoute("GET",  "/page/scenarios/<name>/edit",  "editor",    "show"),
    PageRoute("POST", "/page/scenarios/check",        "editor",    "check"),
    PageRoute("POST", "/page/scenarios/save",         "editor",    "save"),
    PageRoute("POST", "/page/scenarios/<name>/delete", "editor",  "remove"),
    PageRoute("POST", "/page/scenarios/queue",        "scenarios", "queue"),
    PageRoute("GET",  "/page/scenarios/<name>/preview", "previews", "show"),
    PageRoute("POST", "/page/scenarios/preview",      "previews",  "show_text"),
    PageRoute("GET",  "/page/runs",                   "runs",      "show"),
    PageRoute("GET",  "/page/runs/<run_id>",          "runs",      "show_one"),
    PageRoute("GET",  "/page/clock",                  "clock",     "show"),
    PageRoute("POST", "/page/clock",                  "clock",     "move"),
    PageRoute("GET",  "/page/requests",               "requests",  "show"),
    PageRoute("GET",  "/page/requests/<request_id>",  "requests",  "show_one"),
    PageRoute("GET",  "/page/notifications",          "notifications", "show"),
    PageRoute("POST", "/page/notifications",          "notifications", "act"),
    PageRoute("GET",  "/page/ledger",                 "ledger",    "show"),
    PageRoute("POST", "/page/ledger",                 "ledger",    "compare"),
    PageRoute("GET",  "/page/audit",                  "audit",     "show"),
    PageRoute("GET",  "/page/sweep",                  "sweep",     "show"),
    PageRoute("POST", "/page/sweep",                  "sweep",     "read"),
    PageRoute("GET",  "/page/sweep/<digest>",         "sweep",     "show_kept"),
    PageRoute("GET",  "/page/certification",          "certification", "show"),
    PageRoute("POST", "/page/certification",          "certification", "begin"),
    PageRoute("GET",  "/page/certification/<certification_id>", "certifying", "show"),
    PageRoute("POST", "/page/certification/<certification_id>", "certifying", "act"),
    PageRoute("GET",  "/page/find",                   "palette",   "show"),
    PageRoute("GET",  "/page/force",                  "force",     "show"),
    PageRoute("POST", "/page/force",                  "force",     "take_back"),
    PageRoute("GET",  "/page/sandbox",                "overview",  "go"),
    PageRoute("GET",  "/page/sandbox/replaced",       "replaced",  "show"),
    PageRoute("POST", "/page/sandbox/reset",          "overview",  "reset"),
    PageRoute("POST", "/page/sandbox/drop",           "overview",  "drop"),
    PageRoute("GET",  "/page/login",                  "login",     "show"),
    PageRoute("POST", "/page/login",                  "login",     "enter"),
    PageRoute("POST", "/page/logout",                 "login",     "leave"),
    PageRoute("POST", "/page/theme",                  "login",     "set_theme"),
    PageRoute("GET",  "/page/static/<path:name>",     "files",     "send"),
    PageRoute("GET",  "/favicon.ico",                 "files",     "send_icon"),
    PageRoute("GET",  "/page",                        "files",     "miss"),
    PageRoute("GET",  "/page/<path:name>",            "files",     "miss"),
    PageRoute("GET",  "/guide",                       "guide",     "show"),
    PageRoute("GET",  "/guide/<path:name>",           "guide",     "show"),
)
# fmt: on


def dashboard_blueprint(respond: Callable[[Request], Response], context: Context) -> Blueprint:
    """Returns the page's routes.

    Args:
        respond: the simulator, which the page calls.
        context: its parts.
    """
    routes = Blueprint("dashboard", __name__)
    desks: list[Desk] = []
    imported: set[str] = set()

    def desk() -> "Desk":
        if not desks:
            desks.append(import_module(".desk", __package__).Desk(respond, context))
        return desks[0]

    for route in ROUTES:
        view = _serve(desk, route, imported)
        routes.add_url_rule(route.path, route.endpoint, view, methods=[route.method])
    return routes


def _serve(
    desk: Callable[[], "Desk"], route: PageRoute, imported: set[str]
) -> Callable[..., Response]:
    def serve(**path: str) -> Response:
        request = carried().request
        if route.module not in imported and request.may_come_later and request.content is None:
            return read_later(ReadingNeeded(lambda: _prepare(route)))
        view = _view(route)
        imported.add(route.module)
        return desk().serve(view, path)

    return serve


def _prepare(route: PageRoute) -> None:
    """Imports and reads what the first view of a page would import and read. A thread runs this."""
    from ..control.routes import ROUTES as CALLS
    from ..control.serving import load, model_of
    from ..scripting.library import shipped_cases

    _view(route)
    shipped_cases()
    for call in CALLS:
        load(call.view)
        model_of(call.query)


def _view(route: PageRoute) -> "View":
    """Returns a route's view, which its first use imports."""
    module = import_module(f".views.{route.module}", __package__)
    import_module(".desk", __package__)
    view: View = getattr(module, route.view)
    return view
