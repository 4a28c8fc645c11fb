"""How long a play may take, in real seconds: what somebody has written may go on for ever."""

from collections.abc import Callable


class PlayedTooLong(RuntimeError):
    """A play was ended, since it took too long."""


class NoLongerNeeded(RuntimeError):
    """A play was ended, since nobody needs it any more."""


def ends_after(
    seconds: float, ticks: Callable[[], float], is_stopping: Callable[[], bool] = lambda: False
) -> Callable[[], None]:
    """Returns what a play asks before it goes on; it raises `PlayedTooLong` from then on,
    and `NoLongerNeeded` once that is so.

    Args:
        seconds: how long the play may take, from now.
        ticks: tells real seconds.
        is_stopping: tells whether nobody needs the play any more.
    """
    end = ticks() + seconds

    def may_go_on() -> None:
        if is_stopping():
            raise NoLongerNeeded("the simulator stops")
        if ticks() > end:
            raise PlayedTooLong(f"the play takes longer than {seconds:g} real seconds")

    return may_go_on
