"""The thread that writes the data dir goes on, and what waits for the disk stays small."""

import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from mobilepay_simulator.sandboxes.registry import NotWritten
from mobilepay_simulator.sandboxes.store import REST, DataDirStore, EntryChange
from mobilepay_simulator.sandboxes.store_file import FILE


class Clock:
    """Real seconds that pass as a test wants."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_thread_of_the_data_dir_outlives_changes_that_nobody_waits_for_any_more(
    tmp_path: Path,
) -> None:
    store = DataDirStore(tmp_path)
    futures = [
        store.write([EntryChange("a", "part", b"%d" % number, b"x")]) for number in range(50)
    ]
    for each in futures:
        each.cancel()
    store.write([EntryChange("a", "part", b"last", b"x")]).result(10)
    store.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (51,)


def test_a_change_that_can_not_be_written_is_told_and_leaves_nobody_waiting(
    tmp_path: Path,
) -> None:
    store = DataDirStore(tmp_path)
    odd: Any = 2**70
    for _ in range(3):
        with pytest.raises(NotWritten, match="too large"):
            store.write([EntryChange("a", "part", odd, b"x")]).result(10)
    store.close()


@pytest.mark.parametrize("seed", range(5))
def test_what_waits_for_a_full_disk_is_no_more_than_what_there_is_and_comes_to_the_same(
    tmp_path: Path, seed: int
) -> None:
    drawn = random.Random(seed)
    groups = [[_change(drawn) for _ in range(drawn.randint(1, 20))] for _ in range(60)]
    clock = Clock()
    files = []
    for name, is_full in (("full", True), ("free", False)):
        store = DataDirStore(tmp_path / name, clock)
        store.write(groups[0]).result(10)
        if is_full:
            store._connection.execute("PRAGMA query_only = ON")
        for group in groups[1:-1]:
            done = store.write(group)
            if is_full:
                with pytest.raises(NotWritten):
                    done.result(10)
            else:
                done.result(10)
        if is_full:
            clock.now += REST
            with pytest.raises(NotWritten):
                store.write([]).result(10)
            # Three sandboxes of eight keys: one removal and one put for each, and a reset.
            assert len(store._backlog) <= 3 * (8 * 2 + 1)
            store._connection.execute("PRAGMA query_only = OFF")
            clock.now += REST
        store.write(groups[-1]).result(10)
        files.append(store.read())
        store.close()
    assert files[0] == files[1]


def test_what_came_and_went_while_the_disk_was_full_leaves_nothing_behind(tmp_path: Path) -> None:
    clock = Clock()
    store = DataDirStore(tmp_path, clock)
    store.write([EntryChange("a"), EntryChange("a", "part", b"kept", b"x")]).result(10)
    store._connection.execute("PRAGMA query_only = ON")
    for number in range(200):
        key, name = b"%d" % number, f"new-{number}"
        clock.now += REST
        for rows in (
            [EntryChange("a", "part", key, b"x"), EntryChange("a", "part", b"kept")],
            [EntryChange(name), EntryChange(name, "part", b"1", b"x")],
            [EntryChange("a", "part", key), EntryChange(name, is_dropped=True)],
        ):
            with pytest.raises(NotWritten):
                store.write(rows).result(10)
    clock.now += REST
    with pytest.raises(NotWritten):
        store.write([]).result(10)
    assert store._backlog == [EntryChange("a", "part", b"kept")]
    store.close()


def test_a_full_disk_is_tried_once_a_second_and_when_the_server_stops(tmp_path: Path) -> None:
    clock = Clock()
    store = DataDirStore(tmp_path, clock)
    tried: list[str] = []
    store._connection.set_trace_callback(tried.append)
    store._connection.execute("PRAGMA query_only = ON")
    for number in range(100):
        with pytest.raises(NotWritten):
            store.write([EntryChange("a", "part", b"%d" % number, b"x")]).result(10)
    assert tried.count("BEGIN IMMEDIATE") == 1
    clock.now += REST
    with pytest.raises(NotWritten):
        store.write([]).result(10)
    assert tried.count("BEGIN IMMEDIATE") == 2
    store._connection.execute("PRAGMA query_only = OFF")
    assert store.close() == ""
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (100,)


def _change(drawn: random.Random) -> EntryChange:
    sandbox, key = f"s{drawn.randrange(3)}", b"%d" % drawn.randrange(8)
    kind = drawn.random()
    if kind < 0.03:
        return EntryChange(sandbox, is_dropped=drawn.random() < 0.5)
    value = b"%d" % drawn.randrange(1000) if kind < 0.7 else None
    return EntryChange(sandbox, "part", key, value)
