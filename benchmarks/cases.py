"""What is measured, by the names to ask for it."""

from collections.abc import Callable

from benchmarks.exports import exports
from benchmarks.holdings import many_payments, memory_of_payments, sandboxes, time_travel
from benchmarks.loads import crowd, inside, kept, mixed_flow, one_client, stalled_calls, tokens
from benchmarks.scale import scale_out
from benchmarks.starts import first_request, plugin, start_up
from benchmarks.support import Result

__all__ = ["CASES"]

#: Each is given how much of the work to do, and returns what it found.
CASES: dict[str, Callable[[float], Result]] = {
    "flow": mixed_flow,
    "single": one_client,
    "crowd": crowd,
    "inside": inside,
    "token": tokens,
    "kept": kept,
    "start": start_up,
    "first": first_request,
    "plugin": plugin,
    "memory": memory_of_payments,
    "many": many_payments,
    "sandboxes": sandboxes,
    "clock": time_travel,
    "stalled": stalled_calls,
    "scale": scale_out,
    "exports": exports,
}
