"""Rules about calls that were given up although no answer to them had come."""

from collections.abc import Iterator

from ...client import Severity
from ...engine.client_rules import ADVISED_RETRIES, JOB_WINDOW, RETRY_WINDOW
from ...engine.events import PaymentChanged, RefundChanged
from ...engine.records import PaymentRecord, RefundRecord
from ...engine.states import Phase, Trigger
from ...scripting.fate import Delivery
from .calls import AuditedCall, CallOutcome
from .retries import attempts_in
from .rules import Breach, Evidence, calls_that_made, ids, rule

#: The calls after whose failure a payment may be left behind.
CLEANED = ("InitiatePayment", "PreparePayment", "PaymentReady", "CancelPayment")
#: The calls about refunds that change something.
REFUNDING = ("CreateRefund", "CaptureRefund", "CancelRefund")
#: The calls that move money; a periodic job may repeat those that were tried often enough.
MOVING = ("CapturePayment", *REFUNDING)
#: What a client's calls do to a payment or refund.
DOINGS = (
    Trigger.INITIATE,
    Trigger.INITIATE_CHECKED_IN,
    Trigger.PREPARE,
    Trigger.PREPARE_CHECKED_IN,
    Trigger.READY,
    Trigger.CAPTURE,
    Trigger.CLIENT_CANCELS,
    Trigger.REFUND,
)
#: The calls by which a client searches for what a lost call has made.
LISTING = ("QueryPaymentIds", "QueryRefundIds")
#: The calls by which a till goes on at a point of sale.
GOING_ON = ("InitiatePayment", "PreparePayment", "CreateRefund")


@rule(
    "charged-twice-after-lost-answer",
    Severity.ERROR,
    "Took the money again after a lost answer",
    "A call without an answer may have done its work. Repeat it: captures and calls with the same "
    "idempotency key do their work only once. Or ask what became of it, before the sale is begun "
    "anew (section 9).",
)
def charged_twice_after_lost_answer(evidence: Evidence) -> Iterator[Breach]:
    """A capture took effect, but no usable answer came. The client neither repeated it nor got an
    answer to a question about the payment, or to a search at its point of sale; it started another
    payment there, and captured the same amount from the same customer. The same holds for a refund
    that was captured, and a second one of the same amount of the same payment.

    Not counted: an answer that came late but whole, since the client may have waited for it.
    """
    for attempts in attempts_in(evidence):
        found = _taken_again(evidence, attempts)
        if found is None:
            continue
        again, made = found
        first = attempts[0]
        what, moved = ("refund", "refunded") if first.operation in REFUNDING else ("sale", "paid")
        amount = again.amount if isinstance(again, RefundRecord) else again.captured_amount
        yield Breach(
            message=f"{first.operation} (request {first.id}) took effect, but its answer never "
            f"came. The client did not ask what became of it and began another {what}: "
            f"{amount} {again.currency} were {moved} a second time, for {again.order_id!r}. Repeat "
            "the call, or ask for the state, before another is begun.",
            requests=ids([*attempts, *made]),
            payment_id=_payment_of(attempts),
            pos_id=first.exchange.pos_id,
        )


