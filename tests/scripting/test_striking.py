"""Which of several faults strikes a call."""

from datetime import datetime, timedelta

from simulator.engine.ids import seeded
from simulator.scripting.faults import Fault
from simulator.scripting.scenario import read_scenario
from simulator.scripting.striking import StandingFaults, first_to_strike
from tests.support import START


def faults(*texts: str) -> tuple[Fault, ...]:
    lines = "".join(f"  - {{call: {text}}}\n" for text in texts)
    return read_scenario(f"summary: x\nfaults:\n{lines}", "x").faults


def test_the_first_by_its_place_strikes_and_every_one_that_is_concerned_counts() -> None:
    first, second, other = faults("GetPos, delay: 1s", "GetPos, delay: 2s", "GetStore, delay: 3s")
    strikes: dict[int, tuple[int, datetime]] = {}
    placed = {5: second, 2: first, 3: other}
    for _ in range(2):
        assert first_to_strike(placed, strikes, "GetPos", START, seeded("x")) is first
    assert strikes == {2: (2, START), 5: (2, START)}
    assert first_to_strike(placed, strikes, "DeletePos", START, seeded("x")) is None


def test_a_fault_that_is_spent_lets_the_next_one_strike() -> None:
    first, second = faults("GetPos, for: 1m, delay: 1s", "GetPos, nth: 2, delay: 2s")
    strikes: dict[int, tuple[int, datetime]] = {}
    placed = {0: first, 1: second}
    assert first_to_strike(placed, strikes, "GetPos", START, seeded("x")) is first
    later = START + timedelta(minutes=2)
    assert first_to_strike(placed, strikes, "GetPos", later, seeded("x")) is second
    assert first_to_strike(placed, strikes, "GetPos", later, seeded("x")) is None
    assert strikes == {0: (3, START), 1: (3, START)}


def test_standing_faults_begin_to_count_when_they_are_put() -> None:
    standing = StandingFaults()
    assert standing.fault_for("GetPos", "GET", START, ("x",)) is None
    standing.put(faults("GetPos, delay: 1s", "GetPos, delay: 2s"))
    struck = standing.fault_for("GetPos", "GET", START, ("x",))
    assert struck is not None and struck[0] is standing.table[0] and struck[1].delay == 1.0
    assert (standing.calls_of(0), standing.calls_of(1), standing.calls_of(2)) == (1, 1, 0)
    assert standing.fault_for("DeletePos", "DELETE", START, ("x",)) is None
    standing.put(faults("GetPos, delay: 1s"))
    assert (standing.calls_of(0), list(standing.table)) == (0, [0])


def test_the_chances_of_standing_faults_are_drawn_anew_for_every_call() -> None:
    def struck(seed: str) -> list[bool]:
        standing = StandingFaults()
        standing.put(faults("GetPos, chance: 0.5, delay: 1s"))
        return [standing.fault_for("GetPos", "GET", START, (seed,)) is not None for _ in range(60)]

    assert struck("a") == struck("a") != struck("b")
    assert 15 < sum(struck("a")) < 45
