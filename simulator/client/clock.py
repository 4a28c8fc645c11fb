"""The time in a sandbox: models and calls."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta

from .calling import ControlCalls
from .errors import ClientError
from .model import Input, Limit, Model, Moment, given

LONGEST_JUMP = timedelta(days=36500)


class Clock(Model, frozen=True):
    """A sandbox's time, how fast it passes, and the time of the next event."""

    now: Moment
    scale: float
    next_due: Moment | None = None


class FreshSandbox(Clock, frozen=True, kw_only=True):
    """The time in a sandbox that was reset."""

    sandbox: str


class Due(Model, frozen=True):
    """An event that is due: `timer` names its kind."""

    at: Moment
    what: str
    timer: str
    payment_id: str | None = None
    refund_id: str | None = None
    pos_id: str | None = None


class Upcoming(Clock, frozen=True, kw_only=True):
    """The time in a sandbox, and what is due, the next first; `total` counts all."""

    due: tuple[Due, ...]
    total: int


class DueQuery(Input, frozen=True):
    """Which of the events that are due are listed."""

    limit: Limit = 50


class Advance(Input, frozen=True):
    """How far the clock moves, or to which time; one of the two."""

    seconds: Annotated[float, Meta(ge=0, le=LONGEST_JUMP.total_seconds())] | None = None
    to: Annotated[Moment | None, Meta(description="or the time to move to")] = None


class Rescale(Input, frozen=True):
    """How fast time passes: simulated seconds per real one; 0 stops it."""

    scale: Annotated[
        float, Meta(ge=0, le=1_000_000, description="simulated seconds per real one; 0 stops time")
    ]


class ClockCalls(ControlCalls):
    """The calls about time."""

    def clock(self) -> Clock:
        """Returns the time in the sandbox."""
        return self.call(Clock, "GET", "/clock")

    def advance(self, length: timedelta | None = None, **units: float) -> Clock:
        """Moves the sandbox's time forward; what falls due on the way happens.

        Args:
            length: how far.
            units: or so many `seconds`, `minutes`, `hours`, `days`, as `timedelta` takes them.

        Raises:
            ClientError: the units are no length of time, such as an infinite one.
        """
        if (length is None) == (not units):
            raise TypeError("advance() takes a timedelta, or units such as seconds=2")
        try:
            seconds = (length if length is not None else timedelta(**units)).total_seconds()
        except (OverflowError, ValueError) as error:
            most = f"expected a length of time of at most {LONGEST_JUMP.days} days"
            raise ClientError(f"{', '.join(units)}: {most}") from error
        return self.call(Clock, "POST", "/clock/advance", body=Advance(seconds))

    def rescale(self, scale: float) -> Clock:
        """Changes how fast the sandbox's time passes.

        Args:
            scale: its seconds in a real second; 0 stops time.
        """
        return self.call(Clock, "PUT", "/clock", body=Rescale(scale))

    def due(self, limit: int | None = None) -> Upcoming:
        """Returns what is due, the next first.

        Args:
            limit: at most so many.
        """
        return self.call(Upcoming, "GET", "/clock/due", query=given(DueQuery, limit=limit))
