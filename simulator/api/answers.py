"""What goes back: JSON, empty answers, and the one translation of refusals into HTTP.

The token endpoint refuses in the shape of RFC 6749, section 5.2, everything else in the service's.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import responses
from typing import TYPE_CHECKING, Any

import msgspec

from ..engine.error_rows import NO_CODE, ErrorKind, oauth_word
from ..engine.errors import SimulatorError
from ..engine.refusals import Refusal
from ..engine.symptoms import Symptom
from ..journal.exchanges import ExchangeRecord
from ..sandboxes.registry import HostedSandbox
from ..scripting.fate import WirePlan
from ..scripting.runs import FaultDecision

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Headers = list[tuple[str, str]]

STATUSES = {
    ErrorKind.INVALID: 400,
    ErrorKind.ENCODED: 415,
    ErrorKind.TOO_LARGE: 413,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.TOO_EARLY: 429,
}

#: A body may not follow these (RFC 9110, section 6.4.1).
BODILESS = (204, 304)
#: The media type of nearly all bodies.
JSON = "application/json; charset=utf-8"
#: Carries the reason where the documented response has no body.
REASON = "X-Simulator-Reason"
NO_STORE: Headers = [("Cache-Control", "no-store"), ("Pragma", "no-cache")]

_CHALLENGE = "WWW-Authenticate"
#: Whose tokens a 401 asks for: those of the service's calls, and the control token.
_SERVICE, CONTROL_REALM = "mobilepay", "mobilepay-sim"

#: What the token endpoint asks for.
BASIC = (_CHALLENGE, f'Basic realm="{_SERVICE}"')

#: The errors of RFC 6750, section 3.1, that come with 401 here.
INVALID_REQUEST, INVALID_TOKEN = "invalid_request", "invalid_token"

#: What a description in a challenge must not have.
_NO_DESCRIPTION = re.compile(r"[^\x20-\x7e]")

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

#: Said where the simulator itself fails.
FAILED = "The simulator failed; its log says why. Please report it."

#: The code of failures of the service itself; it documents 2000 to 2999.
INTERNAL_ERROR = "2000"


class Unauthorized(SimulatorError):
    """The caller is not authenticated.

    Args:
        detail: what exactly was wrong, for the developer.
        error: what is wrong with the token, as RFC 6750 calls it; empty where none was sent.
    """

    def __init__(self, detail: str, error: str = "") -> None:
        self.error = error
        super().__init__(Refusal.UNAUTHORIZED, detail)


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that goes on until the client leaves or the server stops.

    The server asks for news a few times a second, so that nothing is queued for a slow client.

    Args:
        news: returns what is to be sent now; nothing where nothing has happened.
        every: polling interval in real seconds.
        heartbeat: what is sent when nothing was for long, so that a dead connection is noticed.
    """

    news: Callable[[], bytes]
    every: float
    heartbeat: bytes


