"""Which press at the page's till comes next: the page colours it, and the focus goes there."""

from collections.abc import Mapping
from typing import Any

from ..engine.states import RefundState
from .actions import ACTS

#: The till's own steps with a payment, in the order in which they are looked at.
_OF_PAYMENT = ("start", "ready", "capture")


def next_step(
    wanted: str, payment: Mapping[str, Any] | None, *, is_another_active: bool = False
) -> str:
    """Returns what is pressed next, as a button of the till says it; empty where nothing is.

    Args:
        wanted: what the open certification wants; it comes first.
        payment: the payment that the till shows.
        is_another_active: whether the customer is asked for another one.
    """
    if wanted:
        return wanted
    refunds = payment["refunds"] if payment else ()
    of_state = {each["state"]: each["refundId"] for each in reversed(refunds)}
    if reserved := of_state.get(RefundState.RESERVED):
        return f"capture-refund:{reserved}"
    if initiated := of_state.get(RefundState.INITIATED):
        # Where time stands still, the clock can jump there.
        return f"reserve:{initiated}"
    if is_another_active:
        return ""
    state = str(payment["state"]) if payment else ""
    return next((name for name in _OF_PAYMENT if state in ACTS[name].states), "")
