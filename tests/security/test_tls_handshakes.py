"""Many wrong TLS handshakes at once: each is ended, others are served meanwhile, and nothing is left behind."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.security.sockets import opened
from tests.support import RunningServer, running_server, until

#: Connections at once, and the seconds that a handshake may take.
MANY, PATIENCE = 200, 2.0


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, Path]]:
    """A server that waits shortly, and its log."""
    folder = tmp_path_factory.mktemp("tls")
    options = ["--tls", "--tls-port", "0", "--tls-dir", str(folder), "--time-scale", "0"]
    log = folder / "log"
    with running_server(*options, "--request-timeout", f"{PATIENCE:g}s", log=log) as server:
        # A first call makes what later ones share.
        assert served(server)
        yield server, log


def served(server: RunningServer) -> bool:
    """Whether a client that does everything right is served."""
    url = f"{server.https_url}/_simulator/health"
    return httpx.get(url, verify=False, timeout=PATIENCE * 5).status_code == 200


def hello(**versions: ssl.TLSVersion) -> bytes:
    """The first bytes of a client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for name, version in versions.items():
        setattr(context, name, version)
    outgoing = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


HELLO = hello()
HANDSHAKES: dict[str, tuple[bytes, ...]] = {
    "silence": (),
    "one byte": (HELLO[:1],),
    "half a hello": (HELLO[: len(HELLO) // 2],),
    "a hello and silence": (HELLO,),
    "a hello for TLS 1.2 and silence": (hello(maximum_version=ssl.TLSVersion.TLSv1_2),),
    "a hello twice": (HELLO, HELLO),
    "a hello and rubbish": (HELLO, bytes(range(256)) * 8),
    "rubbish": (bytes(range(256)) * 8,),
    "a record of zeros": (b"\x16\x03\x01\x40\x00" + bytes(0x4000),),
    "a record that is too large": (b"\x16\x03\x01\xff\xff" + bytes(0xFFFF),),
    "a record of no length": (b"\x16\x03\x01\x00\x00" * 500,),
    "SSL 2": (b"\x80\x2e\x01\x00\x02" + bytes(43),),
    "SSL 3": (HELLO[:1] + b"\x03\x00" + HELLO[3:],),
    "an alert": (b"\x15\x03\x01\x00\x02\x02\x28",),
    "plain HTTP": (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",),
    "plain HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",),
    "the name of a proxy": (b"CONNECT localhost:443 HTTP/1.1\r\n\r\n",),
}


def send(raw: socket.socket, pieces: tuple[bytes, ...]) -> None:
    # Some are ended before all of it is sent.
    with suppress(BrokenPipeError, ConnectionResetError):
        for each in pieces:
            raw.sendall(each)


def is_ended(raw: socket.socket) -> bool:
    """Whether the server ends a connection, whatever it says before."""
    with suppress(ConnectionResetError):
        while raw.recv(65_536):
            pass
    return True


@pytest.mark.parametrize("what", HANDSHAKES)
def test_many_at_once_are_ended_while_others_are_served(
    hurried: tuple[RunningServer, Path], what: str
) -> None:
    server, log = hurried
    before = open_files(server)
    with ExitStack() as stack:
        connections = [stack.enter_context(opened(server.https_port)) for _ in range(MANY)]
        for each in connections:
            send(each, HANDSHAKES[what])
        assert served(server)
        for each in connections:
            each.settimeout(PATIENCE * 10)
            assert is_ended(each)
    assert served(server)
    assert until(lambda: open_files(server) <= before + 3)
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("length", [0, 1, 100, len(HELLO)])
def test_many_that_hang_up_in_a_handshake_leave_nothing(
    hurried: tuple[RunningServer, Path], length: int
) -> None:
    server, log = hurried
    before = open_files(server)
    for _ in range(MANY):
        with opened(server.https_port) as raw:
            send(raw, (HELLO[:length],))
    assert served(server)
    assert until(lambda: open_files(server) <= before + 3)
    assert "Traceback" not in log.read_text()


def open_files(server: RunningServer) -> int:
    """How many files and sockets the server has open; 0 where that can't be told."""
    folder = Path(f"/proc/{server.process.pid}/fd")
    return len([*folder.iterdir()]) if folder.exists() else 0
