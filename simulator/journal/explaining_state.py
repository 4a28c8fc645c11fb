"""The state a call met, what it made of it, and what is due now."""

from collections.abc import Iterator
from typing import Any

from simulator.engine.events import Event, PaymentChanged, RefundChanged
from simulator.engine.points_of_sale import Lapses
from simulator.journal.exchanges import CONTROL
from simulator.journal.explaining_scene import Paragraph, Part, Scene
from simulator.journal.explaining_words import (
    NEXT,
    REFUND_NEXT,
    TRIGGERS,
    due_in_words,
    event_in_words,
    listed,
    sentence,
)

__all__ = [
    "changes",
    "next_step",
    "nothing_changed",
    "payment_at_work",
    "since_then",
    "state_met",
    "ways_there",
]

#: Operations that are about what happens at a point of sale.
_AT_POS = frozenset(
    {
        "InitiatePayment",
        "PreparePayment",
        "GetCheckIn",
        "DeletePos",
        "UserSimulationCheckin",
        "UserSimulationAcceptPayment",
        "UserSimulationCancelPayment",
    }
)


def state_met(scene: Scene) -> Iterator[Paragraph]:
    """Yields the state of what the call was about, as it was when the call came."""
    exchange, told = scene.exchange, []
    if exchange.refund_id and scene.past.refund_state(exchange.refund_id):
        told.append(_refund(scene, exchange.refund_id))
    if exchange.payment_id and scene.past.payment_state(exchange.payment_id):
        told.append(_payment(scene, exchange.payment_id))
    if told:
        yield Paragraph(Part.STATE, f"When the call came, {listed(told)}.")
    if exchange.pos_id and exchange.operation in _AT_POS:
        yield Paragraph(Part.STATE, _point_of_sale(scene, exchange.pos_id))


def _point_of_sale(scene: Scene, pos_id: str) -> str:
    active, visit = scene.past.active_on(pos_id), scene.past.visit(pos_id)
    there = "no payment was active"
    if active is not None and active == scene.exchange.payment_id:
        there = "this payment was active"
    elif active is not None:
        there = _payment(scene, active)
    who = "nobody was checked in"
    if visit is not None:
        since = f" since {scene.at(visit.since)}" if visit.since else ""
        who = f"{visit.phone} was checked in{since}"
    return f"At the point of sale {pos_id}, when the call came, {there}, and {who}."


def _payment(scene: Scene, payment_id: str) -> str:
    payment = scene.world.payments.get(payment_id)
    what = [f"order {payment.order_id}"] if payment else []
    if payment is not None and payment.amount is not None:
        what.append(f"{payment.amount} {payment.currency}")
    named = f"payment {payment_id} ({', '.join(what)})"
    since = _since(scene, payment_id, PaymentChanged, payment_id=payment_id)
    return f"{named} was {scene.past.payment_state(payment_id)}{since}"


def _refund(scene: Scene, refund_id: str) -> str:
    refund = scene.world.refunds.get(refund_id)
    what = f" ({refund.amount} {refund.currency})" if refund else ""
    since = _since(scene, refund_id, RefundChanged, refund_id=refund_id)
    return f"refund {refund_id}{what} was {scene.past.refund_state(refund_id)}{since}"


def _since(scene: Scene, made_id: str, kind: type[Event], **wanted: Any) -> str:
    """Returns since when a thing was in its state, by what, and which requests had a hand in it."""
    change: Any = scene.past.last(kind, **wanted)
    if change is None:
        return ""
    cause, maker = scene.past.cause(change), scene.past.maker(made_id)
    who = "control call" if cause and cause.operation == CONTROL else "request"
    by = f", {who} {cause.id}" if cause else ""
    made = f", made by request {maker.id}" if maker and maker is not cause else ""
    return f" since {scene.at(change.at)} ({change.trigger}{by}){made}"


