"""Fixtures: one real server for the session, and a sandbox of its own for every test."""

import signal
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import settings as hypothesis_settings
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing import process

from tests import warm
from tests.support import START, RunningServer, Shop, Till, fresh, running_server

# Nothing is tested by how long it takes, and what fails once fails again.
hypothesis_settings.register_profile("tests", deadline=None, derandomize=True)
hypothesis_settings.load_profile("tests")

# Whoever runs tests in the background of a script has them ignore Ctrl-C, and all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def starters() -> Iterator[None]:
    """The servers of `Simulator()` are started as all others are; see `warm.py`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "subprocess", warm.SUBPROCESS)
        yield
    warm.close()


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    """A real server whose clocks stand still, where nobody acts but the test."""
    # Tests that wait for a late answer are not to wait for half a minute.
    options = ("--time-scale", "0", "--scenario", "manual", "--timeout-limit", "4s")
    with running_server(*options) as server:
        yield server


@pytest.fixture
def till(server: RunningServer) -> Iterator[Till]:
    """A till in a sandbox of its own."""
    name = fresh("test")
    with httpx.Client(base_url=f"{server.url}/sandboxes/{name}", verify=False) as http:
        yield Till(http)
        http.delete(f"{server.url}/_simulator/sandboxes/{name}")


@pytest.fixture(scope="module")
def app() -> SimulatorApp:
    """A simulator without a server, whose clocks stand still."""
    return create_app(Settings(start_time=START, time_scale=0))


@pytest.fixture
def shop() -> Shop:
    """A till in a world without a server."""
    return Shop()
