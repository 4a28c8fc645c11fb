"""The request log: a line for each request, written when the server has a moment."""

import asyncio
import contextlib
import json
import time
from datetime import datetime
from typing import TextIO

from simulator.wire import Served

__all__ = ["RequestLog"]

FLUSH_INTERVAL = 0.05


class RequestLog:
    """Keeps lines, and writes them a few times a second.

    Args:
        form: `text` or `json`.
        stream: where to.
    """

    def __init__(self, form: str, stream: TextIO) -> None:
        self._stream = stream
        self._lines: list[str] = []
        self._show = self._as_json if form == "json" else self._as_text

    def note(self, served: Served) -> None:
        """Keeps a line for the next flush."""
        self._lines.append(self._show(served))

    async def keep_flushing(self) -> None:
        """Writes the lines again and again."""
        while True:
            await asyncio.sleep(FLUSH_INTERVAL)
            self.flush()

    def flush(self) -> None:
        """Writes the lines that are kept."""
        if self._lines:
            lines, self._lines = self._lines, []
            with contextlib.suppress(BrokenPipeError):
                self._stream.write("".join(lines))
                self._stream.flush()

    def _as_text(self, served: Served) -> str:
        now = datetime.fromtimestamp(time.time()).strftime("%H:%M:%S.%f")[:-3]
        milliseconds = served.duration * 1000
        return f"{now}  {served.status}  {served.method:6} {served.path}  {milliseconds:.1f} ms\n"

    def _as_json(self, served: Served) -> str:
        line = {
            "time": time.time(),
            "method": served.method,
            "path": served.path,
            "status": served.status,
            "ms": round(served.duration * 1000, 2),
        }
        return json.dumps(line) + "\n"
