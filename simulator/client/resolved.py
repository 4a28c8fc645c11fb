"""Calls whose host names others look up: httpx itself would use asyncio's default executor."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from .deadlines import core_request, errors_of_httpx

#: So many seconds an address is tried before the next is, beside it (RFC 8305).
HEAD_START = 0.25
#: So many bytes are read of an answer at most, interim answers included, and so many at once: a
#: receiver may send 100 Continue without end, and others get their turns between two pieces only.
LONGEST_ANSWER = 16 * 1024
_PIECE = 2 * 1024

#: Returns the addresses of a host, or raises OSError.
LookUp = Callable[[str], Awaitable[tuple[str, ...]]]


class ResolvedTransport(httpx.AsyncBaseTransport):
    """Carries calls as `httpx.AsyncHTTPTransport` does, for callers who need only an answer's head.

    Args:
        trust: how https servers are checked; None where no server is one.
        look_up: finds the addresses of hosts.
    """

    def __init__(self, trust: ssl.SSLContext | None, look_up: LookUp) -> None:
        network = _ResolvedNetwork(look_up)
        self._pool = httpcore.AsyncConnectionPool(ssl_context=trust, network_backend=network)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with errors_of_httpx():
            answer = await self._pool.handle_async_request(core_request(request))
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_ResolvedBody(answer),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _ResolvedBody(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with errors_of_httpx():
            async for piece in self._answer.aiter_stream():
                yield piece

    async def aclose(self) -> None:
        with errors_of_httpx():
            await self._answer.aclose()


class _ResolvedNetwork(httpcore.AsyncNetworkBackend):
    """Makes connections to addresses, of which one after the other is tried."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._look_up(host)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error

        def connect(address: str) -> Awaitable[httpcore.AsyncNetworkStream]:
            return self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

        return _ResolvedStream(await _first_connected(connect, addresses))


class _ResolvedStream(httpcore.AsyncNetworkStream):
    """A connection of one call, which the receiver may reset at any moment."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._left = LONGEST_ANSWER

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._left:
            raise httpcore.ReadError(f"its first {LONGEST_ANSWER:,} bytes hold no final answer")
        read = await self._inner.read(min(max_bytes, _PIECE, self._left), timeout)
        self._left -= len(read)
        return read

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        with _resets():
            inner = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        return _ResolvedStream(inner)

    def get_extra_info(self, info: str) -> Any:
        with _resets():
            return self._inner.get_extra_info(info)


@contextmanager
def _resets() -> Iterator[None]:
    """Says of a connection that was reset that it was.

    The event loop has no socket for it any more, and anyio asks None for its address.
    """
    try:
        yield
    except AttributeError as error:
        raise httpcore.ConnectError("the connection was reset") from error


async def _first_connected(
    connect: Callable[[str], Awaitable[httpcore.AsyncNetworkStream]], addresses: Iterable[str]
) -> httpcore.AsyncNetworkStream:
    """Returns the first connection; each address gets a head start before the next."""
    waiting = deque(addresses)
    trying: set[asyncio.Future[httpcore.AsyncNetworkStream]] = set()
    problem: BaseException = httpcore.ConnectError("the host has no address")
    try:
        while waiting or trying:
            if waiting:
                trying.add(asyncio.ensure_future(connect(waiting.popleft())))
            done, _ = await asyncio.wait(
                trying,
                timeout=HEAD_START if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for each in done:
                trying.discard(each)
                error = each.exception()
                if error is None:
                    return each.result()
                problem = error
        raise problem
    finally:
        for each in trying:
            each.cancel()
        # A connection that came too late is closed.
        for late in await asyncio.gather(*trying, return_exceptions=True):
            if isinstance(late, httpcore.AsyncNetworkStream):
                await late.aclose()