def ways_there(scene: Scene) -> Iterator[Paragraph]:
    """Yields from which states the operation leads on, where it was refused for the state."""
    machine, trigger = TRIGGERS.get(scene.exchange.operation or "", (None, None))
    refusal = machine.refusals.get(trigger) if machine and trigger else None
    if machine is None or refusal is None or refusal.name != scene.exchange.refusal:
        return
    ways: dict[str, list[str]] = {}
    for row in machine.transitions:
        if row.trigger is trigger:
            ways.setdefault(row.after, []).append(str(row.before))
    told = listed([f"from {listed(before, 'or')} to {after}" for after, before in ways.items()])
    sources = {row.source for row in machine.transitions if row.trigger is trigger}
    text = f"By the state table, '{trigger}' leads {told}, and no other way"
    yield Paragraph(Part.RULE, f"{text} ({'; '.join(sorted(sources))}).")


def changes(scene: Scene) -> Iterator[Paragraph]:
    """Yields what the call changed, with the sources of the rows that allow it."""
    told = [event_in_words(each) for each in scene.exchange.events]
    if told:
        yield Paragraph(Part.STATE, sentence(f"then {'; '.join(told)}"))


def nothing_changed(scene: Scene) -> Iterator[Paragraph]:
    """Yields why a call that succeeded changed nothing."""
    exchange = scene.exchange
    found = TRIGGERS.get(exchange.operation or "")
    states = {
        scene.past.refund_state(exchange.refund_id or ""),
        scene.past.payment_state(exchange.payment_id or ""),
    }
    is_done = found is not None and any(
        row.after in states for row in found[0].transitions if row.trigger is found[1]
    )
    text = "Nothing has changed yet: it takes its time."
    if is_done:
        text = "It changed nothing, for that was done already; the same call again is fine."
    yield Paragraph(Part.STATE, text)


def payment_at_work(scene: Scene) -> str | None:
    """Returns the payment a call was about, or that was active where it went."""
    exchange = scene.exchange
    if exchange.payment_id is None and exchange.operation in _AT_POS:
        return scene.past.active_on(exchange.pos_id or "")
    return exchange.payment_id


def since_then(scene: Scene, payment_id: str | None = None) -> Iterator[Paragraph]:
    """Yields how a payment stands now, the call's or another one, and what is due for it."""
    exchange, world = scene.exchange, scene.world
    payment_id = payment_id or exchange.payment_id
    payment = world.payments.get(payment_id or "")
    refund = world.refunds.get(exchange.refund_id or "")
    told = [f"the refund is {refund.state}"] if refund else []
    told += [f"the payment is {payment.state}"] if payment else []
    if not told:
        return
    due = [
        f"at {scene.at(at)} {due_in_words(command)}"
        for at, command in world.clock.pending()
        if _concerns(scene, command, payment_id)
    ]
    next_is = f"next, {listed(due)}" if due else "nothing is due for it"
    now = scene.at(world.clock.now)
    yield Paragraph(Part.STATE, f"Now, at {now}, {listed(told)}; {next_is}.")


def _concerns(scene: Scene, command: object, payment_id: str | None) -> bool:
    exchange = scene.exchange
    if isinstance(command, Lapses):
        return exchange.operation in _AT_POS and command.pos_id == exchange.pos_id
    mine = getattr(command, "refund_id", None) or getattr(command, "payment_id", None)
    return mine is not None and mine in (payment_id, exchange.refund_id)


def next_step(scene: Scene) -> Iterator[Paragraph]:
    """Yields what a client does next, by the state its payment or refund is in now."""
    exchange, world = scene.exchange, scene.world
    refund = world.refunds.get(exchange.refund_id or "")
    payment = world.payments.get(exchange.payment_id or "")
    if exchange.seen_status == 0:
        return  # first it has to find out what became of the call
    if refund is not None:
        yield Paragraph(Part.ADVICE, REFUND_NEXT[refund.state])
    elif payment is not None:
        yield Paragraph(Part.ADVICE, NEXT[payment.state])
