"""A sequence diagram as SVG: as wide as there is room in a page, of a fixed width in a file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from ...engine.states import Tone
from .layout import (
    LINE,
    PlacedRow,
    SequenceLayout,
    Span,
    detail_lines,
    has_detail_beside,
    laid_out,
    note_lines,
    remark_lines,
)
from .model import (
    Lifeline,
    NoteKind,
    Row,
    SequenceArrow,
    SequenceCut,
    SequenceDiagram,
    SequenceNote,
)
from .shapes import DEFINITIONS, DRAWN, OF_EACH_TONE, width_of

#: How far a label is from the lifeline where it begins.
_INDENT = 12
#: What is beside the words of a state: its shape, and the space around both.
_BESIDE = 44
#: How far what is lost comes.
_BREAK = 0.62
#: Notes on a lifeline that is further right than this part of the width stand left of it.
_RIGHT = 0.8
#: A state that is wider than this covers the times on a small screen, unless it moves.
_LONG = 190
_TIE, _NEXT_TIE = 14, 9


@dataclass(frozen=True, slots=True)
class SvgPage:
    """How the diagram is a part of a page.

    Args:
        link: returns the URL of a row; None for a row that has none.
        moment: the key of the row that is looked at; empty for all of them.
    """

    link: Callable[[Row], str | None]
    moment: str = ""


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws the parts of one diagram.

    Args:
        layout: the diagram with its places.
        width: of the part with the lifelines, in pixels; None for as wide as there is room.
        page: how it is a part of a page; None in a file.
    """

    layout: SequenceLayout
    width: int | None
    page: SvgPage | None

    def x(self, part: float) -> str:
        """Returns a place across, as SVG has it."""
        return f"{part * 100:g}%" if self.width is None else f"{part * self.width:g}"

    def at(self, line: Lifeline) -> str:
        """Returns where a lifeline is."""
        return self.x(self.layout.across(line))

    @property
    def full(self) -> str:
        """All of the width."""
        return self.x(1)

    # --- what is behind the rows ------------------------------------------------------------------

    def lifelines(self) -> Iterator[str]:
        bottom = self.layout.height
        for each in self.layout.diagram.lifelines:
            x = self.at(each)
            yield f'<line class="lifeline" x1="{x}" x2="{x}" y1="0" y2="{bottom}"/>'

    def span(self, span: Span) -> str:
        shift = -4 + 5 * span.lane
        place = f'x="{self.at(Lifeline.SERVICE)}" y="{span.top - 3}"'
        size = f'width="8" height="{span.bottom - span.top + 6}" rx="4"'
        return f'<rect class="span" {place} {size} transform="translate({shift})"/>'

    def tie(self, tie: Span) -> str:
        out = _TIE + _NEXT_TIE * tie.lane
        begin, end, side, turn = tie.top, tie.bottom, -out, -(out - 6)
        path = (
            f"M-2 {begin}H{turn}Q{side} {begin} {side} {begin + 6}V{end - 6}"
            f"Q{side} {end} {turn} {end}H-3"
        )
        line = f'<path class="tie" d="{path}" marker-end="url(#seq-act)"/>'
        return f'<svg x="{self.at(Lifeline.CLIENT)}">{line}</svg>'

    # --- rows -------------------------------------------------------------------------------------

    def row(self, placed: PlacedRow, before: Row | None, is_later: bool) -> str:
        """Returns a row. Its time and state stand in it where they differ from the row before."""
        row = placed.row
        href = self.page.link(row) if self.page else None
        kinds = ["row", _kind_of(row), *self._remarks(row, is_later)]
        known = "".join(self._known(row, before)) if self.page else ""
        place = f'transform="translate(0 {placed.top})"'
        about = f'id="m-{escape(row.key)}" class="{" ".join(kinds)}"{known} {place}'
        inner = "".join(self._parts(placed))
        return (
            f'<a {about} href="{escape(href)}">{inner}</a>' if href else f"<g {about}>{inner}</g>"
        )

    def _known(self, row: Row, before: Row | None) -> Iterator[str]:
        if before is None or before.at != row.at:
            yield f' data-at="{row.at:%F %T}.{row.at.microsecond // 1000:03d}"'
        if row.state and (before is None or before.state != row.state):
            yield f' data-state="{escape(row.state)}"'

    def _remarks(self, row: Row, is_later: bool) -> Iterator[str]:
        if isinstance(row, SequenceArrow):
            yield from ("lost",) * row.is_lost
            yield from ("bad",) * row.is_bad
        if self.page and self.page.moment == row.key:
            yield "here"
        elif is_later:
            yield "later"

    def _parts(self, placed: PlacedRow) -> Iterator[str]:
        row = placed.row
        if self.page:
            yield f'<rect class="ground" width="100%" height="{placed.height}"/>'
        yield from _time(placed)
        match row:
            case SequenceArrow():
                yield from self._arrow(row, placed.middle)
            case SequenceNote() if row.kind is NoteKind.STATE:
                yield self._state(row, placed.middle)
            case SequenceNote():
                yield from self._note(row, placed.middle)
            case SequenceCut():
                yield from self._cut(row, placed)

    def _arrow(self, row: SequenceArrow, middle: int) -> Iterator[str]:
        begin, end = self.layout.across(row.source), self.layout.across(row.target)
        left = self.x(min(begin, end))
        label = said(row.text)
        if row.detail and not row.has_remark:
            label += f'<tspan class="more" dx="8">{said(row.detail)}</tspan>'
        base = middle - (9 if row.is_lost else 7)
        yield f'<text class="label" x="{left}" y="{base}" dx="{_INDENT}">{label}</text>'
        # The cross of what is lost stays clear of the words.
        below = 19 if row.is_lost else 16
        for number, text in enumerate(remark_lines(row)):
            place = f'x="{left}" y="{middle + below + LINE * number}" dx="{_INDENT}"'
            yield f'<text class="more" {place}>{said(text)}</text>'
        stop = begin + (end - begin) * _BREAK if row.is_lost else end
        head = "" if row.is_lost else f' marker-end="url(#seq-{_head_of(row)})"'
        ends = f'x1="{self.x(begin)}" x2="{self.x(stop)}" y1="{middle}" y2="{middle}"'
        yield f'<line class="wire" {ends}{head}/>'
        if row.is_lost:
            cross = '<path class="break" d="m-4.5-4.5 9 9m0-9-9 9"/>'
            yield f'<svg x="{self.x(stop)}" y="{middle}">{cross}</svg>'

    def _state(self, row: SequenceNote, middle: int) -> str:
        tone = row.tone or Tone.WAITING
        width = width_of(row.text) + _BESIDE
        long = " long" if width > _LONG else ""
        shape = DRAWN[OF_EACH_TONE[tone]]
        return (
            f'<svg x="{self.at(row.line)}" y="{middle}"><g class="tone-{tone.value}{long}">'
            f'<rect class="pill" x="{-width / 2:g}" y="-13" width="{width:g}" height="26" rx="13"/>'
            f'<g class="shape" transform="translate({-width / 2 + 11:g} -7) scale(.875)">'
            f"{shape}</g>"
            f'<text class="name" x="{-width / 2 + 31:g}" y="4.5">{said(row.text)}</text>'
            f'<text class="more" x="{width / 2 + 10:g}" y="4.5">{said(row.detail)}</text></g></svg>'
        )

    def _note(self, row: SequenceNote, middle: int) -> Iterator[str]:
        x = self.at(row.line)
        yield f'<svg x="{x}" y="{middle}"><path class="bead" d="m0-5 5 5-5 5-5-5z"/></svg>'
        lines = [*map(said, note_lines(row))]
        details = [*map(said, detail_lines(row))]
        if details and has_detail_beside(row):
            lines[-1] += f'<tspan class="more" dx="8">{details.pop()}</tspan>'
        lines += [f'<tspan class="more">{each}</tspan>' for each in details]
        top = middle + 4 - LINE * (len(lines) - 1) / 2
        # At the right there is no room beside the lifeline.
        is_left = self.layout.across(row.line) > _RIGHT
        side = f'dx="{-_INDENT}" text-anchor="end"' if is_left else f'dx="{_INDENT}"'
        for number, text in enumerate(lines):
            place = f'x="{x}" y="{top + LINE * number:g}" {side}'
            yield f'<text class="label" {place}>{text}</text>'

    def _cut(self, row: SequenceCut, placed: PlacedRow) -> Iterator[str]:
        top = placed.height - 46
        for fill, y, height in (("up", top, 6), ("", top + 6, 28), ("down", top + 34, 6)):
            by = f' fill="url(#seq-{fill})"' if fill else ' class="tear"'
            yield f'<rect{by} y="{y}" width="{self.full}" height="{height}"/>'
        text = said(row.text)
        place = f'x="{self.x(0.5)}" y="{placed.height - 22}"'
        yield f'<text class="cut-label" {place}>{text}</text>'

    # --- the names of the lifelines, and what rows refer to ---------------------------------------

    def heads(self) -> Iterator[str]:
        for each in self.layout.diagram.lifelines:
            first = each.label.removesuffix(each.brief).strip()
            y = -3 if first else 4
            names = f'<text class="first" y="{y}">{first or each.label}</text>'
            names += f'<text class="second" y="12">{each.brief}</text>' if first else ""
            yield f'<svg x="{self.at(each)}" y="20">{names}</svg>'


