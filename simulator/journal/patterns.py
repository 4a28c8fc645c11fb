"""Patterns with * and ?, decided in a time that hardly grows with their length.

What is between two stars is looked for once, from left to right: what is found first leaves the
most for the rest. What is before the first star and behind the last has one place only.
"""

import re
from collections.abc import Callable

LONGEST_PATTERN = 200
#: So many dots in a row, or more, take longer than a count.
FEW = 20

_LETTERS_OR_ANY = re.compile(r"\?+|[^?]+")
_STARS = re.compile(r"[*?]*\*[*?]*")


def pattern(text: str) -> Callable[[str], bool]:
    """Returns a test whether a whole text matches a pattern with * and ?.

    Raises:
        ValueError: it is empty or too long.
    """
    if not 0 < len(text) <= LONGEST_PATTERN:
        raise ValueError(f"expected a pattern of 1 to {LONGEST_PATTERN} characters")
    # Letters that may be any count wherever they are beside a star; behind it each would have to
    # be tried at every place.
    first, *others = _STARS.sub(lambda found: "?" * found[0].count("?") + "*", text).split("*")
    begin = _compiled(first)
    if not others:
        return lambda tested: begin.fullmatch(tested) is not None
    *between, last = others
    middle = [_compiled(each) for each in between]
    end, length = _compiled(last), len(last)

    def fits(tested: str) -> bool:
        found = begin.match(tested)
        if found is None or end.fullmatch(tested, max(len(tested) - length, 0)) is None:
            return False
        at, room = found.end(), len(tested) - length
        for each in middle:
            found = each.search(tested, at, max(room, 0))
            if found is None:
                return False
            at = found.end()
        return at <= room

    return fits


def _compiled(text: str) -> "re.Pattern[str]":
    """Returns what matches letters and question marks."""
    pieces = _LETTERS_OR_ANY.findall(text)
    return re.compile("".join(map(_step, pieces)), re.DOTALL)


def _step(piece: str) -> str:
    if piece[0] != "?":
        return re.escape(piece)
    return "." * len(piece) if len(piece) < FEW else f".{{{len(piece)}}}"
