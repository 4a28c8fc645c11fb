"""How an answer is written: in one piece where that is all there is to it, else head first."""

import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from simulator.environs import Answer

__all__ = ["head_of", "whole_of"]

Headers = list[tuple[bytes, bytes]]

#: What the value of a header must not have (RFC 9110, section 5.5).
_NO_VALUE = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


def head_of(answer: Answer, *, has_length: bool = True) -> dict[str, Any]:
    """Returns the ASGI message that begins an answer.

    Args:
        answer: what is answered.
        has_length: whether its length is known.
    """
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.headers
        if has_length or name.lower() != "content-length"
    ]
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


def whole_of(answer: Answer, always: Headers) -> bytes | None:
    """Returns all the bytes of an answer that needs no more than to be sent; None of any other.

    Args:
        answer: what is answered, to another method than HEAD.
        always: the headers which every answer has, that come first.
    """
    lines = [f"{name.lower()}: {value}\r\n" for name, value in answer.headers]
    if f"content-length: {len(answer.content)}\r\n" not in lines:
        return None
    if _NO_VALUE.search("".join([value for _, value in answer.headers])):
        return None
    first = b"".join([b"%b: %b\r\n" % pair for pair in always])
    head = "".join(lines).encode("latin-1")
    return b"%b%b%b\r\n%b" % (STATUS_LINE[answer.status], first, head, answer.content)
