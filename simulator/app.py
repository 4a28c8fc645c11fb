"""`create_app`: the only place where the parts are put together."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, request
from flask import Response as FlaskResponse
from flask.globals import request_ctx
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, NotFound

from .api.answers import Response, empty
from .api.carried import carried
from .api.checks import Checks
from .api.context import Context, SteadyWallClock
from .api.door import Door, Router, View
from .api.failures import failure_answer
from .api.misrouted import Misrouted, is_control_path
from .api.openapi import openapi_blueprint
from .api.pipeline import OperationView
from .api.recorder import named_in_path
from .api.routes import OPERATIONS
from .api.signing import signing_key
from .api.token import authentication_views
from .api.tokens import Tokens
from .certification.case_resolver import CaseResolver
from .certification.registry import CertificationRegistry
from .control.access import guard
from .control.routes import ROUTES, control_blueprint
from .dashboard.routes import dashboard_blueprint
from .engine.customers import CustomerDirectory
from .engine.handlers import HANDLERS
from .engine.ids import Ids
from .engine.merchants import MerchantDirectory
from .engine.operations import BY_NAME
from .engine.world import World
from .journal.budget import JournalBudget
from .journal.exchanges import CONTROL, Journal
from .sandboxes.background import BackgroundWork
from .sandboxes.registry import HostedSandbox, SandboxRegistry
from .scripting.files import amounts_folder, shipped_folder
from .scripting.library import CaseCatalog, ScenarioCatalog, ScenarioLibrary
from .scripting.scenario import Scenario
from .scripting.scenario_engine import ScenarioEngine
from .settings.data import Data, read_data
from .settings.hosts import plain_callback_warning
from .settings.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_log = logging.getLogger("simulator")


class _Response(FlaskResponse):
    """Flask's response, which takes over a `Response` as it is."""

    @classmethod
    def force_type(cls, response: Any, environ: "WSGIEnvironment | None" = None) -> "_Response":
        """Returns what a view has returned as a response of Flask's."""
        if not isinstance(response, Response):
            return cast("_Response", super().force_type(response, environ))
        carried().reply = response
        made = cls(response.content, response.status)
        made.headers = Headers(response.headers)
        return made


class SimulatorApp(Flask):
    """The simulator: `respond` answers requests, and it is a WSGI application as well.

    Args:
        context: its parts.
        views: the service's operations, and what answers them.
    """

    response_class = _Response

    def __init__(self, context: Context, views: dict[str, View]) -> None:
        super().__init__("simulator", static_folder=None)
        self.context = context
        self.url_map.merge_slashes = False
        self.door = Door(self.wsgi_app, _router(views), context)
        self.respond = self.door.respond
        if context.settings.allow_origin:
            from .api.cross_origin import CrossOrigin

            self.respond = CrossOrigin(self.door.respond, context.settings.allow_origin).respond
        self.wsgi_app = self.door.wsgi  # type: ignore[method-assign]

    def make_default_options_response(self) -> Response:  # type: ignore[override]
        """Returns what OPTIONS is answered with on the path that Flask is serving."""
        adapter = request_ctx.url_adapter
        return _allowing(adapter.allowed_methods() if adapter is not None else ())


def create_app(settings: Settings | None = None, data: Data | None = None) -> SimulatorApp:
    """Returns the whole simulator, ready to answer.

    Args:
        settings: all there is to know; by default nothing is set.
        data: who is known; by default those that the settings name.

    Raises:
        ProblemsFound: a scenario or data file has mistakes.
        BadSigningKey: the signing key can't be used.
        UnknownScenario: there is no default scenario of the name that was set.
    """
    settings = settings or Settings()
    if data is None:
        data = read_data(settings.data, settings.integrator, settings.seed)
    for alias, url in data.callback_urls.items():
        if warning := plain_callback_warning(alias, url):
            _log.warning("%s", warning)
    folders = [
        shipped_folder(),
        *([amounts_folder()] if settings.magic_amounts else []),
        *([settings.scenarios] if settings.scenarios else []),
    ]
    # How long a key takes is luck; until it is needed, the rest is made.
    tokens = Tokens(signing_key(settings.signing_key))
    return _assembled(_create_context(settings, data, tokens, ScenarioLibrary(folders)))


def _another(
    settings: Settings, tokens: Tokens, library: ScenarioLibrary, start: datetime
) -> SimulatorApp:
    """Returns a simulator for what is tried out: it knows the usual clients and lets them in."""
    apart = Settings(
        seed=settings.seed,
        start_time=start,
        max_body=settings.max_body,
        rules=settings.rules,
    )
    return _assembled(_create_context(apart, Data(), tokens.apart(), library))


