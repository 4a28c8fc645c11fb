"""THE FAULTS: what can go wrong between client and service. The server injects them.

A fault says which calls it applies to, whether their work is done, and what the client receives. It
is chosen before the work: work that is "done" is committed, and then the response is changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Self

from ..engine.client_rules import timeout_of
from ..engine.ids import Random
from ..engine.states import PaymentState
from ..engine.values import as_duration
from ..settings.documents import Node
from ..settings.shapes import (
    ShapeReader,
    ValueKind,
    choice_of,
    field_of,
    list_of,
    shape_kind,
    text_kind,
)
from . import synonyms
from .fate import Ending, WirePlan
from .value_kinds import (
    CALL_OR_CALLS,
    CODE,
    COUNT,
    REAL_TIME,
    STATE,
    STATUS,
    Delay,
    above_zero,
    read_delay,
)

#: A `past_client_timeout` response with a delay takes at least this many times the time-out.
LATE_FACTOR = 1.5


class Cut(StrEnum):
    """Where an exchange breaks: one row each.

    Args:
        word: what it is called.
        part: the part of the response that is sent; one that is sent whole comes too late.
        is_work_done: whether the work is done; None where `work` may say that it is not.
        summary: what happens to the call.
        seen: what the client sees.
        then: what its retry finds.
    """

    part: float
    is_work_done: bool | None
    summary: str
    seen: str
    then: str

    def __new__(
        cls,
        word: str,
        part: float,
        is_work_done: bool | None,
        summary: str,
        seen: str,
        then: str,
    ) -> Self:
        cut = str.__new__(cls, word)
        cut._value_ = word
        cut.part, cut.is_work_done = part, is_work_done
        cut.summary, cut.seen, cut.then = summary, seen, then
        return cut

    BEFORE_COMMIT = (
        "before_commit",
        0.0,
        False,
        "fails before its work is done, without a response",
        "no answer: the connection breaks",
        "the retry does the work",
    )
    AFTER_COMMIT = (
        "after_commit",
        0.0,
        True,
        "is worked on, but its response is lost",
        "no answer: the connection breaks",
        "the retry finds the work done",
    )
    MID_BODY = (
        "mid_body",
        0.5,
        True,
        "is worked on, but its response breaks off half-way",
        "half a body, or of an answer without one nothing, then the connection breaks",
        "the retry finds the work done",
    )
    PAST_CLIENT_TIMEOUT = (
        "past_client_timeout",
        1.0,
        None,
        "is worked on, but its response comes after the client's time-out",
        "no answer before it hangs up, but one after 30 s (`--timeout-limit`), or after `delay`; "
        "clients wait 2 s, and 0.5 s for a GET",
        "the retry finds the work done",
    )


class Body(StrEnum):
    """The kind of a response's body."""

    ERROR = "error"
    EMPTY = "empty"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    HTML = "html"
    WRONG_TYPE = "wrong-type"


@dataclass(frozen=True, slots=True)
class FaultAnswer:
    """The response instead of the right one."""

    status: int = field_of(STATUS, "the HTTP status", default=500)
    code: str = field_of(
        CODE,
        "the error code in the body; of `Token` OAuth's word, such as invalid_client",
        default="2000",
    )
    body: Body = field_of(choice_of(Body, "a kind of body"), "what its body is", default=Body.ERROR)


@dataclass(frozen=True, slots=True)
class Hold:
    """Holds a call until its payment reaches a state, to provoke a race."""

    until: PaymentState = field_of(STATE, "the state")
    at_most: timedelta = field_of(
        REAL_TIME, "the longest real time it is held", default=timedelta(seconds=10)
    )


