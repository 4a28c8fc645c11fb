"""What an expectation is, and how a scenario's file names one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from simulator.documents import Kind, Node, Reader, choice_of, field_of, list_of, nearest, text_kind
from simulator.engine.states import PaymentState
from simulator.engine.values import as_duration
from simulator.scripting.faults import CALL
from simulator.scripting.records import Finding, Record, Verdict

__all__ = [
    "CALL_OR_CALLS",
    "COMMON",
    "EXPECTATIONS",
    "LENGTH",
    "STATE",
    "STATE_OR_STATES",
    "Expectation",
    "broken_rule",
    "expectation",
    "found",
    "read_expectation",
    "unbroken_rule",
]


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return " ".join(text.split())


def _one_or_more(kind: Kind) -> Kind:
    """Returns the kind of value that is one of `kind`, or a list of them; always as a tuple."""

    def read(node: Node) -> tuple[Any, ...]:
        if not node.is_list:
            return (kind.read(node),)
        several: tuple[Any, ...] = list_of(kind).read(node)
        if not several:
            raise node.problem("names none")
        return several

    return Kind(read, {"anyOf": [kind.schema, {"type": "array", "items": kind.schema}]})


WORDS = text_kind(_words, minLength=1)
LENGTH = text_kind(as_duration)
STATE = choice_of(PaymentState, "a payment state")
STATE_OR_STATES = _one_or_more(STATE)
CALL_OR_CALLS = _one_or_more(CALL)


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """Something a right client does."""

    word: ClassVar[str]
    #: What whoever breaks it should do; `advice` in the file says it more to the point.
    remedy: ClassVar[str] = ""

    step: str = field_of(WORDS, "what a certification calls it", default="")
    advice: str = field_of(WORDS, "what to do where it is broken", default="")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Returns how it stands, by what is recorded at `now`."""
        raise NotImplementedError


#: The fields that all expectations have.
COMMON = ("step", "advice")

EXPECTATIONS: dict[str, type[Expectation]] = {}
E = TypeVar("E", bound=Expectation)


def expectation(word: str) -> Callable[[type[E]], type[E]]:
    """Makes a class the expectation that scenarios begin with `word`."""

    def register(cls: type[E]) -> type[E]:
        cls.word = word
        EXPECTATIONS[word] = dataclass(frozen=True)(cls)
        return EXPECTATIONS[word]  # type: ignore[return-value]

    return register


def read_expectation(node: Node) -> Expectation:
    """Reads an expectation: a mapping in which one of the words is a key."""
    items = node.items()
    words = [word for word in items if word in EXPECTATIONS]
    if len(words) != 1:
        key = next((word for word in items if word not in COMMON), "")
        hint = nearest(key, EXPECTATIONS)
        raise node.problem(f"expected one of the expectations' words as a key; {hint}")
    made: Expectation = Reader().shape(EXPECTATIONS[words[0]], node)
    return made


def unbroken_rule(text: str) -> Finding:
    """Returns the finding on something that holds all the time, and nothing has broken yet."""
    return Finding(text, Verdict.UNFINISHED, must_happen=False)


def broken_rule(text: str, seen: str, exchange: int) -> Finding:
    """Returns the finding on such a thing that a call has broken."""
    return Finding(text, Verdict.FAILED, seen, exchange, must_happen=False)


def found(text: str, verdict: Verdict, **more: Any) -> Finding:
    """Returns a finding; `more` are its fields by name."""
    return Finding(text, verdict, **more)
