"""What becomes of a response on the wire: one rule for the socket, the virtual wire, the page and
replay.
"""

from dataclasses import dataclass
from enum import StrEnum

from .wire_plan import Ending, WirePlan


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
