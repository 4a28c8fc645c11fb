"""The signals that stop a command: Ctrl-C, SIGTERM, the end of its terminal; and its exit code."""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from types import FrameType


def _all() -> tuple[signal.Signals, ...]:
    """Returns the signals: Ctrl-C first; Ctrl-Break on Windows, elsewhere the terminal's end."""
    if sys.platform == "win32":
        return signal.SIGINT, signal.SIGTERM, signal.SIGBREAK
    return signal.SIGINT, signal.SIGTERM, signal.SIGHUP


ALL = _all()
#: Real seconds that an interrupted command has to end; another signal after that ends it at once.
PATIENCE = 10.0


class Terminated(KeyboardInterrupt):
    """A signal came: what is under way is to be left as after Ctrl-C.

    It is a class of its own for Ctrl-C, too: where a `KeyboardInterrupt` has passed through the
    execution of a text, as in a dataclass, Python ends by the signal, whatever the exit code is.

    Args:
        number: which one.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _First:
    """Interrupts at the first signal; no other one keeps what was interrupted from ending well."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._came = 0.0

    def __call__(self, number: int, _: FrameType | None) -> None:
        if self._number is None:
            self._number, self._came = number, perf_counter()
            raise Terminated(number)
        # So nothing that hangs keeps it for ever.
        if perf_counter() - self._came > PATIENCE:
            os._exit(_code_of(self._number))


def exit_code_of(interrupt: BaseException | None) -> int:
    """Returns the exit code of a command that was interrupted, wherever the signal came."""
    return _code_of(interrupt.number if isinstance(interrupt, Terminated) else signal.SIGINT)


def _code_of(number: int) -> int:
    """Returns the exit code after a signal: what a shell shows; for a server it is success.

    So it is while it starts too: whoever stops it can't know how far it has come.
    """
    return 0 if sys.argv[1:2] == ["serve"] else 128 + number


def wanted() -> list[signal.Signals]:
    """Returns the signals that end this process: not those that whoever started it had it ignore.

    So `nohup` keeps it running without its terminal. A shell has what a script starts with `&`
    ignore Ctrl-C too, which would leave it running with its port taken: it ends by Ctrl-C all the
    same.
    """
    return [
        each
        for each in ALL
        if each == signal.SIGINT or signal.getsignal(each) is not signal.SIG_IGN
    ]


@contextmanager
def interruptible() -> Iterator[None]:
    """Lets a signal raise `KeyboardInterrupt` inside; afterwards they end the process at once.

    So whoever holds something lets go of it, and nobody shows a trace of what comes after.
    """
    first = _First()
    for number in wanted():
        signal.signal(number, first)
    # What is registered first is called last, when Python itself is about to end.
    atexit.register(_ignore)
    code: object = None
    try:
        yield
    except SystemExit as error:
        code = error.code
        raise
    finally:
        end_at_once(code if isinstance(code, int) else None)


def end_at_once(code: int | None = None) -> None:
    """Has signals end the process at once from here on.

    Args:
        code: the exit code; by default that of the signal.
    """
    for number in wanted():
        signal.signal(number, partial(_end, code))


def _end(code: int | None, number: int, _: FrameType | None) -> None:
    os._exit(_code_of(number) if code is None else code)


def _ignore() -> None:
    """Lets the process end: Python would soon let signals kill it, whatever its exit code is."""
    for number in wanted():
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def held_back(tell: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Lets signals wait that come inside, where what is begun must not be left half-way.

    Args:
        tell: called when one comes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        came.append(number)
        tell()

    before = {
        number: signal.signal(number, note) for number in ALL if callable(signal.getsignal(number))
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in came:
            signal.raise_signal(each)
