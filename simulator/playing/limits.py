"""How long a play may take, in real seconds: what somebody has written may go on for ever."""

from collections.abc import Callable


class PlayedTooLong(RuntimeError):
    """A play was ended, since it took too long."""


def ends_after(seconds: float, ticks: Callable[[], float]) -> Callable[[], None]:
    """Returns what a play asks before it goes on; it raises `PlayedTooLong` from then on.

    Args:
        seconds: how long the play may take, from now.
        ticks: tells real seconds.
    """
    end = ticks() + seconds

    def may_go_on() -> None:
        if ticks() > end:
            raise PlayedTooLong(f"the play takes longer than {seconds:g} real seconds")

    return may_go_on
