"""Rules about refunds."""

from collections.abc import Iterator

from ...client import Severity
from ...engine.client_rules import RETRY_WINDOW
from ...engine.states import RefundState
from ..words import length_in_words
from .calls import AuditedCall, CallOutcome
from .rules import Breach, Evidence, ids, rule

ENDING = ("CaptureRefund", "CancelRefund")
#: Calls by which a till goes on to the next customer.
GOING_ON = ("InitiatePayment", "PreparePayment")


@rule(
    "refund-left-to-capture-itself",
    Severity.WARNING,
    "Reserved refund neither captured nor cancelled",
    "Keep the refunds that you have asked for, and whether each is to be captured or cancelled. A "
    "reserved refund captures itself after 24 hours, also where the customer has got cash instead "
    "(section 8).",
)
def refund_left_to_capture_itself(evidence: Evidence) -> Iterator[Breach]:
    """A refund has captured itself, and the client had not tried to capture or cancel it. Not
    counted: a client whose attempt got no usable answer, or was held back.
    """
    for refund in evidence.refunds:
        calls = evidence.by_refund.get(refund.id, [])
        if refund.state is RefundState.EXPIRED_AND_CAPTURED and not _has_tried(calls):
            yield Breach(
                message=f"The refund {refund.order_id!r} of {refund.amount} {refund.currency} was "
                "left open until it captured itself. Capture it, or cancel it where the customer "
                "got the money in another way.",
                requests=ids(calls[:1]),
                payment_id=refund.payment_id,
            )


def _has_tried(calls: list[AuditedCall]) -> bool:
    """Whether the client tried to capture or cancel a refund, and could not."""
    tries = (each for each in calls if each.operation in ENDING)
    return any(
        each.outcome is CallOutcome.LOST or each.exchange.worked_at is not None for each in tries
    )


@rule(
    "refund-not-settled",
    Severity.NOTE,
    "Went on with a refund still open",
    "A refund gives the money back once it is captured: poll it until it is reserved, then capture "
    "or cancel it. One that could not be settled is kept in a list of the client's (section 8).",
)
def refund_not_settled(evidence: Evidence) -> Iterator[Breach]:
    """A refund is neither captured nor cancelled, and the client has started a payment at its point
    of sale since, or five minutes have passed. Where it captures itself in the end, see
    `refund-left-to-capture-itself`.

    Not counted: a refund whose capture or cancellation got no usable answer, or was held back.
    """
    for refund in evidence.refunds:
        calls = evidence.by_refund.get(refund.id, [])
        if not refund.state.is_open or not calls or _has_tried(calls):
            continue
        passed = evidence.now - refund.created_at
        if passed > RETRY_WINDOW or _has_gone_on(evidence, calls[0]):
            yield Breach(
                message=f"The refund {refund.order_id!r} of {refund.amount} {refund.currency} is "
                f"still {refund.state}, {length_in_words(passed)} after it was asked for: the "
                "customer has not got the money yet. Capture it, or cancel it.",
                requests=ids(calls[:1]),
                payment_id=refund.payment_id,
                pos_id=calls[0].exchange.pos_id,
            )


def _has_gone_on(evidence: Evidence, made: AuditedCall) -> bool:
    there = evidence.by_pos.get(made.exchange.pos_id or "", [])
    later = (each for each in there if each.id > made.id and not each.is_refused)
    return any(each.operation in GOING_ON for each in later)
