"""WHAT CAN BE LET GO WRONG beside the till: one row for each fault, and for each operation."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..engine.operations import ENDPOINTS
from .api import Api


class FaultColumn(NamedTuple):
    """A fault that one press adds, by the control API's word for it, which its button says."""

    word: str
    meaning: str


FAULTS = (
    FaultColumn("lost", "the work is done, the answer is lost"),
    FaultColumn("timeout", "the work is done, the answer comes too late"),
    FaultColumn("500", "the work is not done, the answer is 500"),
    FaultColumn("429", "the work is not done, the answer is 429"),
    FaultColumn("reset", "the work is not done, the connection is reset"),
)
#: The operations that tills make most have a row of their own.
ROWS: Mapping[str, str] = {
    "InitiatePayment": "Start",
    "QueryPayment": "Query",
    "CapturePayment": "Capture",
    "CancelPayment": "Cancel",
    "CreateRefund": "Refund",
    "Token": "Token",
}
OTHERS = tuple(each.name for each in ENDPOINTS if each.name not in ROWS)


def conditions(api: Api, pos: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns what the page needs to let something go wrong at a point of sale."""
    stores = api.get("/stores")["stores"] if pos else []
    return {
        "fault_columns": FAULTS,
        "fault_rows": ROWS,
        "other_operations": OTHERS,
        "store": next((each for each in stores if pos and each["storeId"] == pos["storeId"]), None),
        "polling": api.get("/polling"),
    }
