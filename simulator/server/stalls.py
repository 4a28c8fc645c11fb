"""The calls that are being delayed: how many there may be, and what ends their waits early."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

from .protocol import Protocol


class Stalls:
    """The calls of a server that are being delayed.

    Args:
        most: how many may be, not counting those whose client sends no more; of these as many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: set[Stall] = set()
        self._unheard = 0
        self.is_stopping = False

    @property
    def is_full(self) -> bool:
        """Whether another call would be one too many."""
        return len(self._waiting) - self._unheard >= self._most

    def begin(self, protocol: Protocol) -> "Stall":
        """Returns the wait of a call, to be used in `with`."""
        stall = Stall(self, protocol)
        self._waiting.add(stall)
        return stall

    def wake(self) -> None:
        """Lets all calls look whether what they wait for can still happen."""
        for each in self._waiting:
            each.look.set()

    def stop(self) -> None:
        """Ends all waits at once."""
        self.is_stopping = True
        self.wake()

    def note_unheard(self) -> bool:
        """Gives the place of a call back; returns whether too many have given theirs back."""
        self._unheard += 1
        return self._unheard > self._most

    def end(self, stall: "Stall") -> None:
        """Forgets a call that is not delayed any more."""
        self._waiting.discard(stall)
        self._unheard -= stall.is_unheard


class Stall:
    """The wait of one call.

    A client that hangs up and one that only sends no more look the same until something is sent to
    them. So neither keeps a place that others need, and the call of either goes on.

    Args:
        stalls: all of them.
        protocol: the connection of the call.
    """

    def __init__(self, stalls: Stalls, protocol: Protocol) -> None:
        self._stalls, self._protocol = stalls, protocol
        #: Set whenever there may be a reason to wait no longer.
        self.look = asyncio.Event()
        #: Whether its client sends no more.
        self.is_unheard = False
        self._is_over = False

    def __enter__(self) -> Self:
        self._protocol.on_silence = self._note_silence
        if self._protocol.is_half_closed or self._protocol.has_left:
            self._note_silence()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._protocol.on_silence = None
        self._stalls.end(self)

    @property
    def is_over(self) -> bool:
        """Whether nothing is waited for any more."""
        return self._is_over or self._stalls.is_stopping

    @property
    def has_left(self) -> bool:
        """Whether the client is known to be gone."""
        return self._protocol.has_left

    async def pause(self, seconds: float) -> None:
        """Waits, or until there may be a reason to wait no longer."""
        self.look.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.look.wait(), seconds)

    def _note_silence(self) -> None:
        if not self.is_unheard:
            self.is_unheard = True
            self._is_over = self._stalls.note_unheard()
        self.look.set()
