"""WHERE a text is not YAML: the parser marks what it can't read, people what they wrote wrong."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import yaml

#: What the parser finds only behind its place, which it names as that of the context.
_BEHIND_ITS_PLACE = ("could not find expected ':'", "found unexpected end of stream")
_NO_COLON = _BEHIND_ITS_PLACE[0]
_NOT_CLOSED = ("did not find expected ',' or ']'", "did not find expected ',' or '}'")
_NO_VALUE = "did not find expected node content"
_TWO_COLONS = "mapping values are not allowed in this context"

_Token = Any
_OPENING = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


def complaint_and_place(
    content: str, error: yaml.MarkedYAMLError, loader: Any
) -> tuple[str, int, int]:
    """Returns what the parser says of a text, and the line and column of the mistake, both from 1.

    Args:
        content: the text.
        error: why it is not YAML.
        loader: the loader that found that.
    """
    complaint = error.problem or error.context or ""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return complaint, 1, 1
    marked = _written(content, mark)
    complaint, begin = _begin(content, error, complaint, mark, loader)
    return complaint, *(_numbers(begin) if begin and begin.line + 1 < marked[0] else marked)


def _begin(
    content: str, error: yaml.MarkedYAMLError, complaint: str, mark: yaml.Mark, loader: Any
) -> tuple[str, yaml.Mark | None]:
    """Returns what is wrong, and where it begins if that may be in a line above the mark."""
    if complaint in _BEHIND_ITS_PLACE:
        return complaint, error.context_mark
    last, opened = _before(content, mark, loader)
    if last and last.start_mark.line < mark.line:
        # A text that goes on in the line below has swallowed what stands there. A block text has
        # not: it ends where a line is too far left.
        is_block = getattr(last, "style", None) in ("|", ">")
        goes_on = last.end_mark.line == mark.line and not is_block
        if complaint in _NOT_CLOSED or (goes_on and complaint != _TWO_COLONS):
            return complaint, last.start_mark
        if goes_on and last.start_mark.column == _indentation(content, mark.line):
            return _NO_COLON, last.start_mark
    return complaint, opened.start_mark if opened and complaint == _NO_VALUE else None


def place_of_character(content: str, error: yaml.reader.ReaderError) -> tuple[int, int]:
    """Returns line and column, both from 1, of the character that no YAML may have."""
    before = content.partition(chr(error.character))[0]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _before(content: str, mark: yaml.Mark, loader: Any) -> tuple[_Token | None, _Token | None]:
    """Returns the last word before a mark, and the bracket that is open there.

    What is in brackets ends above a line that is too far left to belong to it.
    """
    last, left = None, 0
    opened: list[_Token] = []
    for token in _tokens(content, loader):
        if token.start_mark.index >= mark.index:
            break
        if opened and token.start_mark.column < left and not isinstance(token, _CLOSING):
            break
        if isinstance(token, _OPENING):
            left = left if opened else _least_column(content, token.start_mark)
            opened.append(token)
        elif isinstance(token, _CLOSING) and opened:
            opened.pop()
        if token.end_mark.index > token.start_mark.index:
            last = token
    return last, opened[-1] if opened else None


def _tokens(content: str, loader: Any) -> Iterator[_Token]:
    with suppress(yaml.YAMLError):
        yield from yaml.scan(content, Loader=loader)


def _least_column(content: str, bracket: yaml.Mark) -> int:
    """Returns how far left may begin what is in a bracket: right of the key or dash before it."""
    before = content[bracket.index - bracket.column : bracket.index]
    return len(before) - len(before.lstrip()) + bool(before.strip())


def _indentation(content: str, line: int) -> int:
    text = content.splitlines()[line]
    return len(text) - len(text.lstrip())


def _numbers(mark: yaml.Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _written(content: str, mark: yaml.Mark) -> tuple[int, int]:
    """Returns the numbers of a mark.

    What is missing at the end is missing behind the last thing that is written: libyaml marks a
    line that need not be there.
    """
    written = content.rstrip()
    if mark.index < len(written):
        return _numbers(mark)
    lines = written.splitlines() or [""]
    return len(lines), len(lines[-1]) + 1
