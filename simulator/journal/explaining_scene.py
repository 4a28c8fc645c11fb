"""The scene of an explanation: a call, its world, and the parts of what is said of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from simulator.engine.world import World
from simulator.journal.exchanges import Exchange, Journal
from simulator.journal.explaining_past import Past
from simulator.journal.explaining_words import moment
from simulator.scripting.director import Director, NoSuchRun
from simulator.scripting.runs import Run

__all__ = ["Explainer", "Paragraph", "Part", "Scene"]


class Part(StrEnum):
    """What a paragraph is about."""

    REQUEST = "request"
    ANSWER = "answer"
    RULE = "rule"
    STATE = "state"
    SCENARIO = "scenario"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences of an explanation."""

    part: Part
    text: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A call, and all that can be asked about it. The world stays entered while it is used.

    Args:
        exchange: the call.
        world: where it came to.
        director: who plays scenarios there.
        journal: the exchanges that are kept there.
        past: what the world was like.
        summaries: what each operation does, in a few words.
        token_journals: the journals in which its token may have been got.
        elsewhere: tells which other sandbox has a thing of this id, or None.
    """

    exchange: Exchange
    world: World
    director: Director
    journal: Journal
    past: Past
    summaries: Mapping[str, str]
    token_journals: tuple[Journal, ...]
    elsewhere: Callable[[str], str | None]

    @property
    def call(self) -> str:
        """What was called: the operation, or else method and path."""
        exchange = self.exchange
        if exchange.operation in self.summaries:
            return str(exchange.operation)
        return f"{exchange.method} {exchange.path[:200]}"

    @property
    def run(self) -> Run | None:
        """The run the call belongs to, or None."""
        try:
            return self.director.run(self.exchange.run or "")
        except NoSuchRun:
            return None

    def at(self, at: datetime) -> str:
        """Returns a time, without its date where that is the call's."""
        return moment(at, self.exchange.at)


#: Says one thing about a call.
Explainer = Callable[[Scene], Iterator[Paragraph]]
