"""Which press at the till is the next: one row for each state of what it shows."""

from typing import Any

import pytest
from mobilepay_simulator.dashboard.next_step import next_step

INITIATED = {"refundId": "r1", "state": "Initiated"}
RESERVED = {"refundId": "r2", "state": "Reserved"}
SECOND = {"refundId": "r3", "state": "Reserved"}
CAPTURED = {"refundId": "r4", "state": "Captured"}

STEPS: list[tuple[str, list[dict[str, str]], str]] = [
    ("Prepared", [], "ready"),
    ("Initiated", [], ""),
    ("Paired", [], "ready"),
    ("IssuedToUser", [], ""),
    ("Reserved", [], "capture"),
    ("Captured", [], "start"),
    ("CancelledByUser", [], "start"),
    ("Captured", [INITIATED], "reserve:r1"),
    ("Captured", [INITIATED, RESERVED, SECOND], "capture-refund:r2"),
    ("Captured", [CAPTURED], "start"),
]


def payment(state: str, refunds: list[dict[str, str]]) -> dict[str, Any]:
    """A payment as the control API shows it, as far as the next step looks."""
    return {"state": state, "refunds": refunds}


@pytest.mark.parametrize(("state", "refunds", "expected"), STEPS)
def test_the_state_of_a_payment_decides(
    state: str, refunds: list[dict[str, str]], expected: str
) -> None:
    assert next_step("", payment(state, refunds)) == expected


def test_without_a_payment_one_is_started() -> None:
    assert next_step("", None) == "start"


def test_what_a_certification_wants_comes_first() -> None:
    assert next_step("query", payment("Reserved", [RESERVED])) == "query"


@pytest.mark.parametrize(
    ("refunds", "expected"), [([], ""), ([RESERVED], "capture-refund:r2")], ids=["none", "refund"]
)
def test_while_another_payment_is_active_only_refunds_go_on(
    refunds: list[dict[str, str]], expected: str
) -> None:
    assert next_step("", payment("Captured", refunds), is_another_active=True) == expected