def _kind_of(row: Row) -> str:
    match row:
        case SequenceArrow():
            if row.is_answer:
                return "answer"
            if Lifeline.RECEIVER in (row.source, row.target):
                return "notice"
            return "call" if row.source is Lifeline.CLIENT else "act"
        case SequenceNote():
            return row.kind.value
        case SequenceCut():
            return "cut jump" if row.is_jump else "cut"


def _head_of(row: SequenceArrow) -> str:
    return "bad" if row.is_bad else _kind_of(row)


def said(text: str) -> str:
    """Returns a text as SVG has it."""
    return escape(text, quote=False)


def _time(placed: PlacedRow) -> Iterator[str]:
    row = placed.row
    base = placed.middle + 4
    if placed.day:
        yield f'<text class="day" x="-14" y="{base - 17}">{placed.day}</text>'
    if placed.has_time:
        part = f'<tspan class="ms">.{row.at.microsecond // 1000:03d}</tspan>'
        yield f'<text class="time" x="-14" y="{base}">{row.at:%H:%M:%S}{part}</text>'


def rows_of(pen: _Pen) -> Iterator[str]:
    """Yields the rows; those that come after the moment that is looked at are marked."""
    is_later = False
    moment = pen.page.moment if pen.page else ""
    is_known = any(each.row.key == moment for each in pen.layout.rows)
    before: Row | None = None
    for each in pen.layout.rows:
        yield pen.row(each, before, is_later and is_known)
        before = each.row
        is_later = is_later or each.row.key == moment


