"""The data dir: one SQLite file with every sandbox's entries, written in groups by a thread.

A group is what was handed in while the last one was written; its callers are told once it is on
disk. What could not be written (the disk is full) is kept and tried again with the next group.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from simulator.persistence.problems import DataDirProblem, NotWritten

__all__ = ["Row", "Store", "Stored"]

FILE = "sandboxes.sqlite3"
#: "MpoS": tells our files from other people's.
APPLICATION = 0x4D706F53
#: Goes up with every change of the tables or of what is in them.
VERSION = 1

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


@dataclass(frozen=True, slots=True)
class Row:
    """A change of a sandbox: an entry put or removed, the sandbox begun anew, or dropped.

    Args:
        sandbox: its name.
        part: the part the entry is in; empty where the sandbox begins anew or is dropped.
        key: the entry's key.
        value: its value; None where it is removed.
        is_dropped: whether there is to be no such sandbox any more.
    """

    sandbox: str
    part: str = ""
    key: bytes = b""
    value: bytes | None = None
    is_dropped: bool = False


Entries = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Stored:
    """A sandbox as the file has it: the entries of each part, in the order they were first put."""

    name: str
    parts: dict[str, Entries]


class Store:
    """The file of a data dir, and the thread that writes it.

    Args:
        folder: the data dir; made if it is not there.

    Raises:
        DataDirProblem: it can't be used.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._connection = _opened(folder, self._path)
        self._waiting: SimpleQueue[tuple[list[Row], Future[None]] | None] = SimpleQueue()
        self._backlog: list[Row] = []
        self._thread = threading.Thread(target=self._work, name="data-dir", daemon=True)
        self._thread.start()

    @property
    def has_backlog(self) -> bool:
        """Whether something could not be written yet."""
        return bool(self._backlog)

    def read(self) -> list[Stored]:
        """Returns every sandbox there is.

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
        return [Stored(name, parts) for name, parts in found.items()]

    def write(self, rows: list[Row]) -> "Future[None]":
        """Hands in changes; what is returned is done once they are on disk.

        Its exception is `NotWritten` where they could not be written.
        """
        done: Future[None] = Future()
        self._waiting.put((rows, done))
        return done

    def close(self) -> None:
        """Writes what is handed in, and lets go of the file."""
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

    def _write_group(self, group: list[tuple[list[Row], "Future[None]"]]) -> None:
        rows = [*self._backlog, *(row for rows, _ in group for row in rows)]
        try:
            _write(self._connection, rows)
        except sqlite3.Error as error:
            self._backlog = rows
            message = f"--data-dir: {self._path} can't be written: {error}"
            for _, done in group:
                done.set_exception(NotWritten(message))
        else:
            self._backlog = []
            for _, done in group:
                done.set_result(None)


def _write(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
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
    except sqlite3.Error:
        # A full disk may have rolled back by itself.
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _opened(folder: Path, path: Path) -> sqlite3.Connection:
    if folder.exists() and not folder.is_dir():
        raise DataDirProblem(f"--data-dir: {folder} is not a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Payments are nobody's business but the user's.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        # It is handed to the thread that writes, once it was read.
        connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataDirProblem(f"--data-dir: {folder}: {reason}") from error
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    try:
        # One simulator at a time: it holds the lock for as long as it runs.
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
        # Takes the lock now, not with the first call.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise DataDirProblem(
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
