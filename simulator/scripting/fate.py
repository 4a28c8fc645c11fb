"""What becomes of a response on the wire: one rule for the socket, the virtual wire, the page and
replay.
"""

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


class Delivery(StrEnum):
    """How much of a response reached the client; `ABANDONED` where the client had gone before."""

    PENDING = "pending"
    WHOLE = "whole"
    PART = "part"
    NOTHING = "nothing"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one response.

    Args:
        wait: real seconds from the request until the exchange is over.
        delivery: how much of the response reaches the client.
        sent: how many bytes of the body are sent.
        ending: how the connection ends; None where it goes on.
    """

    wait: float
    delivery: Delivery
    sent: int
    ending: Ending | None = None


def fate_of(plan: WirePlan | None, size: int, patience: float | None = None) -> Fate:
    """Returns what becomes of a response.

    Args:
        plan: what the wire does about it; None where it does nothing.
        size: the length of the response's body, in bytes.
        patience: real seconds after which the client gives up; None for a client that waits.
    """
    plan = plan or WirePlan()
    wait = plan.delay + plan.dribble
    sent = int(size * plan.part)
    if patience is not None and wait >= patience:
        return Fate(patience, Delivery.ABANDONED, 0)
    if plan.part == 1:
        return Fate(wait, Delivery.WHOLE, sent)
    # Of a body that is empty there is no half to send.
    delivery = Delivery.PART if plan.part and size else Delivery.NOTHING
    return Fate(wait, delivery, sent, plan.ending)
