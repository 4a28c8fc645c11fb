"""Store operations."""

from typing import Any

from simulator.api.operations import Call
from simulator.engine import merchants
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.merchants import Store
from simulator.engine.values import as_brand_id, as_location_id

__all__ = ["find", "find_detailed", "get"]


def get(call: Call) -> Store:
    """Returns a store."""
    with call.sandbox.world as world:
        return merchants.get(world, call.caller, call.id)


def find(call: Call) -> dict[str, Any]:
    """Returns ids of stores."""
    return {"store_ids": [store.id for store in find_detailed(call)]}


def find_detailed(call: Call) -> list[Store]:
    """Returns stores."""
    brand_id, location_id = call.query["merchant_brand_id"], call.query["merchant_location_id"]
    if (brand_id is None) != (location_id is None):
        raise SimulatorError(Refusal.STORE_FILTER_HALF)
    if brand_id is not None and location_id is not None:
        _check(as_brand_id, brand_id, Refusal.BRAND_ID_INVALID)
        _check(as_location_id, location_id, Refusal.LOCATION_ID_INVALID)
    with call.sandbox.world as world:
        return merchants.find(world, call.caller, brand_id, location_id)


def _check(parse: Any, text: str, refusal: Refusal) -> None:
    try:
        parse(text)
    except ValueError as error:
        raise SimulatorError(refusal, str(error)) from error
