"""What server, pipeline and bridge tell each other about a request: keys of its WSGI environ.

The environ of the request under way is at hand everywhere: `here()` costs a fraction of a look
through Flask's `request`, and works without Flask's contexts.
"""

from contextvars import ContextVar
from typing import Any

__all__ = [
    "BODY",
    "BODY_TOO_LARGE",
    "CERTIFYING",
    "CUE",
    "EXCHANGE",
    "HAS_WIRE",
    "PLAN",
    "RAW_HEADERS",
    "RESUMED",
    "SANDBOX_HERE",
    "SANDBOX_NAME",
    "UNDER_WAY",
    "here",
]

#: The header list as the server read it, with true duplicates.
RAW_HEADERS = "simulator.headers"
#: Whether the body was larger than the server reads.
BODY_TOO_LARGE = "simulator.body_too_large"
#: The body, once it was read; the simulator's own server has read it before.
BODY = "simulator.body"
#: The name of the sandbox in the path; the sandbox the request turned out to go to.
SANDBOX_NAME = "simulator.sandbox_name"
SANDBOX_HERE = "simulator.sandbox"
#: The exchange that is going to be kept in the journal.
EXCHANGE = "simulator.exchange"
#: Whether the request came to the self-certification's paths.
CERTIFYING = "simulator.certifying"
#: What the director decided about a call that a run keeps.
CUE = "simulator.cue"
#: Whether there is a bridge, what it has to do to the answer, the cue of a call it calls again.
HAS_WIRE = "simulator.has_wire"
PLAN = "simulator.plan"
RESUMED = "simulator.resumed"

#: The environ of the request under way; the outermost layer of the application sets it.
UNDER_WAY: ContextVar[dict[str, Any]] = ContextVar("environ")


def here() -> dict[str, Any]:
    """Returns the environ of the request under way.

    Raises:
        LookupError: there is none.
    """
    return UNDER_WAY.get()
