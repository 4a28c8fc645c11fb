"""What check-ins are told to: only where it was said, and whatever it answers."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.support import Till, fresh

#: Some kilobytes that want to be twenty megabytes.
BOMB = gzip.compress(b"[" * 20_000_000)


@contextmanager
def receiver(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A receiver of check-ins that answers as it likes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def attempt_at(till: Till, url: str) -> Any:
    """What became of a check-in that was told to a URL."""
    alias = fresh("alias")
    till.control("PUT", f"/callbacks/{alias}", {"url": url})
    till.user("checkin", till.create_pos(callbackAlias=alias))
    for _ in range(400):
        attempts = till.control("GET", "/notifications")["notifications"][-1]["attempts"]
        if attempts:
            return attempts[0]
        threading.Event().wait(0.025)
    raise AssertionError("it was not tried")


def send_for_ever(handler: BaseHTTPRequestHandler, piece: bytes) -> None:
    """Sends a piece again and again, until the other side has gone."""
    try:
        while True:
            handler.wfile.write(piece)
    except OSError:
        pass  # that is how it ends


def without_end(handler: BaseHTTPRequestHandler) -> None:
    """Answers 200 with a body that never ends."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    send_for_ever(handler, b"x" * 65_536)


def with_a_bomb(handler: BaseHTTPRequestHandler) -> None:
    """Answers 200 with a body that wants to be unpacked."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n")
    handler.wfile.write(b"Content-Length: %d\r\n\r\n" % len(BOMB) + BOMB)


def only_interim(handler: BaseHTTPRequestHandler) -> None:
    """Says that the call may go on, again and again, and never answers it."""
    send_for_ever(handler, b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)


def after_interim(handler: BaseHTTPRequestHandler) -> None:
    """Answers 202 after some interim answers."""
    handler.wfile.write(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" * 10
    )
    handler.wfile.write(b"HTTP/1.1 202 Accepted\r\nX: " + b"x" * 8_000 + b"\r\n\r\n")


def test_interim_answers_without_end_are_given_up_long_before_the_time_is_over(till: Till) -> None:
    with receiver(only_interim) as url:
        attempt = attempt_at(till, url)
    assert attempt["status"] is None
    assert "16,384 bytes" in attempt["error"]


def test_some_interim_answers_are_passed_over(till: Till) -> None:
    with receiver(after_interim) as url:
        attempt = attempt_at(till, url)
    assert (attempt["status"], attempt["error"]) == (202, None)


@pytest.mark.parametrize("answer", [without_end, with_a_bomb])
def test_the_body_that_a_receiver_answers_is_not_read(
    till: Till, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    with receiver(answer) as url:
        attempt = attempt_at(till, url)
    assert (attempt["status"], attempt["error"]) == (200, None)


@pytest.mark.parametrize("url", ["http://\u2603.test/", "http://xn--/", "http://no.invalid/"])
def test_a_url_that_can_not_be_called_is_an_attempt_with_an_error(till: Till, url: str) -> None:
    attempt = attempt_at(till, url)
    assert attempt["status"] is None
    assert attempt["error"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "ftp://a/", "data:,x", "//a/", "http://a/\r\nX: y", "http://[::1", "http://127.0.0.1:0/", "http://user@:1/", "http://127.0.0.1 :80/", "http://a..b/"])  # fmt: skip
def test_a_callback_is_http_or_nothing(till: Till, url: str) -> None:
    assert till.http.put("/_simulator/callbacks/a", json={"url": url}).status_code == 400
