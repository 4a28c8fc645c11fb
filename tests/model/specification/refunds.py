"""Refunds: section 8 of the documentation."""

from dataclasses import replace

from tests.model.specification.calls import (
    CancelRefund,
    CaptureRefund,
    CreateRefund,
    FindRefunds,
    GetRefund,
)
from tests.model.specification.values import Refund, Results, State, answered, refused

__all__ = ["cancel_refund", "capture_refund", "create_refund", "find_refunds", "get_refund"]

POLL_DELAY = 100
REFUNDABLE_FOR = 90 * 24 * 3600 * 1000


def create_refund(state: State, call: CreateRefund, made: str) -> Results:
    payment = state.payments.get(call.payment)
    if payment is None:
        return refused(state, 409, "1001")
    if payment.owner != call.who:
        return refused(state, 403, "1401")
    if payment.state != "Captured":
        return refused(state, 409, "1354")
    if payment.currency != call.currency:
        return refused(state, 409, "1365")
    assert payment.captured is not None and payment.captured_at is not None
    if state.now - payment.captured_at > REFUNDABLE_FOR:
        return refused(state, 409, "1366")
    given_back = sum(
        refund.amount
        for refund in state.refunds.values()
        if refund.payment == call.payment and not refund.state.startswith("Cancelled")
    )
    if call.amount > payment.captured - given_back:
        return refused(state, 409, "1367")
    account = (payment.store, call.currency)
    left = state.balances.get(account, 0) - call.amount
    if left < 0:
        return refused(state, 409, "1368")
    refund = Refund(
        call.who, call.payment, call.order, call.amount, call.currency, "Initiated", state.now
    )
    return answered(
        replace(
            state,
            refunds=state.refunds.put(made, refund),
            balances=state.balances.put(account, left),
        ),
        id=made,
    )


def capture_refund(state: State, call: CaptureRefund) -> Results:
    refund = state.refunds.get(call.id)
    if refund is None:
        return refused(state, 404, "1004")
    if refund.owner != call.who:
        return refused(state, 403, "1402")
    if refund.state == "Captured":
        return answered(state)
    if refund.state != "Reserved":
        return refused(state, 409, "1351")
    captured = replace(refund, state="Captured")
    return answered(replace(state, refunds=state.refunds.put(call.id, captured)))


def cancel_refund(state: State, call: CancelRefund) -> Results:
    refund = state.refunds.get(call.id)
    if refund is None:
        return refused(state, 404)
    if refund.owner != call.who:
        return refused(state, 403, "1402")
    if refund.state == "CancelledByClient":
        return answered(state)
    if refund.state not in ("Initiated", "Reserved"):
        return refused(state, 409, "1352")
    account = (state.payments[refund.payment].store, refund.currency)
    balances = state.balances.put(account, state.balances[account] + refund.amount)
    refunds = state.refunds.put(call.id, replace(refund, state="CancelledByClient"))
    return answered(replace(state, refunds=refunds, balances=balances))


def get_refund(state: State, call: GetRefund) -> Results:
    refund = state.refunds.get(call.id)
    if refund is None:
        return refused(state, 404)
    if refund.owner != call.who:
        return refused(state, 403, "1402")
    return answered(
        state,
        refundId=call.id,
        paymentId=refund.payment,
        refundOrderId=refund.order,
        amount=refund.amount,
        currencyCode=refund.currency,
        status=refund.state,
        pollDelayInMs=POLL_DELAY,
    )


def find_refunds(state: State, call: FindRefunds) -> Results:
    if call.payment is None:
        return refused(state, 400, "1110")
    found = (
        made
        for made, refund in state.refunds.items()
        if refund.owner == call.who and refund.payment == call.payment
    )
    return answered(state, refundIds=tuple(sorted(found)))
