"""Rules about reservations: each is to be captured or cancelled in time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ...client import Severity
from ...engine.client_rules import ADVISED_RETRIES, RETRY_WINDOW
from ...engine.records import PaymentRecord
from ...engine.states import PaymentState
from ...engine.values import PlannedCaptureDelay
from ..words import length_in_words
from .calls import AuditedCall, CallOutcome, longest_time
from .rules import Breach, Evidence, calls_that_made, ids, rule

#: How long after its reservation a payment may be captured, by plannedCaptureDelay. After that
#: MobilePay's support may ask the shop what is wrong; for "None" see `_settle_by`.
PLANNED = {
    PlannedCaptureDelay.LESS_THAN_24_HOURS: timedelta(days=3),
    PlannedCaptureDelay.LESS_THAN_14_DAYS: timedelta(days=7),
}
#: Calls by which a till goes on to the next customer.
GOING_ON = ("InitiatePayment", "PreparePayment", "GetCheckIn")
ENDING = ("CapturePayment", "CancelPayment")
#: A call and its advised retries.
ENOUGH_TRIES = 1 + ADVISED_RETRIES


def _settle_by(payment: PaymentRecord, since: datetime) -> datetime:
    """Returns until when a payment should be captured, reserved at `since`.

    With no delay planned, that is the end of the following day; days begin at midnight UTC.
    """
    length = PLANNED.get(payment.capture_delay or PlannedCaptureDelay.NONE)
    if length is not None:
        return since + length
    midnight = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=2)


@rule(
    "reservation-left-open",
    Severity.ERROR,
    "Reserved, but neither captured nor cancelled",
    "Capture or cancel every reserved payment as soon as possible. What fails at first is settled "
    "by a periodic job, which the documentation requires. Until then the customer's money is "
    "blocked; after 7 days the reservation expires, and the shop gets nothing (sections 7 and 9).",
)
def reservation_left_open(evidence: Evidence) -> Iterator[Breach]:
    """A reservation expired and the client had not tried to capture or cancel it; or the payment is
    still reserved although the time for its capture is over: the end of the following day where
    `plannedCaptureDelay` is `None`, 3 days for `LessThan24Hours`, 7 days for `LessThan14Days`.

    Not counted: a reservation that a scenario ended before that time; a client whose capture or
    cancellation was held back until it came too late; and one that tried three times without an
    answer, the last time more than five minutes after the first, as a periodic job does.
    """
    for payment in evidence.payments:
        calls = evidence.by_payment.get(payment.id, [])
        ending = _ending(evidence, payment)
        if payment.reserved_at is None or not ending or _has_tried(calls, payment):
            continue
        amount = f"{payment.amount} {payment.currency}"
        yield Breach(
            message=f"{amount} of order {payment.order_id!r} were reserved at "
            f"{payment.reserved_at:%F %T} and neither captured nor cancelled; {ending}. Capture "
            "what the customer has bought, or cancel the payment.",
            requests=ids([*calls_that_made(calls), *_shown_as_reserved(calls)]),
            payment_id=payment.id,
            pos_id=payment.pos_id,
        )


def _ending(evidence: Evidence, payment: PaymentRecord) -> str:
    """Returns what became of a reservation that was left open; empty where it was not."""
    begun, end = payment.reserved_at, payment.expires_at
    if begun is None or end is None:
        return ""
    if payment.state is PaymentState.EXPIRED_AND_CANCELLED:
        enough = min(_settle_by(payment, begun) - begun, evidence.rules.reservation_lifetime)
        return f"the reservation expired at {end:%F %T}" if end - begun >= enough else ""
    if payment.state is not PaymentState.RESERVED:
        return ""
    if evidence.now > _settle_by(payment, begun):
        return f"it is still reserved {length_in_words(evidence.now - begun)} later"
    return ""


def _has_gone_on(evidence: Evidence, payment: PaymentRecord) -> bool:
    """Whether the client knew that the payment was reserved and went on at the point of sale."""
    if evidence.newest_on[payment.pos_id] != payment.id:
        return True
    is_known = False
    for call in evidence.by_pos.get(payment.pos_id, []):
        if call.exchange.payment_id == payment.id:
            is_known = is_known or call.answered("status") == PaymentState.RESERVED
        elif is_known and call.operation in GOING_ON and call.outcome is CallOutcome.SUCCEEDED:
            return True
    return False


def _has_tried(calls: list[AuditedCall], payment: PaymentRecord) -> bool:
    """Whether the client tried hard enough to capture or cancel in time."""
    end = payment.expires_at
    tries = [each for each in calls if each.operation in ENDING and (not end or each.at <= end)]
    if any(each.exchange.worked_at is not None for each in tries):
        return True
    lost = [each for each in tries if each.outcome is CallOutcome.LOST]
    return len(lost) >= ENOUGH_TRIES and longest_time(lost[0], lost[-1]) > RETRY_WINDOW


@rule(
    "reservation-not-settled",
    Severity.NOTE,
    "Went on with a payment still reserved",
    "Capture or cancel a payment as soon as possible after its reservation. One that could not be "
    "settled is kept in a list of the client's, and settled by a periodic job (sections 7 and 9).",
)
def reservation_not_settled(evidence: Evidence) -> Iterator[Breach]:
    """A payment without a planned delay (`None`) is still reserved, and the client has started
    another payment on its point of sale, or has seen that it is reserved and then polled for the
    next check-in there. The time for its capture is not over yet; once it is, see
    `reservation-left-open`.

    Not counted: a payment whose capture or cancellation was tried without an answer, since a
    periodic job can still settle it.
    """
    for payment in evidence.payments:
        begun = payment.reserved_at
        if payment.state is not PaymentState.RESERVED or begun is None:
            continue
        calls = evidence.by_payment.get(payment.id, [])
        is_planned = payment.capture_delay is not PlannedCaptureDelay.NONE
        was_tried = any(_is_lost_ending(each) for each in calls)
        if is_planned or was_tried or evidence.now > _settle_by(payment, begun):
            continue
        if _has_gone_on(evidence, payment):
            yield Breach(
                message=f"{payment.amount} {payment.currency} of order {payment.order_id!r} are "
                "still reserved, although the till has gone on to the next payment. If your "
                "periodic job settles them later, all is well; otherwise capture or cancel first.",
                requests=ids([*calls_that_made(calls), *_shown_as_reserved(calls)]),
                payment_id=payment.id,
                pos_id=payment.pos_id,
            )


def _is_lost_ending(call: AuditedCall) -> bool:
    return call.operation in ENDING and call.outcome is CallOutcome.LOST


def _shown_as_reserved(calls: list[AuditedCall]) -> list[AuditedCall]:
    """Returns the call that showed a payment to be reserved, if there is one."""
    return [each for each in calls if each.answered("status") == PaymentState.RESERVED][:1]


@rule(
    "captured-late",
    Severity.WARNING,
    "Captured later than planned",
    "`plannedCaptureDelay` says when a capture is expected. MobilePay's support may reach out "
    "where there is none by the following day (`None`) or within the following 2 to 3 days "
    "(`LessThan24Hours`); after 7 days the reservation has ended (section 7).",
)
def captured_late(evidence: Evidence) -> Iterator[Breach]:
    """A payment was captured later than the end of the day after its reservation (`None`), than 3
    days (`LessThan24Hours`) or than 7 days (`LessThan14Days`) after it, in the sandbox's time. Days
    begin at midnight UTC.

    The first attempt that was not refused counts. If the first poll after the reservation failed,
    the time counts from the poll that showed the reservation to the client.
    """
    for payment in evidence.payments:
        if payment.reserved_at is None or payment.captured_at is None:
            continue
        calls = evidence.by_payment.get(payment.id, [])
        tries = [
            each for each in calls if each.operation == "CapturePayment" and not each.is_refused
        ]
        captured = min([payment.captured_at, *(each.at for each in tries)])
        known = _known_at(calls, payment.reserved_at)
        if captured > (latest := _settle_by(payment, known)):
            yield Breach(
                message=f"{payment.captured_amount} {payment.currency} of order "
                f"{payment.order_id!r} were captured {length_in_words(captured - known)} after the "
                f"reservation; plannedCaptureDelay was {payment.capture_delay}, with which the "
                f"capture is expected until {latest:%F %T}. Capture sooner, or plan a longer "
                "delay.",
                requests=ids(tries[:1]),
                payment_id=payment.id,
                pos_id=payment.pos_id,
            )


def _known_at(calls: list[AuditedCall], reserved_at: datetime) -> datetime:
    """Returns when the client could know of a reservation."""
    polls = [each for each in calls if each.operation == "QueryPayment" and each.at >= reserved_at]
    if not polls or polls[0].outcome is CallOutcome.SUCCEEDED:
        return reserved_at
    return next((each.at for each in polls if each.outcome is CallOutcome.SUCCEEDED), polls[-1].at)
