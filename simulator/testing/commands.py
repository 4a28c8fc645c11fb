"""Runs commands so that whatever they start ends with them."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from time import perf_counter
from typing import IO, Any

from ..server.signals import held_back

#: Real seconds a command has to end by itself once it is told to.
GRACE = 2.0
#: Of what a command writes, so much is kept for the reports: its last lines.
LINES, BYTES = 30, 16 * 1024
#: So many bytes of the end go into a file, where one is wanted.
MOST_IN_FILE = 1024 * 1024
_PIECE = 64 * 1024

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended.

    Args:
        exit_code: its exit code; negative for a signal; None where it was killed for taking too
            long.
        seconds: real seconds it took.
        output: the last lines of what it wrote.
    """

    exit_code: int | None
    seconds: float = 0.0
    output: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether it says that all went well."""
        return self.exit_code == 0

    @property
    def has_crashed(self) -> bool:
        """Whether it did not come to an end of its own.

        A signal is a negative code, or 128 and more from a shell; on Windows an exception that
        nobody caught is a code far above that.
        """
        return self.exit_code is None or not 0 <= self.exit_code < 128

    def __str__(self) -> str:
        if self.exit_code is None:
            return f"was killed after {self.seconds:.0f} s"
        if self.exit_code < 0:
            return f"was ended by signal {-self.exit_code}"
        return f"ended with {self.exit_code}"


class CannotRun(Exception):
    """There is no such program, or it can't be run; the message says why, in one line."""


class Stopped(Exception):
    """Commands are not to run any more."""


def program_of(command: Sequence[str]) -> str:
    """Returns where the program of a command is.

    Raises:
        CannotRun: there is none of its name.
    """
    found = shutil.which(command[0])
    if found is None:
        raise CannotRun(f"COMMAND: there is no program {command[0]!r} that can be run")
    return found


class Commands:
    """Commands, each in a process group of its own; they may be run by several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_stopped = False

    def run(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        timeout: float,
        log: Path | None = None,
    ) -> Ended:
        """Runs a command to its end; kills it, and all it has started, where that takes too long.

        Args:
            command: the program and its arguments.
            variables: of its environment, beside those of this process.
            timeout: real seconds it may take.
            log: the file for the end of what it writes; None where nobody wants one.

        Raises:
            CannotRun: it can't be started.
            Stopped: it was stopped, or would have been.
            OSError: the file can't be written.
        """
        program = program_of(command)
        began = perf_counter()
        is_late = False
        with ExitStack() as stack:
            with held_back():
                arguments = [program, *command[1:]]
                process = self._start(arguments, {**os.environ, **variables})
                stack.callback(self._let_go, process)
            output = _Output(process)
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                is_late = True
                _end(process)
        written = output.end()
        if log is not None:
            log.write_bytes(written)
        if self._is_stopped:
            raise Stopped
        code = None if is_late else process.wait()
        return Ended(code, perf_counter() - began, _last_lines(written))

    def stop(self) -> None:
        """Kills all commands and what they started; none is started any more."""
        with self._lock:
            self._is_stopped = True
            for process in self._running:
                _kill_group(process)

    def _start(self, arguments: list[str], variables: dict[str, str]) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._is_stopped:
                raise Stopped
            try:
                process = subprocess.Popen(  # noqa: S603 - the user's own command
                    arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env=variables,
                    **_GROUP,
                )
            except OSError as error:
                reason = error.strerror or str(error)
                raise CannotRun(f"COMMAND: {arguments[0]} can't be run: {reason}") from error
            self._running.add(process)
        return process

    def _let_go(self, process: "subprocess.Popen[bytes]") -> None:
        _kill_group(process)
        with self._lock:
            self._running.discard(process)


if sys.platform == "win32":
    _GROUP: Any = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}

    def _end(process: "subprocess.Popen[bytes]") -> None:
        """Ends a process that takes too long."""
        _kill_group(process)

    def _kill_group(process: "subprocess.Popen[bytes]") -> None:
        """Kills a process and all it has started, as far as they are still there."""
        if process.poll() is None:
            kill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(kill, capture_output=True, check=False)  # noqa: S603
            process.wait()

else:
    _GROUP: Any = {"start_new_session": True}

    def _end(process: "subprocess.Popen[bytes]") -> None:
        """Ends a process that takes too long: it may still say where it hung."""
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            _kill_group(process)

    def _kill_group(process: "subprocess.Popen[bytes]") -> None:
        """Kills a process and all it has started, as far as they are still there."""
        _signal_group(process, signal.SIGKILL)
        process.wait()

    def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            # All of it has ended: macOS says the latter of what nobody has waited for yet.
            return


class _Output:
    """The end of what a command writes; a thread reads it, so that the command never waits.

    Args:
        process: the command.
    """

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None  # noqa: S101 - for mypy
        self._lock = Lock()
        self._end = bytearray()
        self._left_out = 0
        # What it has started may keep the pipe open for longer than anybody waits.
        self._thread = Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._thread.start()

    def end(self) -> bytes:
        """Returns it, once nobody writes any more, or after a moment."""
        self._thread.join(GRACE)
        with self._lock:
            self._cut()
            note = f"({self._left_out} bytes are left out here)\n" if self._left_out else ""
            return note.encode() + self._end

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            while piece := os.read(pipe.fileno(), _PIECE):
                with self._lock:
                    self._end += piece
                    if len(self._end) > 2 * MOST_IN_FILE:
                        self._cut()

    def _cut(self) -> None:
        excess = max(len(self._end) - MOST_IN_FILE, 0)
        self._left_out += excess
        del self._end[:excess]


def _last_lines(output: bytes) -> str:
    """Returns the last lines of an output as plain text."""
    text = output[-BYTES:].decode(errors="replace")
    text = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\t", "    ")
    lines = ["".join(c for c in line if c.isprintable()) for line in text.split("\n")]
    return "\n".join(lines[-LINES - 1 :]).strip("\n")
