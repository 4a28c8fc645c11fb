"""The state tables against sections 7 and 8: every row is there, and no other."""

from collections.abc import Iterable
from typing import Any

import pytest
from mobilepay_simulator.engine.errors import SimulatorError
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.states import (
    PAYMENTS,
    REFUNDS,
    PaymentState,
    RefundState,
    StateMachine,
    Trigger,
)

from tests.engine.tables import (
    ACTIVE_PAYMENT_STATES,
    FINAL_PAYMENT_STATES,
    FINAL_REFUND_STATES,
    PAYMENT_REFUSALS,
    PAYMENT_ROWS,
    PAYMENT_STATES,
    REFUND_REFUSALS,
    REFUND_ROWS,
    REFUND_STATES,
    row_name,
)

Pair = tuple[str | None, Trigger]


def pairs_outside(
    rows: Iterable[tuple[str | None, Trigger, str]], states: Iterable[str]
) -> list[Pair]:
    inside = {(before, trigger) for before, trigger, _ in rows}
    return [
        (state, trigger)
        for state in (None, *states)
        for trigger in Trigger
        if (state, trigger) not in inside
    ]


def assert_refused(
    machine: StateMachine[Any], state: Any, trigger: Trigger, code: str | None
) -> None:
    assert not machine.allows(state, trigger)
    if code is None:
        # The edge has no way to ask for some of these pairs: then they are mistakes of ours.
        with pytest.raises((SimulatorError, KeyError)):
            machine.step(state, trigger)
        return
    with pytest.raises(SimulatorError) as caught:
        machine.step(state, trigger)
    assert caught.value.row.code == code


def test_a_payment_has_the_documented_states() -> None:
    assert [str(state) for state in PaymentState] == list(PAYMENT_STATES)


def test_a_refund_has_the_documented_states() -> None:
    assert [str(state) for state in RefundState] == list(REFUND_STATES)


@pytest.mark.parametrize(("before", "trigger", "after"), PAYMENT_ROWS, ids=row_name)
def test_a_documented_transition_of_a_payment_happens(
    before: PaymentState | None, trigger: Trigger, after: str
) -> None:
    assert PAYMENTS.allows(before, trigger)
    assert PAYMENTS.step(before, trigger) == after


@pytest.mark.parametrize(
    ("state", "trigger"), pairs_outside(PAYMENT_ROWS, PAYMENT_STATES), ids=row_name
)
def test_any_other_transition_of_a_payment_is_refused(
    state: PaymentState | None, trigger: Trigger
) -> None:
    assert_refused(PAYMENTS, state, trigger, PAYMENT_REFUSALS.get(trigger))


@pytest.mark.parametrize(("before", "trigger", "after"), REFUND_ROWS, ids=row_name)
def test_a_documented_transition_of_a_refund_happens(
    before: RefundState | None, trigger: Trigger, after: str
) -> None:
    assert REFUNDS.allows(before, trigger)
    assert REFUNDS.step(before, trigger) == after


@pytest.mark.parametrize(
    ("state", "trigger"), pairs_outside(REFUND_ROWS, REFUND_STATES), ids=row_name
)
def test_any_other_transition_of_a_refund_is_refused(
    state: RefundState | None, trigger: Trigger
) -> None:
    assert_refused(REFUNDS, state, trigger, REFUND_REFUSALS.get(trigger))


@pytest.mark.parametrize("state", PAYMENT_STATES)
def test_a_payment_is_active_until_it_is_reserved(state: str) -> None:
    assert PaymentState(state).is_active == (state in ACTIVE_PAYMENT_STATES)


@pytest.mark.parametrize("state", PAYMENT_STATES)
def test_a_payment_is_final_once_it_is_captured_cancelled_or_expired(state: str) -> None:
    assert PaymentState(state).is_final == (state in FINAL_PAYMENT_STATES)
    assert PaymentState(state).is_open == (state not in FINAL_PAYMENT_STATES)


@pytest.mark.parametrize("state", REFUND_STATES)
def test_a_refund_is_final_once_it_is_captured_cancelled_or_has_captured_itself(state: str) -> None:
    assert RefundState(state).is_final == (state in FINAL_REFUND_STATES)


@pytest.mark.parametrize(
    ("state", "is_cancelled"),
    [
        ("Initiated", False),
        ("Reserved", False),
        ("Captured", False),
        ("CancelledByClient", True),
        ("CancelledByMobilePay", True),
        ("ExpiredAndCaptured", False),
    ],
)
def test_only_cancelled_refunds_give_their_amount_back(state: str, is_cancelled: bool) -> None:
    assert RefundState(state).is_cancelled == is_cancelled


def test_every_row_says_where_it_comes_from() -> None:
    assert {row.source.split(",")[0] for row in PAYMENTS.transitions} == {"section 7"}
    assert {row.source.split(",")[0] for row in REFUNDS.transitions} == {"section 8"}


def test_what_has_no_row_is_refused_with_what_the_one_who_asks_can_be_told() -> None:
    assert PAYMENTS.refusals == {
        Trigger.READY: Refusal.NOT_PREPARED,
        Trigger.CAPTURE: Refusal.NOT_RESERVED,
        Trigger.CLIENT_CANCELS: Refusal.CANNOT_CANCEL,
        Trigger.RESERVE: Refusal.NOTHING_TO_ACCEPT,
        Trigger.RESERVING_FAILS: Refusal.NOTHING_TO_ACCEPT,
        Trigger.CUSTOMER_CANCELS: Refusal.NOTHING_TO_CANCEL,
        Trigger.MOBILEPAY_CANCELS: Refusal.CANNOT_CANCEL,
        Trigger.EXPIRE: Refusal.NOT_RESERVED,
    }
    assert REFUNDS.refusals == {
        Trigger.CAPTURE: Refusal.REFUND_NOT_RESERVED,
        Trigger.CLIENT_CANCELS: Refusal.CANNOT_CANCEL_REFUND,
        Trigger.MOBILEPAY_CANCELS: Refusal.CANNOT_CANCEL_REFUND,
    }


def test_a_trigger_is_told_in_these_words() -> None:
    assert [str(each) for each in Trigger] == [
        *("initiate", "prepare", "initiate with a customer checked in"),
        *("prepare with a customer checked in", "check-in", "ready"),
        "the customer accepts and the amount is reserved",
        *("reserving the amount fails", "the customer cancels", "cancel", "MobilePay cancels"),
        *("inactive too long", "capture", "not captured or cancelled in time", "refund"),
        "the refund's amount is reserved",
    ]


def test_the_states_a_trigger_can_be_pulled_in_are_those_of_its_rows() -> None:
    for trigger in Trigger:
        rows = {before for before, pulled, _ in PAYMENT_ROWS if pulled is trigger and before}
        assert PAYMENTS.states_for(trigger) == rows
