"""Makes the sequence diagram of a time line: a pure function of its entries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ... import client
from ...engine.elapsed import LONG, length_in_words
from ...engine.states import PaymentState
from .events import rows_of_event
from .model import (
    Lifeline,
    NoteKind,
    Row,
    SequenceArrow,
    SequenceCut,
    SequenceDiagram,
    SequenceNote,
)
from .money import PaymentMoney
from .polls import Polls, with_polls_folded

#: An answer that takes this long comes after what happened meanwhile.
LATE = timedelta(seconds=1)
#: What customers do by the operations for them.
ACTS = {
    "UserSimulationCheckin": "checks in",
    "UserSimulationAcceptPayment": "accepts",
    "UserSimulationCancelPayment": "cancels",
}
#: What became of an answer that did not arrive whole.
LOST = {
    "nothing": "answer lost",
    "part": "answer broke off",
    "abandoned": "answer too late",
}
_LABELS = {each.value: each.label for each in PaymentState}
#: These two are always there.
ALWAYS = (Lifeline.CLIENT, Lifeline.SERVICE)

Entry = client.TimelineEntry


def sequence_of(
    timeline: client.Timeline, title: str = "", money: PaymentMoney | None = None
) -> SequenceDiagram:
    """Returns the diagram of a time line.

    Args:
        timeline: what happened to a payment, or at a point of sale.
        title: what the diagram is called; that of the time line by default.
        money: the amounts of the payment, where they are known.
    """
    rows = tuple(_Builder(timeline, money or PaymentMoney()).rows())
    taking_part = {*ALWAYS}
    for row in rows:
        if isinstance(row, SequenceArrow):
            taking_part |= {row.source, row.target}
        elif isinstance(row, SequenceNote):
            taking_part.add(row.line)
    lifelines = tuple(each for each in Lifeline if each in taking_part)
    return SequenceDiagram(title or timeline.title, lifelines, rows)


@dataclass(slots=True)
class _Builder:
    """Makes the rows of one time line."""

    timeline: client.Timeline
    money: PaymentMoney
    state: str = ""
    #: The time up to which something was shown.
    past: datetime | None = None
    #: The calls of customers, by the ids of their exchanges.
    acts: dict[int, Entry] = field(default_factory=dict)
    #: Who checked in, by the exchange of the check-in.
    phones: dict[int, str] = field(default_factory=dict)
    #: How often each notification was sent already.
    tries: dict[str, int] = field(default_factory=dict)
    #: The notifications that were sent.
    told: set[str] = field(default_factory=set)

    def rows(self) -> Iterator[Row]:
        """Yields the rows, each with the state of the payment from then on."""
        entries = _without_repeated_paces(_without_idle_scripts(self.timeline.entries))
        shown = list(with_polls_folded(entries))
        self._look_ahead()
        answers = answer_places(shown)
        for place, entry in enumerate(shown):
            if isinstance(entry, Polls):
                made: Iterator[Row] = self._polls(entry)
            else:
                made = self._entry(entry)
            for row in made:
                yield replace(row, state=self.state)
            for answered in answers.get(place, ()):
                yield replace(answer_to(answered, self.past), state=self.state)

    def _look_ahead(self) -> None:
        for entry in self.timeline.entries:
            if entry.kind == "customer" and entry.request is not None:
                self.acts[entry.request] = entry
            event = entry.event
            if event is None:
                continue
            if event.event == "CheckedIn" and event.phone and entry.caused_by is not None:
                self.phones[entry.caused_by] = event.phone
            if event.notification_id:
                self.told.add(event.notification_id)

    def _entry(self, entry: Entry) -> Iterator[Row]:
        yield from self._gap(entry)
        if entry.kind == "clock":
            yield _clock(entry)
        elif entry.request is not None:
            yield self._call(entry)
        elif entry.event is not None:
            yield from self._event(entry, entry.event)
        elif entry.notification not in self.told:
            key = f"n{entry.notification}"
            yield SequenceNote(key=key, at=entry.at, text="notification due", detail=entry.text)
        self._pass(entry.moved_to or entry.at)

    def _gap(self, entry: Entry) -> Iterator[Row]:
        if self.past is not None and entry.at - self.past >= LONG:
            text = f"{length_in_words(entry.at - self.past)} later"
            # Of the time before it, so that what comes after it has a time of its own.
            yield SequenceCut(key=f"g{entry.request or entry.number}", at=self.past, text=text)

    def _pass(self, at: datetime) -> None:
        self.past = at if self.past is None else max(self.past, at)

    def _call(self, entry: Entry) -> Row:
        act = ACTS.get(entry.operation or "")
        about = [self.phones.get(entry.request or 0, "")] if act else [f"#{entry.request}"]
        about += ["call of the test"] if entry.aside else []
        about += [f"same key as #{entry.first_try}"] if entry.first_try else []
        return SequenceArrow(
            key=f"r{entry.request}",
            at=entry.at,
            text=act or entry.operation or entry.text,
            detail=", ".join(filter(None, about)),
            request=entry.request,
            source=Lifeline.CUSTOMER if act else Lifeline.CLIENT,
            target=Lifeline.SERVICE,
            first_try=entry.first_try,
        )

    def _polls(self, polls: Polls) -> Iterator[Row]:
        first, last = polls.entries[0], polls.entries[-1]
        count = len(polls.entries)
        yield SequenceNote(
            key=f"p{first.request}",
            at=first.at,
            text=f"{count} more times, answered alike",
            detail=f"#{first.request} to #{last.request}",
            request=last.request,
            line=Lifeline.CLIENT,
            kind=NoteKind.POLLS,
            operation=first.operation or "",
        )
        self._pass(last.at)

    def _event(self, entry: Entry, event: client.Event) -> Iterator[Row]:
        payment_id = self.timeline.payment_id
        if event.event == "PaymentChanged" and payment_id and event.after:
            self.state = _LABELS[event.after]
        if event.event == "RefundChanged" and payment_id:
            self.state = self.money.state_after(event, self.state)
        nth = 0
        if event.notification_id and event.event == "NotificationTried":
            nth = self.tries[event.notification_id] = self.tries.get(event.notification_id, 0) + 1
        is_shown_as_call = entry.caused_by in self.acts
        yield from rows_of_event(
            entry,
            event,
            nth=nth,
            orders=self.timeline.orders,
            is_of_pos=payment_id is None,
            has_act=is_shown_as_call,
        )


def _without_idle_scripts(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yields the entries but for scripts that end as they start, such as that of `manual`."""
    for before, entry, after in zip((None, *entries), entries, (*entries[1:], None), strict=False):
        if not (_is_idle(entry, after) or _is_idle(before, entry)):
            yield entry


