"""Servers of the tests' own process in the place of real ones, so that they have the mutants too."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from mobilepay_simulator.testing.in_process import InProcess

from tests import support

__all__ = ["replace_servers"]

URL = "http://localhost:1"
#: What `tests/conftest.py` starts its server with; tests that start others are not run.
OPTIONS = ("--time-scale", "0", "--scenario", "manual")


def replace_servers() -> None:
    """Lets `running_server` start nothing, and httpx call the simulator that is there."""
    inside = InProcess(time_scale=0, scenario="manual").transport()
    send = httpx.HTTPTransport.handle_request

    def handle(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        is_inside = str(request.url).startswith(URL)
        return inside.handle_request(request) if is_inside else send(transport, request)

    @contextmanager
    def running_server(*options: str, **more: Any) -> Iterator[Any]:
        assert options == OPTIONS and not more, "needs a server of its own"
        yield support.RunningServer(URL, 1, None)  # type: ignore[arg-type]

    httpx.HTTPTransport.handle_request = handle  # type: ignore[method-assign]
    support.running_server = running_server
