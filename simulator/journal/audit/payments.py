"""Rules about payments."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from ...client import Severity
from ...engine.client_rules import RETRY_WINDOW
from ...engine.events import PaymentChanged
from ...engine.records import PaymentRecord
from ...engine.states import PaymentState
from ...engine.values import count_of
from .callers import AuditedClient
from .calls import AuditedCall, CallOutcome, longest_time
from .rules import Breach, Evidence, calls_that_made, ids, rule

NOT_IN_PART = "1308"
#: The code of a refusal because a payment is active on the point of sale.
ACTIVE = "1301"
#: The calls that start a payment.
STARTING = ("InitiatePayment", "PreparePayment")


@rule(
    "duplicate-order-id",
    Severity.WARNING,
    "Order id used for more than one payment",
    "Give each payment an order id of its own: not required, but highly recommended. With it the "
    "shop finds its payments, also one whose answer was lost (sections 7 and 9).",
)
def duplicate_order_id(evidence: Evidence) -> Iterator[Breach]:
    """One integrator made two payments for one merchant with the same order id. Repeating a call
    with its idempotency key makes no payment, and so does not count.
    """
    same: defaultdict[tuple[str, str, str], list[PaymentRecord]] = defaultdict(list)
    for payment in evidence.payments:
        same[payment.client_id, payment.merchant, payment.order_id].append(payment)
    for (_, _, order_id), payments in same.items():
        if len(payments) > 1:
            made = [calls_that_made(evidence.by_payment.get(each.id, [])) for each in payments[1:]]
            yield Breach(
                message=f"The order id {order_id!r} was used for "
                f"{count_of(len(payments), 'payment')}: a search for it finds only the newest. "
                "Give each payment an order id of its own, also when a customer tries again.",
                requests=ids(call for calls in made for call in calls),
                payment_id=payments[1].id,
                pos_id=payments[1].pos_id,
            )


@rule(
    "partial-capture-not-possible",
    Severity.ERROR,
    "Tried a partial capture that is not possible",
    "Only some cards allow a partial capture: `partialCapturePossible` tells, while the payment is "
    "reserved. For all others, capture the full amount or cancel (section 7).",
)
def partial_capture_not_possible(evidence: Evidence) -> Iterator[Breach]:
    """A capture was refused with 1308; or the client asked to capture less than the reserved amount
    after an answer in which `partialCapturePossible` was false, whatever the result of the call.
    """
    for calls in evidence.by_payment.values():
        reserved: Decimal | None = None
        wrong: list[AuditedCall] = []
        for call in calls:
            if call.answered("partialCapturePossible") is not None:
                is_possible = call.answered("partialCapturePossible")
                reserved = None if is_possible else _amount(call.answered("amount"))
            elif call.operation == "CapturePayment" and _is_part(call, reserved):
                wrong.append(call)
        if wrong:
            asked = _amount(wrong[0].requested("amount")) or Decimal(0)
            of = f" of the reserved {reserved:.2f}" if reserved is not None else ""
            yield Breach.by(
                wrong,
                f"CapturePayment asked for {asked:.2f}{of}, but this card does not allow a partial "
                "capture. Check partialCapturePossible first; if it is false, capture the full "
                "amount or cancel.",
            )


def _is_part(call: AuditedCall, reserved: Decimal | None) -> bool:
    amount = _amount(call.requested("amount"))
    is_less = reserved is not None and amount is not None and amount < reserved
    return call.code == NOT_IN_PART or is_less


def _amount(value: Any) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


@rule(
    "wrong-payment-cancelled",
    Severity.ERROR,
    "Cancelled a reserved payment instead of the active one",
    "After 1301, or where the call that started a payment was lost, look the payment up by its "
    "orderId and posId and cancel it, if it is active. A reserved payment does not block a new "
    "one: the customer has left with what it pays for (sections 7 and 9).",
)
def wrong_payment_cancelled(evidence: Evidence) -> Iterator[Breach]:
    """A client was refused with 1301, or got no usable answer to the call that starts a payment,
    and then cancelled another payment on that point of sale that was reserved, before it had
    started a payment there.

    Not counted: the cancellation of the payment that the lost call itself had started, and what is
    cancelled more than five minutes after the last such call, or after the client has found that
    no payment is in its way.
    """
    blocked: dict[tuple[AuditedClient, str | None], list[AuditedCall]] = {}
    for call in evidence.calls:
        place = call.client, call.exchange.pos_id
        if call.operation in STARTING:
            if call.code == ACTIVE or call.outcome is CallOutcome.LOST:
                blocked.setdefault(place, []).append(call)
            elif call.outcome is CallOutcome.SUCCEEDED:
                blocked.pop(place, None)
        elif call.answered("paymentIds") == []:
            blocked.pop(place, None)
        elif call.operation == "CancelPayment" and _ends_reservation(call):
            before = blocked.get(place, [])
            started = {each.exchange.payment_id for each in before if each.code != ACTIVE}
            is_late = before and longest_time(before[-1], call) > RETRY_WINDOW
            if before and not is_late and call.exchange.payment_id not in started:
                yield _wrongly_cancelled(before[0], call)


def _ends_reservation(call: AuditedCall) -> bool:
    changes = (each for each in call.exchange.events if isinstance(each, PaymentChanged))
    return any(each.before is PaymentState.RESERVED for each in changes)


def _wrongly_cancelled(before: AuditedCall, call: AuditedCall) -> Breach:
    why = f"was refused with {ACTIVE}" if before.code == ACTIVE else "got no usable answer"
    return Breach.by(
        [call],
        f"{before.operation} {why} (request {before.id}); to clear the way, the client cancelled a "
        "payment that was reserved. A search by posId finds reserved payments as well as the "
        "active one: ask with the orderId too, or look at the state of each, and cancel the "
        "active payment alone.",
    )


@rule(
    "prepared-without-looking",
    Severity.NOTE,
    "Prepared a payment and made it ready without a look at the customer",
    "The prepared flow is for a till that needs to know the customer before the amount. Otherwise "
    "start the payment with its amount: that is one call less (section 7).",
)
def prepared_without_looking(evidence: Evidence) -> Iterator[Breach]:
    """A payment was prepared and marked ready, and the client had neither polled it in between nor
    asked for the check-in of its point of sale since the payment before.
    """
    for calls in evidence.by_pos.values():
        has_looked = False
        prepared: dict[str | None, AuditedCall] = {}
        for call in calls:
            payment_id = call.exchange.payment_id
            if call.operation in ("QueryPayment", "GetCheckIn"):
                has_looked |= call.outcome is CallOutcome.SUCCEEDED
            elif call.operation == "PreparePayment" and call.outcome is CallOutcome.SUCCEEDED:
                prepared[payment_id] = call
            elif call.operation == "PaymentReady":
                before = prepared.pop(payment_id, None)
                if before is not None and not has_looked:
                    yield Breach.by(
                        [before, call],
                        "The payment was prepared and marked ready, and nothing was asked in "
                        "between. If nothing depends on the customer, start the payment with its "
                        "amount instead.",
                    )
                has_looked = False
            elif call.operation == "InitiatePayment":
                has_looked = False
