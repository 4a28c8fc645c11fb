"""Fixtures of the API tests."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support import RunningServer, Till, fresh


@pytest.fixture
def twin(server: RunningServer) -> Iterator[Till]:
    """A till in a second sandbox of the server that `till` talks to."""
    name = fresh("twin")
    with httpx.Client(base_url=f"{server.url}/sandboxes/{name}") as http:
        yield Till(http)
    httpx.delete(f"{server.url}/_simulator/sandboxes/{name}")
