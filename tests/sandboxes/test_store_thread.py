"""The thread that writes the data dir goes on, and what waits for the disk stays small."""

import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from mobilepay_simulator.sandboxes.registry import NotWritten
from mobilepay_simulator.sandboxes.store import DataDirStore, EntryChange
from mobilepay_simulator.sandboxes.store_file import FILE


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
    files = []
    for name, is_full in (("full", True), ("free", False)):
        store = DataDirStore(tmp_path / name)
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
            # Three sandboxes of eight keys: one removal and one put for each, and a reset.
            assert len(store._backlog) <= 3 * (8 * 2 + 1)
            store._connection.execute("PRAGMA query_only = OFF")
        store.write(groups[-1]).result(10)
        files.append(store.read())
        store.close()
    assert files[0] == files[1]


def _change(drawn: random.Random) -> EntryChange:
    sandbox, key = f"s{drawn.randrange(3)}", b"%d" % drawn.randrange(8)
    kind = drawn.random()
    if kind < 0.03:
        return EntryChange(sandbox, is_dropped=drawn.random() < 0.5)
    value = b"%d" % drawn.randrange(1000) if kind < 0.7 else None
    return EntryChange(sandbox, "part", key, value)
