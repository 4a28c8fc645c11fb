"""What goes back: JSON, empty answers, and THE translator of refusals into HTTP."""

import json
from collections.abc import Iterable
from http.client import responses
from typing import TYPE_CHECKING, Any

from simulator.engine.errors import Kind, Refusal, SimulatorError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

__all__ = [
    "INTERNAL_ERROR",
    "JSON",
    "STATUSES",
    "Headers",
    "Reply",
    "empty",
    "internal_error",
    "json_answer",
    "refusal_answer",
]

Headers = list[tuple[str, str]]

STATUSES = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_EARLY: 429,
}

#: A body may not follow these (RFC 9110, section 6.4.1).
BODILESS = (204, 304)

#: The media type of nearly all bodies.
JSON = "application/json; charset=utf-8"

#: Says why where the service documents no body.
REASON = "X-Simulator-Reason"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

#: The code of failures of the service itself; it documents 2000 to 2999.
INTERNAL_ERROR = "2000"


class Reply:
    """An answer as it is sent, and a WSGI application that sends it: Flask's views may return it.

    Args:
        status: the HTTP status.
        content: the body; left out where the status has none.
        content_type: what the body is; empty where there is none.
        headers: the other headers.
    """

    __slots__ = ("content", "headers", "status")

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
            return
        self.content = content
        self.headers = [("Content-Length", str(len(content))), *headers]
        if content_type:
            self.headers.insert(0, ("Content-Type", content_type))

    def __call__(self, _: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answers a request of WSGI."""
        start_response(f"{self.status} {responses.get(self.status, 'UNKNOWN')}", self.headers)
        return [self.content]


def json_answer(data: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """Returns an answer with a JSON body."""
    # Half a surrogate, which a client can send as an escape, goes back as the same escape.
    body = _encode(data).encode("utf-8", "backslashreplace")
    return Reply(status, body, JSON, headers)


def empty(status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """Returns an answer without a body."""
    return Reply(status, headers=headers)


def refusal_answer(
    error: SimulatorError, correlation_id: str, *, has_origin: bool = False
) -> Reply:
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
    return json_answer(body, status)


def internal_error(correlation_id: str, status: int = 500, message: str = "") -> Reply:
    """Returns what a failure of the simulator itself looks like."""
    message = message or "The simulator failed; its log says why. Please report it."
    body = {"code": INTERNAL_ERROR, "message": message, "correlationId": correlation_id}
    return json_answer(body, status)


def _reason(error: SimulatorError) -> Headers:
    reason = error.message.encode("ascii", "backslashreplace").decode()
    reason = "".join(each if each.isprintable() else " " for each in reason)
    if error.refusal is Refusal.UNAUTHORIZED:
        quoted = reason.replace("\\", "\\\\").replace('"', "'")
        challenge = f'Bearer realm="mobilepay", error_description="{quoted}"'
        return [("WWW-Authenticate", challenge), (REASON, reason)]
    return [(REASON, reason)]
