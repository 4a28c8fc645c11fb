"""Payments, and what a customer does about them: section 7 of the documentation."""

from dataclasses import replace
from typing import Any

from tests.model.specification.calls import (
    Accept,
    CancelByUser,
    CancelPayment,
    CapturePayment,
    FindPayments,
    GetPayment,
    Initiate,
    Prepare,
    Ready,
    TakeCard,
    Terms,
)
from tests.model.specification.points_of_sale import POLL_DELAY, customer_fields
from tests.model.specification.values import (
    ACTIVE,
    USERS,
    Caller,
    Payment,
    Results,
    State,
    answered,
    refused,
)

__all__ = [
    "RESERVATION_LIFETIME",
    "accept",
    "cancel",
    "cancel_by_user",
    "capture",
    "find_payments",
    "get_payment",
    "initiate",
    "prepare",
    "ready",
    "take_card",
]

RESERVATION_LIFETIME = 7 * 24 * 3600 * 1000


def initiate(state: State, call: Initiate, made: str) -> Results:
    return _start(state, call, made, "Initiated", "IssuedToUser", _as_fields(call.terms))


def prepare(state: State, call: Prepare, made: str) -> Results:
    return _start(state, call, made, "Prepared", "Paired", {})


def _start(
    state: State,
    call: Initiate | Prepare,
    made: str,
    alone: str,
    met: str,
    terms: dict[str, Any],
) -> Results:
    till = state.tills.get(call.till)
    if till is None:
        return refused(state, 409, "1000")
    if till.owner != call.who:
        return refused(state, 403, "1400")
    if not state.stores[till.store].is_active:
        return refused(state, 409, "1204")
    if state.active_on(call.till) is not None:
        return refused(state, 409, "1301")
    there = state.check_ins.get(call.till)
    payment = Payment(
        call.who,
        call.till,
        till.store,
        call.order,
        number=len(state.payments),
        state=met if there else alone,
        since=state.now,
        began=state.now,
        phone=there.phone if there else None,
        **terms,
    )
    return answered(_with(state, made, payment), id=made)


def _as_fields(terms: Terms) -> dict[str, Any]:
    return {
        "amount": terms.amount,
        "currency": terms.currency,
        "delay": terms.delay,
        "disallows": terms.disallows,
        "label": terms.label,
    }


def _with(state: State, made: str, payment: Payment) -> State:
    return replace(state, payments=state.payments.put(made, payment))


def _checked_out(state: State, till: str) -> State:
    """The customer goes once their payment is no longer active."""
    return replace(state, check_ins=state.check_ins.drop(till))


def _not_theirs(state: State, made: str, who: Caller, code: str) -> Results | None:
    """Refuses a payment that is not there, another integrator's, or another merchant's."""
    payment = state.payments.get(made)
    if payment is None:
        return refused(state, 404)
    if payment.owner.integrator != who.integrator:
        return refused(state, 403, "1401")
    if payment.owner.merchant != who.merchant:
        return refused(state, 403, code)
    return None


def ready(state: State, call: Ready) -> Results:
    if not_theirs := _not_theirs(state, call.id, call.who, "1406"):
        return not_theirs
    payment = state.payments[call.id]
    if payment.ready_with == call.terms:
        return answered(state)
    after = {"Prepared": "Initiated", "Paired": "IssuedToUser"}.get(payment.state)
    if after is None:
        return refused(state, 409, "1303")
    changed = replace(
        payment, state=after, since=state.now, ready_with=call.terms, **_as_fields(call.terms)
    )
    return answered(_with(state, call.id, changed))


def capture(state: State, call: CapturePayment) -> Results:
    if not_theirs := _not_theirs(state, call.id, call.who, "1407"):
        return not_theirs
    payment = state.payments[call.id]
    if payment.state == "Captured":
        is_same = call.amount == payment.captured
        return answered(state) if is_same else refused(state, 409, "1307")
    if payment.state != "Reserved":
        return refused(state, 409, "1304")
    assert payment.amount is not None and payment.phone is not None
    if call.amount > payment.amount:
        return refused(state, 409, "1305")
    if call.amount < payment.amount and not _allows_parts(payment):
        return refused(state, 409, "1308")
    account = (payment.store, str(payment.currency))
    balance = state.balances.get(account, 0) + call.amount
    captured = replace(payment, state="Captured", captured=call.amount, captured_at=state.now)
    paid = replace(state, balances=state.balances.put(account, balance))
    return answered(_with(paid, call.id, captured))


