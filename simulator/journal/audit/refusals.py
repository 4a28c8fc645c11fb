"""The rule about calls that are repeated although they were refused."""

from collections.abc import Iterable, Iterator

from ...client import Severity
from ...engine.client_rules import RETRY_WINDOW
from ...engine.events import PaymentChanged, PosDeleted, RefundChanged, StoreChanged, WorldEvent
from ...engine.states import PaymentState
from ...engine.values import count_of
from ..exchanges import KEY
from .callers import AuditedClient
from .calls import AuditedCall, CallOutcome, SentRequest, longest_time
from .rules import Breach, Evidence, rule

#: The code of a refusal because a payment is active on the point of sale.
ACTIVE = "1301"
#: Those of one because of its idempotency key: it was sent more than once, is none, or is missing.
OF_KEY = ("1162", "1163", "1164")
#: How the names of the headers begin that a call is refused for.
OF_SERVICE = ("x-mobilepay-", "content-type")
#: Of this status are those because of a header, and because of a body.
INVALID = 400
#: After this status a client looks things up before it repeats the call.
CONFLICT = 409
#: Stands for what is known of points of sale, which a refused CreatePos names by no id.
POINTS_OF_SALE = "points of sale"


@rule(
    "refusal-retried",
    Severity.WARNING,
    "Repeated a refused call",
    "A 4xx is an answer, not a failure: the service refuses the same call again until something "
    "has changed. Retry only failed calls. After a 409, look the payment, refund or point of sale "
    "up first, to be in step with the service again (sections 4 and 9).",
)
def refusal_retried(evidence: Evidence) -> Iterator[Breach]:
    """A client was answered with 4xx and sent the same request again, with the same key or another,
    although nothing had happened in between to the payment, refund or point of sale. After a 409 it
    has to know what happened, too: from a successful call about it, such as a look-up.

    Not counted: a call that is repeated more than five minutes later; 401 (see
    `expired-token-used`) and 429; the clean-up after 1301, where the client cancels the active
    payment, or finds that there is none, and repeats the call; a call that was refused with 400
    and has other headers now, where another key counts only if the key was refused; and calls
    between which events were dropped.
    """
    refused: dict[SentRequest, list[AuditedCall]] = {}
    cleaned: dict[tuple[AuditedClient, str | None], int] = {}
    known: dict[tuple[AuditedClient, str], int] = {}
    for call in evidence.calls:
        if _cleans_up(call):
            cleaned[call.client, call.exchange.pos_id] = call.id
        calls = refused.get(call.sent)
        if calls:
            before = calls[-1]
            is_clean = cleaned.get((call.client, call.exchange.pos_id), 0) > before.id
            is_known = before.exchange.seen_status != CONFLICT or (
                known.get((call.client, _subject(before)), 0) > before.id
            )
            may_repeat = (is_clean and before.code == ACTIVE) or _may_repeat(
                evidence, before, call, is_known=is_known
            )
            if may_repeat or _has_other_headers(before, call):
                yield from _again(refused.pop(call.sent))
            else:
                calls.append(call)
        if call.outcome is CallOutcome.SUCCEEDED:
            known.update(((call.client, each), call.id) for each in _learned(call))
        if call.outcome is CallOutcome.REFUSED:
            refused.setdefault(call.sent, [call])
        elif call.sent in refused:
            yield from _again(refused.pop(call.sent))
    for calls in refused.values():
        yield from _again(calls)


def _has_other_headers(before: AuditedCall, call: AuditedCall) -> bool:
    """Whether a call has another header than the one that was refused, which may be why."""
    left_out = set() if before.code in OF_KEY else {KEY}

    def headers_of(each: AuditedCall) -> list[tuple[str, str]]:
        found = (pair for pair in each.exchange.headers if pair[0] not in left_out)
        return sorted(pair for pair in found if pair[0].startswith(OF_SERVICE))

    return before.exchange.seen_status == INVALID and headers_of(before) != headers_of(call)


def _subject(call: AuditedCall) -> str:
    """Returns the id of what has to be looked up before a call is made again."""
    exchange = call.exchange
    about = exchange.pos_id if "pointofsales" not in call.sent.path else POINTS_OF_SALE
    return exchange.refund_id or exchange.payment_id or about or ""


def _learned(call: AuditedCall) -> set[str]:
    """Returns the ids of what a client knows anew from a successful call."""
    if "pointofsales" in call.sent.path:
        return {POINTS_OF_SALE}
    found = [*(call.answered("paymentIds") or ()), *(call.answered("refundIds") or ())]
    exchange = call.exchange
    return {*found, exchange.pos_id or "", exchange.payment_id or "", exchange.refund_id or ""}


def _may_repeat(
    evidence: Evidence, before: AuditedCall, call: AuditedCall, *, is_known: bool
) -> bool:
    """Whether a refused call may be made again: something could have changed the answer.

    Args:
        is_known: whether the client has learned in between how things stand, where it has to.
    """
    if longest_time(before, call) > RETRY_WINDOW:
        return True
    events = evidence.events.between(before, call)
    return events is None or (is_known and any(_matters(event, before) for event in events))


def _cleans_up(call: AuditedCall) -> bool:
    return call.operation == "CancelPayment" or call.answered("paymentIds") == []


def _matters(event: WorldEvent, call: AuditedCall) -> bool:
    exchange = call.exchange
    match event:
        case StoreChanged() | PosDeleted():
            return True
        case PaymentChanged() if call.operation == "CreateRefund":
            return event.after is PaymentState.CAPTURED
        case PaymentChanged():
            return event.pos_id == exchange.pos_id
        case RefundChanged():
            return event.payment_id == exchange.payment_id
    return False


def _again(calls: Iterable[AuditedCall]) -> Iterator[Breach]:
    first, *again = calls
    if not again:
        return
    if first.exchange.seen_status == CONFLICT:
        why = "before the client knew of any change"
        advice = (
            "After a 409, look it up first, and decide by its state whether to repeat the call."
        )
    else:
        why = "although nothing had changed"
        advice = "Remove the cause of the refusal before you repeat the call."
    yield Breach.by(
        again,
        f"{first.operation} was refused with {first.refusal} (request {first.id}) and repeated "
        f"{count_of(len(again), 'time')} {why}. {advice}",
    )