class Response:
    """A response, and what the server has to know to send it. Flask's views may return it.

    Args:
        status: the HTTP status.
        content: the body; left out where the status has none.
        content_type: what the body is; empty where there is none.
        headers: the other headers.
    """

    __slots__ = (
        "content",
        "decision",
        "exchange",
        "headers",
        "is_play",
        "is_preparing",
        "later",
        "plan",
        "resume",
        "sandbox",
        "status",
        "stream",
    )

    def __init__(
        self,
        status: int = 200,
        content: bytes = b"",
        content_type: str = "",
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.status = status
        if status in BODILESS:
            self.content, self.headers = b"", [*headers]
        else:
            self.content = content
            self.headers = [("Content-Length", str(len(content))), *headers]
            if content_type:
                self.headers.insert(0, ("Content-Type", content_type))
        #: What the wire is to do to it; None sends it at once.
        self.plan: WirePlan | None = None
        #: What makes the response once the plan's wait is over: the call's work follows the wait.
        self.resume: Callable[[], Response] | None = None
        #: What makes the response: it takes long, and a thread may do it. What that returns may
        #: have a `resume`, which goes on with what the thread has made.
        self.later: Callable[[], Response] | None = None
        #: Whether that plays a scenario: it waits for other plays, and nothing else waits for it.
        self.is_play = False
        #: Whether that only prepares the call, such as reads its body: the work follows.
        self.is_preparing = False
        #: What follows the body, for as long as the client stays.
        self.stream: Stream | None = None
        #: What a scenario has decided about the call.
        self.decision: FaultDecision | None = None
        #: Where the call is recorded, and the sandbox it went to; None where it went to none.
        self.exchange: ExchangeRecord | None = None
        self.sandbox: HostedSandbox | None = None

    def __call__(self, _: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answers a request of WSGI."""
        start_response(f"{self.status} {responses.get(self.status, 'UNKNOWN')}", self.headers)
        return [self.content]


def json_answer(data: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """Returns an answer with a JSON body."""
    try:
        body = msgspec.json.encode(data)
    except UnicodeEncodeError:
        # Half a surrogate, which a client can send as an escape, goes back as the same escape.
        body = _encode(data).encode("utf-8", "backslashreplace")
    return Response(status, body, JSON, headers)


def empty(status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """Returns an answer without a body."""
    return Response(status, headers=headers)


def no_answer() -> Response:
    """Returns what stands in the journal for an answer that nobody made: status 0, and no more."""
    answer = Response(0)
    answer.headers.clear()
    return answer


def refusal_answer(
    error: SimulatorError, correlation_id: str, *, has_origin: bool = False
) -> Response:
    """Returns what a refusal looks like on the wire.

    Args:
        correlation_id: what the client sent as its own, or a new one.
        has_origin: whether the body carries `origin`, as those of the refund endpoints do.
    """
    status = STATUSES[error.row.kind]
    if error.row.code is None:
        return empty(status, _reason(error))
    body = {"code": error.row.code, "message": error.message, "correlationId": correlation_id}
    if has_origin:
        body["origin"] = "PoS"
    return json_answer(body, status, refusal_headers(status))


def refusal_headers(status: int) -> Headers:
    """Returns the headers that say what would be right, for a refusal with a body."""
    # RFC 9110, section 15.5.16.
    return [("Accept-Encoding", "identity")] if status == 415 else []


def internal_error(correlation_id: str, status: int = 500, message: str = "") -> Response:
    """Returns what a failure of the simulator itself looks like."""
    return error_answer(status, message or FAILED, correlation_id, code=INTERNAL_ERROR)


def error_answer(
    status: int,
    message: str,
    correlation_id: str,
    headers: Iterable[tuple[str, str]] = (),
    *,
    code: str = NO_CODE,
) -> Response:
    """Returns an error in the service's shape that is in no row of the catalogue."""
    body = {"code": code, "message": message, "correlationId": correlation_id}
    return json_answer(body, status, headers)


def explain(reply: Response, reason: str) -> None:
    """Says something in the header of the reply that speaks to the developer."""
    said = [value for name, value in reply.headers if name == REASON]
    others = [each for each in reply.headers if each[0] != REASON]
    reply.headers = [*others, (REASON, "; ".join([*said, _plain(reason)]))]


def _plain(reason: str) -> str:
    """Returns a text as a header can have it."""
    reason = reason.encode("ascii", "backslashreplace").decode()
    return "".join(each if each.isprintable() else " " for each in reason)


def _reason(error: SimulatorError) -> Headers:
    reason = _plain(error.message)
    if isinstance(error, Unauthorized):
        shown = f"{reason}; {Symptom.UNAUTHORIZED.on_server}"
        return [bearer(error.error, reason), (REASON, shown)]
    return [(REASON, reason)]


def bearer(error: str = "", description: str = "", *, realm: str = _SERVICE) -> tuple[str, str]:
    """Returns what asks for a bearer token (RFC 6750, section 3).

    Every 401 has it (RFC 9110, section 15.5.2): many clients send no credentials before they are
    asked, so without it they never would.

    Args:
        error: what is wrong with the token that was sent; empty where none was, and then no
            description goes with it.
        description: the same for people.
        realm: whose token is asked for.
    """
    parameters = f'Bearer realm="{realm}"'
    if error:
        text = description.replace('"', "'").replace("\\", "/")
        text = _NO_DESCRIPTION.sub("?", text)
        parameters += f', error="{error}", error_description="{text}"'
    return _CHALLENGE, parameters


class OAuthError(Exception):
    """A refusal of the token endpoint.

    Args:
        error: OAuth's word for it.
        description: what is wrong, for the developer.
        status: the HTTP status.
    """

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.description = description
        self.status = status
        super().__init__(description)


def oauth_failure(status: int, description: str, code: str = "") -> OAuthError:
    """Returns a failure of any status as OAuth calls it.

    Args:
        code: OAuth's word for it; a code of the PoS API, or none, gives the word for the status.
    """
    return OAuthError(oauth_word(status, code), description, status)


def oauth_answer(error: OAuthError) -> Response:
    """Returns what a refusal of the token endpoint looks like on the wire."""
    asked_for = [BASIC] if error.status == 401 else []
    body = {"error": error.error, "error_description": error.description}
    headers = [*NO_STORE, *asked_for, *refusal_headers(error.status)]
    return json_answer(body, error.status, headers)
