"""The request log: a line for each request, written when the server has a moment."""

import json
import time
from datetime import datetime

from ..journal.masking import masked_url
from .messages import MessageWriter

#: How long a line waits for others to be written with, in seconds.
FLUSH_INTERVAL = 0.05


class RequestLog:
    """Keeps lines, and writes them a few times a second.

    Args:
        form: `text` or `json`.
        writer: writes the lines.
    """

    def __init__(self, form: str, writer: MessageWriter) -> None:
        self._writer = writer
        self._lines: list[str] = []
        self._show = self._as_json if form == "json" else self._as_text

    def note(self, method: str, path: str, status: int, duration: float) -> None:
        """Keeps a line for the next flush.

        Args:
            method: the HTTP method.
            path: the path as it came; a secret in it is masked.
            status: what was answered; 0 where the answer was cut.
            duration: in real seconds.
        """
        self._lines.append(self._show(method, masked_url(path), status, duration))

    async def flush(self) -> None:
        """Lets the lines that are kept be written."""
        if self._lines:
            lines, self._lines = self._lines, []
            self._writer.put("".join(lines), len(lines))

    def _as_text(self, method: str, path: str, status: int, duration: float) -> str:
        now = datetime.fromtimestamp(time.time()).strftime("%H:%M:%S.%f")[:-3]
        return f"{now}  {status}  {method:6} {path}  {duration * 1000:.1f} ms\n"

    def _as_json(self, method: str, path: str, status: int, duration: float) -> str:
        line = {
            "time": time.time(),
            "method": method,
            "path": path,
            "status": status,
            "ms": round(duration * 1000, 2),
        }
        return json.dumps(line) + "\n"
