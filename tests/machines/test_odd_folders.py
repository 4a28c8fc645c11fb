"""Folders and files that are something else than was meant: one line, or a start, never a trace."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile

import httpx
import pytest

from tests.support import ROOT, Till, running_server

KEPT = Path(__file__).parent.parent / "sandboxes" / "kept" / "sandboxes.sqlite3"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these are POSIX files")


def refused(*options: str) -> str:
    """What a server says that does not start."""
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", *options]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_data_dir_with_more_sandboxes_than_there_may_be_is_refused_in_a_line(
    tmp_path: Path,
) -> None:
    with running_server("--data-dir", str(tmp_path)) as server:
        for name in ("one", "two"):
            with httpx.Client(base_url=f"{server.url}/sandboxes/{name}") as http:
                Till(http).create_pos()
    said = refused("--data-dir", str(tmp_path), "--max-sandboxes", "2")
    assert "holds 3 sandboxes, more than --max-sandboxes 2 allows" in said
    assert said.count("\n") == 1
    with running_server("--data-dir", str(tmp_path), "--max-sandboxes", "3") as server:
        assert len(httpx.get(f"{server.url}/_simulator/sandboxes").json()["sandboxes"]) == 3


@pytest.mark.parametrize("folder", ["/dev", "/proc", "/sys", str(ROOT), str(KEPT), "/dev/null"])
def test_a_folder_of_something_else_is_refused_in_a_line_as_data_dir(folder: str) -> None:
    said = refused("--data-dir", folder)
    assert said.startswith(f"mobilepay-sim: --data-dir: {folder} ")
    assert said.count("\n") == 1
    assert not (Path(folder) / KEPT.name).exists()


def test_a_new_data_dir_may_hold_keys_logs_and_hidden_files(tmp_path: Path) -> None:
    for name in ("till.key", "server.log", ".gitignore"):
        (tmp_path / name).write_text("")
    with running_server("--data-dir", str(tmp_path)) as server:
        assert httpx.get(f"{server.url}/_simulator/health").is_success


@pytest.mark.parametrize("content", [b"the only copy of something", b"123456", None])
def test_what_tells_no_port_is_not_replaced_by_the_port_file(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "mine"
    path.mkdir() if content is None else path.write_bytes(content)
    said = refused("--port-file", str(path))
    assert said.startswith(f"mobilepay-sim: --port-file: {path} ")
    assert said.count("\n") == 1
    assert path.is_dir() if content is None else path.read_bytes() == content


EDITS = [
    "UPDATE entries SET value = 5 WHERE place = 1",
    "UPDATE entries SET value = 'text' WHERE place = 1",
    "UPDATE entries SET key = X'FF' WHERE place = "
    "(SELECT min(place) FROM entries WHERE part = 'payments')",
    "UPDATE entries SET sandbox = 7 WHERE place = 1",
    "UPDATE sandboxes SET name = X'FF00'",
    "DELETE FROM entries WHERE part = 'position'",
    "DELETE FROM entries WHERE part = 'stores'",
    "INSERT INTO entries (sandbox, part, key, value) VALUES ('ghost', 'payments', 'x', 'y')",
    "INSERT INTO sandboxes VALUES ('../x')",
    "DROP TABLE entries",
    "UPDATE entries SET key = value, value = key WHERE part = 'texts'",
    'UPDATE entries SET value = replace(CAST(value AS TEXT), \'"state":"\', \'"state":"'
    + "x" * 50_000
    + "')"
    " WHERE part = 'payments'",
    # The next change would add a second entry beside these.
    "UPDATE entries SET key = X'31' WHERE part = 'position'",
    "UPDATE entries SET key = 5 WHERE part = 'position'",
    "UPDATE entries SET key = CAST(key AS TEXT) WHERE part = 'position'",
    "UPDATE entries SET key = CAST(key AS TEXT) WHERE part = 'payments'",
    "UPDATE entries SET key = key || X'20' WHERE part = 'exchanges'",
    # SQLite would give those after them places at random.
    "UPDATE entries SET place = 9223372036854775807 WHERE place = (SELECT max(place) FROM entries)",
    "UPDATE entries SET place = 9223372036854775800 WHERE place = (SELECT max(place) FROM entries)",
]


@pytest.mark.parametrize("edit", EDITS)
def test_a_data_dir_whose_rows_are_others_is_refused_in_a_line(tmp_path: Path, edit: str) -> None:
    copyfile(KEPT, tmp_path / KEPT.name)
    connection = sqlite3.connect(tmp_path / KEPT.name)
    with connection:
        connection.execute(edit)
    connection.close()
    said = refused("--data-dir", str(tmp_path))
    assert said.startswith("mobilepay-sim: --data-dir:")
    assert said.count("\n") == 1
    assert len(said) < 1500


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "x.yaml")


def _device(folder: Path) -> None:
    (folder / "x.yaml").symlink_to("/dev/zero")


def _circle(folder: Path) -> None:
    (folder / "x.yaml").symlink_to("x.yaml")


def _folder(folder: Path) -> None:
    (folder / "x.yaml").mkdir()
    (folder / "x.yaml" / "y.yaml").write_text("nothing")


@pytest.mark.parametrize("make", [_pipe, _device, _circle, _folder])
def test_scenarios_that_are_no_files_are_refused_in_a_line(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path)
    said = refused("--scenarios", str(tmp_path))
    assert "x.yaml" in said
    assert said.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_a_folder_of_everything_is_refused_in_a_line_as_one_of_scenarios() -> None:
    said = refused("--scenarios", "/proc")
    assert "/proc: holds more than" in said
    assert said.count("\n") == 1