@rule(
    "gave-up-without-clean-up",
    Severity.WARNING,
    "Gave up on a call without an answer, and nothing cleaned up",
    "Repeat a call without an answer. Where the retries run out, clean the flow up, for example by "
    "cancelling the payment once the service can be reached again. Otherwise the customer may pay "
    "for what the till takes for failed (sections 7 and 9).",
)
def gave_up_without_clean_up(evidence: Evidence) -> Iterator[Breach]:
    """A client made a call that starts, changes or cancels a payment three times or more without a
    usable answer, and then made no call about that payment and no search at its point of sale,
    although five minutes have passed or it has made another call. The payment was started. What
    other clients ask for, a search that was refused and calls answered with 401 tell it nothing.

    Or a call that starts, changes, captures or cancels a payment or refund took effect without a
    usable answer, however often it was made, and the client then neither repeated it nor asked
    about the payment or refund, although five minutes have passed or it has begun another payment
    or refund at that point of sale.

    Not counted: captures, and calls about refunds, that were made three times or more, for a day,
    since a periodic job makes them later; an answer that came late but whole, since the client may
    have waited for it; and what `charged-twice-after-lost-answer` reports.
    """
    for attempts in attempts_in(evidence):
        if not (_has_left_a_payment(evidence, attempts) or _has_left_unlearnt(evidence, attempts)):
            continue
        first, last = attempts[0], attempts[-1]
        times = "once" if len(attempts) == 1 else f"{len(attempts)} times"
        yield Breach(
            message=f"{last.operation} was tried {times} without a usable answer "
            f"({_requests(attempts)}), and then left: {_left_by(attempts)}, and nobody looked.",
            requests=ids(attempts),
            payment_id=_payment_of(attempts),
            pos_id=first.exchange.pos_id or last.exchange.pos_id,
        )


def _requests(attempts: list[AuditedCall]) -> str:
    first, last = attempts[0].id, attempts[-1].id
    return f"request {first}" if first == last else f"requests {first} to {last}"


def _left_by(attempts: list[AuditedCall]) -> str:
    """Returns what is left where a call was given up."""
    operation = attempts[0].operation
    if operation in CLEANED and operation != "CancelPayment":
        return "the payment is there: look it up by its orderId and posId, and cancel it"
    return "it may have taken effect: repeat it, or ask for the state"


def _has_left_a_payment(evidence: Evidence, attempts: list[AuditedCall]) -> bool:
    """Whether the retries of a call ran out, and its payment was left."""
    last, payment_id = attempts[-1], _payment_of(attempts)
    is_given_up = len(attempts) > ADVISED_RETRIES and last.outcome is CallOutcome.LOST
    if last.operation not in CLEANED or not is_given_up or payment_id is None:
        return False
    later = [each for each in _after(evidence, last) if each.client == last.client]
    is_over = bool(later) or evidence.now - last.at > RETRY_WINDOW
    return is_over and not any(_looks_after(each, attempts) for each in later)


def _has_left_unlearnt(evidence: Evidence, attempts: list[AuditedCall]) -> bool:
    """Whether a call took effect and was left, though its outcome was never learnt."""
    if not _is_unlearnt(attempts) or _taken_again(evidence, attempts) is not None:
        return False
    last = attempts[-1]
    later = _after(evidence, last)
    is_for_job = last.operation in MOVING and len(attempts) > ADVISED_RETRIES
    is_over = evidence.now - last.at > (JOB_WINDOW if is_for_job else RETRY_WINDOW)
    has_gone_on = not is_for_job and any(_goes_on(each, last) for each in later)
    return (is_over or has_gone_on) and not any(_looks_after(each, attempts) for each in later)


def _is_unlearnt(attempts: list[AuditedCall]) -> bool:
    """Whether a call took effect, and none of its attempts got an answer that tells so."""
    is_known = attempts[0].operation in (*CLEANED, *MOVING)
    return is_known and _took_effect(attempts) and not any(map(_tells, attempts))


def _took_effect(attempts: list[AuditedCall]) -> bool:
    events = (event for each in attempts for event in each.exchange.events)
    changes = (each for each in events if isinstance(each, PaymentChanged | RefundChanged))
    return any(each.trigger in DOINGS for each in changes)


def _tells(call: AuditedCall) -> bool:
    """Whether the client may know what became of a call: its answer came, or is to come."""
    exchange = call.exchange
    came = exchange.delivery is Delivery.WHOLE and exchange.seen_status < 500
    is_under_way = exchange.delivery is Delivery.PENDING
    is_answered = call.outcome in (CallOutcome.SUCCEEDED, CallOutcome.REFUSED)
    return is_answered or is_under_way or (call.is_late and came)


