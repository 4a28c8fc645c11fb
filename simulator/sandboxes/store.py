"""The data dir: one SQLite file with the entries of every sandbox, written in groups by a thread.

A group has all changes that arrived while the group before was written. Changes that could not be
written, because the disk is full, are written with a later group: each second one is tried.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from .background import NoFreeThread, begin_thread
from .bounds import MOST
from .registry import NotWritten
from .store_file import FILE, damaged, open_file

#: Once a group could not be written, none is tried for so long, in real seconds.
REST = 1.0


@dataclass(frozen=True, slots=True)
class EntryChange:
    """A change: an entry was put or removed, or a sandbox was reset or dropped.

    Args:
        sandbox: the name of the sandbox.
        part: the part of the entry; empty for a reset or a drop.
        key: the entry's key.
        value: its value; None where it was removed.
        is_dropped: whether the sandbox was dropped.
    """

    sandbox: str
    part: str = ""
    key: bytes = b""
    value: bytes | None = None
    is_dropped: bool = False


Entries = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class StoredSandbox:
    """A sandbox in the file: the entries of each part, in the order they were first put."""

    name: str
    parts: dict[str, Entries]


class DataDirStore:
    """The file of a data dir, and the thread that writes it.

    Args:
        folder: the data dir; created if it does not exist.
        monotonic: real seconds.

    Raises:
        DataDirProblem: the data dir can't be used.
        NoFreeThread: the thread that writes can't be started.
    """

    def __init__(self, folder: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._path = folder / FILE
        self._connection, self._files = open_file(folder)
        self._waiting: SimpleQueue[tuple[list[EntryChange], Future[None]] | None] = SimpleQueue()
        self._backlog: list[EntryChange] = []
        #: Why the last group could not be written, and when the next may be tried.
        self._failure = ""
        self._rests_until = 0.0
        #: How many groups of changes were queued, and with how many the thread is done.
        self._queued = 0
        self._tried = 0
        try:
            self._thread = begin_thread(self._work, "data-dir")
        except NoFreeThread:
            self._connection.close()
            raise

    @property
    def is_written(self) -> bool:
        """Whether all changes that were queued are on disk."""
        # In this order: the thread leaves a backlog before it counts what it has tried to write.
        return self._tried == self._queued and not self._backlog

    def read(self) -> list[StoredSandbox]:
        """Returns every stored sandbox.

        Raises:
            DataDirProblem: the file is damaged.
        """
        for (verdict,) in self._rows("PRAGMA quick_check(1)"):
            if verdict != "ok":
                raise damaged(self._path, verdict)
        self._check_places()
        names = [name for (name,) in self._rows("SELECT name FROM sandboxes ORDER BY name")]
        self._check_names(*names)
        found: dict[str, dict[str, Entries]] = {name: {} for name in names}
        query = "SELECT sandbox, part, key, value FROM entries ORDER BY place"
        for sandbox, part, key, value in self._rows(query):
            self._check_names(sandbox, part)
            found.setdefault(sandbox, {}).setdefault(part, []).append((key, value))
        return [StoredSandbox(name, parts) for name, parts in found.items()]

    def write(self, rows: list[EntryChange]) -> "Future[None]":
        """Queues changes; the future is done once they are on disk.

        Its exception is `NotWritten` where they could not be written.
        """
        done: Future[None] = Future()
        self._queued += 1
        self._waiting.put((rows, done))
        return done

    def close(self) -> str:
        """Writes the queued changes and closes the file; returns why they could not be written."""
        self._waiting.put(None)
        self._thread.join()
        self._connection.close()
        return self._failure

    def _check_places(self) -> None:
        """Refuses a place after which SQLite would soon give others at random."""
        for (last,) in self._rows("SELECT max(place) FROM entries"):
            if last is not None and last > MOST:
                raise damaged(self._path, f"the place {last} of an entry is above {MOST}")

    def _check_names(self, *names: object) -> None:
        for name in names:
            if not isinstance(name, str):
                raise damaged(self._path, f"the name {repr(name)[:100]} is no text")

    def _rows(self, query: str) -> Iterator[Any]:
        try:
            yield from self._connection.execute(query)
        except sqlite3.DatabaseError as error:
            raise damaged(self._path, error) from error

    def _work(self) -> None:
        is_last = False
        while not is_last:
            group = [self._waiting.get()]
            while not self._waiting.empty():
                group.append(self._waiting.get())
            is_last = group[-1] is None
            self._write_group([each for each in group if each is not None], is_last)

    def _write_group(
        self, group: list[tuple[list[EntryChange], "Future[None]"]], is_last: bool
    ) -> None:
        self._backlog += [row for rows, _ in group for row in rows]
        # Whoever has stopped waiting gets no result; the changes are written all the same.
        waiting = [each for each in group if each[1].set_running_or_notify_cancel()]
        if is_last or self._monotonic() >= self._rests_until:
            self._try_backlog()
        self._tried += len(group)
        for _, done in waiting:
            if self._failure:
                done.set_exception(NotWritten(self._failure))
            else:
                done.set_result(None)

    def _try_backlog(self) -> None:
        try:
            # What is written behind a cut would hide it, and be read with what is missing before.
            self._files.check()
            _write(self._connection, self._backlog)
            self._files.check()
        except Exception as error:  # the thread must not end: everybody would wait for ever
            self._backlog = _compacted(self._backlog, self._is_stored)
            self._failure = f"--data-dir: {self._path} can't be written: {error}"
            self._rests_until = self._monotonic() + REST
        else:
            self._backlog = []
            self._failure = ""

    def _is_stored(self, row: EntryChange) -> bool:
        """Whether the file may have what a change removes: an entry, or a whole sandbox."""
        query = "SELECT 1 FROM entries WHERE sandbox = ?1 AND part = ?2 AND key = ?3"
        values: tuple[object, ...] = (row.sandbox, row.part, row.key)
        if not row.part:
            query = (
                "SELECT 1 FROM entries WHERE sandbox = ?1 "
                "UNION ALL SELECT 1 FROM sandboxes WHERE name = ?1"
            )
            values = (row.sandbox,)
        # What can't be found out is removed.
        with contextlib.suppress(sqlite3.Error, OverflowError):
            return self._connection.execute(query, values).fetchone() is not None
        return True


def _compacted(
    rows: list[EntryChange], is_stored: Callable[[EntryChange], bool]
) -> list[EntryChange]:
    """Returns fewer changes that come to the same, so that a full disk fills no memory.

    An entry that is put again keeps its place among the others, as in the file. Entries that are
    removed and put anew get a new place, so for each there may be a removal and a put. What was
    put and removed, and never came into the file, leaves nothing.
    """
    kept: dict[tuple[str, str, bytes, bool], EntryChange] = {}
    for row in rows:
        if not row.part:  # a reset or a drop: of what was before, nothing is left
            kept = {place: each for place, each in kept.items() if each.sandbox != row.sandbox}
        is_put = row.value is not None
        if not is_put:
            kept.pop((row.sandbox, row.part, row.key, True), None)
        is_removal = row.is_dropped or (row.part and not is_put)
        if not is_removal or is_stored(row):
            kept[row.sandbox, row.part, row.key, is_put] = row
    return [*kept.values()]


def _write(connection: sqlite3.Connection, rows: Iterable[EntryChange]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for row in rows:
            if row.value is not None:
                connection.execute(
                    "INSERT INTO entries (sandbox, part, key, value) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (sandbox, part, key) DO UPDATE SET value = excluded.value",
                    (row.sandbox, row.part, row.key, row.value),
                )
            elif row.part:
                connection.execute(
                    "DELETE FROM entries WHERE sandbox = ? AND part = ? AND key = ?",
                    (row.sandbox, row.part, row.key),
                )
            else:
                connection.execute("DELETE FROM entries WHERE sandbox = ?", (row.sandbox,))
                connection.execute("DELETE FROM sandboxes WHERE name = ?", (row.sandbox,))
                if not row.is_dropped:
                    connection.execute("INSERT INTO sandboxes VALUES (?)", (row.sandbox,))
        connection.execute("COMMIT")
    except Exception:
        # With a full disk, SQLite may have rolled back already.
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
