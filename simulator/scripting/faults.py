"""THE FAULTS: what can go wrong between client and service. How a socket does it, `wire` knows.

A fault says which calls it strikes (operation, which of them, how often), whether their work is
done all the same, and what the client sees. It is decided on the call, before the work: work that
is "done" is committed like any other, and only then does the wire misbehave.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from simulator.documents import (
    Kind,
    Node,
    Reader,
    choice_of,
    decimal_kind,
    field_of,
    list_of,
    shape_kind,
    text_kind,
)
from simulator.engine.ids import Random
from simulator.engine.states import PaymentState
from simulator.engine.values import as_duration

__all__ = [
    "CALLS",
    "FAULTS",
    "PATIENCE",
    "Answer",
    "Body",
    "Cut",
    "Delay",
    "Ending",
    "Fault",
    "Hold",
    "WirePlan",
    "plan_of",
]

#: Every call a scenario can speak of: the operations of the OpenAPI file, and authentication.
CALLS = (
    "InitiatePayment",
    "PreparePayment",
    "QueryPaymentIds",
    "QueryPayment",
    "PaymentReady",
    "CapturePayment",
    "CancelPayment",
    "CreatePos",
    "GetPosWithFilter",
    "GetPos",
    "DeletePos",
    "GetCheckIn",
    "GetStores",
    "GetDetailedStores",
    "GetStore",
    "CreateRefund",
    "QueryRefundIds",
    "GetRefund",
    "CaptureRefund",
    "CancelRefund",
    "UserSimulationCheckin",
    "UserSimulationAcceptPayment",
    "UserSimulationCancelPayment",
    "Token",
    "Discovery",
    "KeySet",
)

#: Section 9: how long clients wait before they give up.
PATIENCE = {"GET": timedelta(milliseconds=500), "other": timedelta(seconds=2)}
#: How much longer than that a `past_client_timeout` answer takes.
IMPATIENCE = 1.5
LONGEST_DELAY = timedelta(minutes=5)


class Cut(StrEnum):
    """Where an exchange breaks, in one word."""

    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"
    MID_BODY = "mid_body"
    PAST_CLIENT_TIMEOUT = "past_client_timeout"


class Ending(StrEnum):
    """How a connection ends that is not answered to the end."""

    CLOSE = "close"
    RESET = "reset"


class Body(StrEnum):
    """What is wrong with an answer's body."""

    ERROR = "error"
    EMPTY = "empty"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    HTML = "html"
    WRONG_TYPE = "wrong-type"


@dataclass(frozen=True, slots=True)
class WirePlan:
    """What the wire does about one exchange. All lengths are real time, in seconds.

    Args:
        delay: wait this long before the first byte of the answer.
        is_before_work: whether the wait (or hold) comes before the work instead of after it.
        hold: the state of its payment that ends the wait.
        until: tells whether what ends the wait has happened; `delay` is the longest then.
        dribble: spread the body over this long.
        part: how much of the answer is sent: 1 all, 0 nothing, between them a part of the body.
        ending: how the connection ends where not all is sent.
    """

    delay: float = 0.0
    is_before_work: bool = False
    hold: PaymentState | None = None
    until: Callable[[], bool] | None = None
    dribble: float = 0.0
    part: float = 1.0
    ending: Ending = Ending.CLOSE

    def fitted_to(self, content: bytes) -> "WirePlan":
        """Returns the plan for an answer with this body; of none there is no half to send."""
        return replace(self, part=0.0) if self.part < 1 and not content else self


def _real_time(text: str) -> timedelta:
    length = as_duration(text)
    if length > LONGEST_DELAY:
        raise ValueError("passes in real time, so it must be at most 5m")
    return length


def _status(text: str) -> int:
    if not (text.isdecimal() and 200 <= int(text) <= 599):
        raise ValueError(f"expected an HTTP status from 200 to 599, got {text[:20]!r}")
    return int(text)


def _count(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 1_000_000):
        raise ValueError(f"expected a whole number of at least 1, got {text[:20]!r}")
    return int(text)


def _chance(number: Decimal) -> Decimal:
    if not 0 < number <= 1:
        raise ValueError(f"expected a number above 0 and up to 1, got {number}")
    return number


def _spread(number: Decimal) -> Decimal:
    if not 0 < number <= 3:
        raise ValueError(f"expected a number above 0 and up to 3, got {number}")
    return number


