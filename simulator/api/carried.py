"""What Flask carries for a request that goes through it: the one key of ours in its environ."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

import msgspec
from flask import request as flask_request

from ..journal.exchanges import ExchangeRecord
from ..sandboxes.registry import DEFAULT, HostedSandbox
from .answers import Response
from .context import Context
from .recorder import enter
from .request import Request
from .request import whole_body as body_of

CARRIED = "mobilepay_simulator"
#: A body of more bytes than this is read by a thread: reading YAML takes long.
SOON_READ = 8 * 1024

T = TypeVar("T")


class ReadingNeeded(Exception):
    """Something takes long to read: a thread reads it, and the request is served again with it.

    Args:
        read: reads it.
    """

    def __init__(self, read: Callable[[], Any]) -> None:
        self.read = read
        super().__init__("something takes long to read")


@dataclass(slots=True)
class Carried:
    """A request on its way through Flask.

    Args:
        request: the request.
        exchange: its record.
        reply: what a view has answered, where that was a reply of ours.
        is_recorded: whether the exchange goes into the journal.
        new: the sandbox that the request makes, unless it is refused.
        again: serves the request again, once a thread has read its body.
    """

    request: Request
    exchange: ExchangeRecord
    again: Callable[[Request], Response]
    reply: Response | None = None
    is_recorded: bool = False
    new: HostedSandbox | None = None


def carried() -> Carried:
    """Returns what Flask carries for the request it is serving."""
    return cast(Carried, flask_request.environ[CARRIED])


def sandbox_of(context: Context) -> HostedSandbox:
    """Returns the sandbox that the request which Flask is serving goes to.

    Where it is not there, it is a new one, which `keep_new` adds: a refused request makes none.
    """
    here = carried()
    name = here.request.sandbox or DEFAULT
    sandbox = here.new or context.sandboxes.find(name)
    if sandbox is None:
        sandbox = here.new = context.sandboxes.fresh(name)
    return sandbox if here.exchange.sandbox == name else enter(sandbox, here.exchange)


def keep_new(context: Context) -> bool:
    """Adds the sandbox that the request has made, if any, to those of the server.

    Returns:
        False where another thread was faster: the request is to be served again, there.

    Raises:
        TooManySandboxes: it would be one too many.
    """
    here = carried()
    new, here.new = here.new, None
    if new is None or context.sandboxes.add(new):
        return True
    here.exchange.sandbox = ""
    here.exchange.events.clear()
    return False


def whole_body() -> bytes:
    """Returns the body of the request that Flask is serving.

    Raises:
        SimulatorError: it is encoded, or was larger than the setting allows.
    """
    return body_of(carried().request)


def looked_at(context: Context) -> HostedSandbox:
    """Returns the sandbox that is looked at; where it is not there, what a new one would be."""
    here = carried()
    name = here.request.sandbox or DEFAULT
    sandbox = here.new or context.sandboxes.find(name) or context.sandboxes.fresh(name)
    return enter(sandbox, here.exchange)


def read_aside(read: Callable[..., T], *given: Any) -> T:
    """Returns what a function reads out of the body of the request that Flask is serving.

    Args:
        read: the function; it uses its arguments alone, as a thread may run it.
        given: its arguments.

    Raises:
        ReadingNeeded: the body is large, so that a thread has to read it first.
    """
    is_long = len(carried().request.body) > SOON_READ
    return work_aside(partial(read, *given), is_long=is_long)


def work_aside(work: Callable[[], T], *, is_long: bool) -> T:
    """Returns what a function comes to, which a view goes on with.

    Args:
        work: the function, one for each request; what it looks at, nothing changes any more.
        is_long: whether it takes long.

    Raises:
        ReadingNeeded: it takes long, so that a thread has to do it first.
    """
    request = carried().request
    if request.content is not None:
        return cast(T, request.content())
    if is_long and request.may_come_later:
        raise ReadingNeeded(work)
    return work()


def read_later(needed: ReadingNeeded) -> Response:
    """Returns what lets a thread read the body, and then serves the request again."""
    here = carried()

    def read() -> Response:
        found = _outcome(needed.read)
        reply = Response(503)
        reply.resume = partial(here.again, msgspec.structs.replace(here.request, content=found))
        return reply

    reply = Response(503)
    reply.later, reply.is_preparing = read, True
    return reply


def _outcome(read: Callable[[], T]) -> Callable[[], T]:
    """Returns what gives the outcome of a function again: what it returned, or its error."""
    try:
        found = read()
    except Exception as error:
        raised = error

        def fail() -> T:
            raise raised

        return fail
    return lambda: found
