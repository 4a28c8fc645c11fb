"""Point of sale operations."""

from typing import Any

from simulator.api.operations import Call, Polled
from simulator.engine import points_of_sale
from simulator.engine.records import PointOfSale

__all__ = ["check_in", "create", "delete", "find", "get"]


def create(call: Call) -> dict[str, Any]:
    """Creates a point of sale."""
    with call.sandbox.world as world:
        return {"pos_id": points_of_sale.create(world, call.caller, call.key, call.body)}


def get(call: Call) -> PointOfSale:
    """Returns a point of sale."""
    with call.sandbox.world as world:
        return points_of_sale.get(world, call.caller, call.id)


def delete(call: Call) -> None:
    """Deletes a point of sale."""
    with call.sandbox.world as world:
        points_of_sale.delete(world, call.caller, call.id)


def find(call: Call) -> dict[str, Any]:
    """Returns ids of points of sale."""
    with call.sandbox.world as world:
        found = points_of_sale.find(world, call.caller, **call.query)
    return {"pos_ids": [pos.id for pos in found]}


def check_in(call: Call) -> Polled:
    """Tells whether a customer is checked in, and who."""
    with call.sandbox.world as world:
        current = points_of_sale.current_check_in(world, call.caller, call.id)
    answer = {
        "is_user_checked_in": current is not None,
        "customer": current.customer if current else None,
    }
    return Polled(answer, world.rules.poll_delay)
