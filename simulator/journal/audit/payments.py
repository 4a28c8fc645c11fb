"""Rules about payments: what becomes of the money."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from simulator.engine.events import PaymentChanged
from simulator.engine.records import Payment
from simulator.engine.states import PaymentState
from simulator.engine.values import PlannedCaptureDelay
from simulator.journal.audit.calls import Call, Outcome
from simulator.journal.audit.rules import Broken, Evidence, Severity, count_of, ids, rule, shown

#: How long after its reservation a payment is captured at the latest, by what was planned. "None"
#: is not measured anywhere (decided): a minute lets a client poll, retry and back off.
PLANNED = {
    PlannedCaptureDelay.NONE: timedelta(minutes=1),
    PlannedCaptureDelay.LESS_THAN_24_HOURS: timedelta(hours=24),
    PlannedCaptureDelay.LESS_THAN_14_DAYS: timedelta(days=14),
}
#: Calls by which a till has gone on to the next customer.
GOING_ON = ("InitiatePayment", "PreparePayment", "GetCheckIn", "DeletePos")
ENDING = ("CapturePayment", "CancelPayment")
NOT_IN_PART = "1308"
#: A call and the two retries that are advised.
ENOUGH_TRIES = 3


def _planned(payment: Payment) -> timedelta:
    return PLANNED[payment.capture_delay or PlannedCaptureDelay.NONE]


@rule(
    "reservation-left-open",
    Severity.ERROR,
    "Reserved, and neither captured nor cancelled",
    "Capture or cancel every reserved payment. Until then the customer's money is blocked, and "
    "after 7 days the reservation ends and the shop gets nothing (sections 7 and 9).",
)
def reservation_left_open(evidence: Evidence) -> Iterator[Broken]:
    """A reservation ended without the client having tried to capture or cancel it, or it is still
    there though the client has gone on: the time for the planned capture is over; or, where no
    delay was planned, the client has started another payment on the point of sale, has looked for
    the next check-in or has deleted it.

    Not counted: a reservation that a scenario ended before the planned capture; and a client whose
    capture or cancel was held up until it came too late, or failed three times.
    """
    for payment in evidence.payments:
        calls = evidence.by_payment.get(payment.id, [])
        ending = _ending(evidence, payment)
        if payment.reserved_at is None or not ending or _has_tried(calls, payment):
            continue
        shown_as = [each for each in calls if each.told("status") == PaymentState.RESERVED]
        amount = f"{payment.amount} {payment.currency}"
        yield Broken(
            message=f"{amount} of order {payment.order_id!r} were reserved at "
            f"{payment.reserved_at:%F %T} and never captured or cancelled; {ending}. Capture what "
            "the customer has bought, or cancel the payment.",
            requests=ids([*_made(calls), *shown_as[:1]]),
            payment_id=payment.id,
            pos_id=payment.pos_id,
        )


def _ending(evidence: Evidence, payment: Payment) -> str:
    """Returns what has become of a reservation that was left alone, or nothing where it was not."""
    begun, end = payment.reserved_at, payment.expires_at
    if begun is None or end is None:
        return ""
    if payment.state is PaymentState.EXPIRED_AND_CANCELLED:
        enough = min(_planned(payment), evidence.rules.reservation_lifetime)
        return f"the reservation ended at {end:%F %T}" if end - begun >= enough else ""
    if payment.state is not PaymentState.RESERVED:
        return ""
    if evidence.now - begun > _planned(payment):
        return f"it is still reserved {shown(evidence.now - begun)} later"
    if payment.capture_delay is PlannedCaptureDelay.NONE and _has_gone_on(evidence, payment):
        return "it is still reserved, and the till has gone on"
    return ""


def _has_gone_on(evidence: Evidence, payment: Payment) -> bool:
    """Whether the client went on at the point of sale, knowing that the payment was reserved."""
    if evidence.newest_on[payment.pos_id] != payment.id:
        return True
    is_known = False
    for call in evidence.by_pos.get(payment.pos_id, []):
        if call.exchange.payment_id == payment.id:
            is_known = is_known or call.told("status") == PaymentState.RESERVED
        elif is_known and call.operation in GOING_ON and call.outcome is Outcome.DONE:
            return True
    return False


def _has_tried(calls: list[Call], payment: Payment) -> bool:
    """Whether the client did what it could to end a reservation in time."""
    end = payment.expires_at
    tries = [each for each in calls if each.operation in ENDING and (not end or each.at <= end)]
    was_held_up = any(each.exchange.worked_at is not None for each in tries)
    return was_held_up or sum(each.outcome is Outcome.LOST for each in tries) >= ENOUGH_TRIES


def _made(calls: list[Call]) -> list[Call]:
    """Returns the call that made a payment, where it is kept."""
    return [call for call in calls if any(_makes(event) for event in call.exchange.events)][:1]


def _makes(event: Any) -> bool:
    return isinstance(event, PaymentChanged) and event.before is None


@rule(
    "captured-late",
    Severity.WARNING,
    "Captured later than planned",
    "`plannedCaptureDelay` is a promise of how long after its reservation a payment is captured: "
    "at once, within 24 hours or within 14 days (section 7).",
)
def captured_late(evidence: Evidence) -> Iterator[Broken]:
    """A payment was captured more than a minute (`None`), 24 hours or 14 days after its
    reservation, in the sandbox's time.

    What counts is the first try that was not refused. Where the first poll after the reservation
    failed, time counts from the one that told of it.
    """
    for payment in evidence.payments:
        if payment.reserved_at is None or payment.captured_at is None:
            continue
        calls = evidence.by_payment.get(payment.id, [])
        tries = [
            each
            for each in calls
            if each.operation == "CapturePayment" and each.outcome is not Outcome.REFUSED
        ]
        captured = min([payment.captured_at, *(each.at for each in tries)])
        late = captured - _known_at(calls, payment.reserved_at)
        if late > _planned(payment):
            yield Broken(
                message=f"{payment.captured_amount} {payment.currency} of order "
                f"{payment.order_id!r} were captured {shown(late)} after the reservation; "
                f"plannedCaptureDelay was {payment.capture_delay}, which means within "
                f"{shown(_planned(payment))}. Capture sooner, or say beforehand that it takes "
                "longer.",
                requests=ids(tries[:1]),
                payment_id=payment.id,
                pos_id=payment.pos_id,
            )


def _known_at(calls: list[Call], reserved_at: datetime) -> datetime:
    """Returns when a client could know of a reservation."""
    polls = [each for each in calls if each.operation == "QueryPayment" and each.at >= reserved_at]
    if not polls or polls[0].outcome is Outcome.DONE:
        return reserved_at
    return next((each.at for each in polls if each.outcome is Outcome.DONE), polls[-1].at)


@rule(
    "duplicate-order-id",
    Severity.ERROR,
    "Order id used for more than one payment",
    "Each payment has an order id of its own. By it the shop finds its payments, and a lost one "
    "can be looked up (sections 7 and 9).",
)
def duplicate_order_id(evidence: Evidence) -> Iterator[Broken]:
    """One integrator made two payments for one merchant with the same order id. The replay of a
    call under its idempotency key makes no payment, and so does not count.
    """
    same: defaultdict[tuple[str, str, str], list[Payment]] = defaultdict(list)
    for payment in evidence.payments:
        same[payment.client_id, payment.merchant, payment.order_id].append(payment)
    for (_, _, order_id), payments in same.items():
        if len(payments) > 1:
            made = [_made(evidence.by_payment.get(each.id, [])) for each in payments[1:]]
            yield Broken(
                message=f"The order id {order_id!r} was used for "
                f"{count_of(len(payments), 'payment')}: looking it up finds the newest only. Give "
                "each payment an id of its own, also where a customer tries again.",
                requests=ids(call for calls in made for call in calls),
                payment_id=payments[1].id,
                pos_id=payments[1].pos_id,
            )


@rule(
    "partial-capture-not-possible",
    Severity.ERROR,
    "Tried to capture a part where that is not possible",
    "Only some cards can be captured in part: `partialCapturePossible` tells while the payment is "
    "reserved. Else capture the full amount, or cancel (section 7).",
)
def partial_capture_not_possible(evidence: Evidence) -> Iterator[Broken]:
    """A capture was refused with 1308; or less than what was reserved was to be captured, though
    the client had been told that `partialCapturePossible` is false, whatever became of the call.
    """
    for calls in evidence.by_payment.values():
        reserved: Decimal | None = None
        wrong: list[Call] = []
        for call in calls:
            if call.told("partialCapturePossible") is not None:
                is_possible = call.told("partialCapturePossible")
                reserved = None if is_possible else _amount(call.told("amount"))
            elif call.operation == "CapturePayment" and _is_part(call, reserved):
                wrong.append(call)
        if wrong:
            asked = _amount(wrong[0].asked("amount")) or Decimal(0)
            of = f" of the {reserved:.2f} that were reserved" if reserved is not None else ""
            yield Broken.by(
                wrong,
                f"CapturePayment asked for {asked:.2f}{of}, but this card can't be "
                "captured in part. Look at partialCapturePossible first; where it is false, "
                "capture the full amount or cancel.",
            )


def _is_part(call: Call, reserved: Decimal | None) -> bool:
    amount = _amount(call.asked("amount"))
    is_less = reserved is not None and amount is not None and amount < reserved
    return call.code == NOT_IN_PART or is_less


def _amount(value: Any) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
