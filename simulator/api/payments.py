"""Payment operations."""

from typing import Any

from simulator.api.operations import Call, Polled
from simulator.engine import payments

__all__ = ["cancel", "capture", "find", "get", "initiate", "prepare", "ready"]


def initiate(call: Call) -> dict[str, Any]:
    """Starts a payment."""
    with call.sandbox.world as world:
        made = payments.initiate(world, call.caller, call.key, call.body, call.script)
    return {"payment_id": made}


def prepare(call: Call) -> dict[str, Any]:
    """Starts a payment whose terms follow."""
    with call.sandbox.world as world:
        made = payments.prepare(world, call.caller, call.key, call.body, call.script)
    return {"payment_id": made}


def ready(call: Call) -> None:
    """Marks a prepared payment as ready."""
    with call.sandbox.world as world:
        payments.ready(world, call.caller, call.id, call.body)


def capture(call: Call) -> None:
    """Captures a payment."""
    with call.sandbox.world as world:
        payments.capture(world, call.caller, call.id, call.body["amount"])


def cancel(call: Call) -> None:
    """Cancels a payment."""
    with call.sandbox.world as world:
        payments.cancel(world, call.caller, call.id)


def get(call: Call) -> Polled:
    """Returns a payment."""
    with call.sandbox.world as world:
        payment = payments.get(world, call.caller, call.id)
    return Polled(payment, world.rules.poll_delay)


def find(call: Call) -> dict[str, Any]:
    """Returns ids of payments."""
    query = call.query
    captured = query["state"] is not None
    with call.sandbox.world as world:
        found = payments.find(
            world, call.caller, query["pos_id"], query["order_id"], captured=captured
        )
    return {"payment_ids": found}
