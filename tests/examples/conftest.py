"""Fixtures: a server in which ten seconds pass in one, and tills of the examples in sandboxes."""

from collections.abc import Iterator

import httpx
import pytest

from tests.examples.support import NEEDS_NODE, TILLS, ExampleTill
from tests.support import RunningServer, Till, fresh, running_server


@pytest.fixture(scope="session")
def quick_server() -> Iterator[RunningServer]:
    """A real server that does not keep clients waiting: what is seconds to it is little to them."""
    options = ("--time-scale", "10", "--poll-delay", "100ms", "--log-format", "none")
    with running_server(*options) as server:
        yield server


@pytest.fixture(params=["python", pytest.param("node", marks=NEEDS_NODE)])
def example(request: pytest.FixtureRequest, quick_server: RunningServer) -> Iterator[ExampleTill]:
    """The till in each of its languages."""
    name = fresh("example")
    url = f"{quick_server.url}/sandboxes/{name}"
    with httpx.Client(base_url=url, timeout=30) as http:
        yield ExampleTill(TILLS[request.param], url, Till(http))
        http.delete(f"{quick_server.url}/_simulator/sandboxes/{name}")