def body_of(pen: _Pen) -> str:
    """Returns all of a diagram but the names of its lifelines."""
    parts = [DEFINITIONS, *pen.lifelines()]
    parts += [*map(pen.tie, pen.layout.ties), *map(pen.span, pen.layout.spans), *rows_of(pen)]
    return "".join(parts)


def pen_of(diagram: SequenceDiagram, width: int | None, page: SvgPage | None) -> _Pen:
    """Returns what draws a diagram; see `_Pen`."""
    return _Pen(laid_out(diagram), width, page)


def described(diagram: SequenceDiagram) -> str:
    """Returns in a sentence what a diagram shows, for those who can't see it."""
    names = [each.label for each in diagram.lifelines]
    return f"{', '.join(names[:-1])} and {names[-1]}; {len(diagram.rows)} moments, oldest first."


def in_page(diagram: SequenceDiagram, page: SvgPage) -> tuple[str, str]:
    """Returns the names of the lifelines and the rest of a diagram, each as an SVG of a page."""
    pen = pen_of(diagram, None, page)
    heads = f'<svg class="heads" height="40" aria-hidden="true">{"".join(pen.heads())}</svg>'
    about = (
        f'<title id="seq-title">Sequence diagram: {said(diagram.title)}</title>'
        f'<desc id="seq-desc">{said(described(diagram))}</desc>'
    )
    named = 'role="group" aria-labelledby="seq-title" aria-describedby="seq-desc"'
    height = pen.layout.height
    return heads, f'<svg class="flow" height="{height}" {named}>{about}{body_of(pen)}</svg>'
