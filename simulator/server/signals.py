"""Ctrl-C and SIGTERM: what they end, and with which exit code."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM came: what is under way is to be left as after Ctrl-C."""


def _terminate(_: int, __: FrameType | None) -> None:
    raise Terminated


def _end(number: int, _: FrameType | None) -> None:
    """Ends the process at once."""
    os._exit(_code_of(number))


_HANDLERS = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _terminate}


def exit_code_of(interrupt: BaseException | None) -> int:
    """Returns the exit code of a command that was interrupted, wherever the signal came."""
    return _code_of(signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)


def _code_of(number: int) -> int:
    """Returns the exit code after a signal: what a shell shows; for a server it is success.

    So it is while it starts too: whoever stops it can't know how far it has come.
    """
    return 0 if sys.argv[1:2] == ["serve"] else 128 + number


@contextmanager
def interruptible() -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM raise `KeyboardInterrupt` inside; afterwards they end it at once.

    So whoever holds something lets go of it, and nobody shows a trace of what comes after. A shell
    has what a script starts with `&` ignore Ctrl-C, which would leave it running with its port
    taken: it ends by Ctrl-C all the same.
    """
    wanted = {
        number: handler
        for number, handler in _HANDLERS.items()
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN
    }
    for number, handler in wanted.items():
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in wanted:
            signal.signal(number, _end)


@contextmanager
def held_back() -> Iterator[None]:
    """Lets signals wait that come inside, where what is begun must not be left half-way."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in _HANDLERS
        if callable(signal.getsignal(number))
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in came:
            signal.raise_signal(each)
