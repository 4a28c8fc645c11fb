"""What a rule is: a function over the evidence, under an id that it can be switched off by.

Adding a rule is one function with `@rule` in the module of its subject.
"""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from simulator.engine.events import Event
from simulator.engine.records import Payment
from simulator.engine.rules import Rules
from simulator.engine.values import show_duration
from simulator.engine.world import World
from simulator.journal.audit.calls import Call, Takes, read_calls
from simulator.journal.exchanges import Journal

__all__ = [
    "Broken",
    "Evidence",
    "Rule",
    "Severity",
    "Timeline",
    "count_of",
    "evidence_of",
    "ids",
    "rule",
    "shown",
]


class Severity(StrEnum):
    """How bad it is to break a rule: worst first."""

    #: Money can be lost or taken twice, or the call can't work.
    ERROR = "error"
    #: The documentation asks for something else, and it works all the same.
    WARNING = "warning"
    #: Worth knowing.
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One thing that a client did wrong.

    Args:
        message: what it did and what would have been right, for a beginner, with the numbers.
        requests: the ids of the requests that did it, oldest first.
        payment_id: the payment it was about.
        pos_id: the point of sale it was about.
    """

    message: str
    requests: tuple[int, ...] = ()
    payment_id: str | None = None
    pos_id: str | None = None

    @classmethod
    def by(cls, calls: Sequence[Call], message: str, about: Call | None = None) -> "Broken":
        """Returns what calls did that are about one thing.

        Args:
            calls: those that did it.
            message: what they did.
            about: a call that is about the same payment and point of sale; the first by default.
        """
        exchange = (about or calls[0]).exchange
        return cls(
            message=message,
            requests=ids(calls),
            payment_id=exchange.payment_id,
            pos_id=exchange.pos_id,
        )


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events of a sandbox that are kept, and the number of the first of them."""

    events: tuple[Event, ...]
    first: int

    def between(self, before: Call, later: Call) -> tuple[Event, ...] | None:
        """Returns what happened after a call and before another; None where it was dropped."""
        begin = before.exchange.mark - self.first
        end = later.exchange.mark - len(later.exchange.events) - self.first
        return None if begin < 0 else self.events[begin : max(begin, end)]


@dataclass(frozen=True)
class Evidence:
    """What the rules look at.

    Args:
        calls: the calls of clients, oldest first.
        payments: all payments, oldest first.
        timeline: what happened.
        now: the sandbox's time.
        rules: the lengths that the sandbox obeys.
        takes: what each operation takes.
        dropped: how many exchanges the journal does not keep any more.
    """

    calls: tuple[Call, ...]
    payments: tuple[Payment, ...]
    timeline: Timeline
    now: datetime
    rules: Rules
    takes: Mapping[str, Takes]
    dropped: int = 0

    @cached_property
    def by_payment(self) -> Mapping[str, list[Call]]:
        """The calls about each payment."""
        found: defaultdict[str, list[Call]] = defaultdict(list)
        for call in self.calls:
            if call.exchange.payment_id is not None:
                found[call.exchange.payment_id].append(call)
        return found

    @cached_property
    def by_pos(self) -> Mapping[str, list[Call]]:
        """The calls about each point of sale."""
        found: defaultdict[str, list[Call]] = defaultdict(list)
        for call in self.calls:
            if call.exchange.pos_id is not None:
                found[call.exchange.pos_id].append(call)
        return found

    @cached_property
    def newest_on(self) -> Mapping[str, str]:
        """The newest payment on each point of sale, by their ids."""
        return {payment.pos_id: payment.id for payment in self.payments}


def evidence_of(world: World, journal: Journal, takes: Mapping[str, Takes]) -> Evidence:
    """Returns what there is to judge a sandbox's clients by.

    Args:
        world: the sandbox's.
        journal: the sandbox's.
        takes: what each operation takes, of those that are a client's.
    """
    with world:
        exchanges, dropped = tuple(journal), journal.dropped
        payments, events, count = tuple(world.payments), tuple(world.events), world.events.count
        now, rules = world.clock.now, world.rules
    return Evidence(
        calls=tuple(read_calls(exchanges, takes)),
        payments=payments,
        timeline=Timeline(events, count - len(events)),
        now=now,
        rules=rules,
        takes=takes,
        dropped=dropped,
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Args:
        id: its name.
        severity: how bad it is to break it.
        title: what is wrong, in a few words.
        principle: what a right client does, and where the documentation says so.
        judged: how it is judged, in Markdown; each paragraph in one line.
        look: finds what broke it.
    """

    id: str
    severity: Severity
    title: str
    principle: str
    judged: str
    look: Callable[[Evidence], Iterable[Broken]]


def rule(
    id: str, severity: Severity, title: str, principle: str
) -> Callable[[Callable[[Evidence], Iterable[Broken]]], Rule]:
    """Makes a function a rule; its docstring says how it is judged."""

    def made(look: Callable[[Evidence], Iterable[Broken]]) -> Rule:
        paragraphs = (inspect.getdoc(look) or "").split("\n\n")
        judged = "\n\n".join(" ".join(each.split()) for each in paragraphs)
        return Rule(id, severity, title, principle, judged, look)

    return made


def ids(calls: Iterable[Call]) -> tuple[int, ...]:
    """Returns the ids of calls."""
    return tuple(each.id for each in calls)


def count_of(count: int, word: str) -> str:
    """Returns a number and its noun: 1 call, 2 calls."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def shown(length: timedelta) -> str:
    """Returns a length as people write it: 350ms, 2.5s, 1h 2m."""
    if length < timedelta(minutes=1):
        exact = timedelta(milliseconds=1 if length < timedelta(seconds=1) else 10)
        return show_duration(round(length / exact) * exact)
    seconds, parts = round(length.total_seconds()), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts[:2])
