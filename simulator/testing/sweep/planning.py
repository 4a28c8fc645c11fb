"""THE PLAN of a sweep: where a fault can strike, what it can be, and which runs are made."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from ...engine.ids import seeded
from ...scripting.value_kinds import CALLS
from .inside import short

#: Of the calls there are, so many are named.
NAMED = 40
#: Seconds that an answer is late where the documented patience of clients does not say it.
LATE = 3.0


class NothingFits(ValueError):
    """What was asked for names no run; the message says what there is."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Something that can go wrong with a call. There is one of each.

    Args:
        name: what it is called.
        words: what happens, for people.
        fault: what the language of scenarios calls it.
        stalled: the same where it is said how long an answer stalls; None where none does.
    """

    name: str
    words: str
    fault: Mapping[str, Any]
    stalled: Mapping[str, Any] | None = None

    def as_fault(self, stall: float | None) -> Mapping[str, Any]:
        """Returns the fault, without the calls it strikes.

        Args:
            stall: seconds that answers stall; None for a little more than clients should wait.
        """
        if self.stalled is None or (stall is None and self.fault):
            return self.fault
        return {**self.stalled, "delay": f"{(LATE if stall is None else stall) * 1000:.0f}ms"}


# fmt: off
_KINDS = (
    Kind("lost-response", "the work is done, but the connection breaks without an answer",
         {"cut": "after_commit"}),
    Kind("time-out", "the work is done, but the answer comes after the client has given up",
         {"cut": "past_client_timeout", "delay": f"{LATE:.0f}s"}, {"work": "done"}),
    Kind("500", "the work is not done, and the answer is 500",
         {"answer": {"status": 500}}),
    Kind("reset", "the work is not done, and the connection is reset",
         {"cut": "before_commit", "by": "reset"}),
    Kind("half-answer", "the work is done, but the answer breaks off half-way",
         {"cut": "mid_body"}),
    Kind("500-done", "the work is done, but the answer is 500",
         {"answer": {"status": 500}, "work": "done"}),
    Kind("503", "the work is not done, and the answer is 503",
         {"answer": {"status": 503}}),
    Kind("html", "the work is not done, and a proxy answers 502 with a page of HTML",
         {"answer": {"status": 502, "body": "html"}}),
    Kind("late-work", "the call is kept, and its work is done after the client has given up",
         {}, {"work": "after"}),
)
# fmt: on

#: What can go wrong, by name.
KINDS: Mapping[str, Kind] = {each.name: each for each in _KINDS}
#: What does, where nothing else is asked for.
USUAL = ("lost-response", "time-out", "500", "reset")

#: A fault that strikes nothing, not even what a scenario's faults strike, but counts all it could.
COUNTER = json.dumps({"faults": [{"call": list(CALLS), "nth": 1_000_000, "delay": "0ms"}]})


@dataclass(frozen=True, slots=True)
class SweptCall:
    """A call of the clean run that a fault could have struck; `test` as of a place."""

    operation: str
    method: str
    path: str
    test: str = ""


@dataclass(frozen=True, slots=True)
class FaultTarget:
    """A call to strike: the `nth` of its operation.

    Where a test suite is swept, it is the `nth` in one sandbox, and `test` is the label of that.
    """

    operation: str
    nth: int
    method: str = ""
    path: str = ""
    test: str = ""

    def __str__(self) -> str:
        return f"{self.test}/{self.call}" if self.test else self.call

    @property
    def call(self) -> str:
        """It without its test."""
        return f"{self.operation}#{self.nth}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One run: something goes wrong at a place."""

    place: FaultTarget
    kind: Kind

    def __str__(self) -> str:
        return f"{self.place}:{self.kind.name}"

    @property
    def slug(self) -> str:
        """Its name where only letters, digits and dashes are allowed, and not many of them."""
        test = self.place.test
        words = f"{re.sub('[^A-Za-z0-9]+', '-', test)[-16:].strip('-')}-{short(test)}-".lstrip("-")
        return f"{words if test else ''}{self.place.operation}-{self.place.nth}-{self.kind.name}"

    @property
    def names(self) -> tuple[str, ...]:
        """What a pattern may fit: all of it, or less than that."""
        place, kind = self.place, self.kind.name
        whole = (str(self), str(place), f"{place.call}:{kind}", place.call)
        return (*whole, place.test) if place.test else whole


