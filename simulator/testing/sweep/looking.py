"""Looks at a sandbox of a run, once the run's command has ended."""

from threading import Event
from time import perf_counter

from ...client import ControlClient, ControlError
from ..commands import Stopped
from .inside import Made
from .outcomes import SweptSandbox

#: Seconds of a sandbox's time that pass before it is judged: what was begun comes to its end.
AFTERMATH = 30.0
#: Real seconds between two looks at whether an answer is still under way, and the longest wait.
LOOK, LONGEST = 0.05, 310.0


class TooManyCalls(Exception):
    """More calls were made than the journal keeps."""


def look(control: ControlClient, made: Made, stopping: Event) -> SweptSandbox:
    """Returns what is found in a sandbox, after what was begun there has come to its end.

    Args:
        control: a client of it.
        made: which one it is.
        stopping: set where nobody wants to know any more.

    Raises:
        Stopped: so it is.
        TooManyCalls: older calls are not kept any more.
    """
    _settle(control, stopping)
    exchanges = control.requests()
    if exchanges.dropped:
        raise TooManyCalls(
            f"the command made more calls than the journal keeps: {exchanges.dropped} are "
            "lost; start the simulator with a larger --journal-size"
        )
    return SweptSandbox(
        sandbox=made.sandbox,
        label=made.label,
        test=made.test,
        is_armed=bool(control.faults()),
        payments=control.ledger().payments,
        findings=control.audit().findings,
        exchanges=tuple(exchanges),
    )


def _settle(control: ControlClient, stopping: Event) -> None:
    """Waits for answers that are still under way; then lets what was begun come to its end."""
    began = perf_counter()
    while any(each.delivery == "pending" for each in control.requests()):
        if stopping.wait(LOOK):
            raise Stopped
        if perf_counter() - began > LONGEST:
            raise ControlError("GET /_simulator/requests", 200, "an answer never came", None)
    control.rescale(0)
    control.advance(seconds=AFTERMATH)
