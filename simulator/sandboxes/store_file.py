"""The SQLite file of a data dir: opened where it is ours and whole, else refused in one line."""

import itertools
import os
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from ..settings.echoes import in_one_line
from ..settings.files import is_missing
from .registry import DataDirProblem

FILE = "sandboxes.sqlite3"
#: What SQLite keeps beside it while it is open.
WAL = f"{FILE}-wal"
BESIDE = (WAL, f"{FILE}-shm", f"{FILE}-journal")
#: Beside it too: the key that signs tokens, unless --signing-key names another. It is made once the
#: file has its tables.
KEY_FILE = "signing-key.pem"
#: No file of SQLite is shorter, in bytes.
_SHORTEST = 512
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


def open_file(folder: Path) -> "tuple[sqlite3.Connection, FilesInUse]":
    """Returns the file of a data dir, locked for this process; makes folder and file if need be.

    Beside it, what sees whether it is still there later.

    Raises:
        DataDirProblem: they can't be used.
    """
    path = folder / FILE
    try:
        _check_folder(folder, path)
        _check_files(folder)
    except OSError as error:
        raise DataDirProblem(f"--data-dir: {folder}: {error.strerror}") from error
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
        return connection, FilesInUse(folder)
    except BaseException:
        connection.close()
        raise


def _check_folder(folder: Path, path: Path) -> None:
    """Refuses what is no folder, and a folder of others: nothing is made among their files."""
    if not folder.exists() or path.exists():
        return
    if not folder.is_dir():
        raise DataDirProblem(f"--data-dir: {folder} is not a folder")
    strangers = (each.name for each in folder.iterdir() if not _MAY_BE_THERE(each.name))
    if found := sorted(itertools.islice(strangers, 3)):
        raise DataDirProblem(
            f"--data-dir: {folder} holds {', '.join(found)}, and no {FILE}: "
            "name an empty folder, or one that is not there yet"
        )


def _check_files(folder: Path) -> None:
    """Refuses what SQLite would wait for without an end, or take for a new file and write over.

    Raises:
        DataDirProblem: it is so.
        OSError: they can't be looked at.
    """
    sizes = dict.fromkeys((FILE, *BESIDE), 0)
    for name in sizes:
        path = folder / name
        if is_missing(path):
            continue
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DataDirProblem(f"--data-dir: {path} is not a regular file")
        sizes[name] = status.st_size
    if 0 < sizes[FILE] < _SHORTEST:
        raise damaged(folder / FILE, f"it has {sizes[FILE]} bytes")
    if sizes[WAL] and not sizes[FILE]:
        raise damaged(folder / FILE, f"there is nothing in it, but in {WAL}")


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
        if tables:
            _check_schema(connection, path)
        elif application or not is_missing(path.with_name(KEY_FILE)):
            raise damaged(path, f"there is nothing in it, although there is {KEY_FILE}")
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
        raise damaged(path, error) from error


def _check_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Refuses tables, views and triggers that are not the simulator's: they change what it reads.

    Raises:
        DataDirProblem: there are some, or one of its own is not there.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        new.executescript(_TABLES)
        others = sorted(_schema_of(connection) ^ _schema_of(new))
    if others:
        kind, name, _ = others[0]
        raise damaged(path, f"its schema was edited: {kind} {name[:100]!r}")


def _schema_of(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master")
    return {(str(kind), str(name), " ".join(str(sql).split())) for kind, name, sql in rows}


class FilesInUse:
    """Sees whether the files that SQLite has open are still where the next start looks for them.

    Args:
        folder: the data dir, whose file has just been opened.
    """

    def __init__(self, folder: Path) -> None:
        paths = folder / FILE, folder / WAL
        self._seen = {path: path.stat() for path in paths if not is_missing(path)}

    def check(self) -> None:
        """Refuses to go on where they are not.

        Raises:
            OSError: one was removed, replaced or cut short.
        """
        for path, before in self._seen.items():
            try:
                now = path.stat()
            except FileNotFoundError:
                now = None
            if now is None or not os.path.samestat(before, now):
                what = "was removed" if now is None else "was replaced"
            elif now.st_size < before.st_size:
                what = "was cut short"
            else:
                self._seen[path] = now
                continue
            advice = "put it back; a start without it lacks what was written there"
            raise OSError(f"{path.name} {what}; {advice}")


def damaged(path: Path, error: object) -> DataDirProblem:
    """Returns the refusal of a file that is not as it was written."""
    return DataDirProblem(
        f"--data-dir: {path} is damaged ({in_one_line(error)}); it was left as it is: "
        "put a copy in its place, or use an empty folder"
    )
