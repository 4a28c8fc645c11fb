"""THE STEPS of the demo payment: one row for each state, with what is pressed then."""

from collections.abc import Mapping
from typing import Any, NamedTuple

AMOUNT = "86.50"


class DemoStep(NamedTuple):
    """A step: what is pressed while the payment is in a state, and what is said of it."""

    act: str
    words: str


#: By the state of the payment; "" is before there is one.
STEPS: Mapping[str, DemoStep] = {
    "": DemoStep("start", f"The till asks for {AMOUNT}."),
    "Initiated": DemoStep("check-in", "The customer scans the QR code."),
    "IssuedToUser": DemoStep("accept", "The customer swipes to accept; the money is reserved."),
    "Reserved": DemoStep("capture", "The till captures the money: the customer has paid."),
}


def demo_at(payment: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns the steps, each with whether it is done, and which one is next."""
    states = list(STEPS)
    state = payment["state"] if payment else ""
    place = states.index(state) if state in STEPS else len(states)
    steps = [(each.words, number < place) for number, each in enumerate(STEPS.values())]
    return {"steps": steps, "next": place if place < len(steps) else None, "payment": payment}