CALL = choice_of(CALLS, "an operation")
REAL_TIME = text_kind(_real_time, pattern="^[0-9]+(\\.[0-9]+)? ?(ms|s|m)$")
STATUS = text_kind(_status, type="integer", minimum=200, maximum=599)
CODE = text_kind(str, type=["string", "integer"])
COUNT = text_kind(_count, type="integer", minimum=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered instead of the right thing."""

    status: int = field_of(STATUS, "the HTTP status", default=500)
    code: str = field_of(CODE, "the error code in the body", default="2000")
    body: Body = field_of(choice_of(Body, "a kind of body"), "what its body is", default=Body.ERROR)


@dataclass(frozen=True, slots=True)
class Delay:
    """How long an answer takes, in real time: a length, a range, or a log-normal spread."""

    at_least: timedelta = field_of(REAL_TIME, "the shortest, of a uniform range")
    at_most: timedelta | None = field_of(REAL_TIME, "the longest", default=None)
    spread: Decimal | None = field_of(
        decimal_kind(_spread), "sigma: makes it log-normal around at_least", default=None
    )

    def draw(self, random: Random) -> float:
        """Returns a delay in seconds."""
        low = self.at_least.total_seconds()
        if self.spread is not None:
            drawn = low * random.lognormvariate(0, float(self.spread))
            return min(drawn, LONGEST_DELAY.total_seconds())
        if self.at_most is not None:
            return random.uniform(low, self.at_most.total_seconds())
        return low


def _read_delay(node: Node) -> Delay:
    if not node.is_mapping:
        return Delay(REAL_TIME.read(node))
    delay = Reader().shape(Delay, node)
    if delay.at_most is not None and (delay.spread is not None or delay.at_most < delay.at_least):
        raise node.problem("at_most goes with a smaller at_least, and not with spread")
    return delay


@dataclass(frozen=True, slots=True)
class Hold:
    """Keeps a call until its payment reaches a state: a race on purpose."""

    until: PaymentState = field_of(choice_of(PaymentState, "a payment state"), "the state")
    at_most: timedelta = field_of(
        REAL_TIME, "real time after which it is let go all the same", default=timedelta(seconds=10)
    )


class Work(StrEnum):
    """Whether the work comes before or after what goes wrong."""

    DONE = "done"
    NOT_DONE = "not-done"
    AFTER = "after"


def _read_calls(node: Node) -> tuple[str, ...]:
    if node.is_list:
        found: tuple[str, ...] = list_of(CALL).read(node)
        if not found:
            raise node.problem("names no operation")
        return found
    return (CALL.read(node),)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, and with which calls."""

    call: tuple[str, ...] = field_of(
        Kind(_read_calls, {}), "the operation, or a list of operations, as in the OpenAPI file"
    )
    first: int | None = field_of(COUNT, "only the first so many calls", default=None)
    nth: int | None = field_of(COUNT, "only the call of this number", default=None)
    chance: Decimal | None = field_of(
        decimal_kind(_chance), "only so often, drawn from the seed", default=None
    )
    lasting: timedelta | None = field_of(
        text_kind(as_duration), "only so long after the first call", default=None, name="for"
    )
    answer: Answer | None = field_of(shape_kind(Answer), "what is answered instead", default=None)
    delay: Delay | None = field_of(Kind(_read_delay, {}), "how late it is answered", default=None)
    hold: Hold | None = field_of(shape_kind(Hold), "what it is kept for", default=None)
    dribble: timedelta | None = field_of(
        REAL_TIME, "the time over which the body is spread", default=None
    )
    cut: Cut | None = field_of(choice_of(Cut, "a cut"), "where the exchange breaks", default=None)
    by: Ending = field_of(
        choice_of(Ending, "a way to break"), "how a cut breaks it", default=Ending.CLOSE
    )
    work: Work | None = field_of(
        choice_of(Work, "one of these"), "whether the call's work is done", default=None
    )

    @property
    def is_work_done(self) -> bool:
        """Whether the call does what it was made for, sooner or later."""
        if self.work is not None:
            return self.work is not Work.NOT_DONE
        return self.answer is None and self.cut is not Cut.BEFORE_COMMIT

    def mistake(self) -> str | None:
        """Returns what is contradictory about it, or None."""
        if self.first is not None and self.nth is not None:
            return "first and nth exclude each other"
        if not (self.answer or self.delay or self.hold or self.dribble or self.cut):
            return "nothing goes wrong: give answer, delay, hold, dribble or cut"
        if self.cut is not None and self.answer is not None:
            return "cut and answer exclude each other: a cut is not answered"
        if self.cut is Cut.BEFORE_COMMIT and self.work not in (None, Work.NOT_DONE):
            return "cut: before_commit means the work is not done"
        if self.cut not in (None, Cut.BEFORE_COMMIT) and self.work is Work.NOT_DONE:
            return f"cut: {self.cut} means the work is done"
        if self.by is Ending.RESET and self.cut in (None, Cut.PAST_CLIENT_TIMEOUT):
            return "by says how a cut breaks: it needs before_commit, after_commit or mid_body"
        if self.hold is not None and self.delay is not None:
            return "hold and delay exclude each other"
        if self.work is Work.AFTER and not (self.delay or self.hold):
            return "work: after means after a delay or a hold"
        return None

    def strikes(self, count: int, since_first: timedelta, random: Random) -> bool:
        """Whether it strikes a call.

        Args:
            count: which of the calls it is about this is, from 1.
            since_first: the world's time since the first of them.
            random: what chance is drawn from.
        """
        if self.nth is not None and count != self.nth:
            return False
        if self.first is not None and count > self.first:
            return False
        if self.lasting is not None and since_first > self.lasting:
            return False
        return self.chance is None or random.random() < self.chance


def _read_fault(node: Node) -> Fault:
    fault: Fault = Reader().shape(Fault, node)
    mistake = fault.mistake()
    if mistake is not None:
        raise node.problem(mistake)
    return fault


#: The value of `faults:`, wherever it stands.
FAULTS = list_of(Kind(_read_fault, {}))


def plan_of(fault: Fault, method: str, random: Random) -> WirePlan:
    """Returns what the wire does about a call that is struck."""
    values: dict[str, Any] = {"is_before_work": fault.work is Work.AFTER, "ending": fault.by}
    if fault.delay is not None:
        values["delay"] = fault.delay.draw(random)
    if fault.hold is not None:
        values["delay"] = fault.hold.at_most.total_seconds()
        values["hold"] = fault.hold.until
    if fault.dribble is not None:
        values["dribble"] = fault.dribble.total_seconds()
    if fault.cut in (Cut.BEFORE_COMMIT, Cut.AFTER_COMMIT):
        values["part"] = 0.0
    elif fault.cut is Cut.MID_BODY:
        values["part"] = 0.5
    elif fault.cut is Cut.PAST_CLIENT_TIMEOUT:
        patience = PATIENCE.get(method, PATIENCE["other"]).total_seconds()
        values["delay"] = max(values.get("delay", 0.0), patience * IMPATIENCE)
    return WirePlan(**values)
