"""The entry point of every request, from the server or in process; it records the exchange."""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from ..engine.errors import SimulatorError
from ..engine.operations import CERTIFICATION, POS
from ..engine.refusals import Refusal
from ..engine.values import as_sandbox_name
from ..journal.exchanges import ExchangeRecord
from .answers import FAILED, Response, internal_error, refusal_answer
from .carried import CARRIED, Carried
from .context import Context
from .oauth import TOKEN_PATH, failure, oauth_answer
from .recorder import Recorder
from .request import Request, environ_of, request_of
from .router import Router

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

_log = logging.getLogger("simulator")

#: In front of all paths of a sandbox.
SANDBOXES = "/sandboxes/"


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
                return oauth_answer(failure(400, refusal.message))
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
        except Exception:
            reply = self._failed(request)
        try:
            self._recorder.finish(request, exchange, reply)
        except Exception:
            reply = self._failed(request)
        finally:
            self._recorder.leave(exchange, reply)
        if reply.resume is not None:
            reply.resume = partial(self._record, request, exchange, reply.resume)
        return reply

    def _failed(self, request: Request) -> Response:
        _log.exception("%s %s failed", request.method, request.path)
        if request.path == TOKEN_PATH:
            return oauth_answer(failure(500, FAILED))
        return internal_error(self._context.correlation_id(request))

    def _through_flask(self, request: Request) -> Response:
        carried = Carried(request, self._recorder.begin(request, None))
        environ = environ_of(request)
        environ[CARRIED] = carried
        reply = _collect(self._flask, environ, carried)
        if carried.is_recorded:
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
