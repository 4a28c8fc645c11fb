"""Fixtures: a client of the control API in a sandbox of its own, and that sandbox as tests see it."""

from collections.abc import Iterator

import pytest
from mobilepay_simulator.client import ControlClient, RemoteSimulator, Sandbox

from tests.support import RunningServer, Till, fresh


@pytest.fixture(scope="session")
def simulator(server: RunningServer) -> Iterator[RemoteSimulator]:
    with RemoteSimulator(server.url) as simulator:
        yield simulator


@pytest.fixture
def sandbox(simulator: RemoteSimulator) -> Iterator[Sandbox]:
    with simulator.sandbox(fresh("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def control(till: Till) -> Iterator[ControlClient]:
    """A client of the sandbox that the till pays in."""
    base, _, name = str(till.http.base_url).rstrip("/").rpartition("/sandboxes/")
    with ControlClient(base, sandbox=name) as control:
        yield control
