"""The judgement of the soak: a heap that fills is no leak, a list that keeps each call is one."""

import sys
from pathlib import Path

import pytest

from benchmarks.soak import Look, Tally, growth, verdicts
from benchmarks.soak_server import SoakedSimulator

MEMORY = 45_000_000


def looks_with(added: list[int], *, resident: int = 0) -> list[Look]:
    """Looks every 400 payments, each with as much more in use as is said."""
    return [
        Look(400 * number, MEMORY + more, 74_000, 2 * MEMORY + resident * (number > 1), 2, 17, 6)
        for number, more in enumerate(added, 1)
    ]


def judged(looks: list[Look]) -> list[str]:
    return list(verdicts(Tally(), looks, 60))


def test_a_steady_growth_is_a_leak() -> None:
    (said,) = judged(looks_with([0, 800_000, 1_600_000, 2_400_000]))
    assert "2,000 bytes a payment" in said


@pytest.mark.parametrize(
    "added",
    [
        [0, 0, 0, 0],
        [0, 200_000, 90_000, 240_000],
        [0, 0, 5_000_000, 0],
        [0, 300_000, 300_000, 300_000, 300_000],
    ],
    ids=["nothing", "a little, up and down", "one look with something going on", "one step"],
)
def test_what_does_not_go_on_growing_is_none(added: list[int]) -> None:
    assert judged(looks_with(added)) == []


def test_a_heap_that_is_filled_is_none_unless_it_is_huge() -> None:
    assert judged(looks_with([0] * 4, resident=20 * 2**20)) == []
    assert "the process grew" in judged(looks_with([0] * 4, resident=100 * 2**20))[0]


def test_looks_without_payments_in_between_say_nothing() -> None:
    assert growth(looks_with([0])) == 0


#: Makes the server keep something of each call: in small blocks, in large ones.
LEAK = """
from mobilepay_simulator.api.door import Door
respond, kept = Door.respond, []
def keeping(self, request):
    kept.append(bytes({size}))
    return respond(self, request)
Door.respond = keeping
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the soak counts memory as Linux has it")
@pytest.mark.parametrize("size", [0, 100, 5_000])
def test_the_server_counts_what_calls_leave_behind_exactly(tmp_path: Path, size: int) -> None:
    class Leaking(SoakedSimulator):
        boot = SoakedSimulator.boot.replace("\nmain()\n", LEAK.format(size=size))

    calls = 300
    with Leaking(tmp_path / "memory") as simulator:
        for _ in range(calls):
            simulator.control.clock()
        before = simulator.memory()
        for _ in range(calls):
            simulator.control.clock()
        grew = simulator.memory().used - before.used
    assert size * calls <= grew <= (size + 150) * calls
