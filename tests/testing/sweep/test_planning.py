"""The plan: where faults can strike, and which runs are made."""

import json
from datetime import timedelta
from random import Random

import pytest
from mobilepay_simulator.control.faults import read_faults
from mobilepay_simulator.scripting import value_kinds
from mobilepay_simulator.scripting.fate import Ending
from mobilepay_simulator.scripting.faults import Cut
from mobilepay_simulator.testing.sweep.planning import (
    COUNTER,
    KINDS,
    USUAL,
    NothingFits,
    SweptCall,
    cells_of,
    chosen,
    faults_for,
    places_of,
    sample,
)

from tests.testing.sweep.shapes import cell

LOST, RESET = KINDS["lost-response"], KINDS["reset"]


def polled(count: int, path: str = "/pos/v10/payments/a") -> list[SweptCall]:
    return [SweptCall("QueryPayment", "GET", path)] * count


TOKEN = SweptCall("Token", "POST", "/integrator-authentication/connect/token")
INITIATE = SweptCall("InitiatePayment", "POST", "/pos/v10/payments")
CALLS = [TOKEN, INITIATE, *polled(4), INITIATE, *polled(2, "/pos/v10/payments/b")]


def test_each_call_is_a_place_but_for_the_polls_between_the_first_and_the_last() -> None:
    assert [str(each) for each in places_of(CALLS)] == [
        "Token#1",
        "InitiatePayment#1",
        "QueryPayment#1",
        "QueryPayment#4",
        "InitiatePayment#2",
        "QueryPayment#5",
        "QueryPayment#6",
    ]


def test_every_call_is_a_place_where_that_is_asked_for() -> None:
    assert len(places_of(CALLS, every_call=True)) == len(CALLS)


def test_the_same_post_again_is_a_place_of_its_own() -> None:
    assert len(places_of([INITIATE] * 5)) == 5


ALL = cells_of(places_of(CALLS, every_call=True), [LOST, RESET])
CELLS = cells_of(places_of(CALLS), [LOST, RESET])


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("Token#1:reset", ["Token#1:reset"]),
        ("Token#1", ["Token#1:lost-response", "Token#1:reset"]),
        ("Initiate*:reset", ["InitiatePayment#1:reset", "InitiatePayment#2:reset"]),
        ("QueryPayment#2:reset", ["QueryPayment#2:reset"]),
    ],
)
def test_a_pattern_chooses(pattern: str, expected: list[str]) -> None:
    assert [str(each) for each in chosen(CELLS, [pattern], ALL)] == expected


OF_TESTS = [
    SweptCall("CreatePos", "POST", "/pos/v10/pointofsales", "t.py::test_a[1]"),
    SweptCall("CreatePos", "POST", "/pos/v10/pointofsales", "t.py::test_b"),
    SweptCall("GetPos", "GET", "/pos/v10/pointofsales/x", "t.py::test_b"),
    SweptCall("CreatePos", "POST", "/pos/v10/pointofsales", "t.py::test_b"),
    SweptCall("GetPos", "GET", "/pos/v10/pointofsales/x", "t.py::test_b (2)"),
]


def test_the_calls_of_each_test_are_counted_by_themselves() -> None:
    assert [str(each) for each in places_of(OF_TESTS)] == [
        "t.py::test_a[1]/CreatePos#1",
        "t.py::test_b/CreatePos#1",
        "t.py::test_b/GetPos#1",
        "t.py::test_b/CreatePos#2",
        "t.py::test_b (2)/GetPos#1",
    ]


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("t.py::test_a[1]/CreatePos#1:reset", 1),
        ("t.py::test_a[1]/CreatePos#1", 2),
        ("t.py::test_b", 6),
        ("*test_b*", 8),
        ("CreatePos#1", 4),
        ("CreatePos#1:reset", 2),
        ("*:reset", 5),
    ],
)
def test_a_pattern_chooses_with_or_without_the_test(pattern: str, count: int) -> None:
    cells = cells_of(places_of(OF_TESTS), [LOST, RESET])
    assert len(chosen(cells, [pattern], cells)) == count


