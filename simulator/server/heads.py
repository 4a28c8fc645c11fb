"""How an answer is written: THE place where heads become bytes, whoever answers.

Names of headers are written as the application spells them, which is the usual way
(`Content-Length`): in small letters they mean the same, but some clients compare them as text.
"""

import re
from operator import itemgetter
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from ..api.answers import Response

Pair = tuple[str, str]
#: The headers that uvicorn wants every answer to have, names in small letters.
Always = list[tuple[bytes, bytes]]

CLOSE: Pair = ("Connection", "close")

#: What the value of a header must not have (RFC 9110, section 5.5).
_NO_VALUE = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_value = itemgetter(1)


def written(status: int, always: Always, headers: list[Pair]) -> bytes:
    """Returns the head of an answer, from its status line to the empty line.

    Args:
        status: the HTTP status.
        always: the headers which every answer has, that come first.
        headers: the others, names as they are to be written.

    Raises:
        ValueError: a value has a control character.
    """
    if _NO_VALUE.search("".join(map(_value, headers))):
        raise ValueError("a header of the answer has a control character in its value")
    first = b"".join([b"%b: %b\r\n" % (name.title(), value) for name, value in always])
    lines = "".join(map("%s: %s\r\n".__mod__, headers)).encode("latin-1")
    return b"%b%b%b\r\n" % (STATUS_LINE[status], first, lines)


def head_of(reply: Response, *, has_length: bool = True) -> dict[str, Any]:
    """Returns the ASGI message that begins an answer.

    Args:
        reply: the response.
        has_length: whether its length is known.
    """
    headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in reply.headers
        if has_length or name.lower() != "content-length"
    ]
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


def whole_of(reply: Response, always: Always) -> bytes | None:
    """Returns all the bytes of an answer that needs no more than to be sent; None of any other.

    Args:
        reply: the response, to another method than HEAD.
        always: the headers which every answer has, that come first.

    Raises:
        ValueError: the value of a header has a control character.
    """
    if ("Content-Length", str(len(reply.content))) not in reply.headers:
        return None
    return written(reply.status, always, reply.headers) + reply.content
