"""What a start says of the files it finds: keys that others can read, and a key that is gone."""

import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from mobilepay_simulator.sandboxes.store import DataDirStore, EntryChange
from mobilepay_simulator.sandboxes.store_file import FILE, KEY_FILE

from tests.support import running_server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")


def said_at_a_start(folder: Path, *options: str) -> str:
    """What a server with a data dir writes to stderr from its start to its end."""
    log = folder.with_suffix(".log")
    with running_server("--data-dir", str(folder), *options, log=log) as server:
        assert httpx.get(f"{server.url}/_simulator/health").is_success
    return log.read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data dir that has been used."""
    kept = tmp_path / "kept"
    said = said_at_a_start(kept)
    assert "WARNING" not in said
    return kept


@pytest.mark.parametrize("name", [KEY_FILE, FILE])
def test_a_file_that_others_can_read_is_told(folder: Path, name: str) -> None:
    (folder / name).chmod(0o644)
    said = said_at_a_start(folder)
    assert f"{folder / name}: others on this machine may read it (mode 644)" in said
    assert said.count("WARNING") == 1


def test_the_key_of_the_ca_is_told_where_others_can_read_it(folder: Path, tmp_path: Path) -> None:
    tls = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path / "tls"))
    assert "WARNING" not in said_at_a_start(folder, *tls)
    (key,) = (tmp_path / "tls" / "ca").glob("*key*")
    key.chmod(0o604)
    assert f"{key}: others on this machine may read it (mode 604)" in said_at_a_start(folder, *tls)


def _keep(_: Path) -> None:
    return


def _all_gone(folder: Path) -> None:
    for each in folder.iterdir():
        each.unlink()


@pytest.mark.parametrize(
    ("change", "is_told"),
    [
        (lambda folder: (folder / KEY_FILE).unlink(), True),
        (_keep, False),
        (_all_gone, False),
    ],
)
def test_a_signing_key_that_is_gone_is_told(
    folder: Path, change: Callable[[Path], None], is_told: bool
) -> None:
    change(folder)
    said = said_at_a_start(folder)
    assert (f"{folder / KEY_FILE} was gone: a new key signs tokens" in said) is is_told


def test_calls_before_a_gap_are_dropped_and_that_is_told_once(folder: Path) -> None:
    with running_server("--data-dir", str(folder)) as server:
        for _ in range(3):
            assert httpx.get(f"{server.url}/pos/v10/stores").status_code == 401
    store = DataDirStore(folder)
    store.write([EntryChange("default", "exchanges", b"2")]).result(10)
    store.close()
    assert "sandbox 'default': 1 old calls were dropped" in said_at_a_start(folder)
    assert "dropped" not in said_at_a_start(folder)