def _without_repeated_paces(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yields the entries but for changes of the clock's pace to what it was already."""
    pace = ""
    for entry in entries:
        is_pace = entry.kind == "clock" and entry.text.startswith("time ")
        if not is_pace or entry.text != pace:
            yield entry
        pace = entry.text if is_pace else pace


def _is_idle(start: Entry | None, end: Entry | None) -> bool:
    if start is None or end is None or start.event is None or end.event is None:
        return False
    kinds = (start.event.event, end.event.event)
    return kinds == ("ScriptStarted", "ScriptStopped") and not end.event.reason


def _clock(entry: Entry) -> Row:
    key = f"r{entry.request}"
    if entry.moved_to is None:
        return SequenceNote(key=key, at=entry.at, text=entry.text, kind=NoteKind.CLOCK)
    text = f"clock moved by {length_in_words(entry.moved_to - entry.at)}"
    return SequenceCut(key=key, at=entry.at, text=text, is_jump=True)


def answer_places(shown: Sequence[Entry | Polls]) -> dict[int, list[Entry]]:
    """Returns the calls whose answers come right after each place; a late one stands later.

    An answer comes after what its call caused; one that took long comes after everything that is
    known to have happened before it.
    """
    caused: dict[int, int] = {}
    for place, entry in enumerate(shown):
        if not isinstance(entry, Polls) and entry.caused_by is not None:
            caused[entry.caused_by] = place
    places: dict[int, list[Entry]] = {}
    for place, entry in enumerate(shown):
        if not isinstance(entry, Polls) and _has_answer(entry):
            own = caused.get(entry.request or 0, place)
            places.setdefault(max(own, _late_place(shown, place)), []).append(entry)
    for calls in places.values():
        calls.sort(key=_answered_at)
    return places


def _answered_at(call: Entry) -> datetime:
    """Returns about when a call was answered: in real time, where that is known."""
    return (call.real_at or call.at) + _took(call)


def _has_answer(entry: Entry) -> bool:
    """Whether the answer is drawn: of a customer's act only one that refuses it, or is lost."""
    if entry.request is None or entry.kind == "clock" or entry.delivery == "pending":
        return False
    return entry.operation not in ACTS or not entry.status or entry.status >= 400


def _late_place(shown: Sequence[Entry | Polls], place: int) -> int:
    """Returns the last place that was before the answer to the call at a place."""
    call = shown[place]
    if isinstance(call, Polls) or call.real_at is None or _took(call) < LATE:
        return place
    until = call.real_at + _took(call)
    last = place
    for later in range(place + 1, len(shown)):
        entry = shown[later]
        real_at = entry.entries[-1].real_at if isinstance(entry, Polls) else entry.real_at
        if real_at is not None and real_at > until:
            break
        last = later if real_at is not None else last
    return last


def _took(call: Entry) -> timedelta:
    return timedelta(milliseconds=call.duration_ms or 0)


def answer_to(call: Entry, past: datetime | None = None) -> SequenceArrow:
    """Returns the answer to a call.

    Args:
        call: the call.
        past: the time of what is shown before the answer.
    """
    words = [str(call.status), f"code {call.code}"] if call.code else [str(call.status)]
    text = ", ".join(words) if call.status else LOST.get(call.delivery or "", LOST["nothing"])
    if _took(call) >= LATE:
        text += f" after {length_in_words(_took(call))}"
    is_customers = call.operation in ACTS
    return SequenceArrow(
        key=f"a{call.request}",
        at=max(call.at, past or call.at),
        text=text,
        detail=call.fault or "",
        request=call.request,
        source=Lifeline.SERVICE,
        target=Lifeline.CUSTOMER if is_customers else Lifeline.CLIENT,
        is_answer=True,
        is_lost=not call.status,
        is_bad=(call.status or 0) >= 400,
        answer_to=f"r{call.request}",
    )
