"""The short way: calls of the service's operations pass Flask by.

Flask would do nothing for them but cost. A view of the pipeline looks at the environ alone and has
an answer whatever goes wrong; nothing that runs before or after Flask's views is about these paths
but the recording, which is told here. The same views are routes of Flask's too: whatever is not
quite an operation (another method, another path, an odd host) goes there, and is answered as ever.
"""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from simulator.api.answers import Reply
from simulator.api.operations import Operation
from simulator.api.recording import Recorder

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

__all__ = ["Express", "View"]

View = Callable[..., Reply]

#: Where a path has its id, counted in pieces between slashes: /pos/v10/payments/{paymentid}.
_PLACE = 4
_plain_host = re.compile(r"[a-zA-Z0-9.:\[\]-]+").fullmatch


class Express:
    """A WSGI application in front of Flask's.

    Args:
        app: Flask's.
        recorder: keeps the exchanges.
        views: the operations, and what answers them.
        failed: answers what nobody foresaw, as Flask's handler of errors does.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        recorder: Recorder,
        views: Iterable[tuple[Operation, View]],
        failed: Callable[[Exception], Reply],
    ) -> None:
        self._app = app
        self._recorder = recorder
        self._failed = failed
        #: By method and path; by method, path without its id, and with the name of that.
        self._fixed: dict[tuple[str, str], tuple[str, View]] = {}
        self._by_id: dict[tuple[str, str], tuple[str, View, str]] = {}
        for operation, view in views:
            path, piece = _without_id(operation.path)
            if piece.startswith("{"):
                name = piece.strip("{}")
                self._by_id[operation.method, path] = operation.name, view, name
            else:
                self._fixed[operation.method, operation.path] = operation.name, view

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answers a request, or lets Flask answer it."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path.isascii() and _plain_host(environ.get("HTTP_HOST", "")):
            fixed = self._fixed.get((method, path))
            if fixed is not None:
                return self._serve(environ, start_response, *fixed, {})
            path, piece = _without_id(path)
            by_id = self._by_id.get((method, path))
            if by_id is not None and piece:
                operation, view, name = by_id
                return self._serve(environ, start_response, operation, view, {name: piece})
        return self._app(environ, start_response)

    def _serve(
        self,
        environ: dict[str, Any],
        start_response: "StartResponse",
        operation: str,
        view: View,
        parameters: dict[str, str],
    ) -> Iterable[bytes]:
        recorder = self._recorder
        recorder.begin(environ, operation, parameters)
        try:
            try:
                reply = view(**parameters)
                recorder.finish(environ, reply)
            except Exception as error:
                reply = self._failed(error)
            return reply(environ, start_response)
        finally:
            recorder.leave(environ)


def _without_id(path: str) -> tuple[str, str]:
    """Returns a path with an empty piece in the place of the id, and what was there."""
    pieces = path.split("/")
    if len(pieces) <= _PLACE:
        return path, ""
    piece, pieces[_PLACE] = pieces[_PLACE], ""
    return "/".join(pieces), piece
