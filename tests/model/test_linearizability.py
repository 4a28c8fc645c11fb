"""The checker itself, on histories of a register and a counter made by hand."""

from dataclasses import replace
from typing import Any

import pytest

from tests.model.linearizability import NotLinearizable, Operation, check, explanation


def register(state: int, each: Operation) -> list[int]:
    """A register that is written and read."""
    word, *value = each.call
    if word == "write":
        return [int(value[0])]
    return [state] if each.outcome == state else []


def counter(state: int, each: Operation) -> list[int]:
    """A counter whose calls say what they counted."""
    return [state + 1] if each.outcome in (None, state + 1) else []


def wrote(begin: float, end: float, value: int, told: Any = "done") -> Operation:
    return Operation(0, begin, end, ("write", value), told)


def read(begin: float, end: float, value: int) -> Operation:
    return Operation(1, begin, end, ("read",), value, is_idle=True)


def counted(begin: float, end: float, told: int | None) -> Operation:
    return Operation(0, begin, end, "count", told)


GOOD = {
    "one after the other": [wrote(0, 1, 7), read(2, 3, 7)],
    "a read that overlaps a write sees what was before": [wrote(0, 3, 7), read(1, 2, 0)],
    "a read that overlaps a write sees what comes": [wrote(0, 3, 7), read(1, 2, 7)],
    "writes that overlap come in either order": [wrote(0, 9, 1), wrote(0, 9, 2), read(10, 11, 1)],
    "a lost write was done": [wrote(0, 1, 7, None), read(2, 3, 7)],
    "a lost write was not done": [wrote(0, 1, 7, None), read(2, 3, 0)],
    "a look waits for a lost write that came before it": [
        wrote(0, 1, 7),
        wrote(2, 3, 8, None),
        wrote(2, 9, 7),
        read(4, 5, 8),
        read(6, 8, 7),
    ],
}

BAD = {
    "a stale read": [wrote(0, 1, 7), read(2, 3, 0)],
    "a value from nowhere": [wrote(0, 1, 7), read(0, 1, 9)],
    "a value that comes and goes": [wrote(0, 9, 7), read(1, 2, 7), read(3, 4, 0)],
    "two readers who disagree about the order": [
        *(wrote(0, 9, 1), wrote(0, 9, 2)),
        *(read(10, 11, 1), read(12, 13, 2)),
    ],
    "a lost write that is done after its end": [
        *(wrote(0, 1, 7, None), read(2, 3, 0)),
        read(4, 5, 7),
    ],
}


@pytest.mark.parametrize("history", GOOD.values(), ids=GOOD.keys())
def test_a_history_that_has_an_order_is_explained(history: list[Operation]) -> None:
    order = explanation(history, 0, register)
    assert order is not None
    assert {each for each in history if each.outcome is not None} <= set(order)
    check(history, 0, register)


@pytest.mark.parametrize("history", BAD.values(), ids=BAD.keys())
def test_a_history_that_has_no_order_is_refused(history: list[Operation]) -> None:
    with pytest.raises(NotLinearizable):
        check(history, 0, register)


def test_the_order_respects_real_time() -> None:
    first, second, third = wrote(0, 1, 1), wrote(2, 3, 2), wrote(4, 5, 3)
    assert explanation([third, second, first], 0, register) == [first, second, third]


def test_two_clients_who_got_the_same_number_are_refused() -> None:
    check([counted(0, 9, 1), counted(0, 9, 2)], 0, counter)
    with pytest.raises(NotLinearizable):
        check([counted(0, 9, 1), counted(0, 9, 1)], 0, counter)


def test_the_refusal_shows_the_shortest_beginning_that_has_no_order() -> None:
    fine = [wrote(n, n + 0.5, n) for n in range(5)]
    history = [*fine, read(6, 7, 3), read(8, 9, 4), wrote(10, 11, 5)]
    with pytest.raises(NotLinearizable) as refusal:
        check(history, 0, register)
    story = str(refusal.value)
    assert "no order explains the first 6 answers" in story
    assert "the best attempt explains 5 calls and not:" in story
    assert "client 1: ('read',) -> 3" in story
    assert "client 1: ('read',) -> 4" not in story
    assert story.endswith("from the state\n4")


def test_what_is_under_way_may_explain_the_beginning() -> None:
    with pytest.raises(NotLinearizable) as refusal:
        check([wrote(0, 20, 7), read(1, 2, 7), read(3, 4, 0)], 0, register)
    assert "no order explains the first 2 answers" in str(refusal.value)


def test_many_calls_at_once_take_no_forever() -> None:
    writes = [replace(wrote(0, 99, n), client=n) for n in range(32)]
    check([*writes, *(read(1, 98, n) for n in range(32))], 0, register)
