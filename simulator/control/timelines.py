"""Control of time lines: what happened to a payment or at a point of sale, on one axis."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import dropwhile
from math import inf
from typing import NamedTuple

from .. import client
from ..api.carried import looked_at
from ..api.context import Context
from ..client.model import ABSENT, decode, encode, sparse
from ..engine.elapsed import length_in_words
from ..engine.events import CheckedOut, NotificationTried
from ..journal.exchanges import CONTROL, ExchangeRecord
from ..journal.shown import first_tries, shown_event
from ..journal.words import event_in_words, moment
from ..scripting.script_runner import StepBegun
from .serving import Later
from .timeline_subject import USERS, KeptRecords, Subject, kept_records, subject_of


def show(
    context: Context, query: client.TimelineQuery, format: str
) -> Later[client.Timeline | str]:
    kept = kept_records(looked_at(context))

    def make() -> client.Timeline | str:
        timeline = read(kept, query)
        return timeline if format == "json" else drawn(timeline, format)

    return Later(make)


def drawn(timeline: client.Timeline, format: str, title: str = "") -> str:
    """Returns the sequence diagram of a time line, as `svg` or `mermaid`."""
    from ..journal.sequence.building import sequence_of
    from ..journal.sequence.file import as_svg
    from ..journal.sequence.mermaid import as_mermaid

    diagram = sequence_of(_read_again(timeline), title)
    return as_svg(diagram) if format == "svg" else as_mermaid(diagram)


def as_text(timeline: client.Timeline) -> str:
    """Returns a time line as text: what it is about, and a line for each entry."""
    again = _read_again(timeline)
    return "".join(f"{line}\n" for line in (again.title, "", *again.entries))


def _read_again(timeline: client.Timeline) -> client.Timeline:
    """Returns a time line as clients have it, with None for the fields that an entry has not."""
    return decode(client.Timeline, encode(timeline))


def read(kept: KeptRecords, query: client.TimelineQuery) -> client.Timeline:
    """Returns what happened, as JSON tells it."""
    subject, limit = subject_of(kept, query), query.limit
    entries = _entries_of(kept, subject)
    # Jumps of the clock before anything else happened say nothing.
    shown = tuple(_without_lone_jumps(entries, subject.is_over))[-limit:]
    more = len(shown) < len(entries) and len(shown) == limit
    orders = dict(_orders(kept, subject, shown))
    return client.Timeline(subject.payment_id, subject.pos_id, shown, more, orders)


def _orders(
    kept: KeptRecords, subject: Subject, shown: tuple[client.TimelineEntry, ...]
) -> Iterator[tuple[str, str]]:
    """Yields the order ids of the payments and refunds that a time line names, by their ids."""
    events = [each.event for each in shown if isinstance(each.event, client.Event)]
    for payment_id in {subject.payment_id, *(each.payment_id for each in events)}:
        if payment := kept.payments.get(payment_id or ""):
            yield payment.id, payment.order_id
    for refund_id in {each.refund_id for each in events}:
        if refund := kept.refunds.get(refund_id or ""):
            yield refund.id, refund.order_id


def _without_lone_jumps(
    entries: list[client.TimelineEntry], is_over: bool
) -> list[client.TimelineEntry]:
    entries = list(dropwhile(_is_jump, entries))
    return list(dropwhile(_is_jump, entries[::-1]))[::-1] if is_over else entries


def _is_jump(entry: client.TimelineEntry) -> bool:
    return entry.kind == "clock"


#: The kinds of entries by the class of the event; the others are `state`.
_KINDS = {
    "CheckedIn": "customer",
    "CheckedOut": "customer",
    "PaymentTakenOver": "customer",
    "ScriptStarted": "scenario",
    "ScriptStopped": "scenario",
    "StepBegun": "scenario",
    "NotificationTried": "notification",
}


class Order(NamedTuple):
    """The order of entries of one moment: events by number, a call right before those it caused."""

    at: datetime
    event: float
    is_call: bool
    number: int


Entry = tuple[Order, client.TimelineEntry]


def _entries_of(kept: KeptRecords, subject: Subject) -> list[client.TimelineEntry]:
    """Returns what happened to a subject, in order."""
    causes: dict[int, ExchangeRecord] = {}
    found = list(_calls(kept, subject, causes))
    found += _events(kept, subject, causes)
    found += _notifications(kept, subject)
    return [entry for _, entry in sorted(found, key=lambda each: each[0])]


def _calls(
    kept: KeptRecords, subject: Subject, causes: dict[int, ExchangeRecord]
) -> Iterator[Entry]:
    """Yields the calls, and notes which call caused which event."""
    exchanges: list[ExchangeRecord] = []
    for exchange in kept.journal:
        for event in exchange.events:
            causes[id(event)] = exchange
        if subject.has_exchange(exchange):
            exchanges.append(exchange)
    firsts = first_tries(exchanges, exchanges)
    for exchange in exchanges:
        before = exchange.mark - len(exchange.events)
        order = Order(exchange.at, before, True, exchange.id)
        yield order, _call(exchange, firsts.get(exchange.id))


def _call(exchange: ExchangeRecord, first_try: int | None) -> client.TimelineEntry:
    is_clock = exchange.operation == CONTROL
    is_customer = (exchange.operation or "").startswith(USERS)
    return sparse(
        client.TimelineEntry,
        kind="clock" if is_clock else "customer" if is_customer else "call",
        at=exchange.at,
        real_at=datetime.fromtimestamp(exchange.real_at, UTC),
        text=_clock_in_words(exchange) if is_clock else f"{exchange.method} {exchange.path}",
        request=exchange.id,
        operation=exchange.operation,
        status=exchange.seen_status,
        code=exchange.code,
        fault=exchange.fault,
        delivery=exchange.delivery,
        aside=exchange.is_test_call,
        first_try=first_try or ABSENT,
        duration_ms=round(exchange.duration * 1000, 3),
        moved_to=(_moved_to(exchange) or ABSENT) if is_clock else ABSENT,
    )


def _clock_in_words(exchange: ExchangeRecord) -> str:
    sent = exchange.json if isinstance(exchange.json, dict) else {}
    if "scale" in sent:
        return _pace_in_words(sent["scale"])
    now = _moved_to(exchange)
    if now is None:
        return "the clock was moved"
    return f"the clock was moved by {length_in_words(now - exchange.at)}, to {moment(now)}"


def _pace_in_words(scale: float) -> str:
    if scale == 0:
        return "time stands still"
    return "time runs as fast as real time" if scale == 1 else f"time runs {scale:g} times as fast"


def _moved_to(exchange: ExchangeRecord) -> datetime | None:
    """Returns the time to which a call moved the clock; None where it did something else."""
    answer = exchange.answer_json
    is_moved = exchange.method == "POST" and isinstance(answer, dict)
    now = answer.get("now") if is_moved else None
    return datetime.fromisoformat(str(now)) if now else None


def _events(
    kept: KeptRecords, subject: Subject, causes: dict[int, ExchangeRecord]
) -> Iterator[Entry]:
    is_begun = subject.payment_id is None
    for number, event in kept.numbered:
        if not subject.has_event(number, event):
            continue
        # Who leaves before anything else has happened was there for the payment before.
        if not is_begun and isinstance(event, CheckedOut):
            continue
        is_begun = True
        cause = causes.get(id(event))
        text = event_in_words(event)
        if isinstance(event, StepBegun):
            text = f"step {event.number} of {event.scenario}: {event.action}"
        entry = sparse(
            client.TimelineEntry,
            kind=_KINDS.get(type(event).__name__, "state"),
            at=event.at,
            real_at=datetime.fromtimestamp(cause.real_at, UTC) if cause else None,
            text=text,
            event=shown_event(event),
            number=number,
            caused_by=cause.id if cause else ABSENT,
        )
        yield Order(event.at, number, False, 0), entry


def _notifications(kept: KeptRecords, subject: Subject) -> Iterator[Entry]:
    tries: dict[str, int] = {}
    for number, event in kept.numbered:
        if isinstance(event, NotificationTried):
            tries.setdefault(event.notification_id, number)
    for each in kept.notifications:
        if subject.has_notification(each):
            text = f"{each.alias} is to be told: {each.url}"
            about = {"kind": "notification", "at": each.created_at, "real_at": None}
            entry = sparse(client.TimelineEntry, **about, text=text, notification=each.id)
            # It comes right before its first attempt, which is an event.
            yield Order(each.created_at, tries.get(each.id, inf) - 0.5, False, 0), entry
