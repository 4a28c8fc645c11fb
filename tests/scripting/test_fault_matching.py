"""Which of several faults is injected into a call."""

from datetime import datetime, timedelta

import pytest
from mobilepay_simulator.engine.ids import seeded
from mobilepay_simulator.scripting.fault_matching import FaultCounts, SandboxFaults, match_fault
from mobilepay_simulator.scripting.faults import Fault
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.settings.documents import ProblemsFound

from tests.support import START


def faults(*texts: str) -> tuple[Fault, ...]:
    lines = "".join(f"  - {{call: {text}}}\n" for text in texts)
    return read_scenario(f"summary: x\nfaults:\n{lines}", "x").faults


def matched(
    faults: dict[int, Fault], counts: FaultCounts, call: str, now: datetime
) -> Fault | None:
    found = match_fault(faults, counts, call, "GET", now, seeded("x"))
    return found[0] if found else None


def test_the_first_fault_that_applies_is_injected_and_every_one_counts() -> None:
    first, second, other = faults("GetPos, delay: 1s", "GetPos, delay: 2s", "GetStore, delay: 3s")
    applies_to: dict[int, tuple[int, datetime]] = {}
    placed = {5: second, 2: first, 3: other}
    for _ in range(2):
        assert matched(placed, applies_to, "GetPos", START) is first
    assert applies_to == {2: (2, START), 5: (2, START)}
    assert matched(placed, applies_to, "DeletePos", START) is None


def test_a_fault_that_is_spent_lets_the_next_one_strike() -> None:
    first, second = faults("GetPos, for: 1m, delay: 1s", "GetPos, nth: 2, delay: 2s")
    applies_to: dict[int, tuple[int, datetime]] = {}
    placed = {0: first, 1: second}
    assert matched(placed, applies_to, "GetPos", START) is first
    later = START + timedelta(minutes=2)
    assert matched(placed, applies_to, "GetPos", later) is second
    assert matched(placed, applies_to, "GetPos", later) is None
    assert applies_to == {0: (3, START), 1: (3, START)}


def test_standing_faults_begin_to_count_when_they_are_put() -> None:
    standing = SandboxFaults()
    assert standing.fault_for("GetPos", "GET", START, ("x",)) is None
    standing.put(faults("GetPos, delay: 1s", "GetPos, delay: 2s"))
    faulted = standing.fault_for("GetPos", "GET", START, ("x",))
    assert faulted is not None and faulted[0] is standing.table[0] and faulted[1].delay == 1.0
    assert (standing.calls_of(0), standing.calls_of(1), standing.calls_of(2)) == (1, 1, 0)
    assert standing.fault_for("DeletePos", "DELETE", START, ("x",)) is None
    standing.put(faults("GetPos, delay: 1s"))
    assert (standing.calls_of(2), list(standing.table)) == (0, [2])


def test_a_call_uses_up_the_first_fault_with_times_and_no_other() -> None:
    standing = SandboxFaults()
    standing.put(faults("GetPos, times: 1, delay: 1s", "GetPos, times: 2, delay: 2s"))
    delays = []
    for _ in range(4):
        found = standing.fault_for("GetPos", "GET", START, ("x",))
        delays.append(found[1].delay if found else None)
    assert delays == [1.0, 2.0, 2.0, None]
    assert (standing.left_of(0), standing.left_of(1)) == (0, 0)


def test_an_id_is_given_out_once() -> None:
    standing = SandboxFaults()
    standing.put(faults("GetPos, delay: 1s", "GetPos, delay: 2s"))
    standing.remove(1)
    standing.add(*faults("GetPos, delay: 3s"))
    assert list(standing.table) == [0, 2]
    standing.put(())
    standing.add(*faults("GetPos, delay: 4s"))
    assert list(standing.table) == [3]


def test_ids_go_on_after_the_faults_of_a_file_that_does_not_tell_them() -> None:
    standing = SandboxFaults()
    standing.table.update({4: faults("GetPos, delay: 1s")[0]})
    standing.restore(0)
    standing.add(*faults("GetPos, delay: 2s"))
    assert list(standing.table) == [4, 5]


@pytest.mark.parametrize("other", ["first: 1", "nth: 1", "chance: 0.5"])
def test_times_excludes_other_counts(other: str) -> None:
    with pytest.raises(ProblemsFound, match="times"):
        faults(f"GetPos, times: 1, {other}, delay: 1s")


def test_the_chances_of_standing_faults_are_drawn_anew_for_every_call() -> None:
    def faulted(seed: str) -> list[bool]:
        standing = SandboxFaults()
        standing.put(faults("GetPos, chance: 0.5, delay: 1s"))
        return [standing.fault_for("GetPos", "GET", START, (seed,)) is not None for _ in range(60)]

    assert faulted("a") == faulted("a") != faulted("b")
    assert 15 < sum(faulted("a")) < 45
