"""Whoever starts a server learns where it is, whatever the port: from its output, or from a file."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.defaults.machine import ALONE, PORT, TLS_PORT, Leavings, Machine, end
from tests.defaults.stopping import PATIENCE, gate, wait_until

pytestmark = ALONE


@pytest.fixture
def program(sources: Path) -> Path:
    """The command as it was installed."""
    return sources / ".venv" / "bin" / "mobilepay-sim"


@pytest.mark.parametrize(
    ("options", "port"),
    [((), PORT), (("--port", "23871"), 23871), (("--port", "0"), None)],
    ids=["default", "chosen", "any"],
)
def test_a_line_on_the_standard_output_tells_it(
    machine: Machine, program: Path, tmp_path: Path, options: tuple[str, ...], port: int | None
) -> None:
    with machine.serving((program, "serve", *options), tmp_path) as said:
        assert said["event"] == "listening"
        assert said["url"] == f"http://127.0.0.1:{said['port']}"
        assert port in (None, said["port"])
        assert machine.ask(f"{said['url']}/_simulator/health")["status"] == "ok"


def test_the_line_tells_of_https_at_its_usual_port(
    machine: Machine, program: Path, tmp_path: Path
) -> None:
    with machine.serving((program, "serve", "--tls"), tmp_path) as said:
        assert (said["port"], said["httpsPort"]) == (PORT, TLS_PORT)
        assert said["httpsUrl"] == f"https://127.0.0.1:{TLS_PORT}"
        assert machine.ask(f"{said['httpsUrl']}/_simulator/health", "--insecure")


def test_the_file_of_an_earlier_server_is_gone_before_a_new_one_listens(
    machine: Machine, program: Path, leavings: Leavings, tmp_path: Path
) -> None:
    file = tmp_path / "sim.port"
    file.write_text("1\n")
    slow = tmp_path / "data.yaml"
    command = (program, "serve", "--port-file", file, "--data", slow)
    with (
        gate(slow) as closed,
        machine.start(command, tmp_path, leavings.env, stderr=subprocess.DEVNULL) as process,
    ):
        with closed.holding_reader(process):
            assert not file.exists()
        process.terminate()
        process.wait(PATIENCE)
    assert not file.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_the_file_is_there_for_as_long_as_the_server_answers(
    machine: Machine, program: Path, tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "sim.port"
    command = (program, "serve", "--port", "0", "--port-file", file)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with machine.start(command, tmp_path, **quiet) as process:
        try:
            wait_until(file.exists, process)
            port = int(file.read_text())
            assert machine.ask(f"http://127.0.0.1:{port}/_simulator/health")["status"] == "ok"
            process.send_signal(number)
            assert process.wait(PATIENCE) == 0
        finally:
            end(process, signal.SIGKILL)
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_another_server_is_left(
    machine: Machine, program: Path, tmp_path: Path
) -> None:
    file = tmp_path / "sim.port"
    command = (program, "serve", "--port", "0", "--port-file", file)
    with machine.serving(command, tmp_path, log=tmp_path / "log"):
        wait_for = file.read_text()
        file.write_text("1\n")
    assert file.read_text() == "1\n" != wait_for


def test_no_file_is_left_by_a_server_that_can_not_start(
    machine: Machine, program: Path, tmp_path: Path
) -> None:
    file = tmp_path / "sim.port"
    with machine.serving((program, "serve"), tmp_path, log=tmp_path / "log"):
        done = machine.run((program, "serve", "--port-file", file), tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"127.0.0.1:{PORT} is in use" in line
    assert not file.exists()


def test_a_server_that_can_not_start_leaves_the_file_of_one_that_runs(
    machine: Machine, program: Path, tmp_path: Path
) -> None:
    file = tmp_path / "sim.port"
    command = (program, "serve", "--port", "0", "--port-file", file)
    with machine.serving(command, tmp_path, log=tmp_path / "log"):
        port = file.read_text().strip()
        for reason in (("--port", port), ("--port", "0", "--scenario", "none")):
            done = machine.run((program, "serve", "--port-file", file, *reason), tmp_path)
            assert done.returncode == 2
            assert file.read_text() == f"{port}\n"
    assert not file.exists()


def test_a_server_that_can_not_start_leaves_no_file_of_one_that_is_gone(
    machine: Machine, program: Path, tmp_path: Path
) -> None:
    file = tmp_path / "sim.port"
    file.write_text("1\n")
    command = (program, "serve", "--port", "0", "--port-file", file, "--scenario", "none")
    assert machine.run(command, tmp_path).returncode == 2
    assert not file.exists()


def test_a_file_that_can_not_be_written_is_told_before_anything_else(
    machine: Machine, program: Path, tmp_path: Path
) -> None:
    for path, reason in (
        (tmp_path, "not a regular file"),
        (tmp_path / "none" / "port", "No such file"),
    ):
        done = machine.run((program, "serve", "--port-file", path), tmp_path)
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"mobilepay-sim: --port-file: {path}")
        assert reason in line


SCRIPT = """\
import json
from mobilepay_simulator import Simulator
from mobilepay_simulator.testing.process import Standing

with Simulator() as free, Standing(port=8080) as standing:
    print(json.dumps([free.url, standing.url, free.control.health().status]))
"""


def test_python_starts_one_at_any_port(machine: Machine, program: Path, tmp_path: Path) -> None:
    done = machine.run((program.with_name("python"), "-c", SCRIPT), tmp_path)
    assert done.returncode == 0, done.stderr
    free, standing, status = json.loads(done.stdout)
    assert standing == f"http://127.0.0.1:{PORT}"
    assert free != standing
    assert status == "ok"
