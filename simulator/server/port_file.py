"""The file that tells a server's port to whoever waits for it."""

import logging
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from ..settings.files import read_file, replace_file
from .listen import CannotStart
from .signals import held_back

#: Digits of a port.
_LONGEST = 5
_log = logging.getLogger("simulator")


class PortFile(AbstractContextManager["PortFile"]):
    """A file that is there for as long as a server answers.

    What an earlier server left is taken away when the block begins: whoever waits for the file must
    not read where that one was.

    Args:
        path: the file; None where none is wanted.

    Raises:
        CannotStart: the file can't be taken away, or not be written.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._content = ""

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                _check_old(self._path)
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
        if self._path is None or not self._content:
            return
        try:
            # Another server may have been given the same file meanwhile.
            if read_file(self._path, _LONGEST + 1) == self._content.encode():
                self._path.unlink()
        except FileNotFoundError:
            return
        except OSError as problem:
            _log.warning("--port-file: %s: %s", self._path, problem.strerror or problem)


def _check_old(path: Path) -> None:
    """Refuses to take away what no server has left: a device, or a file that tells no port."""
    if path.exists():
        if not path.is_file():
            raise CannotStart(f"--port-file: {path} is not a regular file")
        with path.open("rb") as file:
            begin = file.read(_LONGEST + 1).strip()
        if begin and not (begin.isdigit() and len(begin) <= _LONGEST):
            message = "holds something else than a port; name a file that may be replaced"
            raise CannotStart(f"--port-file: {path} {message}")


def _refusal(path: Path, error: OSError) -> CannotStart:
    return CannotStart(f"--port-file: {path}: {error.strerror or error}")
