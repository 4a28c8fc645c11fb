"""Where everything in a sequence diagram is: down in pixels, across in parts of the width."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from textwrap import wrap

from ...engine.elapsed import TimeStep, steps
from .model import (
    Lifeline,
    NoteKind,
    Row,
    SequenceArrow,
    SequenceCut,
    SequenceDiagram,
    SequenceNote,
)

#: What fits between two lifelines, where an arrow is, and from a lifeline on, where a note is.
BESIDE_ARROW, BESIDE_NOTE = 34, 32


def remark_lines(row: SequenceArrow) -> list[str]:
    """Returns the lines below an arrow; none where it has no remark."""
    return wrap(row.detail, BESIDE_ARROW) if row.has_remark else []


def note_lines(row: SequenceNote) -> list[str]:
    """Returns the lines of what a note says first."""
    return wrap(row.text, BESIDE_NOTE) or [""]


def detail_lines(row: SequenceNote) -> list[str]:
    """Returns the lines of what a note says besides."""
    return wrap(row.detail, BESIDE_NOTE)


def has_detail_beside(row: SequenceNote) -> bool:
    """Whether the detail of a note stands in the line in which its text ends."""
    return len(note_lines(row)[-1]) + len(row.detail) < BESIDE_NOTE


def extra_lines(row: Row) -> int:
    """Returns how many lines a row has besides its first."""
    if isinstance(row, SequenceArrow):
        return len(remark_lines(row))
    if isinstance(row, SequenceNote) and row.kind is not NoteKind.STATE:
        below = 0 if has_detail_beside(row) else len(detail_lines(row))
        return len(note_lines(row)) - 1 + below
    return 0


#: The heights of rows.
ARROW, NOTE, CUT = 36, 36, 52
#: What a second line of text, and a day above a time, take besides.
LINE = 17
#: The space between the top and the first row, and between the last row and the bottom.
EDGE = 10
#: Where the lifelines are, as parts of the width, by how many there are.
ACROSS: Mapping[int, tuple[float, ...]] = {
    2: (0.09, 0.5),
    3: (0.09, 0.47, 0.85),
    4: (0.09, 0.37, 0.65, 0.9),
}


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row and its place.

    Args:
        row: the row.
        top: its upper edge.
        height: its height.
        middle: where its line is, from the row's upper edge.
        day: its day, where that is told.
        has_time: whether its time is told: it differs from that of the row before.
    """

    row: Row
    top: int
    height: int
    middle: int
    day: date | None
    has_time: bool


@dataclass(frozen=True, slots=True)
class Span:
    """From one place to another below it.

    Args:
        top: the upper end.
        bottom: the lower end.
        lane: how many others it has to pass.
    """

    top: int
    bottom: int
    lane: int = 0


@dataclass(frozen=True, slots=True)
class SequenceLayout:
    """A diagram with the places of all its parts.

    Args:
        diagram: the diagram.
        rows: its rows.
        height: of all of it.
        spans: from each call to its answer, or to the end while there is none.
        ties: from the first try of a call to each later one.
    """

    diagram: SequenceDiagram
    rows: tuple[PlacedRow, ...]
    height: int
    spans: tuple[Span, ...]
    ties: tuple[Span, ...]

    def across(self, line: Lifeline) -> float:
        """Returns where a lifeline is, as a part of the width."""
        lines = self.diagram.lifelines
        return ACROSS[len(lines)][lines.index(line)]


def laid_out(diagram: SequenceDiagram) -> SequenceLayout:
    """Returns a diagram with the places of all its parts."""
    rows = tuple(_placed(diagram))
    height = (rows[-1].top + rows[-1].height if rows else 0) + EDGE
    middles = {each.row.key: each.top + each.middle for each in rows}
    return SequenceLayout(
        diagram, rows, height, tuple(_spans(rows, middles, height)), tuple(_ties(diagram, middles))
    )


def _placed(diagram: SequenceDiagram) -> Iterator[PlacedRow]:
    top = EDGE
    for row, step in zip(diagram.rows, steps(row.at for row in diagram.rows), strict=True):
        height = _height(row)
        # The day stands above the time, beside the row's line.
        shift = LINE if step.day and height <= ARROW else 0
        middle = shift + (height - 11 if isinstance(row, SequenceArrow) else height // 2)
        if isinstance(row, SequenceArrow):
            middle -= LINE * extra_lines(row)
        yield PlacedRow(row, top, height + shift, middle, step.day, _has_time(row, step))
        top += height + shift


def _has_time(row: Row, step: TimeStep) -> bool:
    return not step.is_same and not (isinstance(row, SequenceCut) and not row.is_jump)


def _height(row: Row) -> int:
    if isinstance(row, SequenceCut):
        return CUT
    first = NOTE if isinstance(row, SequenceNote) else ARROW
    return first + LINE * extra_lines(row)


def _spans(rows: tuple[PlacedRow, ...], middles: dict[str, int], height: int) -> Iterator[Span]:
    ends = {
        each.row.answer_to: each.top + each.middle
        for each in rows
        if isinstance(each.row, SequenceArrow)
    }
    open_spans: list[int] = []
    for each in rows:
        row = each.row
        if isinstance(row, SequenceArrow) and row.is_call:
            top = middles[row.key]
            open_spans = [end for end in open_spans if end > top]
            bottom = ends.get(row.key, height - EDGE)
            yield Span(top, bottom, len(open_spans))
            open_spans.append(bottom)


def _ties(diagram: SequenceDiagram, middles: dict[str, int]) -> Iterator[Span]:
    calls = diagram.calls
    lanes: dict[int, int] = {}
    for row in diagram.rows:
        if not isinstance(row, SequenceArrow) or row.first_try not in calls:
            continue
        lane = lanes.setdefault(row.first_try, len(lanes))
        yield Span(middles[calls[row.first_try]], middles[row.key], lane % 3)
