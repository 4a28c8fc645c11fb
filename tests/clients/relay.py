"""A relay that hands on every byte as it comes, and counts the connections."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

__all__ = ["Relay", "relay"]


@dataclass
class Relay:
    """Where it listens on loopback, and how many connections there were."""

    port: int
    connections: int = 0


@contextmanager
def relay(port: int) -> Iterator[Relay]:
    """Relays to a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        counted = Relay(listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, port, counted), daemon=True).start()
        try:
            yield counted
        finally:
            # This wakes the thread that accepts; to close it alone does not.
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, port: int, counted: Relay) -> None:
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        counted.connections += 1
        threading.Thread(target=_join, args=(near, port), daemon=True).start()


def _join(near: socket.socket, port: int) -> None:
    """Hands on both ways until both have ended."""
    with near, socket.create_connection(("127.0.0.1", port)) as far:
        back = threading.Thread(target=_pump, args=(far, near), daemon=True)
        back.start()
        _pump(near, far)
        back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Hands on what comes, and its end. A reset is handed on as an end: no leg asks which it was."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