def faults_for(cell: Cell, stall: float | None = None) -> str:
    """Returns the faults of the sandbox of a run, as YAML.

    Args:
        cell: the run.
        stall: seconds that answers stall; None for a little more than clients should wait.
    """
    where = {"call": cell.place.operation, "nth": cell.place.nth}
    return json.dumps({"faults": [{**where, **cell.kind.as_fault(stall)}]})


def places_of(calls: Iterable[SweptCall], *, every_call: bool = False) -> tuple[FaultTarget, ...]:
    """Returns the places where a fault can strike, in the order of the clean run.

    Args:
        calls: the calls of the clean run.
        every_call: whether each repeated poll is a place; else only the first and the last is.
    """
    counts: Counter[tuple[str, str]] = Counter()
    places = []
    polls: defaultdict[tuple[str, str, str], list[FaultTarget]] = defaultdict(list)
    for call in calls:
        counts[call.test, call.operation] += 1
        nth = counts[call.test, call.operation]
        place = FaultTarget(call.operation, nth, call.method, call.path, call.test)
        places.append(place)
        if call.method == "GET":
            polls[call.test, call.operation, call.path].append(place)
    if every_call:
        return tuple(places)
    between = {place for same in polls.values() for place in same[1:-1]}
    return tuple(each for each in places if each not in between)


def cells_of(places: Iterable[FaultTarget], kinds: Sequence[Kind]) -> tuple[Cell, ...]:
    """Returns each place with each kind of fault."""
    return tuple(Cell(place, kind) for place in places for kind in kinds)


def chosen(
    cells: Sequence[Cell], patterns: Iterable[str], all_cells: Sequence[Cell]
) -> tuple[Cell, ...]:
    """Returns the cells that fit one of the patterns; all where there is no pattern.

    Args:
        cells: the usual ones.
        patterns: such as `CapturePayment#1:reset`, `CapturePayment#1` for any fault, or with the
            test in front of it; `*` is any text.
        all_cells: those between repeated polls as well, for patterns that fit no usual one.

    Raises:
        NothingFits: a pattern fits none.
    """
    found: dict[Cell, None] = {}
    patterns = list(patterns)
    for pattern in patterns:
        fitting = _fitting(cells, pattern) or _fitting(all_cells, pattern)
        if not fitting:
            names = list(dict.fromkeys(str(each.place) for each in all_cells))
            close = get_close_matches(pattern, [*names, *map(str, all_cells)], 1, 0.5)
            hint = f"; did you mean {close[0]!r}?" if close else "."
            kinds = dict.fromkeys(each.kind.name for each in all_cells)
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            raise NothingFits(
                f"{pattern!r} fits no call and fault of the clean run{hint} "
                f"Calls: {', '.join(names[:NAMED])}{more}. Faults: {', '.join(kinds)}."
            )
        found.update(dict.fromkeys(fitting))
    if not patterns:
        return tuple(cells)
    return tuple(each for each in all_cells if each in found)


def _fitting(cells: Iterable[Cell], pattern: str) -> list[Cell]:
    # Square brackets mean themselves: nothing here has a choice of characters.
    pattern = pattern.replace("[", "[[]")
    return [each for each in cells if any(fnmatchcase(name, pattern) for name in each.names)]


def sample(cells: Sequence[Cell], most: int, seed: int) -> tuple[Cell, ...]:
    """Returns the cells to run, in their order.

    Each operation meets each fault before one of them does so twice; which is left to the seed.

    Args:
        cells: all there are.
        most: how many to run.
        seed: what the choice follows from.
    """
    if len(cells) <= most:
        return tuple(cells)
    random = seeded("sweep", seed)
    shuffled = list(cells)
    random.shuffle(shuffled)
    turns: Counter[tuple[str, str]] = Counter()
    turn_of: dict[Cell, int] = {}
    for cell in shuffled:
        pair = cell.place.operation, cell.kind.name
        turn_of[cell] = turns[pair]
        turns[pair] += 1
    kept = set(sorted(shuffled, key=lambda cell: turn_of[cell])[:most])
    return tuple(each for each in cells if each in kept)
