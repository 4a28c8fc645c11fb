"""Calls of the control API that a thread has to help with, while the page's own request waits."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..api.answers import Response

#: A call of the control API: method, path, query and body.
ReadCall = tuple[str, str, str, bytes]
#: What stands in place of a call where a thread reads the file that was sent.
FILE: ReadCall = ("", "", "", b"")

#: What the control API answered: the status, and the JSON of the body.
ControlAnswer = tuple[int, Any]
#: Answers that took long, by the calls that got them; or what goes on with a call that was read.
Fetched = Mapping[ReadCall, ControlAnswer | Response]


class ThreadNeeded(Exception):
    """An answer takes long: a thread makes it, and the page's own request is served again with it.

    Args:
        call: the call.
        fetch: makes its answer, in any thread.
        is_play: whether that plays a scenario.
    """

    def __init__(
        self, call: ReadCall, fetch: Callable[[], ControlAnswer | Response], *, is_play: bool
    ) -> None:
        self.call = call
        self.fetch = fetch
        self.is_play = is_play
        super().__init__("an answer takes long")


def outcome_of(reply: Response) -> ControlAnswer | Response:
    """Returns what a thread has made: an answer, or what goes on with the call."""
    return reply if reply.resume is not None else read_answer(reply)


def read_answer(reply: Response) -> ControlAnswer:
    """Returns an answer of the control API; one that is no JSON as what went wrong."""
    try:
        said = json.loads(reply.content) if reply.content else {}
    except ValueError:
        said = {"error": reply.content[:300].decode("utf-8", "replace")}
    return reply.status, said
