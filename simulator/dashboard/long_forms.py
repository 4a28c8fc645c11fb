"""Long forms: a thread reads them before the page is served, since each of their letters costs."""

from collections.abc import Callable
from functools import partial

from flask import Request

from ..api.answers import Response
from ..api.carried import CARRIED, Carried
from ..journal.exchanges import is_form

#: A form that is longer, in bytes, takes a thread to read. A file that is sent is no such form.
SOON_DECODED = 16 * 1024


def is_unread(request: Request) -> bool:
    """Whether a long form was sent with a request that a thread may read, and has not."""
    outer: Carried = request.environ[CARRIED]
    is_long = len(outer.request.body) > SOON_DECODED and is_form(request.content_type or "")
    # Where werkzeug keeps what it has read.
    return is_long and outer.request.may_come_later and "form" not in vars(request)


def reading(request: Request, again: Callable[[], Response]) -> Response:
    """Returns what lets a thread read the form of a request, and then serves it again."""
    waits = Response(503)
    waits.later, waits.is_preparing = partial(_read, request, again), True
    return waits


def _read(request: Request, again: Callable[[], Response]) -> Response:
    # All of it is read with the first that is asked for.
    request.form.get("")
    waits = Response(503)
    waits.resume = again
    return waits
