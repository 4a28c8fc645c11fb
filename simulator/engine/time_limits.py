"""How long work may go on whose size others decide, in real seconds that the caller tells."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class TookTooLong(RuntimeError):
    """Work was ended, since it took too long."""


class NoLongerNeeded(RuntimeError):
    """Work was ended, since nobody needs it any more."""


def ends_after(
    seconds: float, ticks: Callable[[], float], is_stopping: Callable[[], bool] = lambda: False
) -> Callable[[], None]:
    """Returns what work asks before it goes on; it raises `TookTooLong` from then on,
    and `NoLongerNeeded` once that is so.

    Args:
        seconds: how long the work may take, from now.
        ticks: tells real seconds.
        is_stopping: tells whether nobody needs the work any more.
    """
    end = ticks() + seconds

    def may_go_on() -> None:
        if is_stopping():
            raise NoLongerNeeded("the simulator stops")
        if ticks() > end:
            raise TookTooLong(f"it takes longer than {seconds:g} real seconds")

    return may_go_on


def always() -> None:
    """Lets work go on, however long it takes."""


class Watched(Generic[T]):
    """Things of which each asks, when its turn comes, whether the work may go on.

    Args:
        things: the things.
        may_go_on: raises where it may not.
    """

    def __init__(self, things: Iterable[T], may_go_on: Callable[[], None]) -> None:
        self._things = things
        self._may_go_on = may_go_on

    def __iter__(self) -> Iterator[T]:
        for each in self._things:
            self._may_go_on()
            yield each
