"""One sweep in a process of its own, which ends with this one, and when nobody asks for it."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

from ...server.signals import held_back
from ..process import TOKEN_VARIABLE, own_command

#: Real seconds after which a sweep that nobody asks for is stopped.
FORGOTTEN = 300.0
#: Real seconds it has to end the commands that it runs.
PATIENCE_TO_STOP = 10.0
#: The exit codes of a sweep that has a verdict.
DONE = (0, 1)


class SweepJob:
    """A sweep that has been started.

    Args:
        options: of `mobilepay-sim sweep`.
        command: what is swept.
        token: the control token of the simulator, or None.

    Raises:
        OSError: it can't be started.
    """

    def __init__(self, options: Sequence[str], command: Sequence[str], token: str | None) -> None:
        self._folder = TemporaryDirectory(ignore_cleanup_errors=True)
        self._report = Path(self._folder.name) / "report.json"
        self._log = Path(self._folder.name) / "log.txt"
        words = ["sweep", *options, "--json", str(self._report)]
        # Not as an option: every user of a machine can read command lines.
        secret = {TOKEN_VARIABLE: token} if token else {}
        with self._log.open("wb") as log, held_back():
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                own_command(*words, "--", *command),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, **secret},
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        self._timer = self._new_timer()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def ask(self) -> None:
        """Notes that somebody still wants it."""
        self._timer.cancel()
        if not self.is_over:
            self._timer = self._new_timer()

    def last_words(self, count: int = 1) -> str:
        """Returns the last lines that it has written."""
        lines = self._log.read_text("utf-8", errors="replace").strip().splitlines()
        return "\n".join(lines[-count:])

    def report(self) -> dict[str, Any] | None:
        """Returns what came of it; None where it has no verdict."""
        if self._process.poll() not in DONE or not self._report.is_file():
            return None
        return dict(json.loads(self._report.read_text("utf-8")))

    def stop(self) -> None:
        """Ends it, and the commands that it runs."""
        self._timer.cancel()
        # It ends by itself, and cleans up, once nobody holds its standard input.
        assert self._process.stdin is not None  # noqa: S101 - for mypy
        self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Ends it, and removes what it has written."""
        self.stop()
        self._folder.cleanup()

    def _new_timer(self) -> Timer:
        timer = Timer(FORGOTTEN, self.stop)
        timer.daemon = True
        timer.start()
        return timer