def _after(evidence: Evidence, last: AuditedCall) -> list[AuditedCall]:
    return [each for each in evidence.calls if each.id > last.id]


def _goes_on(call: AuditedCall, last: AuditedCall) -> bool:
    is_there = call.exchange.pos_id == last.exchange.pos_id and call.client == last.client
    return is_there and call.operation in GOING_ON and call.sent != last.sent


def _payment_of(attempts: list[AuditedCall]) -> str | None:
    """Returns the payment that attempts were about, or that one of them has started."""
    named = (each.exchange.payment_id for each in attempts)
    return next((each for each in named if each is not None), None)


def _refund_of(attempts: list[AuditedCall]) -> str | None:
    """Returns the refund that attempts were about, or that one of them has made."""
    named = (each.exchange.refund_id for each in attempts)
    return next((each for each in named if each is not None), None)


def _looks_after(call: AuditedCall, attempts: list[AuditedCall]) -> bool:
    """Whether the client repeats a call that was given up, or asks what became of it."""
    about, last = call.exchange, attempts[-1].exchange
    is_refused = call.outcome is CallOutcome.REFUSED and call.operation in LISTING
    if call.client != attempts[-1].client or is_refused:
        return False
    if call.outcome is CallOutcome.UNAUTHORIZED:
        return False
    if last.operation in REFUNDING:
        is_list = call.operation == "QueryRefundIds" and about.payment_id == last.payment_id
        return is_list or about.refund_id == _refund_of(attempts)
    is_search = call.operation == "QueryPaymentIds" and about.pos_id in (None, last.pos_id)
    return is_search or about.payment_id == _payment_of(attempts)


def _taken_again(
    evidence: Evidence, attempts: list[AuditedCall]
) -> tuple[PaymentRecord | RefundRecord, list[AuditedCall]] | None:
    """Returns what took the money again after a lost answer, and the call that made it."""
    if not _is_unlearnt(attempts) or attempts[0].operation not in MOVING:
        return None
    later = _after(evidence, attempts[-1])
    if any(_looks_after(each, attempts) and _tells(each) for each in later):
        return None
    begun = {each.id for each in later}
    for again in _alike(evidence, attempts):
        made = _made(evidence, again)
        if made and made[0].id in begun:
            return again, made
    return None


def _alike(
    evidence: Evidence, attempts: list[AuditedCall]
) -> Iterator[PaymentRecord | RefundRecord]:
    """Yields the other payments or refunds that moved the same money as a call."""
    if attempts[0].operation in REFUNDING:
        refund_id = _refund_of(attempts)
        refunds = [each for each in evidence.refunds if each.state.phase is Phase.CAPTURED]
        first = next((each for each in refunds if each.id == refund_id), None)
        yield from (each for each in refunds if first and _is_same_refund(first, each))
        return
    payment_id = _payment_of(attempts)
    payments = [each for each in evidence.payments if each.captured_amount is not None]
    paid = next((each for each in payments if each.id == payment_id), None)
    yield from (each for each in payments if paid and _is_same_sale(paid, each))


def _is_same_refund(first: RefundRecord, other: RefundRecord) -> bool:
    is_same = (first.payment_id, first.amount) == (other.payment_id, other.amount)
    return is_same and first.id != other.id


def _is_same_sale(first: PaymentRecord, other: PaymentRecord) -> bool:
    def of(payment: PaymentRecord) -> tuple[object, ...]:
        who = payment.customer and payment.customer.phone
        return payment.pos_id, payment.captured_amount, payment.currency, who

    return first.id != other.id and of(first) == of(other)


def _made(evidence: Evidence, again: PaymentRecord | RefundRecord) -> list[AuditedCall]:
    """Returns the call that made a payment or refund, if it is kept."""
    if isinstance(again, PaymentRecord):
        return calls_that_made(evidence.by_payment.get(again.id, []))
    calls = evidence.by_refund.get(again.id, [])
    return [each for each in calls if each.operation == "CreateRefund"][:1]
