"""Standard output and error, of which the reader may leave before all is written."""

import errno
import io
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import click

from ..settings.echoes import printable
from .options import URL_VARIABLE

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: What `click.style` writes.
_COLOUR = re.compile(r"(\x1b\[(?:[012]|[39][0-7])m)")
#: What is in front of a URL's password, and the password.
_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s]*@")


class _Outlet(io.FileIO):
    """A file whose reader may leave, as `head` and a terminal do: what comes later is dropped.

    So the command goes on to its end, and ends with its own exit code. Where nothing can be
    written for another reason, such as a full disk, the first try fails and later ones are dropped.
    """

    #: Why nothing can be written; empty where it can.
    failure = ""

    def __init__(self, file: int) -> None:
        super().__init__(file, "wb", closefd=False)
        # A terminal that has been closed does not say that it was one.
        self._is_terminal = self.isatty()

    def write(self, data: "ReadableBuffer", /) -> int:
        """Writes bytes; returns how many are done with."""
        try:
            return super().write(data)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if error.errno == (errno.EIO if self._is_terminal else errno.EPIPE):
                return memoryview(data).nbytes
            self.failure = error.strerror or str(error)
            raise


def output_failure() -> str | None:
    """Returns why standard output could not be written; None where it could."""
    outlet = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return (outlet.failure or None) if isinstance(outlet, _Outlet) else None


def prepare() -> None:
    """Makes stdout accept any character, and a pipe that is closed."""
    _open_what_is_closed()
    sys.stdout, sys.stderr = _prepared(sys.stdout), _prepared(sys.stderr)


def _prepared(stream: Any) -> Any:
    # None where it is closed; something else where somebody captures it.
    if type(stream) is not io.TextIOWrapper:
        return stream
    # A terminal of Windows takes characters, and no bytes.
    if sys.platform != "win32" or not stream.isatty():
        stream.flush()
        stream = io.TextIOWrapper(
            io.BufferedWriter(_Outlet(stream.fileno())),
            encoding=stream.encoding,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
    # Into a file or a pipe Windows writes in a code page that lacks most characters.
    stream.reconfigure(errors="backslashreplace")
    return stream


def _open_what_is_closed() -> None:
    """Opens the standard streams that whoever started this process has closed.

    What is opened next would take the place of such a stream, and get what is meant for it.
    """
    for number, (name, mode) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
        if getattr(sys, name) is None:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def echo(
    text: str,
    *,
    nl: bool = True,
    err: bool = False,
    is_painted: bool = False,
    **style: Any,
) -> None:
    """Prints a text, in which control characters are shown as escapes: any may be a client's.

    All commands print with it.

    Args:
        text: the text, of one line or more.
        nl: whether a new line follows.
        err: whether it goes to standard error.
        is_painted: whether `click.style` has coloured parts of it.
        style: how all of it looks on a terminal, as `click.style` takes it.
    """
    shown = _shown_painted(text) if is_painted else printable(text)
    click.echo(click.style(shown, **style) if style else shown, nl=nl, err=err)


def without_passwords(message: str) -> str:
    """Returns a message without the passwords of URLs, as they were given and as they are sent."""
    # What is found by it takes long to import.
    from ..journal.secret_fields import MASK

    given = [*sys.argv[1:], os.environ.get(URL_VARIABLE, "")]
    for each in given:
        user = each.partition("://")[2].rpartition("@")[0]
        if password := user.partition(":")[2]:
            message = message.replace(f":{password}@", f":{MASK}@")
    return _PASSWORD.sub(rf"\1{MASK}@", message)


def _shown_painted(text: str) -> str:
    parts = _COLOUR.split(text)
    return "".join(each if _COLOUR.fullmatch(each) else printable(each) for each in parts)
