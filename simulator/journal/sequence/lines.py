"""How long texts of a diagram are broken into lines: SVG breaks none by itself."""

from textwrap import wrap

from .model import NoteKind, Row, SequenceArrow, SequenceNote

#: What fits between two lifelines, where an arrow is, and from a lifeline on, where a note is.
BESIDE_ARROW, BESIDE_NOTE = 44, 76


def remark_lines(row: SequenceArrow) -> list[str]:
    """Returns the lines below an arrow; none where it has no remark."""
    return wrap(row.detail, BESIDE_ARROW) if row.has_remark else []


def note_lines(row: SequenceNote) -> list[str]:
    """Returns the lines of what a note says first."""
    return wrap(row.text, BESIDE_NOTE) or [""]


def detail_lines(row: SequenceNote) -> list[str]:
    """Returns the lines of what a note says besides."""
    return wrap(row.detail, BESIDE_NOTE)


def extra_lines(row: Row) -> int:
    """Returns how many lines a row has besides its first."""
    if isinstance(row, SequenceArrow):
        return len(remark_lines(row))
    if isinstance(row, SequenceNote) and row.kind is not NoteKind.STATE:
        # The first line of the detail stands beside the last line of the text.
        return len(note_lines(row)) + max(len(detail_lines(row)), 1) - 2
    return 0
