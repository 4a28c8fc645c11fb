"""THE MODEL: what may come of a call in a state. It serves the state machine and the checker.

It is written from the documentation of the service and from `docs/fidelity.md`, and imports nothing
of the simulator. Time is a part of the state and passes by `Advance` alone.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.model.specification import calls, payments, points_of_sale, refunds
from tests.model.specification.defects import Spoilt, refusal_of
from tests.model.specification.values import (
    ACTIVE,
    CheckIn,
    Map,
    Outcome,
    Payment,
    Refund,
    Results,
    State,
    Store,
    Use,
    answered,
    refused,
)

__all__ = ["NEW", "deadlines", "step"]

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

CHECK_IN_LIFETIME = 5 * MINUTE
INACTIVITY_LIMIT = 10 * MINUTE
REFUND_RESERVING_TIME = SECOND // 2
REFUND_AUTO_CAPTURE = 24 * HOUR
KEY_RETENTION = 24 * HOUR

#: In the place of the id of something new, where no new id was given.
NEW = "(a new id)"

_CREATING: dict[type, Callable[[State, Any, str], Results]] = {
    calls.CreatePos: points_of_sale.create_pos,
    calls.Initiate: payments.initiate,
    calls.Prepare: payments.prepare,
    calls.CreateRefund: refunds.create_refund,
}


def step(state: State, call: Any, made: str | None = None) -> Results:
    """Returns what may come of a call: outcomes, each with the state it leaves.

    Args:
        made: the id the service gave to what was made, if it made something.
    """
    if isinstance(call, calls.Creating):
        return _create(state, call, made)
    return _OTHERS[type(call)](state, call)


def _create(state: State, call: calls.Creating, made: str | None) -> Results:
    """A key that was used gives what it gave; a refusal does not use it up."""
    name = (call.who, call.key)
    use = state.keys.get(name)
    if use is not None:
        same = use.call == call
        return answered(state, id=use.made) if same else refused(state, 409, "1306")
    is_known = made in state.tills or made in state.payments or made in state.refunds
    name_of_it = NEW if made is None or is_known else made
    results = _CREATING[type(call)](state, call, name_of_it)
    return tuple(
        (outcome, _with_key(after, name, Use(call, name_of_it, state.now)))
        if outcome.status == 200
        else (outcome, after)
        for outcome, after in results
    )


def _with_key(state: State, name: Any, use: Use) -> State:
    return replace(state, keys=state.keys.put(name, use))


def _spoilt(state: State, call: Spoilt) -> Results:
    status, code = refusal_of(call)
    return refused(state, status, code)


def _set_store(state: State, call: calls.SetStore) -> Results:
    merchant = state.stores[call.store].merchant
    stores = state.stores.put(call.store, Store(merchant, call.active))
    balances = state.balances.put((call.store, call.currency), call.balance)
    return answered(replace(state, stores=stores, balances=balances))


def _advance(state: State, call: calls.Advance) -> Results:
    now = state.now + call.by
    payments_then = Map({made: _aged(each, now) for made, each in state.payments.items()})
    check_ins = {
        till: there
        for till, there in state.check_ins.items()
        if _stays(there, state.active_on(till), payments_then, now)
    }
    keys = {name: use for name, use in state.keys.items() if now - use.at <= KEY_RETENTION}
    aged = replace(
        state,
        now=now,
        check_ins=Map(check_ins),
        keys=Map(keys),
        payments=payments_then,
        refunds=Map({made: _aged_refund(each, now) for made, each in state.refunds.items()}),
    )
    return ((Outcome(200), aged),)


def _stays(
    there: CheckIn,
    active: tuple[str, Payment] | None,
    payments_then: Map[str, Payment],
    now: int,
) -> bool:
    """Whether a customer is still there: with an active payment as long as that is active."""
    if active is not None:
        return payments_then[active[0]].state in ACTIVE
    return now - there.since < CHECK_IN_LIFETIME


def _aged(payment: Payment, now: int) -> Payment:
    age = now - payment.since
    if payment.state in ACTIVE and age >= INACTIVITY_LIMIT:
        return replace(payment, state="CancelledByMobilePay")
    if payment.state == "Reserved" and age >= payments.RESERVATION_LIFETIME:
        return replace(payment, state="ExpiredAndCancelled")
    return payment


def _aged_refund(refund: Refund, now: int) -> Refund:
    if refund.state == "Initiated" and now - refund.since >= REFUND_RESERVING_TIME:
        refund = replace(refund, state="Reserved", since=refund.since + REFUND_RESERVING_TIME)
    if refund.state == "Reserved" and now - refund.since >= REFUND_AUTO_CAPTURE:
        return replace(refund, state="ExpiredAndCaptured")
    return refund


def deadlines(state: State) -> list[int]:
    """Returns the times to come at which something ends by itself, the first first."""
    ends = [there.since + CHECK_IN_LIFETIME for there in state.check_ins.values()]
    ends += [use.at + KEY_RETENTION for use in state.keys.values()]
    for payment in state.payments.values():
        if payment.state in ACTIVE:
            ends.append(payment.since + INACTIVITY_LIMIT)
        elif payment.state == "Reserved":
            ends.append(payment.since + payments.RESERVATION_LIFETIME)
        elif payment.captured_at is not None:
            ends.append(payment.captured_at + refunds.REFUNDABLE_FOR)
    for refund in state.refunds.values():
        if refund.state == "Initiated":
            ends.append(refund.since + REFUND_RESERVING_TIME)
        elif refund.state == "Reserved":
            ends.append(refund.since + REFUND_AUTO_CAPTURE)
    return sorted({end for end in ends if end > state.now})


_OTHERS: dict[type, Callable[[State, Any], Results]] = {
    calls.GetPos: points_of_sale.get_pos,
    calls.DeletePos: points_of_sale.delete_pos,
    calls.FindPos: points_of_sale.find_pos,
    calls.GetCheckIn: points_of_sale.get_check_in,
    calls.CheckInUser: points_of_sale.check_in,
    calls.Ready: payments.ready,
    calls.CapturePayment: payments.capture,
    calls.CancelPayment: payments.cancel,
    calls.GetPayment: payments.get_payment,
    calls.FindPayments: payments.find_payments,
    calls.Accept: payments.accept,
    calls.CancelByUser: payments.cancel_by_user,
    calls.TakeCard: payments.take_card,
    calls.CaptureRefund: refunds.capture_refund,
    calls.CancelRefund: refunds.cancel_refund,
    calls.GetRefund: refunds.get_refund,
    calls.FindRefunds: refunds.find_refunds,
    calls.Advance: _advance,
    calls.SetStore: _set_store,
    Spoilt: _spoilt,
}
