"""Rules about refunds."""

from collections.abc import Iterator

from ...client import Severity
from ...engine.states import RefundState
from .calls import CallOutcome
from .rules import Breach, Evidence, ids, rule

ENDING = ("CaptureRefund", "CancelRefund")


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
        tries = (each for each in calls if each.operation in ENDING)
        has_tried = any(
            each.outcome is CallOutcome.LOST or each.exchange.worked_at is not None
            for each in tries
        )
        if refund.state is RefundState.EXPIRED_AND_CAPTURED and not has_tried:
            yield Breach(
                message=f"The refund {refund.order_id!r} of {refund.amount} {refund.currency} was "
                "left open until it captured itself. Capture it, or cancel it where the customer "
                "got the money in another way.",
                requests=ids(calls[:1]),
                payment_id=refund.payment_id,
            )
