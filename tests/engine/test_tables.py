"""Tables know what has changed in them, whichever way it was changed; logs keep the newest."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mobilepay_simulator.engine.tables import Log, Table


def watched(**entries: int) -> Table[str, int]:
    table = Table(entries.items())
    table.watch()
    return table


def joined(table: Table[str, int], other: dict[str, int]) -> None:
    table |= other


CHANGES: list[tuple[str, Callable[[Table[str, int]], Any], dict[str, int], tuple[str, ...]]] = [
    ("put", lambda it: it.__setitem__("c", 3), {"a": 1, "b": 2, "c": 3}, ("c",)),
    ("put again", lambda it: it.__setitem__("a", 9), {"a": 9, "b": 2}, ("a",)),
    ("delete", lambda it: it.__delitem__("a"), {"b": 2}, ("a",)),
    ("pop", lambda it: it.pop("a"), {"b": 2}, ("a",)),
    ("pop nothing", lambda it: it.pop("z", None), {"a": 1, "b": 2}, ()),
    ("pop the newest", lambda it: it.popitem(), {"a": 1}, ("b",)),
    ("set a default", lambda it: it.setdefault("c", 3), {"a": 1, "b": 2, "c": 3}, ("c",)),
    ("set no default", lambda it: it.setdefault("a", 3), {"a": 1, "b": 2}, ()),
    ("update", lambda it: it.update({"b": 3}, c=4), {"a": 1, "b": 3, "c": 4}, ("b", "c")),
    ("join", lambda it: joined(it, {"c": 3}), {"a": 1, "b": 2, "c": 3}, ("c",)),
    ("clear", lambda it: it.clear(), {}, ("a", "b")),
    ("touch", lambda it: it.touch("b"), {"a": 1, "b": 2}, ("b",)),
]


@pytest.mark.parametrize(("change", "after", "noted"), [each[1:] for each in CHANGES],
                         ids=[each[0] for each in CHANGES])  # fmt: skip
def test_every_change_is_noted(
    change: Callable[[Table[str, int]], Any], after: dict[str, int], noted: tuple[str, ...]
) -> None:
    table = watched(a=1, b=2)
    change(table)
    assert dict(table) == after
    assert table.take_changes() == noted
    assert table.take_changes() == ()


@pytest.mark.parametrize("change", [each[1] for each in CHANGES], ids=[each[0] for each in CHANGES])
def test_an_unwatched_table_does_the_same_and_notes_nothing(
    change: Callable[[Table[str, int]], Any],
) -> None:
    seen, unseen = watched(a=1, b=2), Table({"a": 1, "b": 2}.items())
    change(seen)
    change(unseen)
    assert dict(seen) == dict(unseen)
    assert unseen.take_changes() == ()


@pytest.mark.parametrize("make", [watched, lambda **entries: Table(entries.items())])
def test_what_a_change_gives_back_is_what_a_dictionary_gives(
    make: Callable[..., Table[str, int]],
) -> None:
    table = make(a=1, b=2)
    assert (table.setdefault("a", 9), table.setdefault("c", 3)) == (1, 3)
    assert (table.pop("c"), table.pop("z", 0), table.popitem()) == (3, 0, ("b", 2))
    with pytest.raises(KeyError):
        table.pop("z")
    before = table
    table |= {"d": 4}
    assert table is before


def test_what_was_there_before_it_was_watched_is_no_change() -> None:
    assert watched(a=1).take_changes() == ()


# --- logs ---------------------------------------------------------------------------------------


@given(size=st.integers(0, 5), count=st.integers(0, 20))
def test_a_log_keeps_the_newest_by_their_numbers(size: int, count: int) -> None:
    log: Log[int] = Log(size)
    for number in range(1, count + 1):
        assert log.append(number) == number
    kept = list(range(1, count + 1))[max(count - size, 0) :]
    assert list(log) == kept
    assert (len(log), log.count, log.first) == (len(kept), count, count - len(kept) + 1)
    assert [log.get(number) for number in kept] == kept
    assert log.get(count + 1) is None
    assert log.get(count - size) is None


def test_a_log_is_read_from_either_end() -> None:
    log: Log[str] = Log(2)
    assert [log.append(entry) for entry in "abc"] == [1, 2, 3]
    assert (log[0], log[1], log[-1], log[-2]) == ("b", "c", "c", "b")
    with pytest.raises(IndexError):
        log[2]


def test_a_log_that_is_restored_into_a_smaller_one_keeps_the_newest() -> None:
    log: Log[str] = Log(2)
    log.table.update({5: "a", 6: "b", 7: "c"})
    log.restore(7)
    assert list(log) == ["b", "c"]
    assert log.append("d") == 8
    assert list(log) == ["c", "d"]
