"""Whether a history of calls that overlapped is that of one service that does one call at a time.

The search of Wing and Gong, with the memory of Lowe: of the calls that could come next in real time
one is tried, and what was tried from the same state with the same calls done is not tried again.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

__all__ = ["Explains", "NotLinearizable", "Operation", "check", "explanation"]

S = TypeVar("S", bound=Hashable)


@dataclass(frozen=True)
class Operation:
    """A call of a client, from when it was sent until its answer had come.

    Args:
        client: who made it.
        invoked: when it was sent, on a clock all clients share.
        returned: when the answer came, or when it was clear that none would.
        outcome: the answer; None where it was lost, so that the call may have been done or not.
        made: the id of what it made, where any answer has told it.
        is_idle: whether a call answered like this changes nothing, in whatever state.
    """

    client: int
    invoked: float
    returned: float
    call: Any
    outcome: Any
    made: str | None = None
    is_idle: bool = False


#: The states that a call may lead to from a state, if it was answered as it was.
Explains = Callable[[S, Operation], Iterable[S]]


class NotLinearizable(AssertionError):
    """No order of the calls explains the answers."""


def check(history: Sequence[Operation], initial: S, explains: Explains[S]) -> None:
    """Checks that the calls could have been done one after the other, in real time.

    Raises:
        NotLinearizable: they could not; tells the shortest beginning of the history that already
            can't be explained, and how far the best attempt came.
    """
    if explanation(history, initial, explains) is not None:
        return
    ends = sorted(each.returned for each in history if each.outcome is not None)
    first, last = 0, len(ends) - 1
    while first < last:
        middle = (first + last) // 2
        if explanation(_until(history, ends[middle]), initial, explains) is None:
            last = middle
        else:
            first = middle + 1
    raise NotLinearizable(_story(_until(history, ends[first]), initial, explains))


def explanation(
    history: Sequence[Operation], initial: S, explains: Explains[S]
) -> list[Operation] | None:
    """Returns an order of the calls that explains all answers, or None."""
    search = _Search(history, initial, explains)
    return search.order if search.run() else None


class _Search(Generic[S]):
    """A search in depth over orders; `best` is the longest that explained its calls' answers."""

    def __init__(self, history: Sequence[Operation], initial: S, explains: Explains[S]) -> None:
        self._history = sorted(history, key=lambda each: each.invoked)
        self._explains = explains
        self._initial = initial
        self._needed = sum(
            1 << number for number, each in enumerate(self._history) if each.outcome is not None
        )
        self.order: list[Operation] = []
        self.best: tuple[list[Operation], S] = ([], initial)

    def run(self) -> bool:
        tried = {(0, self._initial)}
        path = [(0, self._initial, self._next(0, self._initial))]
        while path:
            done, _, nexts = path[-1]
            if done & self._needed == self._needed:
                return True
            for number, after in nexts:
                now_done = done | 1 << number
                if (now_done, after) not in tried:
                    tried.add((now_done, after))
                    self.order.append(self._history[number])
                    if len(self.order) > len(self.best[0]):
                        self.best = [*self.order], after
                    path.append((now_done, after, self._next(now_done, after)))
                    break
            else:
                path.pop()
                if self.order:
                    self.order.pop()
        return False

    def _next(self, done: int, state: S) -> Iterator[tuple[int, S]]:
        """The calls that may come next, with what they lead to.

        None that must have come before them is left; none that came after them is done already.
        """
        latest = self._history[done.bit_length() - 1].invoked if done else -math.inf
        possible, first_end, first_lost = [], math.inf, math.inf
        for number, each in enumerate(self._history):
            if each.invoked > first_end:
                break
            if not done >> number & 1 and each.returned >= latest:
                possible.append((number, each))
                if each.outcome is not None:
                    first_end = min(first_end, each.returned)
                else:
                    first_lost = min(first_lost, each.returned)
        nexts = [
            (number, each, after)
            for number, each in possible
            if each.invoked <= first_end
            for after in self._explains(state, each)
        ]
        # What never changes anything may as well come now, unless a lost call must come before it.
        idle = [next_ for next_ in nexts if next_[1].is_idle and next_[1].invoked <= first_lost]
        return ((number, after) for number, _, after in idle[:1] or nexts)


def _until(history: Sequence[Operation], end: float) -> list[Operation]:
    """The history as it was known at a moment: what was under way may have been done or not."""
    return [
        each
        if each.returned <= end
        else replace(each, returned=math.inf, outcome=None, is_idle=False)
        for each in history
        if each.invoked <= end
    ]


def _story(history: Sequence[Operation], initial: S, explains: Explains[S]) -> str:
    search = _Search(history, initial, explains)
    search.run()
    order, state = search.best
    known = [each for each in history if each.outcome is not None]
    left = [each for each in known if each not in order]
    lines = [f"no order explains the first {len(known)} answers; the last of them:"]
    lines += [_line(each) for each in sorted(known, key=lambda each: each.returned)[-6:]]
    lines += [f"the best attempt explains {len(order)} calls and not:", *map(_line, left[:6])]
    under_way = [each for each in history if each.outcome is None and each not in order]
    if under_way:
        lines += ["under way, or with a lost answer:", *map(_line, under_way[:6])]
    return "\n".join([*lines, "from the state", str(state)])


def _line(each: Operation) -> str:
    told = "no answer" if each.outcome is None else each.outcome
    return f"  {each.invoked:.6f}-{each.returned:.6f} client {each.client}: {each.call} -> {told}"
