"""The file of a data dir: what is done is on disk, what is not can be tried again, nothing is half."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mobilepay_simulator.sandboxes.registry import DataDirProblem, NotWritten
from mobilepay_simulator.sandboxes.store import DataDirStore, EntryChange
from mobilepay_simulator.sandboxes.store_file import BESIDE, FILE, KEY_FILE, WAL

from tests.support import until

resource = pytest.importorskip("resource", reason="limits of files are POSIX")

ENTRY = EntryChange("one", "payments", b'"a"', b"1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DataDirStore]:
    store = DataDirStore(tmp_path)
    yield store
    store.close()


def write(store: DataDirStore, *rows: EntryChange) -> None:
    store.write(list(rows)).result(10)


def parts(store: DataDirStore) -> dict[str, dict[str, list[tuple[bytes, bytes]]]]:
    return {each.name: each.parts for each in store.read()}


def test_what_is_written_is_there_for_the_next_who_opens_it(tmp_path: Path) -> None:
    first = DataDirStore(tmp_path)
    write(first, EntryChange("one"), ENTRY)
    first.close()
    second = DataDirStore(tmp_path)
    assert parts(second) == {"one": {"payments": [(b'"a"', b"1")]}}
    second.close()


def test_a_sandbox_with_nothing_in_it_is_there_too(store: DataDirStore) -> None:
    write(store, EntryChange("empty"))
    assert parts(store) == {"empty": {}}


def test_entries_come_in_the_order_they_were_first_put(store: DataDirStore) -> None:
    rows = [EntryChange("one", "payments", key, b"1") for key in (b"c", b"a", b"b")]
    write(store, EntryChange("one"), *rows, EntryChange("one", "payments", b"c", b"2"))
    assert parts(store)["one"]["payments"] == [(b"c", b"2"), (b"a", b"1"), (b"b", b"1")]


def test_an_entry_that_is_removed_is_gone(store: DataDirStore) -> None:
    write(store, EntryChange("one"), ENTRY, EntryChange("one", "payments", ENTRY.key))
    assert parts(store) == {"one": {}}


def test_a_sandbox_that_begins_anew_or_is_dropped_takes_nothing_of_others_with_it(
    store: DataDirStore,
) -> None:
    write(
        store,
        EntryChange("one"),
        ENTRY,
        EntryChange("two"),
        EntryChange("two", "payments", b"b", b"2"),
        EntryChange("three"),
    )
    write(store, EntryChange("one"), EntryChange("three", is_dropped=True))
    assert parts(store) == {"one": {}, "two": {"payments": [(b"b", b"2")]}}


def test_many_groups_are_all_written(store: DataDirStore) -> None:
    done = [store.write([EntryChange("one", "payments", b"%d" % n, b"1")]) for n in range(500)]
    for each in done:
        each.result(10)
    assert len(parts(store)["one"]["payments"]) == 500


def test_closing_writes_what_was_handed_in(tmp_path: Path) -> None:
    store = DataDirStore(tmp_path)
    for number in range(100):
        store.write([EntryChange("one", "payments", b"%d" % number, b"1")])
    store.close()
    again = DataDirStore(tmp_path)
    assert len(parts(again)["one"]["payments"]) == 100
    again.close()


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    DataDirStore(tmp_path).close()
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def is_written_now(store: DataDirStore) -> bool:
    with contextlib.suppress(NotWritten):
        write(store)
    return store.is_written


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file of this process may grow beyond what the store needs to begin."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_what_could_not_be_written_is_written_once_it_can(
    store: DataDirStore, request: pytest.FixtureRequest
) -> None:
    write(store, EntryChange("one"), ENTRY)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    request.getfixturevalue("full_disk")
    large = EntryChange("one", "payments", b'"b"', bytes(1_000_000))
    with pytest.raises(NotWritten, match=r"sandboxes.sqlite3 can't be written: "):
        write(store, large)
    assert not store.is_written
    assert parts(store) == {"one": {"payments": [(b'"a"', b"1")]}}

    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert until(lambda: is_written_now(store))
    assert [key for key, _ in parts(store)["one"]["payments"]] == [b'"a"', b'"b"']


# --- files that go while they are in use ---------------------------------------------------------


def folder_removed(folder: Path) -> None:
    shutil.rmtree(folder)


def log_removed(folder: Path) -> None:
    (folder / WAL).unlink()


def file_replaced(folder: Path) -> None:
    content = (folder / FILE).read_bytes()
    (folder / FILE).unlink()
    (folder / FILE).write_bytes(content)


def log_cut(folder: Path) -> None:
    os.truncate(folder / WAL, 0)


def file_cut(folder: Path) -> None:
    os.truncate(folder / FILE, 0)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (folder_removed, "sandboxes.sqlite3 was removed"),
        (log_removed, "sandboxes.sqlite3-wal was removed"),
        (file_replaced, "sandboxes.sqlite3 was replaced"),
        (file_cut, "sandboxes.sqlite3 was cut short"),
        (log_cut, "sandboxes.sqlite3-wal was cut short"),
    ],
    ids=lambda it: getattr(it, "__name__", ""),
)
def test_a_change_counts_as_written_only_where_the_next_start_finds_it(
    tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    store = DataDirStore(tmp_path / "kept")
    write(store, EntryChange("one"))
    harm(tmp_path / "kept")
    with pytest.raises(
        NotWritten, match=f"can't be written: {said}; put it back; a start without it"
    ):
        write(store, ENTRY)
    store.close()


def test_a_folder_that_is_put_back_gets_what_it_lacks(tmp_path: Path) -> None:
    folder, away = tmp_path / "kept", tmp_path / "away"
    store = DataDirStore(folder)
    write(store, EntryChange("one"))
    folder.rename(away)
    with pytest.raises(NotWritten):
        write(store, ENTRY)
    away.rename(folder)
    assert until(lambda: is_written_now(store))
    store.close()
    again = DataDirStore(folder)
    assert parts(again) == {"one": {"payments": [(b'"a"', b"1")]}}
    again.close()


def test_what_a_cut_log_has_lost_is_not_taken_for_data_later(tmp_path: Path) -> None:
    store = DataDirStore(tmp_path)
    write(store, EntryChange("one"), ENTRY)
    log_cut(tmp_path)
    for number in range(3):
        with pytest.raises(NotWritten):
            write(store, EntryChange("one", "payments", b"%d" % number, bytes(5000)))
    store.close()
    again = DataDirStore(tmp_path)
    assert again.read() == []
    again.close()


# --- what can't be used -------------------------------------------------------------------------


def foreign(folder: Path) -> None:
    connection = sqlite3.connect(folder / FILE)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()


def later(folder: Path) -> None:
    DataDirStore(folder).close()
    connection = sqlite3.connect(folder / FILE)
    connection.execute("PRAGMA user_version = 7")
    connection.close()


def garbage(folder: Path) -> None:
    (folder / FILE).write_bytes(os.urandom(10_000))


def torn(folder: Path) -> None:
    store = DataDirStore(folder)
    write(
        store,
        EntryChange("one"),
        *(EntryChange("one", "payments", b"%d" % n, bytes(500)) for n in range(200)),
    )
    store.close()
    content = (folder / FILE).read_bytes()
    middle = len(content) // 2
    (folder / FILE).write_bytes(content[:middle] + bytes(4096) + content[middle + 4096 :])


def emptied(folder: Path) -> None:
    (folder / FILE).touch()
    (folder / KEY_FILE).touch()


def emptied_beside_its_log(folder: Path) -> None:
    (folder / FILE).touch()
    (folder / WAL).write_bytes(bytes(4096))


def one_byte(folder: Path) -> None:
    (folder / FILE).write_bytes(b"x")


def edited(folder: Path, statement: str) -> None:
    DataDirStore(folder).close()
    connection = sqlite3.connect(folder / FILE)
    connection.execute(statement)
    connection.commit()
    connection.close()


def with_view(folder: Path) -> None:
    edited(folder, "CREATE VIEW all_names AS SELECT name FROM sandboxes")


def with_trigger(folder: Path) -> None:
    edited(folder, "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM entries; END")


def without_table(folder: Path) -> None:
    edited(folder, "DROP TABLE entries")


def odd_name(folder: Path) -> None:
    edited(folder, "INSERT INTO sandboxes VALUES (x'ff00')")


BROKEN = [
    (emptied, "there is nothing in it, although there is signing-key.pem"),
    (emptied_beside_its_log, "there is nothing in it, but in sandboxes.sqlite3-wal"),
    (one_byte, "it has 1 bytes"),
    (with_view, "its schema was edited: view 'all_names'"),
    (with_trigger, "its schema was edited: trigger 't'"),
    (without_table, "its schema was edited: index"),
    (odd_name, r"the name b'\\xff\\x00' is no text"),
    (foreign, "was not written by the simulator"),
    (later, "is of version 7; this simulator reads version 1"),
    (garbage, "is damaged"),
    (torn, "is damaged"),
]


@pytest.mark.parametrize(("spoil", "said"), BROKEN, ids=[each.__name__ for each, _ in BROKEN])
def test_a_file_that_can_not_be_used_is_told_in_one_line_and_left_as_it_is(
    tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(tmp_path)
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(DataDirProblem, match=said) as raised:
        store = DataDirStore(tmp_path)
        try:
            store.read()
        finally:
            store.close()
    assert "\n" not in str(raised.value)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_file_that_was_only_just_begun_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    store = DataDirStore(tmp_path)
    write(store, EntryChange("one"), ENTRY)
    assert parts(store) == {"one": {"payments": [(b'"a"', b"1")]}}
    store.close()


@pytest.mark.parametrize("name", [FILE, *BESIDE])
def test_a_pipe_in_place_of_a_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataDirProblem, match=f"{name} is not a regular file"):
        DataDirStore(tmp_path)


def test_a_second_one_in_the_same_folder_is_refused(store: DataDirStore, tmp_path: Path) -> None:
    with pytest.raises(DataDirProblem, match="is in use by another simulator"):
        DataDirStore(tmp_path)


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataDirProblem, match="file is not a folder"):
        DataDirStore(tmp_path / "file")
