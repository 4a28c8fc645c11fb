"""CORS: which web pages of other origins may call the service's API, and nothing else.

A browser asks before it sends a token to another origin, and shows a page no answer that does not
name the page's origin. Nobody has to ask the simulator where `--allow-origin` is not set.
"""

import re
from collections.abc import Callable, Iterable

from ..engine.operations import AUTHENTICATION, ENDPOINTS, POS, USER_SIMULATION
from ..settings.hosts import as_origin
from .answers import Response, empty
from .door import without_prefix
from .request import Request

#: In front of the paths of the service. Those of the control API and of the page are others.
OPENED = (f"{POS}/", f"{USER_SIMULATION}/", f"{AUTHENTICATION}/")
METHODS = ", ".join(sorted({each.method for each in ENDPOINTS}))
#: Real seconds for which a browser need not ask again.
MAX_AGE = "600"
#: Names of headers, as a browser lists them (RFC 9110, section 5.6.2).
_is_list_of_names = re.compile(
    r"[a-z0-9!#$%&'*+.^_`|~-]+( *, *[a-z0-9!#$%&'*+.^_`|~-]+)*"
).fullmatch

Respond = Callable[[Request], Response]


class CrossOrigin:
    """Answers requests as the simulator does, and lets pages of some origins read the answers.

    Args:
        respond: the simulator.
        origins: the origins of those pages.
    """

    def __init__(self, respond: Respond, origins: Iterable[str]) -> None:
        self._respond = respond
        self._origins = frozenset(map(as_origin, origins))

    def respond(self, request: Request) -> Response:
        """Answers a request."""
        origin = request.headers.get("origin")
        if origin is None or not _is_opened(request):
            return self._respond(request)
        if origin.lower() not in self._origins:
            return _varying(self._respond(request))
        if request.method == "OPTIONS" and request.headers.get("access-control-request-method"):
            return _varying(_answer_to_question(request, origin))
        return _opened(self._respond(request), origin)


def _is_opened(request: Request) -> bool:
    """Whether a request is one to the service's API."""
    try:
        return without_prefix(request).path.startswith(OPENED)
    except ValueError:
        return False


def _varying(reply: Response) -> Response:
    reply.headers.append(("Vary", "Origin"))
    return reply


def _opened(reply: Response, origin: str) -> Response:
    """Lets pages of an origin read an answer, also one that is made after a wait."""
    reply.headers += [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", "*"),
    ]
    resume = reply.resume
    if resume is not None:
        reply.resume = lambda: _opened(resume(), origin)
    return _varying(reply)


def _answer_to_question(request: Request, origin: str) -> Response:
    """Returns the answer to a browser that asks what a page of an origin may send."""
    headers = [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Methods", METHODS),
        ("Access-Control-Max-Age", MAX_AGE),
    ]
    names = request.headers.get("access-control-request-headers") or ""
    if _is_list_of_names(names.lower()):
        headers.append(("Access-Control-Allow-Headers", names))
    if request.headers.get("access-control-request-private-network") == "true":
        # Pages of the internet ask for this before they call what is on this machine.
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return empty(204, headers)
