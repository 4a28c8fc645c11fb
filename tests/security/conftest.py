"""Fixtures: a server to attack, which must be well after each attack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.sockets import HOST, ask
from tests.support import RunningServer, running_server


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with little patience, whose log must tell of no failure in the end."""
    log = tmp_path_factory.mktemp("target") / "log.txt"
    options = ("--time-scale", "0", "--scenario", "manual", "--request-timeout", "1s")
    with running_server(*options, log=log) as server:
        yield server
        assert is_well(server)
    assert no_failure_in(log)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server for HTTPS with little patience, whose log must tell of no failure in the end."""
    folder = tmp_path_factory.mktemp("tls")
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(folder), "--request-timeout", "1s")
    with running_server(*options, log=folder / "log") as server:
        yield server
        assert is_well(server)
    assert no_failure_in(folder / "log")


@pytest.fixture
def healthy(target: RunningServer) -> Iterator[None]:
    """Asks the server right after a test how it is."""
    yield
    assert is_well(target)


def is_well(server: RunningServer) -> bool:
    """Whether a server answers, and has not come to an end."""
    answered = ask(server.port, b"GET /_simulator/health HTTP/1.1\r\n" + HOST + b"\r\n", 1)
    return answered.statuses == [200] and server.process.poll() is None


def memory_of(server: RunningServer) -> int:
    """The bytes that a server keeps in memory, as Linux tells them."""
    statm = Path(f"/proc/{server.process.pid}/statm").read_text()
    return int(statm.split()[1]) * 4096


def no_failure_in(log: Path) -> bool:
    """Whether nothing went wrong in the server itself."""
    text = log.read_text(encoding="utf-8", errors="replace")
    return "Traceback" not in text and "ERROR" not in text and " failed" not in text
