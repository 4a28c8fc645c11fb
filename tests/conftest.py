"""Fixtures: one real server for the session, and a sandbox of its own for every test."""

from collections.abc import Iterator

import httpx
import pytest

from simulator.app import SimulatorApp, create_app
from simulator.config import Settings
from tests.support import START, RunningServer, Shop, Till, fresh, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    """A real server whose clocks stand still, where nobody acts but the test."""
    with running_server("--time-scale", "0", "--scenario", "manual") as server:
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
