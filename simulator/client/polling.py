"""How long clients wait between two polls: models and calls."""

from typing import Annotated

from msgspec import Meta

from .calling import ControlCalls
from .model import Input, Model

#: In seconds: an hour.
LONGEST_POLL_DELAY = 3600


class Polling(Model, frozen=True):
    """The `pollDelayInMs` of payments and check-ins in seconds, and whether sooner polls get 429.

    `changed` says whether that differs from what the sandbox began with.
    """

    delay: float
    enforce: bool
    changed: bool = False


class ChangePolling(Input, frozen=True):
    """Changes of the polling; what is left out stays."""

    delay: Annotated[
        Annotated[float, Meta(ge=0, le=LONGEST_POLL_DELAY)] | None,
        Meta(description="`pollDelayInMs` of payments and check-ins, in seconds"),
    ] = None
    enforce: Annotated[
        bool | None, Meta(description="whether a poll that comes sooner is answered 429")
    ] = None


class PollingCalls(ControlCalls):
    """The calls about polling."""

    def polling(self) -> Polling:
        """Returns how long clients are asked to wait between two polls."""
        return self.call(Polling, "GET", "/polling")

    def change_polling(self, *, delay: float | None = None, enforce: bool | None = None) -> Polling:
        """Changes how long clients are asked to wait between two polls.

        Args:
            delay: in seconds; None leaves it.
            enforce: whether a poll that comes sooner is answered 429; None leaves it.
        """
        return self.call(Polling, "PUT", "/polling", body=ChangePolling(delay, enforce))

    def restore_polling(self) -> None:
        """Restores the polling that the sandbox began with."""
        self.send("DELETE", "/polling")
