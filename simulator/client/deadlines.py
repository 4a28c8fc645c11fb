"""How long one call may take from its first byte to the last of its answer.

A time-out of httpx counts for one read or write: a server that sends a byte in time, again and
again, would keep a call for ever. `Deadline` is a time-out that counts for the whole call. httpx
and httpcore hand it on as it is, and the streams of `BoundedTransport` ask it before each read and
write.
"""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import httpcore
import httpx

#: So many bytes a second a call has to move, once its seconds are over.
SLOWEST = 256 * 1024
#: So much is sent at once, so that the time is looked at in between.
_PIECE = 64 * 1024


class Deadline(float):
    """The seconds that a call may take in all; a large one may take longer, as long as it moves.

    Args:
        seconds: real seconds from now on.
        silence: real seconds that may pass without a byte, where that is less.
    """

    _silence: float
    _began: float
    _moved: int

    def __new__(cls, seconds: float, silence: float | None = None) -> "Deadline":
        made = super().__new__(cls, seconds)
        made._silence = seconds if silence is None else silence
        made.start_again()
        return made

    def start_again(self) -> None:
        """Starts from now: what was waited for has come, and the answer goes on."""
        self._began = perf_counter()
        self._moved = 0

    def note(self, count: int) -> None:
        """Notes that so many bytes were moved."""
        self._moved += count

    @property
    def left(self) -> float:
        """The seconds that the next read or write may take; zero or less once all are over."""
        over = perf_counter() - self._began
        return min(self._silence, self + self._moved / SLOWEST - over)


class BoundedTransport(httpx.BaseTransport):
    """Carries calls as `httpx.HTTPTransport` does, and obeys deadlines.

    Args:
        trust: how https servers are checked; None where no server is one.
    """

    def __init__(self, trust: ssl.SSLContext | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=_Network(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with errors_of_httpx():
            answer = self._pool.handle_request(core_request(request))
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with errors_of_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        with errors_of_httpx():
            self._answer.close()


def core_request(request: httpx.Request) -> httpcore.Request:
    """Returns a request as httpcore takes it."""
    url = request.url
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


@contextmanager
def errors_of_httpx() -> Iterator[None]:
    """Raises the error of httpx in place of the one of httpcore, which has the same name."""
    try:
        yield
    except _ERRORS as error:
        kind = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from error


_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)


class _Network(httpcore.NetworkBackend):
    """Makes connections whose streams obey deadlines."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))
        _note(timeout, len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            piece = buffer[start : start + _PIECE]
            self._inner.write(piece, _left(timeout, httpcore.WriteTimeout))
            _note(timeout, len(piece))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, over: type[httpcore.TimeoutException]) -> float | None:
    """Returns how long a read or write may take.

    Raises:
        TimeoutException: the deadline is over.
    """
    if not isinstance(timeout, Deadline):
        return timeout
    left = timeout.left
    if left <= 0:
        raise over("the call takes too long")
    return left


def _note(timeout: float | None, count: int) -> None:
    if isinstance(timeout, Deadline):
        timeout.note(count)
