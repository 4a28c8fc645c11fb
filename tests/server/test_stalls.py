"""Calls that are delayed: who hangs up gives its place back, and nobody waits for what is gone."""

import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support import RunningServer, Till, fresh, running_server

MOST = 3
FAULTS = """
faults:
- {call: GetPos, delay: 1m}
- {call: GetStore, delay: 1m, work: after}
- {call: GetStores, delay: 50ms}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    options = ("--max-stalled", str(MOST), "--time-scale", "0", "--scenario", "manual")
    with running_server(*options) as running:
        yield running


@pytest.fixture
def till(server: RunningServer) -> Iterator[Till]:
    with httpx.Client(base_url=f"{server.url}/sandboxes/{fresh('stalls')}", timeout=20) as http:
        yield Till(http)


def stalled(till: Till, server: RunningServer, pos_id: str) -> socket.socket:
    """The connection of a call that is delayed."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    path = f"{till.http.base_url.path}pos/v10/pointofsales/{pos_id}"
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {till.token()}\r\n"
        "X-MobilePay-Client-System-Version: 1.0.0\r\n\r\n".encode()
    )
    return connection


def until_struck(till: Till, index: int, count: int) -> None:
    """Waits until a fault has struck some calls."""
    for _ in range(1000):
        if till.control("GET", "/faults")["faults"][index]["calls"] >= count:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"fault {index} did not strike {count} calls")


@pytest.mark.parametrize("way", ["close", "reset"])
def test_whoever_hangs_up_gives_its_place_back(till: Till, server: RunningServer, way: str) -> None:
    pos_id = till.create_pos()
    assert till.http.put("/_simulator/faults", content=FAULTS).status_code == 200
    for begun in range(0, 3 * MOST, MOST):
        gone = [stalled(till, server, pos_id) for _ in range(MOST)]
        until_struck(till, 0, begun + MOST)
        assert till.call("GET", "/stores").status_code == 503
        for each in gone:
            if way == "reset":
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            each.close()
        statuses = (till.call("GET", "/stores").status_code for _ in range(500))
        assert 200 in statuses


@pytest.mark.parametrize("way", ["reset", "drop", "restore"])
@pytest.mark.parametrize("path", ["/pointofsales/{}", "/stores/{}"], ids=["after", "before"])
def test_calls_that_wait_are_answered_503_when_their_sandbox_goes(
    till: Till, server: RunningServer, path: str, way: str
) -> None:
    thing = till.create_pos() if "point" in path else till.store_id()
    snapshot = till.http.get("/_simulator/snapshot").content
    assert till.http.put("/_simulator/faults", content=FAULTS).status_code == 200
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(till.call, "GET", path.format(thing))
        until_struck(till, 0 if "point" in path else 1, 1)
        if way == "reset":
            till.control("POST", "/reset")
        elif way == "restore":
            assert till.http.put("/_simulator/snapshot", content=snapshot).is_success
        else:
            name = till.http.base_url.path.strip("/").rpartition("/")[2]
            assert httpx.delete(f"{server.url}/_simulator/sandboxes/{name}").is_success
        answer = waiting.result(20)
    assert answer.status_code == 503
    assert "reset, dropped or replaced by a snapshot" in answer.text
