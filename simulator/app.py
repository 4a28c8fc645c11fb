"""`create_app`: the only place where the parts are put together."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Request, Response, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from simulator.api.answers import Reply, internal_error, json_answer, refusal_answer
from simulator.api.context import Context
from simulator.api.environ import CERTIFYING, SANDBOX_NAME, UNDER_WAY, here
from simulator.api.express import Express, View
from simulator.api.openapi import openapi_blueprint
from simulator.api.operations import POS, Operation
from simulator.api.pipeline import Pipeline, correlation_id, headers_of
from simulator.api.recording import Recorder, note_hint, note_refusal, record_exchanges, watch
from simulator.api.routes import OPERATIONS
from simulator.api.token import BASE, TOKEN_OPERATIONS, token_blueprint
from simulator.api.tokens import Tokens, signing_key
from simulator.certification.book import Certifications
from simulator.config import Settings
from simulator.control.access import guard
from simulator.control.routes import ROUTES, control_blueprint
from simulator.dashboard.routes import dashboard_blueprint
from simulator.data import Data, read_data
from simulator.documents import nearest
from simulator.engine.customers import Customers
from simulator.engine.errors import NO_CODE, Refusal, SimulatorError
from simulator.engine.ids import Ids
from simulator.engine.merchants import Directory
from simulator.engine.values import as_sandbox_name
from simulator.engine.world import World
from simulator.hosts import WILDCARDS
from simulator.journal.exchanges import CONTROL, Journal
from simulator.sandboxes import Sandbox, Sandboxes
from simulator.scripting.director import Director
from simulator.scripting.library import (
    CaseShelf,
    Library,
    Shelf,
    amounts_folder,
    shipped_folder,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["SimulatorApp", "create_app"]

_log = logging.getLogger("simulator")
_PREFIX = "/sandboxes/"
#: In front of the paths of the PoS API, for clients that are being certified (section 1).
_CERTIFICATION = "/pos-self-certification-api"


class _Response(Response):
    """Flask's answer, which takes over a `Reply` as it is."""

    @classmethod
    def force_type(cls, response: Any, environ: "WSGIEnvironment | None" = None) -> "_Response":
        """Returns what a view has returned as an answer of Flask's."""
        if not isinstance(response, Reply):
            return cast("_Response", super().force_type(response, environ))
        made = cls(response.content, response.status)
        made.headers = Headers(response.headers)
        return made


class SimulatorApp(Flask):
    """The simulator as a WSGI application.

    Args:
        context: its parts.
        recorder: keeps its exchanges.
        views: the service's operations, and what answers them.
    """

    response_class = _Response

    def __init__(
        self, context: Context, recorder: Recorder, views: list[tuple[Operation, View]]
    ) -> None:
        super().__init__("simulator", static_folder=None)
        self.context = context
        self.url_map.merge_slashes = False
        express = Express(self.wsgi_app, recorder, views, _failed(context))
        self.wsgi_app = _Paths(express, context)  # type: ignore[method-assign]


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
    context = _create_context(settings, data)
    pipeline, recorder = Pipeline(context), Recorder(context)
    views = [(operation, pipeline.view(operation)) for operation in OPERATIONS]
    app = SimulatorApp(context, recorder, views)
    app.before_request(guard(context.settings))
    for operation, view in views:
        rule = operation.path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, operation.name, view, methods=[operation.method])
    app.register_blueprint(token_blueprint(context))
    app.register_blueprint(control_blueprint(context))
    app.register_blueprint(openapi_blueprint())
    app.register_blueprint(dashboard_blueprint(app.wsgi_app, context))
    record_exchanges(app, recorder, _kept_operations())
    app.register_error_handler(HTTPException, _Misrouted(app))
    app.register_error_handler(Exception, _failed(context))
    return app


def _kept_operations() -> dict[str, str]:
    """Returns the operations whose exchanges are kept, by their endpoints."""
    return {
        **{operation.name: operation.name for operation in OPERATIONS},
        **TOKEN_OPERATIONS,
        **{f"control.{route.endpoint}": CONTROL for route in ROUTES if route.is_kept},
    }


