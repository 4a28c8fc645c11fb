"""TLS cut to pieces, broken off and spoilt after its handshake: answered, or ended, and others are served."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import pytest

from tests.security.sockets import HOST, Answered, opened, read
from tests.support import RunningServer

GET = b"GET /_simulator/health HTTP/1.1\r\n" + HOST
LAST = GET + b"Connection: close\r\n\r\n"
CHUNKED = b"POST /_simulator/health HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass
class Spoken:
    """A TLS client whose records are sent by hand, in pieces of any size."""

    raw: socket.socket
    step: int
    incoming: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    outgoing: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)

    def __post_init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def shake_hands(self) -> None:
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self.flush()
                self.incoming.write(self.raw.recv(65_536))
            else:
                self.flush()
                return

    def record(self, content: bytes) -> bytes:
        """Returns content as the bytes of a record."""
        self.tls.write(content)
        return self.outgoing.read()

    def flush(self) -> None:
        self.send(self.outgoing.read())

    def send(self, content: bytes) -> None:
        """Sends bytes as they are, in pieces."""
        for at in range(0, len(content), self.step):
            self.raw.sendall(content[at : at + self.step])

    def read(self) -> Answered:
        """Reads until the server ends the connection."""
        content = b""
        while True:
            try:
                piece = self.tls.read(65_536)
            except ssl.SSLWantReadError:
                received = self._received()
                if not received:
                    return Answered(content, is_closed=True)
                self.incoming.write(received)
            except ssl.SSLError:
                return Answered(content, is_closed=True)
            else:
                if not piece:
                    return Answered(content, is_closed=True)
                content += piece

    def _received(self) -> bytes:
        with suppress(ConnectionResetError):
            return self.raw.recv(65_536)
        return b""


@pytest.fixture(params=[1, 65_536], ids=["byte by byte", "at once"])
def spoken(secure: RunningServer, request: pytest.FixtureRequest) -> Iterator[Spoken]:
    """A client that has shaken hands; afterwards others are served."""
    with opened(secure.https_port) as raw:
        client = Spoken(raw, request.param)
        client.shake_hands()
        yield client
    assert httpx.get(f"{secure.https_url}/_simulator/health", verify=False).status_code == 200


def test_a_request_in_one_record_is_answered(spoken: Spoken) -> None:
    spoken.send(spoken.record(LAST))
    assert spoken.read().statuses == [200]


def test_a_request_in_a_record_for_each_byte_is_answered(spoken: Spoken) -> None:
    for each in LAST:
        spoken.send(spoken.record(bytes([each])))
    assert spoken.read().statuses == [200]


def test_many_records_with_empty_lines_are_nothing(spoken: Spoken) -> None:
    for _ in range(500):
        spoken.send(spoken.record(b"\r\n"))
    spoken.send(spoken.record(LAST))
    assert spoken.read().statuses == [200]


def spoilt(record: bytes) -> bytes:
    """Returns a record whose last byte is another, so that it can't be verified."""
    return record[:-1] + bytes([record[-1] ^ 1])


WRONG = {
    "a record that was changed": lambda it: spoilt(it.record(LAST)),
    "rubbish": lambda it: bytes(range(256)) * 20,
    "plain HTTP": lambda it: LAST,
    "a record that is too large": lambda it: b"\x17\x03\x03\xff\xff" + bytes(65_535),
    "a record of no kind": lambda it: b"\x63\x03\x03\x00\x10" + bytes(16),
    "an alert in the clear": lambda it: b"\x15\x03\x03\x00\x02\x02\x28",
    "a hello again": lambda it: b"\x16\x03\x01\x00\x40" + bytes(64),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_after_the_handshake_ends_the_connection_without_an_answer(
    spoken: Spoken, what: str
) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        spoken.send(WRONG[what](spoken))
    assert spoken.read() == Answered(b"", is_closed=True)


def test_what_was_asked_before_a_spoilt_record_is_not_answered_wrongly(spoken: Spoken) -> None:
    request, wrong = spoken.record(GET + b"\r\n"), spoilt(spoken.record(LAST))
    spoken.send(request + wrong)
    answered = spoken.read()
    assert answered.statuses in ([], [200])


SLOW = {
    "half a request line": b"GET /_simul",
    "half a head": GET,
    "half a body": CHUNKED + b"ffff\r\n{}",
}


@pytest.mark.parametrize("part", SLOW)
def test_whoever_is_too_slow_over_tls_is_told_and_let_go(spoken: Spoken, part: str) -> None:
    spoken.send(spoken.record(SLOW[part]))
    # Half a record more is no sign of life.
    spoken.send(spoken.record(b"X")[:-1])
    assert spoken.read().statuses == [408]


@pytest.mark.parametrize("sent", [LAST, GET, CHUNKED + b"2\r\n{"])
def test_a_client_that_goes_without_a_goodbye_leaves_nothing(
    secure: RunningServer, sent: bytes
) -> None:
    for _ in range(20):
        client = Spoken(opened(secure.https_port), 65_536)
        client.shake_hands()
        client.send(client.record(sent))
        client.raw.close()
    assert httpx.get(f"{secure.https_url}/_simulator/health", verify=False).status_code == 200


def test_tls_on_the_plain_port_byte_by_byte_ends(secure: RunningServer) -> None:
    with opened(secure.port) as raw:
        client = Spoken(raw, 1)
        with suppress(ssl.SSLError, OSError):
            client.shake_hands()
        assert read(raw).is_closed
