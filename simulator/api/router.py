"""The fast router: calls of the service's operations pass Flask by.

Flask would do nothing for them but cost. The same views are routes of Flask's too: whatever is not
quite an operation (another method, another path, an odd host) goes there.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..engine.operations import Endpoint
from ..journal.exchanges import ExchangeRecord
from .answers import Response
from .request import Request

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
