"""Where the server listens: one socket for HTTP, and where it is wanted another for HTTPS."""

import asyncio
import errno
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import uvicorn

from ..engine.symptoms import Symptom
from ..settings.hosts import WILDCARDS
from .bridge import Bridge
from .endings import LONGEST_UNREAD
from .secure import SecureServer

BACKLOG = 2048


class CannotStart(RuntimeError):
    """The server can't start; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that is bound, and how it is spoken to.

    Args:
        host: the address it was asked for.
        socket: listens already.
        context: of TLS; None for plain HTTP.
    """

    host: str
    socket: socket.socket
    context: ssl.SSLContext | None = None

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.socket.getsockname()[1])

    @property
    def url(self) -> str:
        """Where clients on this machine reach it."""
        return url_at(self.host, self.port, "http" if self.context is None else "https")


def url_at(host: str, port: int, scheme: str = "http") -> str:
    """Returns where clients on this machine reach what listens at an address."""
    host = "127.0.0.1" if host in WILDCARDS else host
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def taken(host: str, port: int) -> str:
    """Returns the beginning of the message that an address is in use."""
    return f"{host}:{port} is in use"


def listen(
    host: str, port: int, check: Callable[[], object] | None = None, *, option: str = "--port"
) -> Listener:
    """Returns a listener for plain HTTP at an address.

    Args:
        host: address or name.
        port: 0 takes a free one.
        check: called where the address can't be used, to report a mistake elsewhere before that:
            whoever has made one would meet it next.
        option: what sets the port.

    Raises:
        CannotStart: the address is none, or in use, or may not be used.
    """
    where = f"{host}:{port}"
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.socket(family)
        # On Windows this option would let two servers share a port.
        if sys.platform != "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
        bound.set_inheritable(True)
        return Listener(host, bound)
    except (socket.gaierror, TypeError, ValueError) as error:
        raise CannotStart(f"--host: {host!r} is not an address of this machine") from error
    except OSError as error:
        if check is not None:
            check()
        if error.errno == errno.EADDRINUSE:
            hint = f"stop what listens there, or choose another {option}"
            hint += f"; {Symptom.PORT_IN_USE.in_docs}"
            raise CannotStart(f"{taken(host, port)}; {hint}") from error
        hint = "; not everybody may use ports below 1024" if error.errno == errno.EACCES else ""
        raise CannotStart(f"{where}: {error.strerror or error}{hint}") from error


class Uvicorn(uvicorn.Server):
    """uvicorn, which can serve HTTPS as well, and lets go of delayed exchanges when it stops.

    Args:
        config: uvicorn's own.
        bridge: what it serves.
        secure: where it serves HTTPS, if it does.
        handshake: how long a client may take to agree on TLS, in seconds.
        stopping: is set once it stops.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        bridge: Bridge,
        secure: Listener | None,
        handshake: float,
        stopping: threading.Event,
    ) -> None:
        super().__init__(config)
        self._bridge = bridge
        self._secure = secure
        self._handshake = handshake
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to accept connections."""
        await super().startup(sockets)
        if self._secure is None or self._secure.context is None:
            return
        bound, context = self._secure.socket, self._secure.context
        if sys.platform == "win32":
            # The loop of Windows can't look at what has come without reading it.
            server = await asyncio.get_running_loop().create_server(
                self._protocol,
                sock=bound,
                ssl=context,
                backlog=BACKLOG,
                ssl_handshake_timeout=self._handshake,
                ssl_shutdown_timeout=LONGEST_UNREAD,
            )
            self.servers.append(server)
        else:
            accepting = SecureServer(bound, context, self._protocol, self._handshake)
            self.servers.append(cast(asyncio.Server, accepting))

    def _protocol(self) -> asyncio.Protocol:
        """What speaks HTTP on one connection, as uvicorn itself makes it."""
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops serving."""
        self._stopping.set()
        self._bridge.stop()
        await super().shutdown(sockets)
