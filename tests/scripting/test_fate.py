"""What becomes of a response on the wire."""

import pytest
from mobilepay_simulator.scripting.fate import Delivery, Ending, Fate, WirePlan, fate_of

WHOLE, PART, NOTHING, ABANDONED = (
    Delivery.WHOLE,
    Delivery.PART,
    Delivery.NOTHING,
    Delivery.ABANDONED,
)
CLOSE, RESET = Ending.CLOSE, Ending.RESET


@pytest.mark.parametrize(
    ("plan", "size", "patience", "fate"),
    [
        (None, 10, None, Fate(0.0, WHOLE, 10)),
        (None, 10, 2.0, Fate(0.0, WHOLE, 10)),
        (WirePlan(delay=1), 10, None, Fate(1.0, WHOLE, 10)),
        (WirePlan(delay=1, dribble=2), 10, None, Fate(3.0, WHOLE, 10)),
        (WirePlan(delay=1), 10, 1.5, Fate(1.0, WHOLE, 10)),
        (WirePlan(delay=2), 10, 2.0, Fate(2.0, ABANDONED, 0)),
        (WirePlan(delay=1, dribble=1), 10, 2.0, Fate(2.0, ABANDONED, 0)),
        (WirePlan(delay=9, part=0), 10, 2.0, Fate(2.0, ABANDONED, 0)),
        (WirePlan(part=0), 10, None, Fate(0.0, NOTHING, 0, CLOSE)),
        (WirePlan(part=0, ending=RESET), 10, None, Fate(0.0, NOTHING, 0, RESET)),
        (WirePlan(part=0.5), 10, None, Fate(0.0, PART, 5, CLOSE)),
        (WirePlan(part=0.5, ending=RESET), 11, None, Fate(0.0, PART, 5, RESET)),
        (WirePlan(part=0.5), 0, None, Fate(0.0, NOTHING, 0, CLOSE)),
        (WirePlan(), 0, None, Fate(0.0, WHOLE, 0)),
    ],
)
def test_a_plan_and_the_clients_patience_decide_what_arrives(
    plan: WirePlan | None, size: int, patience: float | None, fate: Fate
) -> None:
    assert fate_of(plan, size, patience) == fate
