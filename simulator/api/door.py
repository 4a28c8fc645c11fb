"""The entry point of every request, from the server or in process; it records the exchange.

Calls of the service's operations pass Flask by, which would do nothing for them but cost. The same
views are routes of Flask's too: whatever is not quite an operation (another method, another path,
an odd host) goes there.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ..engine.errors import SimulatorError
from ..engine.operations import CERTIFICATION, POS, TOKEN_PATH, Endpoint
from ..engine.refusals import Refusal
from ..engine.values import as_sandbox_name
from ..journal.exchanges import ExchangeRecord
from .answers import Response, oauth_answer, oauth_failure, refusal_answer
from .carried import CARRIED, Carried
from .context import Context
from .failures import failure_answer
from .recorder import Recorder
from .request import Request, environ_of, request_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

#: In front of all paths of a sandbox.
SANDBOXES = "/sandboxes/"

#: What answers an operation: gets the request, its record, and what the path names.
View = Callable[[Request, ExchangeRecord, dict[str, str]], Response]

#: Where a path has its id, counted in pieces between slashes: /pos/v10/payments/{paymentid}.
_PLACE = 4
_plain_host = re.compile(r"[a-zA-Z0-9.:\[\]-]*").fullmatch


class Match(NamedTuple):
    """The operation of a request, what answers it, and what the path names."""

    operation: str
    view: View
    parameters: dict[str, str]


class Router:
    """Finds the operation of a request.

    Args:
        views: the operations, and what answers them.
    """

    def __init__(self, views: Iterable[tuple[Endpoint, View]]) -> None:
        #: By method and path; by method, path without its id, and with the name of that.
        self._fixed: dict[tuple[str, str], Match] = {}
        self._by_id: dict[tuple[str, str], tuple[str, View, str]] = {}
        for endpoint, view in views:
            path, piece = _without_id(endpoint.path)
            if piece.startswith("{"):
                name = piece.strip("{}")
                self._by_id[endpoint.method, path] = endpoint.name, view, name
            else:
                self._fixed[endpoint.method, endpoint.path] = Match(endpoint.name, view, {})

    def find(self, request: Request) -> Match | None:
        """Returns the operation of a request; None where Flask has to look at it."""
        method, path = request.method, request.path
        if not (path.isascii() and _plain_host(request.headers.get("host") or "")):
            return None
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            return fixed
        path, piece = _without_id(path)
        by_id = self._by_id.get((method, path))
        if by_id is None or not piece:
            return None
        operation, view, name = by_id
        return Match(operation, view, {name: piece})


def _without_id(path: str) -> tuple[str, str]:
    """Returns a path with an empty piece in the place of the id, and what was there."""
    pieces = path.split("/")
    if len(pieces) <= _PLACE:
        return path, ""
    piece, pieces[_PLACE] = pieces[_PLACE], ""
    return "/".join(pieces), piece


class Door:
    """Answers requests, by the fast router or by Flask.

    Args:
        flask: answers what is no operation of the service.
        router: finds the operations.
        context: the simulator's parts.
    """

    def __init__(self, flask: "WSGIApplication", router: Router, context: Context) -> None:
        self._flask = flask
        self._router = router
        self._context = context
        self._recorder = Recorder(context)

    def respond(self, request: Request) -> Response:
        """Answers a request."""
        try:
            request = without_prefix(request)
        except ValueError as error:
            refusal = SimulatorError(Refusal.BAD_REQUEST, f"sandbox name: {error}")
            if request.path.rstrip("/").endswith(TOKEN_PATH):
                return oauth_answer(oauth_failure(400, refusal.message))
            return refusal_answer(refusal, self._context.correlation_id(request))
        match = self._router.find(request)
        if match is None:
            return self._through_flask(request)
        exchange = self._recorder.begin(request, match.operation, match.parameters)
        return self._record(
            request, exchange, partial(match.view, request, exchange, match.parameters)
        )

    def wsgi(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answers a request of a WSGI server."""
        reply = self.respond(request_of(environ))
        content = reply(environ, start_response)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else content

    def _record(
        self, request: Request, exchange: ExchangeRecord, work: Callable[[], Response]
    ) -> Response:
        """Runs a call, and records the result."""
        try:
            reply = work()
        except Exception as error:
            reply = self._failed(request, error)
        try:
            self._recorder.finish(request, exchange, reply)
        except Exception as error:
            reply = self._failed(request, error)
        finally:
            self._recorder.leave(exchange, reply)
        if reply.resume is not None:
            reply.resume = partial(self._record, request, exchange, reply.resume)
        return reply

    def _failed(self, request: Request, error: Exception) -> Response:
        correlation_id = self._context.correlation_id(request)
        return failure_answer(error, request, correlation_id, self._context.background)

    def _through_flask(self, request: Request) -> Response:
        carried = Carried(request, self._recorder.begin(request, None), self.respond)
        environ = environ_of(request)
        environ[CARRIED] = carried
        reply = _collect(self._flask, environ, carried)
        # What a thread reads first is served again, and recorded then.
        if carried.is_recorded and reply.later is None:
            return self._record(request, carried.exchange, lambda: reply)
        self._recorder.leave(carried.exchange, reply)
        return reply


def without_prefix(request: Request) -> Request:
    """Returns a request with the prefixes taken off its path: a sandbox, the certification's.

    Raises:
        ValueError: the path names a sandbox by what is no name.
    """
    path, prefix = request.path, request.prefix
    sandbox, is_certifying = request.sandbox, request.is_certifying
    if path.startswith(SANDBOXES):
        name, _, rest = path[len(SANDBOXES) :].partition("/")
        sandbox = as_sandbox_name(name)
        path, prefix = "/" + rest, f"{prefix}{SANDBOXES}{name}"
    if path.startswith(CERTIFICATION + POS):
        path, prefix = path[len(CERTIFICATION) :], prefix + CERTIFICATION
        is_certifying = True
    if len(path) > 1 and path.endswith("/"):
        path = path.rstrip("/") or "/"
    if path == request.path:
        return request
    return msgspec.structs.replace(
        request, path=path, prefix=prefix, sandbox=sandbox, is_certifying=is_certifying
    )


def _collect(app: "WSGIApplication", environ: dict[str, Any], carried: Carried) -> Response:
    """Returns what Flask answers: a view's own reply where it was one."""
    begun: list[tuple[int, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        begun.append((int(status[:3]), headers))

    result = app(environ, start_response)
    try:
        content = b"".join(result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    if carried.reply is not None:
        return carried.reply
    reply = Response(begun[-1][0], content)
    reply.headers = begun[-1][1]
    return reply
