"""Regular expressions whose time is bounded: no part of a text is looked at twice.

All the ways in which a text could fit are followed at once instead of one after the other. So the
time grows with the length of the text and of the expression, whatever the two are, and the result
never depends on the machine's speed. What can't be matched in this way is refused: backreferences,
lookaheads, lookbehinds and word boundaries.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

#: How many states an expression may have; `[0-9]{1,200}` has about 400.
MOST_STATES = 500
#: A longer text fits no expression; only a header's value can be longer.
LONGEST_TEXT = 500
#: How many steps an expression remembers, each from a set of states by a character.
_STEPS_REMEMBERED = 4096

_CHARACTER = re.compile(
    r"\[\^?\]?(?:[^\]\\]|\\.)*\]"  # a set
    r"|\\(?:[dDwWsSafnrtv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^0-9A-Za-z])"
    r"|[^\\()|*+?^$]",
    re.DOTALL,
)
_FLAGS = re.compile(r"\(\?([is]+)\)")
_GROUP = re.compile(r"\((?:\?:|\?P<\w+>|(?!\?))")
_END = re.compile(r"\^|\$|\\[AZ]")
_REPEAT = re.compile(r"[*+?]|\{(?:[0-9]+(?:,[0-9]*)?|,[0-9]*)\}")
_COUNTS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@dataclass(slots=True)
class _State:
    """A place in an expression.

    Args:
        accepts: tests the next character; None where no character is taken.
        only_at: `^` or `$` where it can be passed only at the start or the end of the text.
        following: the states that come next.
    """

    accepts: Callable[[str], object] | None
    only_at: str
    following: tuple[int, ...]


class _States:
    """The states of an expression; each is made after the states that follow it."""

    def __init__(self) -> None:
        self.all = [_State(None, "", ())]

    def add(
        self,
        *following: int,
        accepts: Callable[[str], object] | None = None,
        only_at: str = "",
    ) -> int:
        if len(self.all) >= MOST_STATES:
            raise ValueError("it is too large: a part that is repeated counts as often")
        self.all.append(_State(accepts, only_at, following))
        return len(self.all) - 1


#: Adds a part of an expression in front of a state, and returns the state it begins with.
_Part = Callable[[_States, int], int]


class Expression:
    """A regular expression for whole texts.

    Args:
        text: the expression, in Python's syntax; it may begin with `(?i)`, `(?s)` or `(?is)`.

    Raises:
        ValueError: it is wrong, too large, or uses what is not supported; the message says which.
    """

    def __init__(self, text: str) -> None:
        try:
            re.compile(text)  # says best what is wrong with an expression
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(str(error)) from error
        part = _ExpressionReader(text).whole()
        states = _States()
        self._first = part(states, 0)
        self._states = states.all
        self._steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def fits(self, text: str) -> bool:
        """Whether the whole text fits; one of more than `LONGEST_TEXT` characters never does."""
        if len(text) > LONGEST_TEXT:
            return False
        reached = self._reach([self._first], "^" if text else "^$")
        for character in text[:-1]:
            key = reached, character
            following = self._steps.get(key)
            if following is None:
                following = self._reach(self._after(*key), "")
                if len(self._steps) < _STEPS_REMEMBERED:
                    self._steps[key] = following
            reached = following
        if text:
            reached = self._reach(self._after(reached, text[-1]), "$")
        return 0 in reached

    def _after(self, reached: Iterable[int], character: str) -> list[int]:
        """Returns the states behind a character."""
        states = [self._states[each] for each in reached]
        taking = [each for each in states if each.accepts and each.accepts(character)]
        return list({one for each in taking for one in each.following})

    def _reach(self, waiting: list[int], here: str) -> frozenset[int]:
        """Returns the states that are reached without taking a character.

        Args:
            waiting: the states to begin with.
            here: the ends of the text that are at this place: `^`, `$`, both or none.
        """
        reached = set(waiting)
        while waiting:
            state = self._states[waiting.pop()]
            if state.accepts is None and state.only_at in here:
                new = [each for each in state.following if each not in reached]
                reached.update(new)
                waiting.extend(new)
        return frozenset(reached)


class _ExpressionReader:
    """Reads an expression that is right for Python.

    Args:
        text: the expression.
    """

    def __init__(self, text: str) -> None:
        found = _FLAGS.match(text)
        self._text, self._at = text, found.end() if found else 0
        self._flags = re.RegexFlag(0)
        for letter in found[1] if found else "":
            self._flags |= re.IGNORECASE if letter == "i" else re.DOTALL

    def whole(self) -> _Part:
        return self._alternatives()

    def _alternatives(self) -> _Part:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        if len(parts) == 1:
            return parts[0]
        return lambda states, goal: states.add(*(part(states, goal) for part in parts))

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._one()))

        def chain(states: _States, goal: int) -> int:
            for part in reversed(parts):
                goal = part(states, goal)
            return goal

        return chain

    def _one(self) -> _Part:
        if (end := self._match(_END)) is not None:
            only_at = {r"\A": "^", r"\Z": "$"}.get(end, end)
            return lambda states, goal: states.add(goal, only_at=only_at)
        if self._match(_GROUP) is not None:
            inner = self._alternatives()
            self._take(")")
            return inner
        character = self._match(_CHARACTER)
        if character is None:
            rest = self._text[self._at : self._at + 4]
            raise ValueError(
                f"{rest!r} at position {self._at} is not supported: no backreferences, "
                "lookarounds, word boundaries or other (?...) than (?:...) and (?P<name>...)"
            )
        # Braces that are no repeat stand for themselves, but Python would read `x{2}` as one.
        accepts = re.compile(character, self._flags).fullmatch
        return lambda states, goal: states.add(goal, accepts=accepts)

    def _repeated(self, part: _Part) -> _Part:
        text = self._match(_REPEAT)
        if text is None:
            return part
        least, most = _counts(text)
        if self._text[self._at : self._at + 1] == "+":
            raise ValueError(f"the possessive repeat at position {self._at} is not supported")
        self._take("?")  # a whole text fits lazily where it fits greedily
        return lambda states, goal: _repeat(states, goal, part, least, most)

    def _match(self, expected: "re.Pattern[str]") -> str | None:
        found = expected.match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found[0]

    def _take(self, character: str) -> bool:
        is_there = self._text.startswith(character, self._at)
        self._at += is_there
        return is_there


def _counts(text: str) -> tuple[int, int | None]:
    if text in _COUNTS:
        return _COUNTS[text]
    least, comma, most = text[1:-1].partition(",")
    return int(least or 0), int(most) if most else None if comma else int(least)


def _repeat(states: _States, goal: int, part: _Part, least: int, most: int | None) -> int:
    if most is None:
        again = states.add()
        states.all[again].following = (part(states, again), goal)
        begin = again
    else:
        begin = goal
        for _ in range(most - least):
            begin = states.add(part(states, begin), goal)
    for _ in range(least):
        # A state for each, so that nothing can be repeated without end, however empty it is.
        begin = states.add(part(states, begin))
    return begin