class Work(StrEnum):
    """Whether the work of the call is done, and when."""

    DONE = "done"
    NOT_DONE = "not-done"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, and the calls it applies to."""

    SYNONYMS: ClassVar[Mapping[str, str]] = synonyms.FAULTS

    call: tuple[str, ...] = field_of(
        CALL_OR_CALLS, "the operation, or a list of operations, as in the OpenAPI file"
    )
    first: int | None = field_of(COUNT, "only this many first calls", default=None)
    nth: int | None = field_of(COUNT, "only the call with this number", default=None)
    times: int | None = field_of(
        COUNT, "only this many calls that no fault before it is injected into", default=None
    )
    chance: Decimal | None = field_of(
        above_zero(1), "only with this probability, drawn from the seed", default=None
    )
    lasting: timedelta | None = field_of(
        text_kind(as_duration), "only this long after the first call", default=None, name="for"
    )
    answer: FaultAnswer | None = field_of(
        shape_kind(FaultAnswer), "the response instead", default=None
    )
    delay: Delay | None = field_of(
        ValueKind(read_delay, {}), "how long the response takes", default=None
    )
    hold: Hold | None = field_of(shape_kind(Hold), "holds the call until a state", default=None)
    dribble: timedelta | None = field_of(
        REAL_TIME, "the time over which the body is sent", default=None
    )
    cut: Cut | None = field_of(
        choice_of(Cut, "a cut", synonyms.CUTS), "where the exchange breaks", default=None
    )
    by: Ending = field_of(
        choice_of(Ending, "close or reset"), "how the connection ends", default=Ending.CLOSE
    )
    work: Work | None = field_of(
        choice_of(Work, "one of these"), "whether the call's work is done", default=None
    )

    @property
    def is_work_done(self) -> bool:
        """Whether the work of the call is done."""
        if self.work is not None:
            return self.work is not Work.NOT_DONE
        return self.answer is None and (self.cut is None or self.cut.is_work_done is not False)

    @property
    def is_answered_right(self) -> bool:
        """Whether the client gets the right answer, if slowly."""
        return self.answer is None and self.cut is None

    def mistake(self) -> str | None:
        """Returns what is contradictory in it, or None."""
        if self.first is not None and self.nth is not None:
            return "first and nth exclude each other"
        if self.times is not None and (self.first or self.nth or self.chance):
            return "times excludes first, nth and chance"
        if not (self.answer or self.delay or self.hold or self.dribble or self.cut):
            return "has no effect: give answer, delay, hold, dribble or cut"
        if self.cut is not None and self.answer is not None:
            return "cut and answer exclude each other: a cut has no response"
        if self.cut is not None and self.cut.is_work_done is not None and self.work is not None:
            is_done = self.work is not Work.NOT_DONE
            if is_done is not self.cut.is_work_done:
                return f"cut: {self.cut} means the work is {'not ' * is_done}done"
        if self.by is Ending.RESET and (self.cut is None or self.cut.part == 1):
            *most, last = (each for each in Cut if each.part < 1)
            return f"by needs cut: {', '.join(most)} or {last}"
        if self.hold is not None and self.delay is not None:
            return "hold and delay exclude each other"
        if self.work is Work.AFTER and not (self.delay or self.hold):
            return "work: after means after a delay or a hold"
        return None

    def applies_to(self, count: int, since_first: timedelta, random: Random) -> bool:
        """Whether it applies to a call of one of its operations.

        Args:
            count: the number of the call, from 1.
            since_first: the world's time since the first call.
            random: draws the chance.
        """
        if self.nth is not None and count != self.nth:
            return False
        most = self.first if self.times is None else self.times
        if most is not None and count > most:
            return False
        if self.lasting is not None and since_first > self.lasting:
            return False
        return self.chance is None or random.random() < self.chance

    def plan_for(self, method: str, random: Random) -> WirePlan:
        """Returns what the wire does with a call that the fault is injected into."""
        values: dict[str, Any] = {"is_before_work": self.work is Work.AFTER, "ending": self.by}
        if self.delay is not None:
            values["delay"] = self.delay.draw(random)
        if self.hold is not None:
            values["delay"] = self.hold.at_most.total_seconds()
            values["hold"] = self.hold.until
        if self.dribble is not None:
            values["dribble"] = self.dribble.total_seconds()
        if self.cut is not None and self.cut.part < 1:
            values["part"] = self.cut.part
        elif self.cut is not None:
            late = timeout_of(method).total_seconds() * LATE_FACTOR
            values["outlasts_client"] = "delay" not in values
            values["delay"] = max(values.get("delay", 0.0), late)
        return WirePlan(**values)


def _read_fault(node: Node) -> Fault:
    fault: Fault = ShapeReader().shape(Fault, node)
    mistake = fault.mistake()
    if mistake is not None:
        raise node.problem(mistake)
    return fault


#: The value of `faults:`.
FAULTS = list_of(ValueKind(_read_fault, {}))
