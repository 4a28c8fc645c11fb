"""A start that fails leaves nothing behind."""

import socket
import sys
from pathlib import Path

import pytest
from mobilepay_simulator.server.listen import CannotStart
from mobilepay_simulator.server.port_file import PortFile
from mobilepay_simulator.server.runtime import missing, remove

from tests import warm
from tests.support import ROOT


def fails(*options: str) -> str:
    """What a server says that can't start."""
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", *options]
    done = warm.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2, done.stderr
    return done.stderr


def test_no_ca_is_left_where_the_port_for_https_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        fails("--tls", "--tls-dir", str(folder), "--tls-port", port)
    assert not folder.exists()


def test_no_data_dir_is_left_where_the_scenario_is_unknown(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    fails("--data-dir", str(folder), "--scenario", "no-such-scenario")
    assert not folder.exists()


def test_no_half_a_port_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "port"
    with PortFile(path) as file:
        # Nothing replaces a folder by a file.
        path.mkdir()
        with pytest.raises(CannotStart):
            file.tell(8080)
        path.rmdir()
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_before_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("of somebody else")
    new = missing([tmp_path / "kept", tmp_path / "made" / "file", tmp_path / "shared" / "file"])
    for name in ("made", "shared"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    (tmp_path / "shared" / "another").touch()
    remove(new)
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["another", "kept", "shared"]
