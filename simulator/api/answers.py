"""What goes back: JSON, empty answers, and THE translator of refusals into HTTP."""

import json
from typing import Any

from flask import Response

from simulator.engine.errors import Kind, Refusal, SimulatorError

__all__ = [
    "INTERNAL_ERROR",
    "STATUSES",
    "Headers",
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

#: Says why where the service documents no body.
REASON = "X-Simulator-Reason"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

#: The code of failures of the service itself; it documents 2000 to 2999.
INTERNAL_ERROR = "2000"


def json_answer(data: Any, status: int = 200, headers: Headers | None = None) -> Response:
    """Returns an answer with a JSON body."""
    # Half a surrogate, which a client can send as an escape, goes back as the same escape.
    body = _encode(data).encode("utf-8", "backslashreplace")
    return Response(body, status, headers, content_type="application/json; charset=utf-8")


def empty(status: int = 200, headers: Headers | None = None) -> Response:
    """Returns an answer without a body."""
    response = Response(b"", status, headers)
    del response.headers["Content-Type"]
    return response


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
    return json_answer(body, status)


def internal_error(correlation_id: str, status: int = 500, message: str = "") -> Response:
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
