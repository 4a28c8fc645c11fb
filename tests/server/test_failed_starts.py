"""A start that fails leaves nothing behind."""

import os
import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from mobilepay_simulator.server.authority import open_authority
from mobilepay_simulator.server.listen import CannotStart
from mobilepay_simulator.server.port_file import PortFile
from mobilepay_simulator.server.start_files import missing, remove

from tests import warm
from tests.support import ROOT, running_server


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


def test_a_folder_of_the_ca_in_a_file_is_refused_without_https_whatever_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("tls_dir: somewhere\n")
    monkeypatch.setenv("MOBILEPAY_SIM_TLS_DIR", str(tmp_path / "tls"))
    assert fails("--config", str(config)) == "mobilepay-sim: --tls-dir: needs --tls\n"


#: Serves where only so many threads can be started.
WITH_FEW_THREADS = """
import sys
from threading import Thread

left, start = int(sys.argv.pop(1)), Thread.start

def start_one(self):
    global left
    if not left:
        raise RuntimeError("can't start new thread")
    left -= 1
    start(self)

Thread.start = start_one
from mobilepay_simulator.__main__ import main
main()
"""


@pytest.mark.parametrize("threads", [0, 1])
def test_a_start_without_threads_says_so_in_a_line(tmp_path: Path, threads: int) -> None:
    folder = tmp_path / "data"
    command = [sys.executable, "-c", WITH_FEW_THREADS, str(threads), "serve", "--port", "0"]
    command += ["--data-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(r"mobilepay-sim: no thread can be started: .*\n", done.stderr)
    assert not folder.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_starts_that_fail_leave_the_ca_of_one_that_begins_at_the_same_time(tmp_path: Path) -> None:
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path / "tls"))
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", *options]
    with Path("/dev/full").open("w") as full:
        # Each fails in the end, when it says where it is.
        failing = [
            warm.Popen(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
    with running_server(*options) as server:
        for each in failing:
            assert "standard output can't be written" in each.communicate(timeout=60)[1]
            assert each.returncode == 2
        shown = ssl.get_server_certificate(("127.0.0.1", server.https_port))
    kept = open_authority(tmp_path / "tls").certificate
    x509.load_pem_x509_certificate(shown.encode()).verify_directly_issued_by(kept)


def test_no_data_dir_is_left_where_the_scenario_is_unknown(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    fails("--data-dir", str(folder), "--scenario", "no-such-scenario")
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only there all of 127.0.0.0/8 is local")
@pytest.mark.parametrize(
    ("runs_at", "fails_at"), [("127.0.0.1", "192.0.2.1"), ("127.0.0.2", "::1")]
)
def test_the_port_file_of_a_server_at_another_address_outlives_a_start_that_fails(
    tmp_path: Path, runs_at: str, fails_at: str
) -> None:
    path = tmp_path / "port"
    with socket.create_server((runs_at, 0)) as running:
        path.write_text(f"{running.getsockname()[1]}\n")
        fails("--port-file", str(path), "--host", fails_at, "--scenario", "no-such-scenario")
        assert path.read_text() == f"{running.getsockname()[1]}\n"


def test_a_start_that_fails_leaves_no_port_file_of_a_server_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "port"
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = str(gone.getsockname()[1])
    path.write_text(port)
    fails("--port-file", str(path), "--port", port, "--scenario", "no-such-scenario")
    assert not path.exists()


def test_no_half_a_port_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "port"
    with PortFile(path) as file:
        # Nothing replaces a folder by a file.
        path.mkdir()
        with pytest.raises(CannotStart):
            file.tell(8080)
        path.rmdir()
    assert list(tmp_path.iterdir()) == []


LONG = "long" * 100


@pytest.mark.parametrize(
    "options",
    [
        ("--data-dir", f"{LONG}/x"),
        ("--tls", "--tls-dir", f"{LONG}/x"),
        ("--scenarios", f"{LONG}/x"),
        ("--signing-key", f"{LONG}/x"),
        ("--port-file", f"{LONG}/x"),
    ],
    ids=lambda it: it[-2],
)
def test_a_path_that_can_not_be_looked_at_is_told_in_one_line(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    said = fails(*options[:-1], str(tmp_path / options[-1]))
    assert said.count("\n") == 1
    assert "File name too long" in said


@pytest.mark.skipif(sys.platform == "win32", reason="pipes among files are POSIX")
@pytest.mark.parametrize(
    "options",
    [
        ("--tls", "--tls-cert", "/dev/zero"),
        ("--tls", "--tls-cert", "PIPE"),
        ("--signing-key", "/dev/zero"),
        ("--callback-ca", "PIPE"),
        ("--signing-key", "PIPE"),
        ("--data", "PIPE"),
    ],
    ids=" ".join,
)
def test_a_pipe_or_a_device_in_place_of_a_file_is_told_in_one_line(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    said = fails(*(each.replace("PIPE", str(tmp_path / "pipe")) for each in options))
    assert said.count("\n") == 1
    assert re.search("is not a regular file|is larger than 2 MB|is a pipe that was silent", said)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes among files are POSIX")
def test_what_lies_where_a_half_written_file_would_be_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "port.part")
    with PortFile(tmp_path / "port") as file:
        file.tell(8080)
        assert (tmp_path / "port").read_text() == "8080\n"
        assert {each.name for each in tmp_path.iterdir()} == {"port", "port.part"}


def test_what_was_there_before_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("of somebody else")
    new = missing([tmp_path / "kept", tmp_path / "made" / "file", tmp_path / "shared" / "file"])
    for name in ("made", "shared"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    (tmp_path / "shared" / "another").touch()
    remove(new)
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["another", "kept", "shared"]