def test_of_many_calls_not_all_are_named() -> None:
    many = [SweptCall("CreatePos", "POST", "/", f"t.py::test[{n}]") for n in range(100)]
    cells = cells_of(places_of(many), [RESET])
    with pytest.raises(NothingFits, match="and 60 more") as e:
        chosen(cells, ["no such"], cells)
    assert len(str(e.value)) < 2000


def test_names_of_runs_are_short_and_all_different() -> None:
    long = [
        SweptCall("UserSimulationCancelPayment", "POST", "/", "t.py::" + n * 300) for n in "abø"
    ]
    slugs = {each.slug for each in cells_of(places_of(long), KINDS.values())}
    assert len(slugs) == 3 * len(KINDS)
    # The name of a run's sandbox, and of one of its tests', may have 100.
    assert max(len(f"sweep-12345678-{each}.12345678") for each in slugs) <= 100


def test_patterns_add_up_in_the_order_of_the_calls() -> None:
    found = chosen(CELLS, ["Initiate*#2:reset", "Token#1:reset", "*#1:reset"], ALL)
    assert str(found[0]) == "Token#1:reset"
    assert len(found) == len(set(found)) == 4


def test_without_a_pattern_all_are_chosen() -> None:
    assert chosen(CELLS, [], ALL) == CELLS


@pytest.mark.parametrize("pattern", ["Tokn#1", "Token#2", "Token#1:resett", "[T]oken#1", ""])
def test_a_pattern_that_fits_nothing_is_told_with_what_there_is(pattern: str) -> None:
    with pytest.raises(NothingFits, match=r"fits no call .* Calls: Token#1, .* Faults: lost") as e:
        chosen(CELLS, [pattern], ALL)
    assert "\n" not in str(e.value)


def test_the_nearest_is_named() -> None:
    with pytest.raises(NothingFits, match="did you mean 'Token#1:reset'"):
        chosen(CELLS, ["Token#1:resett"], ALL)


def test_a_sample_is_the_same_for_the_same_seed_and_in_the_order_of_the_calls() -> None:
    first = sample(CELLS, 6, 1)
    assert first == sample(CELLS, 6, 1)
    assert [*first] == [each for each in CELLS if each in first]
    assert len({sample(CELLS, 6, seed) for seed in range(20)}) > 1


def test_in_a_sample_each_call_meets_each_fault_before_one_does_so_twice() -> None:
    pairs = {(each.place.operation, each.kind) for each in CELLS}
    for seed in range(10):
        kept = sample(CELLS, len(pairs), seed)
        assert {(each.place.operation, each.kind) for each in kept} == pairs


def test_all_are_made_where_there_is_room() -> None:
    assert sample(CELLS, len(CELLS), 1) == CELLS


def test_a_cell_becomes_a_fault_of_just_that_call() -> None:
    (fault,) = read_faults(faults_for(cell("CapturePayment#3:reset")))
    assert (fault.call, fault.nth) == (("CapturePayment",), 3)
    assert (fault.cut, fault.by) == (Cut.BEFORE_COMMIT, Ending.RESET)


@pytest.mark.parametrize("stall", [None, 0.25])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_right_fault(kind: str, stall: float | None) -> None:
    (fault,) = read_faults(faults_for(cell(f"Token#1:{kind}"), stall))
    is_done = "work is done" in KINDS[kind].words
    assert fault.is_work_done == is_done


def test_how_long_an_answer_stalls_can_be_said() -> None:
    (fault,) = read_faults(faults_for(cell("Token#1:time-out"), 1.5))
    assert fault.delay is not None
    assert fault.delay.at_least.total_seconds() == 1.5
    assert fault.is_work_done


def test_the_usual_kinds_differ_in_whether_the_work_is_done() -> None:
    done = {name: json.loads(faults_for(cell(f"Token#1:{name}"))) for name in USUAL}
    assert list(done) == ["lost-response", "time-out", "500", "reset"]


def test_the_counter_is_about_every_call_and_strikes_none_that_a_journal_keeps() -> None:
    (fault,) = read_faults(COUNTER)
    assert set(fault.call) == set(value_kinds.CALLS)
    assert not any(
        fault.applies_to(count, timedelta(0), Random(1)) for count in (1, 10_000, 999_999)
    )
