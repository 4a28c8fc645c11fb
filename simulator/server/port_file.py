"""The file that tells a server's port to whoever waits for it."""

import errno
import logging
import socket
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from ..settings.files import create_file, read_file, replace_file
from .listen import CannotStart
from .signals import held_back

#: Digits of a port.
_LONGEST = 5
_log = logging.getLogger("simulator")


class PortFile(AbstractContextManager["PortFile"]):
    """A file that is there for as long as a server answers.

    What an earlier server left is taken away when the block begins: whoever waits for the file must
    not read where that one was. A server that still listens gets it back where this one never
    answers.

    Args:
        path: the file; None where none is wanted.

    Raises:
        CannotStart: the file can't be taken away, or not be written.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._content = ""
        #: What an earlier server has written that still runs.
        self._earlier = b""

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                earlier = _earlier_in(self._path)
                # Looked at before this server listens, perhaps on the same port.
                self._earlier = earlier if _is_in_use(earlier) else b""
                self._path.unlink(missing_ok=True)
            except OSError as error:
                raise _refusal(self._path, error) from error
        return self

    def tell(self, port: int) -> None:
        """Writes the port; nobody ever sees half of it."""
        if self._path is None:
            return
        self._content = f"{port}\n"
        try:
            with held_back():
                replace_file(self._path, self._content.encode(), is_synced=False)
        except OSError as error:
            raise _refusal(self._path, error) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._path is None:
            return
        try:
            if not self._content:
                self._give_back(self._path)
            # Another server may have been given the same file meanwhile.
            elif read_file(self._path, _LONGEST + 1) == self._content.encode():
                self._path.unlink()
        except (FileExistsError, FileNotFoundError):
            return
        except OSError as problem:
            _log.warning("--port-file: %s: %s", self._path, problem.strerror or problem)

    def _give_back(self, path: Path) -> None:
        if _is_in_use(self._earlier):
            create_file(path, self._earlier, 0o666, is_synced=False)


def _is_in_use(port: bytes) -> bool:
    """Whether somebody listens on a port, at whatever address of this machine; False for none."""
    if not port:
        return False
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            with socket.socket(family) as trial:
                # On Linux connections that have ended don't count then, and listeners still do.
                if sys.platform == "linux":
                    trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(("", int(port)))
        except OverflowError:
            return False
        except OSError as error:
            # Below 1024 not everybody may try.
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return True
    return False


def _earlier_in(path: Path) -> bytes:
    """Returns what a server has written; nothing where it has not.

    Raises:
        CannotStart: no server has left it, so that it stays: a device, or what tells no port.
    """
    if not path.exists():
        return b""
    if not path.is_file():
        raise CannotStart(f"--port-file: {path} is not a regular file")
    with path.open("rb") as file:
        begin = file.read(_LONGEST + 1)
    port = begin.strip()
    if port and not (port.isdigit() and len(port) <= _LONGEST):
        message = "holds something else than a port; name a file that may be replaced"
        raise CannotStart(f"--port-file: {path} {message}")
    return begin if port else b""


def _refusal(path: Path, error: OSError) -> CannotStart:
    return CannotStart(f"--port-file: {path}: {error.strerror or error}")
