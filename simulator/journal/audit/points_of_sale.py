"""Rules about points of sale."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl

from ...client import Severity
from ...engine.events import NotificationTried, PaymentChanged
from ...engine.states import PaymentState
from ...engine.values import count_of
from .callers import AuditedClient
from .calls import AuditedCall, CallOutcome
from .rules import Breach, Evidence, ids, rule

#: The code of a refusal because a merchantPosId is taken.
TAKEN = "1200"
#: How long after a notification a client may take to ask for the check-in.
TIME_TO_ASK = timedelta(minutes=1)


@rule(
    "pos-deleted-with-reservation",
    Severity.WARNING,
    "Deleted a point of sale with a payment reserved on it",
    "Capture or cancel all reserved payments of a point of sale first, and then delete it. Delete "
    "it only for good, or to create it again with something changed (section 6).",
)
def pos_deleted_with_reservation(evidence: Evidence) -> Iterator[Breach]:
    """DeletePos succeeded while a payment on the point of sale was reserved."""
    changes: defaultdict[str, list[tuple[int, PaymentChanged]]] = defaultdict(list)
    for place, event in enumerate(evidence.events.events):
        if isinstance(event, PaymentChanged):
            changes[event.pos_id].append((place, event))
    for call in evidence.calls:
        pos_id = call.exchange.pos_id
        if call.operation != "DeletePos" or call.outcome is not CallOutcome.SUCCEEDED or not pos_id:
            continue
        end = len(evidence.events.before(call))
        states = {each.payment_id: each.after for place, each in changes[pos_id] if place < end}
        reserved = [id for id, state in states.items() if state is PaymentState.RESERVED]
        if reserved:
            yield Breach(
                message=f"The point of sale was deleted with {count_of(len(reserved), 'payment')} "
                "reserved on it. They can still be captured or cancelled, but are easily "
                "forgotten: settle them first.",
                requests=(call.id,),
                payment_id=reserved[0],
                pos_id=pos_id,
            )


@rule(
    "created-instead-of-looked-up",
    Severity.WARNING,
    "Created a point of sale that was there already",
    "At start-up, look the point of sale up by its merchantPosId, keep its posId, and create it "
    "only where the look-up finds nothing (section 6).",
)
def created_instead_of_looked_up(evidence: Evidence) -> Iterator[Breach]:
    """CreatePos was refused with 1200, since the merchantPosId is taken, and the client had not
    looked it up since it last tried to create it.

    Not counted: a client that got no usable answer to the call before, since it may have created
    the point of sale itself; see `new-key-on-retry`.
    """
    is_open: dict[tuple[AuditedClient, str], bool] = {}
    found: defaultdict[tuple[AuditedClient, str], list[AuditedCall]] = defaultdict(list)
    for call in evidence.calls:
        if call.operation == "GetPosWithFilter":
            is_open.update(((call.client, each), True) for each in _looked_up(call))
        elif call.operation == "CreatePos" and call.outcome is not CallOutcome.UNAUTHORIZED:
            place = call.client, str(call.requested("merchantPosId"))
            if call.code == TAKEN and not is_open.get(place, False):
                found[place].append(call)
            is_open[place] = call.outcome is CallOutcome.LOST
    for (_, name), calls in found.items():
        yield Breach.by(
            calls,
            f"CreatePos was refused with {TAKEN}, {count_of(len(calls), 'time')}, because the "
            f"merchantPosId {name!r} is taken. GET /pointofsales?merchantPosId=... would have "
            "found it.",
        )


def _looked_up(call: AuditedCall) -> Iterator[str]:
    """Yields the merchantPosIds that a call looks up, if it was answered."""
    if call.outcome is CallOutcome.SUCCEEDED:
        query = parse_qsl(call.exchange.query)
        yield from (value for name, value in query if name.lower() == "merchantposid")


@rule(
    "check-in-not-asked-for",
    Severity.WARNING,
    "Did not ask for the check-in after a notification",
    "A notification only says that somebody has checked in. Ask for the check-in of the point of "
    "sale then, to learn of loyalty ids and tokens (section 10).",
)
def check_in_not_asked_for(evidence: Evidence) -> Iterator[Breach]:
    """A client has answered a notification with 200 and then not asked for the check-in there, but
    started a payment or let a minute pass.

    Not counted: a notification while a payment is active there, which the client polls already.
    """
    active: dict[str, bool] = {}
    waiting: dict[str, NotificationTried] = {}
    for event in evidence.events.events:
        if isinstance(event, PaymentChanged):
            active[event.pos_id] = event.after.is_active
        elif isinstance(event, NotificationTried) and _is_news(event, active):
            waiting[event.pos_id] = event
    for pos_id, event in waiting.items():
        calls = evidence.by_pos.get(pos_id, [])
        later = [each for each in calls if each.at >= event.at and not each.is_refused]
        has_asked = any(each.operation == "GetCheckIn" for each in later)
        started = [
            each for each in later if each.operation in ("InitiatePayment", "PreparePayment")
        ]
        if not has_asked and (started or evidence.now - event.at > TIME_TO_ASK):
            yield Breach(
                message=f"The till was told of a check-in at {event.at:%F %T} and answered with "
                "200, but never asked for the check-in. Call GET /pointofsales/{posId}/checkin "
                "after a notification.",
                requests=ids(started[:1] or calls[:1]),
                pos_id=pos_id,
            )


def _is_news(event: NotificationTried, active: dict[str, bool]) -> bool:
    return event.status == 200 and not active.get(event.pos_id, False)
