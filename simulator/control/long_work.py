"""The time that a call of the control API may take where others decide how much there is to do."""

from collections.abc import Callable
from typing import TypeVar

from ..api.answers import JSON, Response
from ..api.context import Context
from ..client.model import Refused, encode
from ..engine.time_limits import NoLongerNeeded, TookTooLong, ends_after
from .mistakes import mistake

A = TypeVar("A")

#: In real seconds. Only so many threads make long answers, for all sandboxes.
LONGEST = 10.0


def in_time(
    context: Context, work: Callable[[Callable[[], None]], A], what: str, instead: str
) -> A | Response:
    """Returns what work comes to; 503 where the simulator stops meanwhile.

    Args:
        context: the simulator's parts.
        work: gets what it asks before it goes on.
        what: what it is, as the subject of a sentence.
        instead: what to do where that takes too long.

    Raises:
        SimulatorError: it takes too long.
    """
    try:
        return work(ends_after(LONGEST, context.wall_time, context.stopping.is_set))
    except NoLongerNeeded as error:
        return Response(503, encode(Refused(str(error)), b"\n"), JSON)
    except TookTooLong as error:
        raise mistake(
            "", f"{what} takes longer than {LONGEST:g} real seconds, so it was ended; {instead}"
        ) from error