def _create_context(settings: Settings, data: Data) -> Context:
    folders = [
        shipped_folder(),
        *([amounts_folder()] if settings.magic_amounts else []),
        *([settings.scenarios] if settings.scenarios else []),
    ]
    # How long a key takes is luck; until it is needed, the rest is made.
    key = signing_key(settings.signing_key)
    library = Library(folders)
    cases = CaseShelf(library)
    directory = Directory(settings.seed, data.merchants)
    customers = Customers(settings.seed, data.customers)

    def make(name: str) -> Sandbox:
        world = World(
            name,
            seed=settings.seed,
            directory=directory,
            customers=customers,
            rules=settings.rules,
            ticks=time.monotonic,
            start=settings.start_time or datetime.now(UTC),
            scale=settings.time_scale,
            callback_urls=data.callback_urls,
        )
        world.subscribers.append(watch(world))
        director = Director(world, Shelf(library), settings.scenario)
        certifications = Certifications(world, director, cases)
        journal = Journal(settings.rules.journal_size)
        return Sandbox(name, world, director, journal, certifications)

    public_url = settings.public_url or _default_url(settings)
    issuer = public_url.rstrip("/") + BASE
    return Context(
        settings=settings,
        data=data,
        tokens=Tokens(key, issuer, settings.seed),
        sandboxes=Sandboxes(make, settings.max_sandboxes),
        library=library,
        correlation_ids=Ids(settings.seed, "correlation"),
        wall_time=time.time,
    )


def _default_url(settings: Settings) -> str:
    host = "localhost" if settings.host in WILDCARDS else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


class _Paths:
    """Takes `/sandboxes/NAME` off the front of a path, and a slash off its end."""

    def __init__(self, app: "WSGIApplication", context: Context) -> None:
        self._app = app
        self._context = context

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if path.startswith(_PREFIX):
            name, _, rest = path[len(_PREFIX) :].partition("/")
            try:
                environ[SANDBOX_NAME] = as_sandbox_name(name)
            except ValueError as error:
                refusal = SimulatorError(Refusal.BAD_REQUEST, f"sandbox name: {error}")
                correlation = correlation_id(self._context, headers_of(environ))
                return refusal_answer(refusal, correlation)(environ, start_response)
            path = "/" + rest
            _shift(environ, _PREFIX + name, path)
        if path.startswith(_CERTIFICATION + POS):
            path = path[len(_CERTIFICATION) :]
            _shift(environ, _CERTIFICATION, path)
            environ[CERTIFYING] = True
        if len(path) > 1 and path.endswith("/"):
            environ["PATH_INFO"] = path.rstrip("/") or "/"
        token = UNDER_WAY.set(environ)
        try:
            return self._app(environ, start_response)
        finally:
            UNDER_WAY.reset(token)


def _shift(environ: "WSGIEnvironment", prefix: str, path: str) -> None:
    """Takes a prefix off the path of a request."""
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
    environ["PATH_INFO"] = path


class _Misrouted:
    """Answers paths and methods that do not exist, naming the nearest that do."""

    def __init__(self, app: SimulatorApp) -> None:
        self._app = app

    def __call__(self, error: Exception) -> Reply:
        context = self._app.context
        correlation = correlation_id(context, headers_of(here()))
        if isinstance(error, MethodNotAllowed):
            allowed = ", ".join(sorted(error.valid_methods or ()))
            message = f"{request.method} is not allowed on this path; {allowed} is"
            body = {"code": NO_CODE, "message": message, "correlationId": correlation}
            return json_answer(body, 405, [("Allow", allowed)])
        if getattr(error, "code", 500) != 404:
            detail = getattr(error, "description", None) or str(error)
            return refusal_answer(SimulatorError(Refusal.BAD_REQUEST, detail), correlation)
        paths = [rule.rule.replace("<", "{").replace(">", "}") for rule in self._rules()]
        hint = nearest(request.path, paths) if len(request.path) < 200 else ""
        hint = hint if hint.startswith("did you mean") else "GET /openapi.json lists all paths"
        refusal = SimulatorError(Refusal.NO_SUCH_PATH, f"{request.path[:200]}; {hint}")
        note_refusal(refusal)
        note_hint(hint)
        return refusal_answer(refusal, correlation)

    def _rules(self) -> Iterable[Any]:
        return self._app.url_map.iter_rules()


def _failed(context: Context) -> Callable[[Exception], Reply]:
    def answer(error: Exception) -> Reply:
        this = Request(here())
        _log.error("%s %s failed", this.method, this.path, exc_info=error)
        return internal_error(correlation_id(context, headers_of(here())))

    return answer
