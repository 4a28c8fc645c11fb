"""Where a command is stopped: a file or a server that lets it wait for as long as a test wants."""

import errno
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["PATIENCE", "Gate", "finished", "gate", "shell_code", "silent_server", "wait_until"]

#: Real seconds until what waits must have come to its place, or must have ended.
PATIENCE = 60.0
#: What was interrupted has ended well before the 30 s that a simulator may take to start.
AT_ONCE = 20.0
#: Where Linux has a process that waits for a pipe: in the reading, or in a select before.
WAITING = ("pipe_read", "select", "poll")


class Gate:
    """A file that nobody comes past: whoever reads it, or writes to it, waits there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)

    @contextmanager
    def holding_reader(self, process: "subprocess.Popen[str]") -> Iterator[None]:
        """Waits until somebody wants to read, and keeps them there.

        Args:
            process: whose end would mean that nobody comes.
        """
        here: list[int] = []

        def is_there() -> bool:
            try:
                here.append(os.open(self.path, os.O_WRONLY | os.O_NONBLOCK))
            except OSError as error:
                assert error.errno == errno.ENXIO
            return bool(here)

        wait_until(is_there, process)
        try:
            # A signal between opening and reading is seen when the reading is over (CPython).
            wait_until(self._is_read, process)
            yield
        finally:
            os.close(*here)

    @contextmanager
    def holding_writer(self, process: "subprocess.Popen[str]") -> Iterator[None]:
        """Waits until a process writes, and keeps it there."""
        here = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        try:
            with suppress(BlockingIOError):
                while True:
                    os.write(here, b"x" * 4096)
            wait_until(lambda: self._is_open_in(process.pid), process)
            yield
        finally:
            os.close(here)

    def _is_read(self) -> bool:
        """Whether a process waits for what comes through the file; a command's child may be it."""
        for each in Path("/proc").glob("[0-9]*"):
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                place = (each / "wchan").read_text()
                if any(word in place for word in WAITING) and self._is_open_in(int(each.name)):
                    return True
        return False

    def _is_open_in(self, pid: int) -> bool:
        links = []
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                links.append(each.readlink())
        return self.path in links


def wait_until(is_so: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Waits until something is so; fails where a process ends before, or it takes too long."""
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert process.poll() is None, "it ended before"
        assert time.monotonic() < until, "it never came to it"
        time.sleep(0.02)


@contextmanager
def gate(path: Path) -> Iterator[Gate]:
    """Gives a gate at a path, which is free again in the end."""
    yield Gate(path)
    path.unlink()


@contextmanager
def silent_server() -> Iterator[tuple[str, threading.Event]]:
    """Gives the URL of a server that takes calls and never answers, and what says that one came."""
    came, connections = threading.Event(), []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connections.append(connection)
                connection.recv(65536)
                came.set()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", came
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for each in connections:
            each.close()


def finished(process: "subprocess.Popen[str]", number: signal.Signals) -> tuple[int, str, str]:
    """Sends a signal; returns the exit code, as a shell shows it, and all that was written."""
    process.send_signal(number)
    out, err = process.communicate(timeout=AT_ONCE)
    return shell_code(process.returncode), out or "", err or ""


def shell_code(code: int) -> int:
    """Returns an exit code as a shell shows it."""
    return 128 - code if code < 0 else code
