"""Refund operations."""

from typing import Any

from simulator.api.operations import Call, Polled
from simulator.engine import refunds

__all__ = ["cancel", "capture", "create", "find", "get"]


def create(call: Call) -> dict[str, Any]:
    """Starts a refund."""
    with call.sandbox.world as world:
        return {"refund_id": refunds.create(world, call.caller, call.key, call.body)}


def capture(call: Call) -> None:
    """Captures a refund."""
    with call.sandbox.world as world:
        refunds.capture(world, call.caller, call.id)


def cancel(call: Call) -> None:
    """Cancels a refund."""
    with call.sandbox.world as world:
        refunds.cancel(world, call.caller, call.id)


def get(call: Call) -> Polled:
    """Returns a refund."""
    with call.sandbox.world as world:
        refund = refunds.get(world, call.caller, call.id)
    return Polled(refund, world.rules.refund_poll_delay)


def find(call: Call) -> dict[str, Any]:
    """Returns ids of refunds."""
    with call.sandbox.world as world:
        found = refunds.find(world, call.caller, call.query["payment_id"])
    return {"refund_ids": [refund.id for refund in found]}
