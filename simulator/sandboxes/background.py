"""The background work of a server: what of it is broken, told once, and told when it works again.

The clocks, the notifications, the data dir, the watch over scenario files and what is written to
standard error all go on by themselves, with nobody who could be answered with an error. Each is a
part with a name here, and is tried again after an error.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Thread

_log = logging.getLogger("simulator")

#: A part that breaks and works in turn is told of once in this time, in seconds.
QUIET = 60.0


class NoFreeThread(RuntimeError):
    """The process, or its machine, has as many threads as it may have."""


def begin_thread(work: Callable[[], object], name: str) -> Thread:
    """Returns a new thread, which has begun; the end of the process does not wait for it.

    Args:
        work: what it does.
        name: its name.

    Raises:
        NoFreeThread: there can be no more of them.
    """
    thread = Thread(target=work, name=name, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        message = "no thread can be started: this user, or the machine, has as many as may be"
        raise NoFreeThread(message) from error
    return thread


@dataclass(frozen=True, slots=True)
class BrokenPart:
    """A part of the background work that doesn't work at the moment.

    Args:
        part: its name, such as `data dir`.
        message: what is wrong, in a line or more.
        since: since when, in seconds since 1970.
        lost: how many pieces of its work were dropped since then, such as lines of the log.
    """

    part: str
    message: str
    since: float
    lost: int = 0


class BackgroundWork:
    """Knows which parts of a server's background work are broken. Any thread may use it.

    Args:
        wall_time: returns the seconds since 1970.
    """

    def __init__(self, wall_time: Callable[[], float]) -> None:
        self._wall_time = wall_time
        self._lock = Lock()
        self._broken: dict[str, BrokenPart] = {}
        self._told: dict[str, float] = {}
        #: How many lines for standard error were dropped since the start.
        self.lost_lines = 0

    @property
    def broken(self) -> tuple[BrokenPart, ...]:
        """What is broken at the moment, the oldest first."""
        with self._lock:
            return tuple(self._broken.values())

    def note_failure(
        self, part: str, message: str, *, lost: int = 0, trace: BaseException | None = None
    ) -> None:
        """Notes that a part has failed, and tells of it where it did not fail before.

        Args:
            part: the part's name.
            message: what is wrong.
            lost: how much of its work was dropped for it.
            trace: the exception whose trace is told, where it is a mistake of the simulator.
        """
        now = self._wall_time()
        with self._lock:
            known = self._broken.get(part)
            since, before = (known.since, known.lost) if known else (now, 0)
            self._broken[part] = BrokenPart(part, message, since, before + lost)
        if known is None:
            self.tell_once(part, message, trace)

    def tell_once(self, part: str, message: str, trace: BaseException | None = None) -> None:
        """Tells of something, unless it was told a moment ago.

        Args:
            part: what it is about.
            message: what is wrong.
            trace: the exception whose trace is told, where it is a mistake of the simulator.
        """
        now = self._wall_time()
        with self._lock:
            is_new = abs(now - self._told.get(part, -QUIET)) >= QUIET
            if is_new:
                self._told[part] = now
        if is_new:
            _log.error("%s: %s", part, message, exc_info=trace)

    def note_success(self, part: str, remark: str = "works again") -> None:
        """Notes that a part has worked, and tells of it where it had failed before."""
        if part not in self._broken:
            return
        with self._lock:
            was = self._broken.pop(part, None)
            is_told = was is not None and self._told.get(part, -QUIET) >= was.since
        if is_told:
            _log.warning("%s: %s", part, remark)

    def note_error(self, part: str, error: Exception) -> str:
        """Notes that an exception has ended a part's work; returns what it says.

        Args:
            part: the part's name.
            error: its trace is told, unless it is one of the system's, such as a full disk.
        """
        is_outside = isinstance(error, OSError | NoFreeThread)
        message = str(error) if is_outside else f"{type(error).__name__}: {error}"
        self.note_failure(part, message, trace=None if is_outside else error)
        return message

    @contextmanager
    def attempt(self, part: str) -> Iterator[None]:
        """Notes whether what is done inside succeeds; an exception ends here."""
        try:
            yield
        except Exception as error:  # whatever it is, the work is to go on
            self.note_error(part, error)
        else:
            self.note_success(part)

    async def repeat(
        self, part: str, work: Callable[[], Awaitable[None]], pause: Callable[[], Awaitable[None]]
    ) -> None:
        """Does work again and again, whatever becomes of it, until it is cancelled.

        Args:
            part: the name of the work.
            work: does it once.
            pause: waits before each time.
        """
        while True:
            await pause()
            with self.attempt(part):
                await work()
