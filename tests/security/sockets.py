"""What tests of attacks share: raw bytes on a socket, and what comes back."""

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import trustme
import uvicorn
from mobilepay_simulator.server.protocol import Protocol
from uvicorn.server import ServerState

__all__ = ["HOST", "Answered", "ask", "connected", "opened", "read", "serving", "speaking"]

HOST = b"Host: 127.0.0.1\r\n"
#: Longer than a server under load takes to answer; whoever waits so long was left hanging.
PATIENCE = 20.0
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass(frozen=True)
class Answered:
    """What a server sent, and whether it closed the connection then."""

    content: bytes
    is_closed: bool

    @property
    def statuses(self) -> list[int]:
        """The statuses of the answers, in order."""
        return [int(each) for each in _STATUS.findall(self.content)]


def opened(port: int) -> socket.socket:
    """A connection to the server."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


@contextlib.asynccontextmanager
async def speaking(
    speaks: type[Protocol], app: Any, *, is_secure: bool = False, **settings: Any
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server of a protocol and an application alone; arguments as `serving` has."""
    async with serving(speaks, app, is_secure=is_secure, **settings) as (port, _):
        reader, writer = await connected(port, is_secure=is_secure)
        try:
            yield reader, writer
        finally:
            writer.close()
            # To TLS, an answer that was not read to its end is a mistake.
            with contextlib.suppress(ssl.SSLError):
                await writer.wait_closed()


async def connected(
    port: int, *, is_secure: bool
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to what `serving` serves."""
    return await asyncio.open_connection(
        "127.0.0.1", port, ssl=_contexts()[1] if is_secure else None
    )


@contextlib.asynccontextmanager
async def serving(
    speaks: type[Protocol], app: Any, *, is_secure: bool = False, **settings: Any
) -> AsyncIterator[tuple[int, ServerState]]:
    """A server of a protocol and an application alone: its port, and what it knows of connections.

    Args:
        speaks: the protocol's class.
        app: the ASGI application.
        is_secure: whether it speaks TLS, and waits for a goodbye no longer than a second.
        settings: more of uvicorn's.
    """
    config = uvicorn.Config(app, http=speaks, log_config=None, **settings)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),
        "127.0.0.1",
        0,
        ssl=_contexts()[0] if is_secure else None,
        ssl_shutdown_timeout=1.0 if is_secure else None,
    )
    async with server:
        yield server.sockets[0].getsockname()[1], state


@cache
def _contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server and a client of it agree with."""
    ca = trustme.CA()
    server, client = (
        ssl.SSLContext(each) for each in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT)
    )
    ca.issue_cert("127.0.0.1").configure_cert(server)
    ca.configure_trust(client)
    return server, client


def read(connection: socket.socket, answers: int | None = None) -> Answered:
    """Reads this many whole answers; all there is until the connection is closed where None."""
    content = b""
    while answers is None or _whole(content) < answers:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            piece = b""
        if not piece:
            return Answered(content, is_closed=True)
        content += piece
    return Answered(content, is_closed=False)


def ask(port: int, request: bytes, answers: int | None = None) -> Answered:
    """Sends raw bytes on a connection of their own; see `read`."""
    with opened(port) as connection:
        # It may be refused before all of it is sent.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        return read(connection, answers)


def _whole(content: bytes) -> int:
    """How many answers are there from head to end; one to 100-continue is none."""
    count = 0
    while b"\r\n\r\n" in content:
        head, _, content = content.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 100"):
            continue
        length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
        size = int(length[1]) if length else 0
        if len(content) < size:
            break
        content = content[size:]
        count += 1
    return count
