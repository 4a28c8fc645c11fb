"""Turns: who waits for something that only so many can have at once, and who is next."""

import asyncio
from collections import Counter, deque

#: So many calls may wait: of one sandbox, and of all together.
MOST_OF_ONE = 50
MOST = 200


class Turns:
    """Gives turns to calls: to so many of a sandbox, and to sandboxes one after the other.

    Args:
        at_once: how many calls may have their turn at once.
        of_one: how many of these may be of one sandbox.
    """

    def __init__(self, at_once: int, of_one: int = 1) -> None:
        self._free, self._of_one = at_once, of_one
        self._busy: Counter[str] = Counter()
        #: The calls of each sandbox that wait; the sandbox that comes first is next.
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    def too_many(self, name: str) -> str:
        """Returns why no other call of a sandbox may wait; nothing where it may."""
        if len(self._waiting.get(name, ())) >= MOST_OF_ONE:
            return f"{MOST_OF_ONE} calls of this sandbox wait for long answers already; try later"
        if sum(map(len, self._waiting.values())) >= MOST:
            return f"{MOST} calls wait for long answers already; try later"
        return ""

    def ask(self, name: str) -> "asyncio.Future[None]":
        """Returns the turn of a call: done once it is that call's, cancelled if not wanted."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, deque()).append(turn)
        self._give()
        return turn

    def withdraw(self, name: str, turn: "asyncio.Future[None]") -> None:
        """Cancels a turn that is still waited for."""
        if turn.done():
            return
        turn.cancel()
        self._waiting[name].remove(turn)
        if not self._waiting[name]:
            del self._waiting[name]

    def give_back(self, name: str, turn: "asyncio.Future[None]") -> None:
        """Ends a turn, or the wait for it; the next call has its turn."""
        self.withdraw(name, turn)
        if not turn.cancelled():
            self._busy[name] -= 1
            if not self._busy[name]:
                del self._busy[name]
            self._free += 1
            self._give()

    def _give(self) -> None:
        while self._free:
            may = (each for each in self._waiting if self._busy[each] < self._of_one)
            name = next(may, None)
            if name is None:
                return
            calls = self._waiting.pop(name)
            self._busy[name] += 1
            self._free -= 1
            calls.popleft().set_result(None)
            if calls:
                # Behind the other sandboxes that wait.
                self._waiting[name] = calls
