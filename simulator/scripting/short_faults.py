"""The faults that tests need most, each by one word instead of the language of scenarios."""

from collections.abc import Mapping
from typing import Any

from ..settings.nearest import nearest, with_more
from .fate import Ending
from .faults import Body, Cut, Fault, FaultAnswer
from .synonyms import SHORT_FAULTS
from .value_kinds import CALLS

#: What each word stands for; the sweep means the same by `lost-response`, `time-out` and `reset`.
WORDS: Mapping[str, Mapping[str, Any]] = {
    "lost": {"cut": Cut.AFTER_COMMIT},
    "timeout": {"cut": Cut.PAST_CLIENT_TIMEOUT},
    "reset": {"cut": Cut.BEFORE_COMMIT, "by": Ending.RESET},
}


def short_fault(call: str, word: str, times: int | None) -> Fault:
    """Returns a fault.

    Args:
        call: the operation that it is injected into.
        word: `lost`, `timeout`, `reset`, or a status from 400 to 599.
        times: into how many calls; None for all.

    Raises:
        ValueError: there is no such operation or word; the message names the nearest.
    """
    if call not in CALLS:
        raise ValueError(f"call: there is no operation {call[:60]!r}; {nearest(call, CALLS)}")
    return Fault(call=(call,), times=times, **_meaning(word))


def _meaning(word: str) -> Mapping[str, Any]:
    if word in WORDS:
        return WORDS[word]
    if len(word) == 3 and word.isascii() and word.isdecimal() and 400 <= int(word) <= 599:
        # The service has codes for its own refusals only, and 2000 for what failed inside it.
        body = Body.ERROR if int(word) >= 500 else Body.EMPTY
        return {"answer": FaultAnswer(status=int(word), code="2000", body=body)}
    hint = nearest(word, WORDS, SHORT_FAULTS)
    more = "a status from 400 to 599 is right, too"
    raise ValueError(f"fault: {word[:60]!r} is none; {with_more(hint, more)}")
