"""Whatever a server answers, a call ends: in one line that names the server, and in time."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from time import perf_counter

import pytest
from mobilepay_simulator.client import (
    ClientError,
    ControlClient,
    ControlError,
    Unreachable,
    deadlines,
    receiving,
)


@contextmanager
def lying(*pieces: bytes, pause: float = 0.0, timeout: float = 10.0) -> Iterator[ControlClient]:
    """A server that answers every call with these pieces, the last one again and again if paused.

    Yields a client of it.
    """
    is_over = Event()

    class Lying(StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            for piece in pieces:
                self.wfile.write(piece)
            while pause and not is_over.wait(pause):
                try:
                    self.wfile.write(pieces[-1])
                except OSError:
                    return

    class Server(ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Lying) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            with ControlClient(url, timeout=timeout) as control:
                yield control
        finally:
            is_over.set()
            server.shutdown()


@contextmanager
def sipping() -> Iterator[str]:
    """A server that reads a little of a request again and again. Yields its URL."""
    is_over = Event()

    class Sipping(StreamRequestHandler):
        def handle(self) -> None:
            while not is_over.wait(0.02):
                self.request.recv(20_000)

    class Server(ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Sipping) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            is_over.set()
            server.shutdown()


def answer(status: int, body: bytes, *headers: str) -> bytes:
    head = (f"HTTP/1.1 {status} So", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(head).encode() + body


ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
GZIP = "Content-Encoding: gzip"
CHARSET = "Content-Type: text/html; charset=zlib_codec"
DEEP = b'{"error":' + b"[" * 100_000
BOMB = gzip.compress(gzip.compress(bytes(10_000_000)))

LIES = {
    "rubbish that passes for gzip": (answer(200, b"rubbish", GZIP), "Content-Encoding"),
    "a refusal of it": (answer(400, b"rubbish", GZIP), "Content-Encoding"),
    "a bomb": (answer(200, BOMB, "Content-Encoding: gzip, gzip"), "Content-Encoding"),
    "another coding": (answer(200, b"rubbish", "Content-Encoding: br"), "Content-Encoding"),
    "a deep refusal": (answer(500, DEEP), "answered 500"),
    "a deep answer": (answer(200, DEEP), "too deep"),
    "a charset that is none": (answer(400, b"<p>no", CHARSET), "answered 400"),
    "an answer in it": (answer(200, b"<p>yes", CHARSET), "not JSON"),
    "a refusal of another kind": (answer(400, b'{"error":{"a":1},"code":[]}'), "answered 400"),
    "a refusal without end": (answer(400, b'{"error":"' + b"x" * 900_000 + b'"}'), "answered 400"),
    "half a body": (answer(200, b"{}").replace(b": 2", b": 9"), "without sending"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_told_in_a_line_that_names_the_server(lie: str) -> None:
    sent, words = LIES[lie]
    with lying(sent) as control, pytest.raises(ClientError) as error:
        control.clock()
    said = str(error.value)
    assert words in said
    assert control.base_url in said
    assert "\n" not in said
    assert len(said) < 1_500


def test_no_answer_is_asked_for_that_would_have_to_be_unpacked() -> None:
    assert receiving.AS_IT_IS == {"Accept-Encoding": "identity"}


def test_no_more_is_kept_of_an_answer_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_BYTES", 100_000)
    with lying(answer(200, b'"' + b"x" * 99_998 + b'"')) as control:
        assert len(control.send("GET", "/clock")) == 100_000
    with (
        lying(ENDLESS, b"x" * 1000, pause=0.0001) as control,
        pytest.raises(Unreachable, match="larger than 100,000 bytes"),
    ):
        control.clock()


@pytest.mark.parametrize("status", [b"200", b"400"])
def test_an_answer_that_comes_drop_by_drop_is_not_waited_for_for_ever(status: bytes) -> None:
    pieces = ENDLESS.replace(b"200", status), b"x"
    with (
        lying(*pieces, pause=0.01, timeout=0.3) as control,
        pytest.raises(Unreachable, match=r"no end within 0\.3 s"),
    ):
        control.clock()


def test_a_large_answer_may_take_longer_than_the_time_out_as_long_as_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadlines, "SLOWEST", 1)
    monkeypatch.setattr(receiving, "MOST_BYTES", 60)
    with (
        lying(ENDLESS, b"x", pause=0.01, timeout=0.3) as control,
        pytest.raises(Unreachable, match="larger than 60 bytes"),
    ):
        control.clock()


@pytest.mark.parametrize(
    "head",
    [
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 100 Continue\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
    ],
    ids=["a header", "interim answers", "the head of a chunk"],
)
@pytest.mark.parametrize("is_stream", [False, True])
def test_what_comes_before_a_body_drop_by_drop_is_not_waited_for_for_ever(
    head: tuple[bytes, ...], is_stream: bool
) -> None:
    with lying(*head, pause=0.01, timeout=0.3) as control:
        began = perf_counter()
        with pytest.raises(Unreachable, match=r"within 0\.3 s"):
            next(control.stream(patience=0.3)) if is_stream else control.clock()
    assert perf_counter() - began < 5


def test_a_stream_goes_on_for_longer_than_one_line_may_take() -> None:
    with lying(ENDLESS, b'event: payments\ndata: {"ids": []}\n\n', pause=0.05) as control:
        began = perf_counter()
        for _ in control.stream(patience=0.4):
            if perf_counter() - began > 1:
                return
    pytest.fail("the stream ended")


def test_a_body_that_the_server_takes_bit_by_bit_is_not_sent_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The system takes some megabytes at once; each would otherwise allow four seconds.
    monkeypatch.setattr(deadlines, "SLOWEST", 64 * 1024 * 1024)
    with (
        sipping() as url,
        ControlClient(url, timeout=0.5) as control,
        pytest.raises(Unreachable, match=r"no answer within 0\.5 s"),
    ):
        control.send("PUT", "/snapshot", content=bytes(50_000_000))


@pytest.mark.parametrize(
    ("longest", "patience", "words"),
    [(1000, 60.0, "longer than 1,000 bytes"), (1_000_000, 0.3, r"no end within 0\.3 s")],
)
def test_a_line_without_end_of_an_answer_that_goes_on_is_given_up(
    monkeypatch: pytest.MonkeyPatch, longest: int, patience: float, words: str
) -> None:
    monkeypatch.setattr(receiving, "LONGEST_LINE", longest)
    with lying(ENDLESS, b"x" * 100, pause=0.01) as control, pytest.raises(Unreachable, match=words):
        next(control.stream(patience=patience))


def test_lines_come_one_by_one_however_they_are_cut() -> None:
    parts = ENDLESS, b"event: pay", b'ments\r\ndata: {"ids": ["\xc3', b'\xa6"]}\n\n'
    with lying(*parts) as control:
        ((kind, change),) = control.stream()
    assert (kind, change.ids) == ("payments", ("æ",))


def test_a_stream_that_is_refused_or_compressed_is_told() -> None:
    with lying(answer(400, DEEP)) as control, pytest.raises(ControlError, match="answered 400"):
        next(control.stream())
    with (
        lying(answer(200, b"rubbish", GZIP)) as control,
        pytest.raises(Unreachable, match="Content-Encoding"),
    ):
        next(control.stream())
