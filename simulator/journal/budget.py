"""How much memory the journals of all sandboxes take together, and what goes if it is too much."""

from heapq import heapify, heappop, heappush
from typing import Protocol
from weakref import WeakSet


class MeasuredJournal(Protocol):
    """A journal whose memory is counted."""

    size: int

    @property
    def begins_at(self) -> float:
        """When its oldest exchange came, in real seconds since 1970."""

    def drop_oldest(self) -> int:
        """Drops the oldest exchange, and returns how many bytes that frees."""

    def __len__(self) -> int:
        """How many exchanges it has."""

    def __hash__(self) -> int:
        """By identity."""


class JournalBudget:
    """The memory that the journals of all sandboxes may take together.

    Args:
        limit: about how many bytes; what goes beyond is dropped, the oldest of all journals first.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._journals: WeakSet[MeasuredJournal] = WeakSet()
        self.size = 0

    def join(self, journal: MeasuredJournal) -> None:
        """Counts a journal from now on."""
        self._journals.add(journal)

    def leave(self, journal: MeasuredJournal) -> None:
        """Counts a journal no longer."""
        if journal in self._journals:
            self._journals.discard(journal)
            self.size -= journal.size

    def note(self, change: int, journal: MeasuredJournal) -> None:
        """Notes that a journal takes more bytes, or fewer."""
        if journal in self._journals:
            self.size += change
            if self.size > self.limit:
                self._make_room()

    def _make_room(self) -> None:
        # More than is needed, so that not each call has to look for the oldest.
        wanted = self.limit - self.limit // 100
        oldest = [(each.begins_at, id(each), each) for each in self._journals if len(each)]
        heapify(oldest)
        while self.size > wanted and oldest:
            journal = heappop(oldest)[2]
            self.size -= journal.drop_oldest()
            if len(journal):
                heappush(oldest, (journal.begins_at, id(journal), journal))
