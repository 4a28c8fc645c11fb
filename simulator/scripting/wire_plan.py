"""What the wire does with one exchange."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from ..engine.states import PaymentState


class Ending(StrEnum):
    """How a connection without a complete response ends."""

    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class WirePlan:
    """What the wire does with one exchange. All durations are real seconds.

    Args:
        delay: how long to wait before the first byte of the response.
        is_before_work: whether to wait before the work instead of after it.
        hold: the state of the payment that ends the wait.
        until: tells whether the wait ends; `delay` is the longest wait then.
        dribble: how long sending the body takes.
        part: how much of the response to send: 1 all, 0 nothing, else a part of the body.
        outlasts_client: whether the wait lasts until the client hangs up; `delay` is the longest
            wait then, which the sandbox's rules say.
        ending: how the connection ends if not all is sent.
    """

    delay: float = 0.0
    is_before_work: bool = False
    hold: PaymentState | None = None
    until: Callable[[], bool] | None = None
    dribble: float = 0.0
    part: float = 1.0
    ending: Ending = Ending.CLOSE
    outlasts_client: bool = False

    def after_wait(self) -> "WirePlan":
        """Returns what is left of the plan once its wait is over."""
        return replace(
            self, delay=0.0, is_before_work=False, hold=None, until=None, outlasts_client=False
        )
