"""Reads answers to their end, however long a server would go on.

Whoever answers may be no simulator, or a broken one: what is kept, and how long it is waited for,
has bounds. A simulator compresses nothing, so that nothing has to be unpacked.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .errors import Unreachable

if TYPE_CHECKING:
    import httpx

    from .deadlines import Deadline
    from .outgoing import Client

#: The largest answer that is read, in bytes: as much as a server takes as a snapshot.
MOST_BYTES = 256 * 1024 * 1024
#: The longest line of an answer that goes on.
LONGEST_LINE = 1024 * 1024

#: Asks for answers as they are.
AS_IT_IS = {"Accept-Encoding": "identity"}


def answer_of(
    client: "Client", server: str, method: str, url: str, seconds: float, **sent: Any
) -> "httpx.Response":
    """Makes a call; returns its answer with all of its body.

    Args:
        client: makes the call.
        server: its URL, for messages.
        method: the HTTP method.
        url: where the call goes.
        seconds: how long the call may take, from its first byte to the last of the answer.
        sent: what `httpx.Client.stream` takes besides.

    Raises:
        Unreachable: the answer is compressed, too large, or has no end in time.
        httpx.RequestError: there is none.
    """
    from .deadlines import Deadline

    with client.stream(method, url, timeout=Deadline(seconds), **sent) as answer:
        return whole(server, answer, seconds)


def whole(server: str, answer: "httpx.Response", seconds: float) -> "httpx.Response":
    """Returns an answer with all of its body, whose text is UTF-8.

    Args:
        server: its URL, for messages.
        answer: what has come of it.
        seconds: how long the call may take, for messages.

    Raises:
        Unreachable: it is compressed, too large, or has no end in time.
    """
    import httpx

    made = httpx.Response(
        answer.status_code,
        headers=answer.headers,
        content=b"".join(pieces(server, answer, seconds)),
        request=answer.request,
        extensions=answer.extensions,
    )
    # Not what the answer says, which may be the name of anything that Python decodes.
    made.encoding = "utf-8"
    return made


def pieces(server: str, answer: "httpx.Response", seconds: float) -> Iterator[bytes]:
    """Yields the pieces of an answer's body as they come.

    Args:
        server: its URL, for messages.
        answer: what has come of it.
        seconds: how long the call may take, for messages.

    Raises:
        Unreachable: it is compressed, too large, or has no end in time.
    """
    import httpx

    count = 0
    try:
        for piece in _unpacked(server, answer):
            count += len(piece)
            if count > MOST_BYTES:
                raise Unreachable(server, f"its answer is larger than {MOST_BYTES:,} bytes")
            yield piece
    except httpx.TimeoutException as error:
        raise Unreachable(server, f"its answer has no end within {seconds:g} s") from error


def lines(server: str, answer: "httpx.Response", deadline: "Deadline") -> Iterator[str]:
    """Yields the lines of an answer as they come; each may take as long as the deadline says.

    Args:
        server: its URL, for messages.
        answer: what has come of it.
        deadline: the one that the call was made with.

    Raises:
        Unreachable: it is compressed, or a line is too long or has no end in time.
    """
    import httpx

    rest = b""
    try:
        for piece in _unpacked(server, answer):
            *found, rest = (rest + piece).split(b"\n")
            for line in found:
                yield line.removesuffix(b"\r").decode("utf-8", "replace")
            if found:
                deadline.start_again()
            if len(rest) > LONGEST_LINE:
                reason = f"a line of its answer is longer than {LONGEST_LINE:,} bytes"
                raise Unreachable(server, reason)
    except httpx.TimeoutException as error:
        reason = f"a line of its answer has no end within {deadline:g} s"
        raise Unreachable(server, reason) from error


def _unpacked(server: str, answer: "httpx.Response") -> Iterator[bytes]:
    """Returns the pieces of an answer's body.

    Raises:
        Unreachable: it is compressed.
    """
    coding = answer.headers.get("Content-Encoding", "").strip()
    if coding.lower() not in ("", "identity"):
        reason = f"its answer is compressed (Content-Encoding: {coding[:40]!r}), unasked"
        raise Unreachable(server, reason)
    return answer.iter_bytes()
