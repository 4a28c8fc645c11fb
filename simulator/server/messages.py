"""What the server writes to standard error: by a thread, so that no reader who stops holds it up.

A pipe that nobody reads, a disk that is full: the lines that can't be written meanwhile are counted
and left out, and their number is written in their place as soon as something can be written again.
"""

import io
import logging
import os
import select
import sys
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock
from typing import TextIO

from ..sandboxes.background import BackgroundWork, begin_thread

#: How much waits to be written at most, in characters.
MOST = 1_000_000
#: Room beyond that for what is logged: what says that lines are left out must not be one of them.
SPARE = 10_000
#: How long after an error it is tried again although there is nothing new to write, in seconds.
RETRY = 1.0
#: How long the end of the server waits for what is still to be written, in seconds.
PATIENCE = 1.0
#: Its name where health tells what is broken.
PART = "standard error"


class MessageWriter:
    """Writes texts to a stream, in order, without ever letting who has them wait.

    Args:
        stream: where to.
        background: told when nothing can be written.
        most: how many characters may wait.

    Raises:
        NoFreeThread: the thread that writes can't be started.
    """

    def __init__(self, stream: TextIO, background: BackgroundWork, most: int = MOST) -> None:
        self._stream = stream
        self._file = _file_of(stream)
        self.background = background
        self._most = most
        self._lock = Lock()
        self._size = 0
        #: Lines that were dropped since the last that were written.
        self._left_out = 0
        self._is_failing = self._is_torn = self._has_reader_left = False
        self._waiting: SimpleQueue[tuple[str, int] | None] = SimpleQueue()
        self._thread = begin_thread(self._work, "messages")

    def put(self, text: str, lines: int = 1, *, spare: int = 0) -> None:
        """Lets a text be written.

        Args:
            text: whole lines.
            lines: how many they are; counted where they are dropped.
            spare: how many characters more may wait for this text's sake.
        """
        with self._lock:
            has_room = self._size + len(text) <= self._most + spare
            if has_room:
                self._size += len(text)
        if has_room:
            self._waiting.put((text, lines))
        else:
            self._drop(lines, "nobody reads what is written to it; lines are left out")

    def close(self) -> None:
        """Waits, not long, until all is written."""
        self._waiting.put(None)
        self._thread.join(PATIENCE)

    def _work(self) -> None:
        while True:
            try:
                waiting = self._waiting.get(timeout=RETRY if self._is_failing else None)
            except Empty:
                waiting = "", 0
            if waiting is None:
                return
            text, lines = waiting
            with self._lock:
                self._size -= len(text)
            try:
                self._write(text)
            except BrokenPipeError:
                # As with `head`, which has read what it wanted.
                self._has_reader_left = True
            except (OSError, ValueError) as error:
                self._is_failing = True
                reason = getattr(error, "strerror", None) or error
                self._drop(lines, f"can't be written: {reason}; lines are left out")

    def _write(self, text: str) -> None:
        if self._has_reader_left:
            return
        with self._lock:
            left_out = self._left_out
        if left_out:
            gap = "\n" if self._is_torn else ""
            text = f"{gap}WARNING {left_out} lines are left out here\n{text}"
        self._write_all(text)
        self._is_failing = self._is_torn = False
        if left_out:
            with self._lock:
                self._left_out -= left_out
            remark = f"can be written again; {left_out} lines were left out"
            self.background.note_success(PART, remark)

    def _write_all(self, text: str) -> None:
        if self._file is None:
            self._stream.write(text)
            self._stream.flush()
            return
        encoding = self._stream.encoding or "utf-8"
        rest = memoryview(text.encode(encoding, "backslashreplace"))
        while rest:
            try:
                # Not by the stream, whose lock would hold up the end of the process, too.
                rest = rest[os.write(self._file, rest) :]
            except BlockingIOError:
                select.select([], [self._file], [])
            else:
                self._is_torn = bool(rest)

    def _drop(self, lines: int, message: str) -> None:
        with self._lock:
            self._left_out += lines
            self.background.lost_lines += lines
        self.background.note_failure(PART, message, lost=lines)


class MessageHandler(logging.Handler):
    """Hands what is logged to a writer.

    Args:
        writer: writes it.
    """

    def __init__(self, writer: MessageWriter) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        """Lets a record be written."""
        text = self.format(record) + "\n"
        self._writer.put(text, text.count("\n"), spare=SPARE)


def give_up(stream: TextIO) -> None:
    """Lets what a stream still holds, and can't write, go nowhere when the process ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _file_of(stream: TextIO) -> int | None:
    """Returns the descriptor to write to; None where only the stream itself can."""
    if sys.platform == "win32" and stream.isatty():
        return None  # a console of Windows takes no bytes
    with suppress(io.UnsupportedOperation, AttributeError):
        stream.flush()
        return stream.fileno()
    return None
