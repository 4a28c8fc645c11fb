"""What a sequence diagram shows: lifelines, and rows with what happened on and between them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ...engine.states import Tone


class Lifeline(StrEnum):
    """Who takes part, from left to right.

    Args:
        value: its name in code and in Mermaid.
        label: what people read.
        brief: what people read where there is little room; it is the end of the label.
    """

    label: str
    brief: str

    CLIENT = ("client", "Client", "Client")
    SERVICE = ("service", "MobilePay", "MobilePay")
    CUSTOMER = ("customer", "Customer", "Customer")
    RECEIVER = ("receiver", "Notification receiver", "receiver")

    def __new__(cls, value: str, label: str, brief: str) -> "Lifeline":
        """Makes a member of its row."""
        member = str.__new__(cls, value)
        member._value_, member.label, member.brief = value, label, brief
        return member


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceRow:
    """A row: one moment of the diagram.

    Args:
        key: names the moment, and stays the same while the time line grows.
        at: the sandbox's time.
        text: what happened, in a few words.
        detail: what is said of it besides; may be empty.
        request: the exchange that it is a part of, by its id.
        state: the state of the payment from this moment on; empty where there is none yet.
    """

    key: str
    at: datetime
    text: str
    detail: str = ""
    request: int | None = None
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceArrow(SequenceRow):
    """Something goes from one lifeline to another.

    Args:
        source: who sends it.
        target: who gets it, or would have.
        is_answer: whether it answers an earlier arrow.
        is_lost: whether it did not arrive, or not whole.
        is_bad: whether it says that something was refused or failed.
        answer_to: the key of the arrow that it answers; empty for others.
        first_try: the exchange that a call repeats with the same idempotency key, by its id.
    """

    source: Lifeline
    target: Lifeline
    is_answer: bool = False
    is_lost: bool = False
    is_bad: bool = False
    answer_to: str = ""
    first_try: int | None = None

    @property
    def is_call(self) -> bool:
        """Whether a client asks something of the service."""
        return self.source is Lifeline.CLIENT and not self.is_answer

    @property
    def has_remark(self) -> bool:
        """Whether its detail needs a line of its own: it is a sentence, or tells of a retry."""
        return bool(self.detail) and (self.is_answer or self.is_lost or self.first_try is not None)


class NoteKind(StrEnum):
    """What a note is about."""

    STATE = "state"
    SCENARIO = "scenario"
    CLOCK = "clock"
    POLLS = "polls"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceNote(SequenceRow):
    """Something happens on one lifeline.

    Args:
        line: whose.
        kind: what it is about.
        tone: the tone of the state that was reached.
        operation: what was polled; empty for others.
    """

    line: Lifeline = Lifeline.SERVICE
    kind: NoteKind = NoteKind.OTHER
    tone: Tone | None = None
    operation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceCut(SequenceRow):
    """Time passes in which nothing happens: all lifelines are cut.

    Args:
        is_jump: whether somebody moved the clock.
    """

    is_jump: bool = False


Row = SequenceArrow | SequenceNote | SequenceCut


@dataclass(frozen=True, slots=True)
class SequenceDiagram:
    """A whole diagram.

    Args:
        title: what it is of.
        lifelines: those that have a part in it, from left to right.
        rows: what happened, in order.
    """

    title: str
    lifelines: tuple[Lifeline, ...]
    rows: tuple[Row, ...]

    @property
    def calls(self) -> dict[int, str]:
        """The keys of the rows of calls, by the ids of their exchanges."""
        return {
            row.request: row.key
            for row in self.rows
            if isinstance(row, SequenceArrow) and row.is_call and row.request is not None
        }
