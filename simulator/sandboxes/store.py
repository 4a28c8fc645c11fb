"""The data dir: one SQLite file with the entries of every sandbox, written in groups by a thread.

A group has all changes that arrived while the group before was written. Changes that could not be
written, because the disk is full, are written with the next group.
"""

import contextlib
import itertools
import os
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from .registry import DataDirProblem, NotWritten

FILE = "sandboxes.sqlite3"
#: What SQLite keeps beside it while it is open.
BESIDE = (f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal")
#: "MpoS": marks the files of the simulator.
APPLICATION = 0x4D706F53
#: Increases with every change of the format.
VERSION = 1

#: What a new data dir may hold: what the simulator itself leaves there, what people let it write
#: beside that (keys, logs, the file of the port), what file systems make, and hidden files.
_MAY_BE_THERE = re.compile(
    r"\..*|sandboxes\.sqlite3.*|.*\.(pem|key|log|part|pid)|tls|port|log|lost\+found",
    re.DOTALL | re.IGNORECASE,
).fullmatch
_TABLES = f"""
BEGIN;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE sandboxes (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE entries (
    place INTEGER PRIMARY KEY,
    sandbox TEXT NOT NULL,
    part TEXT NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    UNIQUE (sandbox, part, key)
);
COMMIT;
"""


class DataDirInUse(DataDirProblem):
    """Another simulator uses the data dir: what is there is its own."""


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

    Raises:
        DataDirProblem: the data dir can't be used.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._connection = _opened(folder, self._path)
        self._waiting: SimpleQueue[tuple[list[EntryChange], Future[None]] | None] = SimpleQueue()
        self._backlog: list[EntryChange] = []
        self._thread = threading.Thread(target=self._work, name="data-dir", daemon=True)
        self._thread.start()

    @property
    def has_backlog(self) -> bool:
        return bool(self._backlog)

    def read(self) -> list[StoredSandbox]:
        """Returns every stored sandbox.

        Raises:
            DataDirProblem: the file is damaged.
        """
        for (verdict,) in self._rows("PRAGMA quick_check(1)"):
            if verdict != "ok":
                raise _damaged(self._path, verdict)
        names = [name for (name,) in self._rows("SELECT name FROM sandboxes ORDER BY name")]
        found: dict[str, dict[str, Entries]] = {name: {} for name in names}
        query = "SELECT sandbox, part, key, value FROM entries ORDER BY place"
        for sandbox, part, key, value in self._rows(query):
            found.setdefault(sandbox, {}).setdefault(part, []).append((key, value))
        return [StoredSandbox(name, parts) for name, parts in found.items()]

    def write(self, rows: list[EntryChange]) -> "Future[None]":
        """Queues changes; the future is done once they are on disk.

        Its exception is `NotWritten` where they could not be written.
        """
        done: Future[None] = Future()
        self._waiting.put((rows, done))
        return done

    def close(self) -> None:
        """Writes the queued changes, and closes the file."""
        self._waiting.put(None)
        self._thread.join()
        self._connection.close()

    def _rows(self, query: str) -> Iterator[Any]:
        try:
            yield from self._connection.execute(query)
        except sqlite3.DatabaseError as error:
            raise _damaged(self._path, error) from error

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            is_last = False
            while not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    is_last = True
                    break
                group.append(following)
            self._write_group(group)
            if is_last:
                return

    def _write_group(self, group: list[tuple[list[EntryChange], "Future[None]"]]) -> None:
        rows = [*self._backlog, *(row for rows, _ in group for row in rows)]
        # Whoever has stopped waiting gets no result; the changes are written all the same.
        waiting = [each for each in group if each[1].set_running_or_notify_cancel()]
        try:
            _write(self._connection, rows)
        except Exception as error:  # the thread must not end: everybody would wait for ever
            self._backlog = _compacted(rows)
            message = f"--data-dir: {self._path} can't be written: {error}"
            for _, done in waiting:
                done.set_exception(NotWritten(message))
        else:
            self._backlog = []
            for _, done in waiting:
                done.set_result(None)


def _compacted(rows: list[EntryChange]) -> list[EntryChange]:
    """Returns fewer changes that come to the same, so that a full disk fills no memory.

    An entry that is put again keeps its place among the others, as in the file. Entries that are
    removed and put anew get a new place, so for each there may be a removal and a put.
    """
    kept: dict[tuple[str, str, bytes, bool], EntryChange] = {}
    for row in rows:
        if not row.part:  # a reset or a drop: of what was before, nothing is left
            kept = {place: each for place, each in kept.items() if each.sandbox != row.sandbox}
        is_put = row.value is not None
        if not is_put:
            kept.pop((row.sandbox, row.part, row.key, True), None)
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


def _opened(folder: Path, path: Path) -> sqlite3.Connection:
    _check_folder(folder, path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Only the user may read the payments.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        # This thread reads the file first; then only the writing thread uses the connection.
        connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    except (OSError, ValueError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataDirProblem(f"--data-dir: {folder}: {reason}") from error
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_folder(folder: Path, path: Path) -> None:
    """Refuses what is no folder, and a folder of others: nothing is made among their files."""
    try:
        if not folder.exists() or path.exists():
            return
        if not folder.is_dir():
            raise DataDirProblem(f"--data-dir: {folder} is not a folder")
        strangers = (each.name for each in folder.iterdir() if not _MAY_BE_THERE(each.name))
        found = sorted(itertools.islice(strangers, 3))
    except OSError as error:
        raise DataDirProblem(f"--data-dir: {folder}: {error.strerror}") from error
    if found:
        raise DataDirProblem(
            f"--data-dir: {folder} holds {', '.join(found)}, and no {FILE}: "
            "name an empty folder, or one that is not there yet"
        )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    try:
        # A simulator holds the lock as long as it runs, so that no other uses the file.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        application, version, tables = (
            connection.execute(query).fetchone()[0]
            for query in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_master",
            )
        )
        if tables and application != APPLICATION:
            raise DataDirProblem(f"--data-dir: {path} was not written by the simulator")
        if tables and version != VERSION:
            raise DataDirProblem(
                f"--data-dir: {path} is of version {version}; this simulator reads version "
                f"{VERSION}: use the simulator that wrote it, or an empty folder"
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if not tables:
            connection.executescript(_TABLES)
        # Takes the lock now instead of with the first call.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise DataDirInUse(
                f"--data-dir: {path.parent} is in use by another simulator"
            ) from error
        raise DataDirProblem(f"--data-dir: {path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: object) -> DataDirProblem:
    reason = " ".join(str(error).split())
    return DataDirProblem(
        f"--data-dir: {path} is damaged ({reason}); it was left as it is: "
        "put a copy in its place, or use an empty folder"
    )