def cancel(state: State, call: CancelPayment) -> Results:
    if not_theirs := _not_theirs(state, call.id, call.who, "1408"):
        return not_theirs
    payment = state.payments[call.id]
    if payment.state == "CancelledByClient":
        return answered(state)
    if payment.state not in ACTIVE | {"Reserved"}:
        return refused(state, 409, "1300")
    after = _with(state, call.id, replace(payment, state="CancelledByClient"))
    return answered(_checked_out(after, payment.till) if payment.state in ACTIVE else after)


def get_payment(state: State, call: GetPayment) -> Results:
    if not_theirs := _not_theirs(state, call.id, call.who, "1411"):
        return not_theirs
    payment = state.payments[call.id]
    told: dict[str, Any] = {
        "paymentId": call.id,
        "posId": payment.till,
        "orderId": payment.order,
        "status": payment.state,
        "pollDelayInMs": POLL_DELAY,
        "amount": payment.amount,
        "currencyCode": payment.currency,
        "plannedCaptureDelay": payment.delay,
        "restrictions": payment.disallows,
        "merchantPaymentLabel": payment.label,
    }
    if payment.state == "Reserved":
        told["partialCapturePossible"] = _allows_parts(payment)
    counted_from = payment.began if payment.reserved_at is None else payment.reserved_at
    told["paymentExpiresAt"] = counted_from + RESERVATION_LIFETIME
    told = {name: value for name, value in told.items() if value is not None}
    return answered(state, **told, **customer_fields(payment.phone))


def find_payments(state: State, call: FindPayments) -> Results:
    """Open payments, or captured ones; of those with an order id the newest."""
    if call.till is None and call.order is None:
        return refused(state, 400, "1109")
    wanted = {"Captured"} if call.captured else ACTIVE | {"Reserved"}
    found = [
        (payment.number, made)
        for made, payment in state.payments.items()
        if payment.owner == call.who
        and payment.state in wanted
        and call.till in (None, payment.till)
        and call.order in (None, payment.order)
    ]
    if call.order is not None:
        found = sorted(found)[-1:]
    return answered(state, paymentIds=tuple(sorted(made for _, made in found)))


def accept(state: State, call: Accept) -> Results:
    """The customer accepts; the app refuses a card that the payment disallows, and nothing changes."""
    till = state.till_with_beacon(call.beacon)
    if till is None or call.phone not in USERS:
        return refused(state, 404, "1099")
    active = state.active_on(till)
    if active is None or active[1].state != "IssuedToUser" or active[1].phone != call.phone:
        return refused(state, 409, "1099")
    made, payment = active
    if (payment.card or USERS[call.phone].card) in (payment.disallows or ()):
        return refused(state, 409, "1099")
    reserved = replace(payment, state="Reserved", since=state.now, reserved_at=state.now)
    return answered(_checked_out(_with(state, made, reserved), payment.till))


def _allows_parts(payment: Payment) -> bool:
    """Whether the card behind a payment can be captured in part; one taken instead can't."""
    return payment.card is None and USERS[str(payment.phone)].is_partial


def take_card(state: State, call: TakeCard) -> Results:
    """The app has refused a card: the customer, who is asked, takes another one."""
    payment = state.payments[call.id]
    assert payment.state == "IssuedToUser"
    if call.card == (payment.card or USERS[str(payment.phone)].card):
        return answered(state)
    return answered(_with(state, call.id, replace(payment, card=call.card)))


def cancel_by_user(state: State, call: CancelByUser) -> Results:
    till = state.till_with_beacon(call.beacon)
    if till is None:
        return refused(state, 404, "1099")
    active = state.active_on(till)
    if active is None or active[1].state not in ("Paired", "IssuedToUser"):
        return refused(state, 409, "1099")
    after = _with(state, active[0], replace(active[1], state="CancelledByUser"))
    return answered(_checked_out(after, till))
