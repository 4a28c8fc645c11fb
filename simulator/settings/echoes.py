"""What a message says again of the words that somebody has given."""

import re
from typing import Any

from .shapes import LONGEST_SHOWN

#: How long a reason may be that repeats what is in a file, in characters.
LONGEST_REASON = 500
#: A character that may be no printable one.
_ODD = re.compile(r"[^\n\t -~]")


def in_one_line(reason: object) -> str:
    """Returns a reason without line breaks, and cut off where it repeats a file."""
    line = " ".join(str(reason).split())
    return line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON]}..."


def without_long(message: str, given: Any, longest: int = LONGEST_SHOWN) -> str:
    """Returns a message in which long texts that somebody has given are cut off.

    Args:
        message: the message.
        given: the texts; they may be in lists and objects.
        longest: what is longer is cut off.
    """
    if isinstance(given, str):
        if len(given) <= longest:
            return message
        for text in (given, repr(given)[1:-1]):
            message = message.replace(text, f"{text[:LONGEST_SHOWN]}...")
        return message
    if isinstance(given, dict):
        given = (*given, *given.values())
    for each in given if isinstance(given, list | tuple) else ():
        message = without_long(message, each, longest)
    return message


def printable(text: str) -> str:
    """Returns a text of somebody else's so that a terminal takes nothing in it for a command.

    The escapes beyond ASCII are those of JSON too, in which these characters may stand unescaped.
    """
    return _ODD.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character.isprintable():
        return character
    if character < "\x7f":
        return character.encode("unicode_escape").decode()
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