def usual_service(tokens: Tokens, data: Data, scenario: Scenario) -> Door:
    """Returns the service's operations alone, which no setting reaches, and where time stands.

    Args:
        tokens: issue and check its access tokens.
        data: who is known.
        scenario: the only one.
    """
    library = ScenarioLibrary([])
    library.take({scenario.name: scenario})
    settings = Settings(scenario=scenario.name, time_scale=0)
    context = _create_context(settings, data, tokens, library)
    return Door(NotFound(), _router(_views(context)), context)


def _views(context: Context) -> dict[str, View]:
    """Returns what answers the service's operations, by their names."""
    checks = Checks(context)
    views: dict[str, View] = {
        each.name: OperationView(each, context, checks) for each in OPERATIONS
    }
    return views | {endpoint.name: view for endpoint, view in authentication_views(context)}


def _router(views: dict[str, View]) -> Router:
    return Router((BY_NAME[name], view) for name, view in views.items())


def _assembled(context: Context) -> SimulatorApp:
    """Returns the simulator of these parts."""
    views = _views(context)
    app = SimulatorApp(context, views)
    app.before_request(partial(_allowed_anywhere, app))
    app.before_request(_recording())
    app.before_request(guard(context.settings))
    for name, view in views.items():
        rule = BY_NAME[name].path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, name, _in_flask(view), methods=[BY_NAME[name].method])
    app.register_blueprint(control_blueprint(context))
    app.register_blueprint(openapi_blueprint())
    app.register_blueprint(dashboard_blueprint(app.respond, context))
    app.register_error_handler(HTTPException, Misrouted(context, app.url_map))
    app.register_error_handler(Exception, _failed(context))
    return app


def _in_flask(view: View) -> Callable[..., Response]:
    """Returns a Flask view that answers as the fast router does."""

    def serve(**path: str) -> Response:
        here = carried()
        return view(here.request, here.exchange, path)

    return serve


def _allowing(methods: Iterable[str]) -> Response:
    return empty(headers=[("Allow", ", ".join(sorted(methods)))])


def _allowed_anywhere(app: Flask) -> Response | None:
    """Answers `OPTIONS *`, which asks of the server as a whole (RFC 9110, section 9.3.7)."""
    this = carried().request
    if (this.method, this.path) != ("OPTIONS", "*"):
        return None
    return _allowing({each for rule in app.url_map.iter_rules() for each in rule.methods or ()})


def _recording() -> Callable[[], None]:
    """Returns the function that says, before each request through Flask, how it is recorded."""
    kept = frozenset(f"control.{route.endpoint}" for route in ROUTES if route.is_kept)

    def note() -> None:
        endpoint, here = request.endpoint or "", carried()
        operation = CONTROL if endpoint in kept else endpoint if endpoint in BY_NAME else None
        # Requests for paths that are no endpoint's are recorded; the page's own calls are not, nor
        # those for what the control API does not have: no client of the service makes them.
        is_lost = not endpoint and not is_control_path(request.path)
        here.is_recorded = is_lost or operation is not None
        here.exchange.operation = operation
        for name, value in named_in_path(request.view_args or {}).items():
            setattr(here.exchange, name, value)

    return note


def _create_context(
    settings: Settings, data: Data, tokens: Tokens, library: ScenarioLibrary
) -> Context:
    wall_time = SteadyWallClock(time.time, time.monotonic)
    cases = CaseCatalog(library)
    directory = MerchantDirectory(settings.seed, data.merchants)
    customers = CustomerDirectory(settings.seed, data.customers)

    budget = JournalBudget(settings.max_journal * 1_000_000)

    def make(name: str) -> HostedSandbox:
        world = World(
            name,
            seed=settings.seed,
            directory=directory,
            customers=customers,
            rules=settings.rules,
            handlers=HANDLERS,
            ticks=time.monotonic,
            start=settings.start_time or datetime.now(UTC),
            scale=settings.time_scale,
            callback_urls=data.callback_urls,
        )
        scenario_engine = ScenarioEngine(world, ScenarioCatalog(library), settings.scenario)
        certifications = CertificationRegistry(world, scenario_engine, cases)
        resolver = CaseResolver(world, scenario_engine, certifications)
        scenario_engine.assignment.run_resolver = resolver
        journal = Journal(settings.rules.journal_size, budget)
        return HostedSandbox(
            name,
            world,
            scenario_engine,
            journal,
            certifications,
            correlation_ids=Ids(settings.seed, "correlation", name),
            token_ids=Ids(settings.seed, "tokens", name),
        )

    return Context(
        settings=settings,
        data=data,
        tokens=tokens,
        sandboxes=SandboxRegistry(make, settings.max_sandboxes),
        library=library,
        journals=budget,
        correlation_ids=Ids(settings.seed, "correlation"),
        wall_time=wall_time,
        background=BackgroundWork(wall_time),
        another=partial(_another, settings, tokens),
    )


def _failed(context: Context) -> Callable[[Exception], Response]:
    def answer(error: Exception) -> Response:
        this = carried().request
        correlation_id = context.correlation_id(this, carried().exchange)
        return failure_answer(error, this, correlation_id, context.background)

    return answer
