"""Control of the state tables: which states there are, and what leads from one to the next."""

from enum import StrEnum
from typing import Any, TypeVar

from simulator.api.context import Context
from simulator.engine.states import PAYMENTS, REFUNDS, Machine, PaymentState, RefundState

__all__ = ["show_states"]

S = TypeVar("S", bound=StrEnum)


def show_states(context: Context) -> dict[str, Any]:
    """The states of payments and refunds, and every transition with its trigger and source."""
    return {
        "payments": _machine(PAYMENTS, {each.value: each.is_final for each in PaymentState}),
        "refunds": _machine(REFUNDS, {each.value: each.is_final for each in RefundState}),
    }


def _machine(machine: Machine[S], states: dict[str, bool]) -> dict[str, Any]:
    return {
        "states": [{"name": name, "final": is_final} for name, is_final in states.items()],
        "transitions": [
            {
                "before": row.before.value if row.before else None,
                "after": row.after.value,
                "trigger": row.trigger.value,
                "source": row.source,
            }
            for row in machine.transitions
        ],
    }
