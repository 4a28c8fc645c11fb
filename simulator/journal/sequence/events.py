"""The rows of an event: a state, an act of the customer, a notification, a step of a scenario."""

from collections.abc import Iterator, Mapping

from ... import client
from ...engine.states import LifecycleState, PaymentState, RefundState, Trigger
from .model import Lifeline, NoteKind, Row, SequenceArrow, SequenceNote

_PAYMENTS = {each.value: each for each in PaymentState}
_REFUNDS = {each.value: each for each in RefundState}
#: The acts of customers that events tell of, from their side.
_ACTS = {
    "CheckedIn": "checks in",
    "PaymentTakenOver": "takes over the payment",
    "CardChosen": "chooses a {card} card",
}
#: The acts of customers that are told by a change of state alone.
_TRIGGERS = {
    Trigger.RESERVE.value: "accepts",
    Trigger.RESERVING_FAILS.value: "accepts",
    Trigger.CUSTOMER_CANCELS.value: "cancels",
}
#: What makes a state change that nothing else in the diagram tells of.
_TOLD = (Trigger.EXPIRE, Trigger.INACTIVITY, Trigger.RESERVING_FAILS)
_SCENARIO = {
    "ScriptStarted": "scenario {scenario} starts",
    "StepBegun": "step {number}: {action}",
    "ScriptStopped": "scenario {scenario} ends",
}
_OTHERS = {
    "PosCreated": "point of sale created",
    "PosDeleted": "point of sale deleted",
}


#: A longer order id loses its middle beside a state.
_LONGEST_ORDER = 16


def rows_of_event(
    entry: client.TimelineEntry,
    event: client.Event,
    *,
    nth: int = 0,
    orders: Mapping[str, str] | None = None,
    is_of_pos: bool = False,
    has_act: bool = False,
) -> Iterator[Row]:
    """Yields the rows of an event.

    Args:
        entry: the event's entry.
        event: the event.
        nth: which try of a notification it is, from 1.
        orders: the order ids of payments and refunds by their ids.
        is_of_pos: whether the diagram may show several payments, which have to be told apart.
        has_act: whether an arrow shows already what the customer did to cause it.
    """
    key, at = f"e{entry.number}", entry.at
    match event.event:
        case "PaymentChanged" | "RefundChanged":
            if event.trigger in _TRIGGERS and not has_act:
                yield _act(f"{key}c", entry, _TRIGGERS[event.trigger])
            yield _state(key, entry, event, _thing(event, orders or {}, is_of_pos))
        case "CheckedOut":
            line = Lifeline.CUSTOMER
            yield SequenceNote(key=key, at=at, text="leaves", line=line)
        case "CardRefused":
            yield _refused_card(key, entry, event)
        case "NotificationTried":
            yield from _notification(key, entry, event, nth)
        case kind if kind in _ACTS:
            if not has_act:
                text = _ACTS[kind].format(card=event.card)
                yield _act(key, entry, text, event.phone or "")
        case kind if kind in _SCENARIO:
            yield _scenario(key, entry, event)
        case kind:
            yield SequenceNote(key=key, at=at, text=_OTHERS.get(kind, entry.text))


def _act(key: str, entry: client.TimelineEntry, text: str, detail: str = "") -> Row:
    return SequenceArrow(
        key=key,
        at=entry.at,
        text=text,
        detail=detail,
        source=Lifeline.CUSTOMER,
        target=Lifeline.SERVICE,
    )


def _state(key: str, entry: client.TimelineEntry, event: client.Event, thing: str) -> SequenceNote:
    is_refund = event.event == "RefundChanged"
    after: LifecycleState = (_REFUNDS if is_refund else _PAYMENTS)[event.after or ""]
    return SequenceNote(
        key=key,
        at=entry.at,
        text=f"{thing}: {after.label}" if thing else after.label,
        detail=event.trigger if event.trigger in _TOLD else "",
        kind=NoteKind.STATE,
        tone=after.tone,
    )


def _thing(event: client.Event, orders: Mapping[str, str], is_of_pos: bool) -> str:
    """Returns what changed its state: a refund or payment, by its order id where that is known."""
    is_refund = event.event == "RefundChanged"
    if not (is_refund or is_of_pos):
        return ""
    made_id = (event.refund_id if is_refund else event.payment_id) or ""
    order = orders.get(made_id)
    if order is None:
        return f"{'Refund' if is_refund else 'Payment'} {made_id[:8] if is_of_pos else ''}".strip()
    if len(order) > _LONGEST_ORDER:
        order = f"{order[: _LONGEST_ORDER // 2]}…{order[-(_LONGEST_ORDER // 2) :]}"
    return f"{'Refund' if is_refund else 'Order'} {order}"


def _refused_card(key: str, entry: client.TimelineEntry, event: client.Event) -> Row:
    return SequenceArrow(
        key=key,
        at=entry.at,
        text=f"refuses the {event.card} card",
        source=Lifeline.SERVICE,
        target=Lifeline.CUSTOMER,
        is_bad=True,
    )


def _scenario(key: str, entry: client.TimelineEntry, event: client.Event) -> Row:
    values = {"scenario": event.scenario, "number": event.number, "action": event.action}
    text = _SCENARIO[event.event].format(**values)
    return SequenceNote(
        key=key, at=entry.at, text=text, detail=event.reason or "", kind=NoteKind.SCENARIO
    )


def _notification(
    key: str, entry: client.TimelineEntry, event: client.Event, nth: int
) -> Iterator[Row]:
    about = [f"try {nth}"] if nth > 1 else []
    sent = SequenceArrow(
        key=key,
        at=entry.at,
        text="check-in notification",
        detail=", ".join(about + [event.error or "no answer"] * (event.status is None)),
        source=Lifeline.SERVICE,
        target=Lifeline.RECEIVER,
        is_lost=event.status is None,
    )
    yield sent
    if event.status is not None:
        yield SequenceArrow(
            key=f"{key}a",
            at=entry.at,
            text=str(event.status),
            source=Lifeline.RECEIVER,
            target=Lifeline.SERVICE,
            is_answer=True,
            is_bad=event.status >= 300,
            answer_to=key,
        )
