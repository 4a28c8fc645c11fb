"""Fixtures: clients that do everything right, over the wire and in process."""

from collections.abc import Iterator

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.settings.settings import Settings

from tests.journal.clients.registry import Client
from tests.support import RunningServer, fresh


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    """A well-behaved client in a sandbox of its own."""
    name = fresh("audit")
    with httpx.Client(base_url=f"{server.url}/sandboxes/{name}", verify=False) as http:
        yield Client(http)
        http.delete(f"{server.url}/_simulator/sandboxes/{name}")


class Hands:
    """A wall clock that only goes on when somebody turns its hands."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def near(hands: Hands) -> Iterator[Client]:
    """A client in the simulator's own process, where the test moves the real time as well."""
    app = create_app(Settings(time_scale=0, scenario="manual"))
    app.context.wall_time = hands
    transport = httpx.WSGITransport(app=app.wsgi_app)
    with httpx.Client(transport=transport, base_url="http://simulator") as http:
        yield Client(http)
