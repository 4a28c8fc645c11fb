"""What every answer of the page carries, so that browsers trust nothing but the page."""

from flask import Response as FlaskResponse

from ..api.answers import Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def sealed(answer: FlaskResponse) -> Response:
    """Returns a view's answer as the simulator's response, with the headers that protect it."""
    answer.headers.setdefault("Content-Security-Policy", POLICY)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # With "no-referrer", browsers would not say of forms that they are ours.
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.vary.add("HX-Request")
    reply = Response(answer.status_code, answer.get_data())
    reply.headers = list(answer.headers.items())
    return reply
