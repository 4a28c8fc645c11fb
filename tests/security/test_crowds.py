"""Many connections that want nothing, and broken TLS: others are served meanwhile and afterwards."""

import asyncio
import os
import random
import resource
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from mobilepay_simulator.server.protocol import protocol

from tests.security.conftest import is_well, no_failure_in
from tests.security.sockets import HOST, opened, read, speaking
from tests.support import RunningServer, Till, running_server

#: `make crowd` asks for more.
WANTED = int(os.environ.get("IDLE_CONNECTIONS", "2000"))
#: Files that a process has open beside its connections.
OTHER_FILES = 200


@pytest.fixture
def many() -> Iterator[int]:
    """How many connections this process and a server may have, with the limit as high as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = (
        WANTED + OTHER_FILES if hard == resource.RLIM_INFINITY else min(WANTED + OTHER_FILES, hard)
    )
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(limit, soft), hard))
    yield min(WANTED, max(limit, soft) - OTHER_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def pay(server: RunningServer, times: int) -> None:
    """Pays so often; whoever is not answered within a few seconds gives up."""
    with httpx.Client(base_url=server.url, timeout=5) as http:
        till = Till(http)
        pos_id = till.create_pos()
        for _ in range(times):
            assert till.status(till.captured(pos_id)) == "Captured"


def test_a_client_is_served_promptly_beside_thousands_of_idle_connections(
    many: int, tmp_path: Path
) -> None:
    begun = (b"", b"GET /_simul", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\n")
    with (
        running_server("--time-scale", "0", log=tmp_path / "log") as server,
        ExitStack() as crowd,
    ):
        for number in range(many):
            connection = crowd.enter_context(opened(server.port))
            connection.sendall(begun[number % len(begun)])
        pay(server, 20)
        crowd.close()
        pay(server, 1)
        assert is_well(server)
    assert no_failure_in(tmp_path / "log")


@pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="the limit of a process is set by prlimit"
)
def test_a_server_with_too_few_files_for_all_its_connections_serves_again_once_they_are_gone() -> (
    None
):
    with running_server("--time-scale", "0") as server, ExitStack() as crowd:
        pay(server, 1)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (64, 64))
        for _ in range(200):
            crowd.enter_context(opened(server.port))
        crowd.close()
        pay(server, 1)
        assert is_well(server)


def test_a_client_that_never_says_anything_is_let_go() -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        raise AssertionError("nobody has asked for anything")

    async def wait_to_be_let_go() -> bytes:
        speaks = protocol(30, str, lambda scope, body: app)
        async with speaking(speaks, app, timeout_keep_alive=0) as (reader, _):
            return await asyncio.wait_for(reader.read(), 10)

    assert asyncio.run(wait_to_be_let_go()) == b""


def hello() -> bytes:
    """What a client begins TLS with."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


HELLO = hello()
HANDSHAKES = {
    "nothing": b"",
    "half a hello": HELLO[:100],
    "a hello and no more": HELLO,
    "a hello and rubbish": HELLO + bytes(range(256)) * 20,
    "a hello twice": HELLO * 2,
    "a hello of a length that is wrong": HELLO[:3] + b"\xff\xff" + HELLO[5:],
    "plain HTTP": b"GET / HTTP/1.1\r\n\r\n",
    "SSL 2": b"\x80\x2e\x01\x00\x02" + bytes(44),
    "an alert": b"\x15\x03\x01\x00\x02\x02\x28",
    "data before the handshake": b"\x17\x03\x03\x00\x10" + bytes(16),
    "a large record": b"\x16\x03\x01\xff\xff" + bytes(65_535),
    "noise": random.Random(7).randbytes(5000),
}


def test_broken_handshakes_end_and_others_are_served(secure: RunningServer) -> None:
    broken = [opened(secure.https_port) for _ in range(5) for _ in HANDSHAKES]
    for connection, bytes_sent in zip(broken, list(HANDSHAKES.values()) * 5, strict=True):
        try:
            connection.sendall(bytes_sent)
        except (BrokenPipeError, ConnectionResetError):
            continue
    assert httpx.get(f"{secure.https_url}/_simulator/health", verify=False).status_code == 200
    for connection in broken:
        assert read(connection).is_closed
        connection.close()
    assert httpx.get(f"{secure.https_url}/_simulator/health", verify=False).status_code == 200


@pytest.mark.parametrize("port", ["port", "https_port"])
def test_connections_that_are_reset_again_and_again_do_no_harm(
    secure: RunningServer, port: str
) -> None:
    begun = (b"GET / HTTP/1.1\r\n" + HOST + b"\r\n", HELLO, HELLO[:1], b"")
    for number in range(200):
        connection = opened(getattr(secure, port))
        connection.sendall(begun[number % len(begun)])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    assert httpx.get(f"{secure.https_url}/_simulator/health", verify=False).status_code == 200
