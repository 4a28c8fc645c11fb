"""Accepts connections on the port for HTTPS, and tells those that speak plain HTTP there."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable

from .endings import LONGEST_UNREAD

_log = logging.getLogger("simulator")

_WORDS = b"This port speaks HTTPS, and the request came in plain HTTP: write https:// in the URL.\n"
SPEAKS_PLAIN = "it speaks plain HTTP on the port for HTTPS"
#: What such a client is told before its connection is closed.
PLAIN_HTTP = (
    b"HTTP/1.1 400 Bad Request\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: %d\r\n"
    b"Connection: close\r\n\r\n%b"
) % (len(_WORDS), _WORDS)
#: How long accepting rests where the process has no room for another connection, in seconds.
REST = 1.0
#: So much of a plain request is read before its connection is closed: what is unread would make the
#: system reset the connection, and the client might never see the answer.
MOST = 65_536


class SecureServer:
    """Accepts the connections of a listener, as a server of asyncio does.

    asyncio's own would hand each to TLS at once, which has no answer for plain HTTP.

    Args:
        bound: the socket, which listens already.
        context: of TLS.
        protocol: makes what speaks on one connection.
        patience: how long a client may take to agree on TLS, in seconds.
    """

    def __init__(
        self,
        bound: socket.socket,
        context: ssl.SSLContext,
        protocol: Callable[[], asyncio.Protocol],
        patience: float,
    ) -> None:
        self._socket = bound
        self._context = context
        self._protocol = protocol
        self._patience = patience
        self._welcoming: set[asyncio.Task[None]] = set()
        self._socket.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Accepts no more."""
        self._accepting.cancel()
        for each in self._welcoming:
            each.cancel()

    async def wait_closed(self) -> None:
        """Returns once nothing is being accepted."""
        await asyncio.gather(self._accepting, *self._welcoming, return_exceptions=True)

    async def _accept(self) -> None:
        with self._socket:
            await self._accept_all()

    async def _accept_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._socket)
            except OSError as error:
                _log.warning("HTTPS: no connection can be accepted: %s", error.strerror or error)
                await asyncio.sleep(REST)
                continue
            task = asyncio.create_task(self._welcome(connection))
            self._welcoming.add(task)
            task.add_done_callback(self._welcoming.discard)

    async def _welcome(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        is_handed_on = False
        try:
            connection.setblocking(False)
            async with asyncio.timeout(self._patience):
                if (await _first_byte(connection)).isalpha():
                    _log.warning("HTTPS: a client was not served: %s", SPEAKS_PLAIN)
                    await _refuse(connection)
                    return
            is_handed_on = True
            await loop.connect_accepted_socket(
                self._protocol,
                connection,
                ssl=self._context,
                ssl_handshake_timeout=self._patience,
                # The client may still have to read what came before.
                ssl_shutdown_timeout=LONGEST_UNREAD,
            )
        except OSError:
            # The client has hung up, or said nothing; a handshake that fails is logged there.
            return
        finally:
            if not is_handed_on:
                connection.close()


async def _first_byte(connection: socket.socket) -> bytes:
    """Returns the first byte that a client sends, which stays to be read; none at its end."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


async def _refuse(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_recv(connection, MOST)
    await loop.sock_sendall(connection, PLAIN_HTTP)
    connection.shutdown(socket.SHUT_WR)
