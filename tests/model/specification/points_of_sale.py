"""Points of sale, and who is checked in there: section 6 of the documentation."""

from dataclasses import replace

from tests.model.specification.calls import (
    CheckInUser,
    CreatePos,
    DeletePos,
    FindPos,
    GetCheckIn,
    GetPos,
)
from tests.model.specification.values import (
    USERS,
    CheckIn,
    Payment,
    Results,
    State,
    Till,
    answered,
    refused,
)

__all__ = [
    "check_in",
    "create_pos",
    "customer_fields",
    "delete_pos",
    "find_pos",
    "get_check_in",
    "get_pos",
]

#: Polls of check-ins and payments should be this far apart.
POLL_DELAY = 1000


def create_pos(state: State, call: CreatePos, made: str) -> Results:
    store = state.stores.get(call.store)
    if store is None:
        return refused(state, 409, "1002")
    if store.merchant != call.who.merchant:
        return refused(state, 403, "1403")
    theirs = [each for each in state.tills.values() if each.owner == call.who]
    if any(each.merchant_pos_id == call.merchant_pos_id for each in theirs):
        return refused(state, 409, "1200")
    if state.till_with_beacon(call.beacon) is not None:
        return refused(state, 409, "1202")
    till = Till(
        call.who,
        call.store,
        call.name,
        call.merchant_pos_id,
        call.beacon,
        call.alias,
        call.payment_first,
        tuple(dict.fromkeys(call.types)),
    )
    return answered(replace(state, tills=state.tills.put(made, till)), id=made)


def get_pos(state: State, call: GetPos) -> Results:
    till = state.tills.get(call.id)
    if till is None:
        return refused(state, 404)
    if till.owner != call.who:
        is_stranger = till.owner.integrator != call.who.integrator
        return refused(state, 403, "1400" if is_stranger else "1410")
    alias = {} if till.alias is None else {"callbackAlias": till.alias}
    return answered(
        state,
        posId=call.id,
        merchantPosId=till.merchant_pos_id,
        storeId=till.store,
        name=till.name,
        beaconId=till.beacon,
        supportedBeaconTypes=till.types,
        requirePaymentBeforeCheckin=till.payment_first,
        **alias,
    )


def delete_pos(state: State, call: DeletePos) -> Results:
    if state.deleted.get(call.id) == call.who:
        return answered(state)
    till = state.tills.get(call.id)
    if till is None:
        return refused(state, 404)
    if till.owner != call.who:
        is_stranger = till.owner.integrator != call.who.integrator
        return refused(state, 403, "1400" if is_stranger else "1409")
    tills, check_ins = state.tills.drop(call.id), state.check_ins.drop(call.id)
    deleted = state.deleted.put(call.id, call.who)
    return answered(replace(state, tills=tills, check_ins=check_ins, deleted=deleted))


def find_pos(state: State, call: FindPos) -> Results:
    if call.store is None and call.merchant_pos_id is None and call.beacon is None:
        return refused(state, 400, "1121")
    found = (
        made
        for made, till in state.tills.items()
        if till.owner == call.who
        and call.store in (None, till.store)
        and call.merchant_pos_id in (None, till.merchant_pos_id)
        and call.beacon in (None, till.beacon)
    )
    return answered(state, posIds=tuple(sorted(found)))


def get_check_in(state: State, call: GetCheckIn) -> Results:
    till = state.tills.get(call.id)
    if till is None:
        return refused(state, 404)
    if till.owner != call.who:
        return refused(state, 403, "1400")
    there = state.check_ins.get(call.id)
    return answered(
        state,
        isUserCheckedIn=there is not None,
        pollDelayInMs=POLL_DELAY,
        **customer_fields(there.phone if there else None),
    )


def customer_fields(phone: str | None) -> dict[str, object]:
    """What is told of a customer: a token, and what was looked up."""
    if phone is None:
        return {}
    user = USERS[phone]
    return {
        "customerToken": True,
        "loyaltyIds": user.is_loyal,
        "customerReceiptToken": user.has_receipts,
    }


def check_in(state: State, call: CheckInUser) -> Results:
    """A customer comes: the one before goes, and a payment that waits for one has one."""
    till = state.till_with_beacon(call.beacon)
    if till is None or call.phone not in USERS:
        return refused(state, 404, "1099")
    active = state.active_on(till)
    if state.tills[till].payment_first and active is None:
        return refused(state, 409, "1099")
    payments = state.payments
    if active is not None:
        payments = payments.put(active[0], _met(active[1], call.phone, state.now))
    check_ins = state.check_ins.put(till, CheckIn(call.phone, state.now))
    return answered(replace(state, check_ins=check_ins, payments=payments))


def _met(payment: Payment, phone: str, now: int) -> Payment:
    after = {"Prepared": "Paired", "Initiated": "IssuedToUser"}.get(payment.state)
    card = payment.card if payment.phone == phone else None
    if after is None:
        return replace(payment, phone=phone, card=card)
    return replace(payment, state=after, phone=phone, card=card, since=now)
