"""Files that somebody has sent to the page: the newest few are kept in memory, each with a URL."""

from collections import OrderedDict
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock
from typing import NamedTuple

#: So many files are kept, and of them no more than so many bytes; the newest is kept in any case.
MOST_FILES = 8
MOST_BYTES = 32 * 1024 * 1024


class SentFile(NamedTuple):
    """A file that was sent.

    Args:
        name: what its sender calls it.
        content: what it holds; `--max-body` bounds it.
        digest: what tells the content from others, for its URL.
        at: the real time when it was sent, as ISO 8601.
        words: what it says, in a line.
    """

    name: str
    content: bytes
    digest: str
    at: str
    words: str


def sent_file(name: str, content: bytes, at: float = 0.0, words: str = "") -> SentFile:
    """Returns a file with its digest.

    Args:
        name: what its sender calls it.
        content: what it holds.
        at: when it was sent, in real seconds since 1970.
        words: what it says, in a line.
    """
    moment = datetime.fromtimestamp(at, UTC).isoformat()
    return SentFile(name, content, sha256(content).hexdigest()[:20], moment, words)


class KeptFiles:
    """The newest files that were sent, whose number and bytes are bounded."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, SentFile] = OrderedDict()
        self._lock = Lock()

    def keep(self, file: SentFile) -> None:
        """Keeps a file; the oldest go where there are too many."""
        with self._lock:
            self._files.pop(file.digest, None)
            self._files[file.digest] = file
            while len(self._files) > 1 and self._is_full():
                self._files.popitem(last=False)

    def newest_first(self) -> list[SentFile]:
        """Returns all files that are kept."""
        with self._lock:
            return list(reversed(self._files.values()))

    def find(self, digest: str) -> SentFile | None:
        """Returns the file with a digest; None where it is not kept, or not any more."""
        return self._files.get(digest)

    def _is_full(self) -> bool:
        size = sum(len(each.content) for each in self._files.values())
        return len(self._files) > MOST_FILES or size > MOST_BYTES
