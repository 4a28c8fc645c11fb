"""Polls that were all answered alike: one of them tells what the others did."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ... import client
from ...engine.elapsed import LONG

#: So many polls in a row are drawn one by one.
FEW = 3


class Polls(NamedTuple):
    """Polls that came after one that is drawn, with nothing between.

    Args:
        entries: the calls, in order.
    """

    entries: Sequence[client.TimelineEntry]


def with_polls_folded(
    entries: Iterable[client.TimelineEntry],
) -> Iterator[client.TimelineEntry | Polls]:
    """Yields the entries; of many polls in a row the first, and the others as one."""
    row: list[client.TimelineEntry] = []
    for entry in entries:
        if row and not _is_alike(row[-1], entry):
            yield from _folded(row)
            row = []
        row.append(entry)
    yield from _folded(row)


def _folded(row: list[client.TimelineEntry]) -> Iterator[client.TimelineEntry | Polls]:
    if len(row) <= FEW:
        yield from row
    else:
        yield row[0]
        yield Polls(row[1:])


def _is_alike(one: client.TimelineEntry, other: client.TimelineEntry) -> bool:
    return (
        _what(one) == _what(other)
        and one.text.startswith("GET ")
        and one.delivery == "whole"
        and not one.fault
        and other.at - one.at < LONG
    )


def _what(entry: client.TimelineEntry) -> tuple[object, ...]:
    asked = (entry.kind, entry.operation, entry.text, entry.aside)
    return (*asked, entry.status, entry.code, entry.delivery, entry.fault)
