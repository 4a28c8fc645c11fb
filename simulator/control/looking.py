"""The sandbox of a read-only call, which creates none."""

from ..api.carried import carried
from ..api.context import Context
from ..api.recorder import enter
from ..sandboxes.registry import DEFAULT, HostedSandbox


def looked_at(context: Context) -> HostedSandbox:
    """Returns the sandbox that is looked at; where it is not there, what a new one would be."""
    here = carried()
    name = here.request.sandbox or DEFAULT
    return enter(context.sandboxes.find(name) or context.sandboxes.fresh(name), here.exchange)
