"""A body is large only on the one route that takes such, and only of whom it is taken."""

import sys
from collections.abc import Iterator

import pytest

from tests.security.conftest import memory_of
from tests.security.sockets import HOST, ask, opened
from tests.support import RunningServer, running_server

MOST, SNAPSHOT, TOKEN = 10_000, 50_000_000, "a-token-of-the-test"
BEARER = f"Authorization: Bearer {TOKEN}\r\n".encode()
LIMITS = ("--max-body", str(MOST), "--max-snapshot", str(SNAPSHOT))


@pytest.fixture(scope="module", params=["in memory", "on disk"])
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    options = [*LIMITS, "--control-token", TOKEN]
    if request.param == "on disk":
        options += ["--data-dir", str(tmp_path_factory.mktemp("data"))]
    with running_server(*options) as running:
        yield running


def head(method: str, path: str, *lines: bytes) -> bytes:
    first = f"{method} {path} HTTP/1.1\r\nContent-Length: {SNAPSHOT}\r\n".encode()
    return first + HOST + b"Expect: 100-continue\r\n" + b"".join(lines) + b"\r\n"


STRANGERS = [
    ("PUT", "/_simulator/snapshot", (), 401),
    ("PUT", "/sandboxes/mine/_simulator/snapshot", (), 401),
    ("PUT", "/_simulator/snapshot", (b"Authorization: Bearer wrong\r\n",), 401),
    ("PUT", "/_simulator/snapshot", (BEARER, b"Origin: http://elsewhere.test\r\n"), 403),
    ("PUT", "/nowhere/_simulator/snapshot", (BEARER,), 404),
    ("PUT", "/sandboxes/../_simulator/snapshot", (BEARER,), 400),
    ("POST", "/_simulator/snapshot", (BEARER,), 405),
    ("POST", "/pos/v10/payments/_simulator/snapshot", (BEARER,), 404),
]


@pytest.mark.parametrize(("method", "path", "lines", "status"), STRANGERS)
def test_nobody_but_who_may_load_a_snapshot_is_asked_for_a_large_body(
    guarded: RunningServer, method: str, path: str, lines: tuple[bytes, ...], status: int
) -> None:
    answered = ask(guarded.port, head(method, path, *lines))
    assert answered.statuses == [status]
    assert answered.is_closed


@pytest.mark.parametrize("prefix", ["", "/sandboxes/mine"])
def test_who_may_load_a_snapshot_is_asked_for_it(guarded: RunningServer, prefix: str) -> None:
    with opened(guarded.port) as connection:
        connection.sendall(head("PUT", f"{prefix}/_simulator/snapshot", BEARER))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_what_a_stranger_sends_all_the_same_is_not_kept(guarded: RunningServer) -> None:
    before = memory_of(guarded)
    sent = 40_000_000
    first = b"PUT /_simulator/snapshot HTTP/1.1\r\nContent-Length: %d\r\n" % SNAPSHOT
    strangers = [opened(guarded.port) for _ in range(4)]
    for each in strangers:
        each.sendall(first + HOST + b"\r\n" + b"a" * sent)
    assert memory_of(guarded) - before < sent
    for each in strangers:
        each.close()
