"""Reads answers to their end, however long a server would go on.

Whoever answers may be no simulator, or a broken one: what is kept, and how long it is waited for,
has bounds. A simulator compresses nothing, so that nothing has to be unpacked.
"""

from collections.abc import Iterator
from time import perf_counter
from typing import TYPE_CHECKING

from .errors import Unreachable

if TYPE_CHECKING:
    import httpx

#: The largest answer that is read, in bytes: as much as a server takes as a snapshot.
MOST_BYTES = 256 * 1024 * 1024
#: The longest line of an answer that goes on.
LONGEST_LINE = 1024 * 1024
#: So many bytes a second an answer has to come with, once its time-out is over.
SLOWEST = 256 * 1024

#: Asks for answers as they are.
AS_IT_IS = {"Accept-Encoding": "identity"}


def whole(url: str, answer: "httpx.Response", began: float, seconds: float) -> "httpx.Response":
    """Returns an answer with all of its body, whose text is UTF-8.

    Args:
        url: of the server.
        answer: what has come of it.
        began: when the call began, as `perf_counter` tells.
        seconds: how long the call may take.

    Raises:
        Unreachable: it is compressed, too large, or takes too long.
    """
    import httpx

    kept = bytearray()
    for piece in _pieces(url, answer):
        kept += piece
        if len(kept) > MOST_BYTES:
            raise Unreachable(url, f"its answer is larger than {MOST_BYTES:,} bytes")
        if perf_counter() - began > seconds + len(kept) / SLOWEST:
            raise Unreachable(url, f"its answer has no end within {seconds:g} s")
    made = httpx.Response(
        answer.status_code,
        headers=answer.headers,
        content=bytes(kept),
        request=answer.request,
        extensions=answer.extensions,
    )
    # Not what the answer says, which may be the name of anything that Python decodes.
    made.encoding = "utf-8"
    return made


def lines(url: str, answer: "httpx.Response", patience: float) -> Iterator[str]:
    """Yields the lines of an answer as they come.

    Args:
        url: of the server.
        answer: what has come of it.
        patience: seconds that a line may take.

    Raises:
        Unreachable: it is compressed, or a line is too long or has no end in time.
    """
    rest, began = b"", perf_counter()
    for piece in _pieces(url, answer):
        *found, rest = (rest + piece).split(b"\n")
        for line in found:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")
        if found:
            began = perf_counter()
        if len(rest) > LONGEST_LINE:
            raise Unreachable(url, f"a line of its answer is longer than {LONGEST_LINE:,} bytes")
        if perf_counter() - began > patience:
            raise Unreachable(url, f"a line of its answer has no end within {patience:g} s")


def _pieces(url: str, answer: "httpx.Response") -> Iterator[bytes]:
    """Returns the pieces of an answer's body.

    Raises:
        Unreachable: it is compressed.
    """
    coding = answer.headers.get("Content-Encoding", "").strip()
    if coding.lower() not in ("", "identity"):
        reason = f"its answer is compressed (Content-Encoding: {coding[:40]!r}), unasked"
        raise Unreachable(url, reason)
    return answer.iter_bytes()
