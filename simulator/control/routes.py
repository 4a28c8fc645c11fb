"""THE CONTROL ROUTES: one row each."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from flask import Blueprint

from simulator.api.answers import STATUSES, Reply, empty, json_answer
from simulator.api.context import Context
from simulator.control import callbacks, requests, runs, views
from simulator.control.access import BASE
from simulator.engine.errors import SimulatorError
from simulator.sandboxes import TooManySandboxes

__all__ = ["BASE", "ROUTES", "Route", "control_blueprint"]


class Route(NamedTuple):
    """One call: `is_kept` where it changes what clients see, and so belongs into the journal."""

    method: str
    path: str
    view: Callable[..., Any]
    is_kept: bool = False

    @property
    def endpoint(self) -> str:
        """What Flask calls it."""
        return f"{self.method} {self.path}"


def _late(module: str, view: str) -> Callable[..., Any]:
    """Returns a view whose module is imported with its first call.

    Most runs never ask for these, and every start would wait for all that they need.
    """

    def call(context: Context, **path: str) -> Any:
        return getattr(import_module(f"simulator.control.{module}"), view)(context, **path)

    return call


def _certify(view: str) -> Callable[..., Any]:
    return _late("certifications", view)


#: One certification.
_ONE = "/certifications/<certification_id>"

# fmt: off
ROUTES: tuple[Route, ...] = (
    Route("GET",    "/health",            views.health),
    Route("POST",   "/reset",             views.reset),
    Route("GET",    "/clock",             views.show_clock),
    Route("PUT",    "/clock",             views.rescale_clock, is_kept=True),
    Route("POST",   "/clock/advance",     views.advance_clock, is_kept=True),
    Route("GET",    "/clock/due",         _late("timing", "list_due")),
    Route("GET",    "/scenarios",         views.list_scenarios),
    Route("POST",   "/scenarios/next",    views.queue_scenario, is_kept=True),
    Route("POST",   "/scenarios/check",   _late("scenarios", "check_scenario")),
    Route("GET",    "/scenarios/<name>",  _late("scenarios", "show_scenario")),
    Route("PUT",    "/scenarios/<name>",  runs.upload_scenario, is_kept=True),
    Route("GET",    "/faults",            _late("faults", "list_faults")),
    Route("PUT",    "/faults",            _late("faults", "put_faults"), is_kept=True),
    Route("DELETE", "/faults",            _late("faults", "drop_faults"), is_kept=True),
    Route("GET",    "/runs",              runs.list_runs),
    Route("GET",    "/runs/<run_id>",     runs.show_run),
    Route("POST",   "/runs/<run_id>/wait", runs.wait_for_run),
    Route("GET",    "/requests",          requests.list_requests),
    Route("GET",    "/requests/<request_id>", requests.show_request),
    Route("GET",    "/explain/<request_id>", _late("explanations", "explain_request")),
    Route("POST",   "/verify",            _late("verification", "verify_calls")),
    Route("GET",    "/audit",             _late("audit", "show_audit")),
    Route("GET",    "/ledger",            _late("ledger", "show_ledger")),
    Route("POST",   "/ledger/compare",    _late("ledger", "compare_ledger")),
    Route("GET",    "/snapshot",          _late("snapshots", "take")),
    Route("PUT",    "/snapshot",          _late("snapshots", "load")),
    Route("GET",    "/bundle",            _late("snapshots", "bundle")),
    Route("GET",    "/certifications",    _certify("list_certifications")),
    Route("POST",   "/certifications",    _certify("open_certification"), is_kept=True),
    Route("GET",    _ONE, _certify("show_certification")),
    Route("GET",    _ONE + "/report", _certify("report")),
    Route("POST",   _ONE + "/cases/<case>/restart", _certify("restart_case"), is_kept=True),
    Route("POST",   _ONE + "/callback", _certify("invoke_callback"), is_kept=True),
    Route("POST",   _ONE + "/approve", _certify("approve"), is_kept=True),
    Route("POST",   _ONE + "/abandon", _certify("abandon"), is_kept=True),
    Route("GET",    "/sandboxes",         views.list_sandboxes),
    Route("DELETE", "/sandboxes/<name>",  views.drop_sandbox),
    Route("GET",    "/points-of-sale",    _late("listings", "list_points_of_sale")),
    Route("GET",    "/points-of-sale/<pos_id>", _late("listings", "show_point_of_sale")),
    Route("GET",    "/payments",          _late("listings", "list_payments")),
    Route("GET",    "/payments/<payment_id>", _late("listings", "show_payment")),
    Route("GET",    "/timeline",          _late("timelines", "show_timeline")),
    Route("GET",    "/states",            _late("machines", "show_states")),
    Route("GET",    "/changes",           _late("changes", "show_changes")),
    Route("GET",    "/stream",            _late("changes", "stream_changes")),
    Route("GET",    "/merchants",         views.list_merchants),
    Route("PATCH",  "/stores/<store_id>", views.change_store, is_kept=True),
    Route("GET",    "/notifications",     callbacks.list_notifications),
    Route("GET",    "/callbacks",         callbacks.list_callbacks),
    Route("PUT",    "/callbacks/<alias>", callbacks.set_callback, is_kept=True),
    Route("DELETE", "/callbacks/<alias>", callbacks.drop_callback, is_kept=True),
    Route("GET",    "/users",             views.list_users),
    Route("GET",    "/events",            views.list_events),
)
# fmt: on


def control_blueprint(context: Context) -> Blueprint:
    """Returns the control API's routes."""
    routes = Blueprint("control", __name__, url_prefix=BASE)
    for route in ROUTES:
        view = _serve(context, route.view)
        routes.add_url_rule(route.path, route.endpoint, view, methods=[route.method])
    return routes


def _serve(context: Context, view: Callable[..., Any]) -> Callable[..., Reply]:
    def serve(**path: str) -> Reply:
        try:
            answer = view(context, **path)
        except SimulatorError as error:
            return json_answer({"error": error.message}, STATUSES[error.row.kind])
        except TooManySandboxes as error:
            return json_answer({"error": str(error)}, 503)
        if isinstance(answer, Reply):
            return answer
        return empty(204) if answer is None else json_answer(answer)

    return serve
