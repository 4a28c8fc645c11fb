"""Control of time lines: what happened to a payment or at a point of sale, on one axis."""

from itertools import dropwhile

from .. import client
from ..api.carried import looked_at
from ..api.context import Context
from ..client.model import decode, encode
from .serving import Later
from .timeline_entries import entries_of
from .timeline_subject import Past, past_of, subject_of


def show(
    context: Context, query: client.TimelineQuery, format: str
) -> Later[client.Timeline | str]:
    past = past_of(looked_at(context))

    def make() -> client.Timeline | str:
        timeline = read(past, query)
        return timeline if format == "json" else drawn(timeline, format)

    return Later(make)


def drawn(timeline: client.Timeline, format: str, title: str = "") -> str:
    """Returns the sequence diagram of a time line, as `svg` or `mermaid`."""
    from ..journal.sequence.building import sequence_of
    from ..journal.sequence.file import as_svg
    from ..journal.sequence.mermaid import as_mermaid

    # The fields that an entry has not are None once it is read again.
    diagram = sequence_of(decode(client.Timeline, encode(timeline)), title)
    return as_svg(diagram) if format == "svg" else as_mermaid(diagram)


def read(past: Past, query: client.TimelineQuery) -> client.Timeline:
    """Returns what happened, as JSON tells it."""
    subject, limit = subject_of(past, query), query.limit
    entries = entries_of(past, subject)
    # Jumps of the clock before anything else happened say nothing.
    shown = tuple(_without_lone_jumps(entries, subject.is_over))[-limit:]
    more = len(shown) < len(entries) and len(shown) == limit
    return client.Timeline(subject.payment_id, subject.pos_id, shown, more)


def _without_lone_jumps(
    entries: list[client.TimelineEntry], is_over: bool
) -> list[client.TimelineEntry]:
    entries = list(dropwhile(_is_jump, entries))
    return list(dropwhile(_is_jump, entries[::-1]))[::-1] if is_over else entries


def _is_jump(entry: client.TimelineEntry) -> bool:
    return entry.kind == "clock"
