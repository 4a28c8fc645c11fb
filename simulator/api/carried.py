"""What Flask carries for a request that goes through it: the one key of ours in its environ."""

from dataclasses import dataclass
from typing import cast

from flask import request as flask_request

from ..journal.exchanges import ExchangeRecord
from ..sandboxes.registry import DEFAULT, HostedSandbox
from .answers import Response
from .context import Context
from .recorder import enter
from .request import Request
from .request import whole_body as body_of

CARRIED = "mobilepay_simulator"


@dataclass(slots=True)
class Carried:
    """A request on its way through Flask.

    Args:
        request: the request.
        exchange: its record.
        reply: what a view has answered, where that was a reply of ours.
        is_recorded: whether the exchange goes into the journal.
    """

    request: Request
    exchange: ExchangeRecord
    reply: Response | None = None
    is_recorded: bool = False


def carried() -> Carried:
    """Returns what Flask carries for the request it is serving."""
    return cast(Carried, flask_request.environ[CARRIED])


def sandbox_of(context: Context) -> HostedSandbox:
    """Returns the sandbox that the request which Flask is serving goes to.

    Raises:
        TooManySandboxes: it would be one too many.
    """
    here = carried()
    sandbox = context.sandboxes.get(here.request.sandbox or DEFAULT)
    return sandbox if here.exchange.sandbox == sandbox.name else enter(sandbox, here.exchange)


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
    return enter(context.sandboxes.find(name) or context.sandboxes.fresh(name), here.exchange)
