"""THE EXPECTATIONS: what a client that does right does; and the verdict on the one that is there.

Adding one is one class here: its word, its arguments, and `judge`, a pure function of what was
recorded. A verdict is never stored, so it can be asked for at any time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from simulator.documents import (
    Node,
    Reader,
    choice_of,
    decimal_kind,
    field_of,
    list_of,
    nearest,
    text_kind,
)
from simulator.engine.states import PaymentState
from simulator.engine.values import as_duration, as_money, show_duration
from simulator.scripting.faults import CALL, COUNT

__all__ = [
    "EXPECTATIONS",
    "Expectation",
    "Finding",
    "Record",
    "Seen",
    "Verdict",
    "read_expectation",
]


class Verdict(StrEnum):
    """How a run, or one expectation of it, stands."""

    PASSED = "passed"
    FAILED = "failed"
    UNFINISHED = "unfinished"


@dataclass(slots=True)
class Seen:
    """A call of the client's; `status` is None until it is answered, 0 where the answer was cut."""

    number: int
    at: datetime
    call: str
    payment_id: str | None
    key: str
    amount: Decimal | None
    fingerprint: str
    is_struck: bool
    status: int | None = None

    def __str__(self) -> str:
        amount = f" {self.amount}" if self.amount is not None else ""
        answer = "cut off" if self.status == 0 else self.status
        return f"call {self.number}, {self.call}{amount} at {self.at:%H:%M:%S.%f} ({answer})"


@dataclass(slots=True)
class Record:
    """What was seen of a run: calls, and states of its payments, each in order."""

    calls: list[Seen] = field(default_factory=list)
    states: list[tuple[datetime, str, PaymentState]] = field(default_factory=list)

    def of(self, call: str) -> list[Seen]:
        """The calls of an operation."""
        return [each for each in self.calls if each.call == call]

    def began(self) -> datetime | None:
        """When the first of anything was seen."""
        times = [each.at for each in self.calls[:1]] + [at for at, _, _ in self.states[:1]]
        return min(times, default=None)


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one expectation.

    Args:
        expected: the expectation in words.
        verdict: how it stands.
        seen: what was seen instead, where it failed or is unfinished.
        exchange: the number of the call that broke it.
        must_happen: whether it waits for something; else it holds until something breaks it.
    """

    expected: str
    verdict: Verdict
    seen: str = ""
    exchange: int | None = None
    must_happen: bool = True

    def settled(self) -> "Finding":
        """The finding once nothing more will happen: what nothing broke has passed."""
        if self.verdict is Verdict.UNFINISHED and not self.must_happen:
            return replace(self, verdict=Verdict.PASSED)
        return self


class Expectation:
    """Something a right client does."""

    word: ClassVar[str]

    def judge(self, record: Record, now: datetime) -> Finding:
        """Returns how it stands, by what is recorded at `now`."""
        raise NotImplementedError


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
        key = next(iter(items), "")
        hint = nearest(key, EXPECTATIONS)
        raise node.problem(f"expected one of the expectations' words as a key; {hint}")
    made: Expectation = Reader().shape(EXPECTATIONS[words[0]], node)
    return made


LENGTH = text_kind(as_duration)
STATE = choice_of(PaymentState, "a payment state")


def _finding(text: str, verdict: Verdict, **more: Any) -> Finding:
    return Finding(text, verdict, **more)


@expectation("call")
class Called(Expectation):
    """The client makes a call that succeeds, soon enough."""

    call: str = field_of(CALL, "the operation that is called")
    amount: Decimal | None = field_of(decimal_kind(as_money), "with this amount", default=None)
    when: PaymentState | None = field_of(STATE, "time counts from this state", default=None)
    within: timedelta | None = field_of(LENGTH, "the longest it may take", default=None)

    def judge(self, record: Record, now: datetime) -> Finding:
        """Passed by the first such call that was answered with 200."""
        text = f"{self.call} is called" + (f" with {self.amount}" if self.amount else "")
        since = self._since(record)
        if self.within is not None:
            text += f" within {show_duration(self.within)}"
            text += f" of {self.when}" if self.when else ""
        if since is None:
            return _finding(text, Verdict.UNFINISHED, seen=f"no payment became {self.when} yet")
        deadline = since + self.within if self.within is not None else None
        calls = [each for each in record.of(self.call) if each.at >= since]
        for seen in calls:
            if seen.status == 200 and self.amount in (None, seen.amount):
                if deadline is not None and seen.at > deadline:
                    return _finding(text, Verdict.FAILED, seen=f"{seen}", exchange=seen.number)
                return _finding(text, Verdict.PASSED)
        wrong = f"{calls[-1]}" if calls else "no such call"
        if deadline is not None and now > deadline:
            number = calls[-1].number if calls else None
            return _finding(text, Verdict.FAILED, seen=wrong, exchange=number)
        return _finding(text, Verdict.UNFINISHED, seen=wrong)

    def _since(self, record: Record) -> datetime | None:
        if self.when is None:
            return record.began()
        return next((at for at, _, state in record.states if state is self.when), None)


@expectation("not_called")
class NotCalled(Expectation):
    """The client does not make a call."""

    not_called: str = field_of(CALL, "the operation that must not be called")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by the first such call."""
        text = f"{self.not_called} is not called"
        for seen in record.of(self.not_called):
            return _finding(text, Verdict.FAILED, seen=str(seen), exchange=seen.number)
        return _finding(text, Verdict.UNFINISHED, must_happen=False)


@expectation("retried_with_same_key")
class RetriedWithSameKey(Expectation):
    """A call that went wrong is made again: the same request, with the same idempotency key."""

    retried_with_same_key: str = field_of(CALL, "the operation that is retried")
    at_most: int = field_of(COUNT, "how many retries at the most", default=5)

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by the same request under another key, or another request under the same."""
        text = f"{self.retried_with_same_key} is retried with the same key"
        calls = record.of(self.retried_with_same_key)
        struck = next((each for each in calls if each.is_struck), None)
        if struck is None:
            return _finding(text, Verdict.UNFINISHED, seen="no such call went wrong yet")
        later = calls[calls.index(struck) + 1 :]
        for seen in later:
            if (seen.key == struck.key) != (seen.fingerprint == struck.fingerprint):
                what = "another key" if seen.key != struck.key else "another request"
                return _finding(
                    text, Verdict.FAILED, seen=f"{seen} had {what}", exchange=seen.number
                )
        retries = [each for each in later if each.key == struck.key]
        if len(retries) > self.at_most:
            seen = retries[self.at_most]
            return _finding(
                text, Verdict.FAILED, seen=f"{len(retries)} retries", exchange=seen.number
            )
        if any(each.status is not None and 0 < each.status < 500 for each in retries):
            return _finding(text, Verdict.PASSED)
        return _finding(text, Verdict.UNFINISHED, seen="no retry was answered yet")


@expectation("final_state")
class FinalState(Expectation):
    """The payment ends in a state; of several payments, the last."""

    final_state: PaymentState = field_of(STATE, "the state it ends in")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by any other final state."""
        text = f"the payment ends {self.final_state}"
        if not record.states:
            return _finding(text, Verdict.UNFINISHED, seen="there is no payment yet")
        _, _, state = record.states[-1]
        if state is self.final_state:
            return _finding(text, Verdict.PASSED)
        if state.is_final:
            return _finding(text, Verdict.FAILED, seen=f"it ended {state}")
        return _finding(text, Verdict.UNFINISHED, seen=f"it is {state}")


@expectation("polls_no_faster_than")
class PollsNoFasterThan(Expectation):
    """Two polls of a payment are far enough apart."""

    polls_no_faster_than: timedelta | None = field_of(
        text_kind(lambda text: None if text == "pollDelayInMs" else as_duration(text)),
        "a time, or pollDelayInMs",
    )
    poll_delay: ClassVar[timedelta] = timedelta(seconds=1)

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by the first poll that came too soon."""
        delay = self.polls_no_faster_than or self.poll_delay
        text = f"polls are at least {show_duration(delay)} apart"
        last: dict[str | None, Seen] = {}
        for seen in record.of("QueryPayment"):
            before = last.get(seen.payment_id)
            # An answer a client did not get is asked for again at once, and rightly so; and while
            # time stands still nobody can be too fast.
            if before is not None and not before.is_struck:
                gap = seen.at - before.at
                if timedelta(0) < gap < delay:
                    what = f"{seen} came {show_duration(gap)} after the one before"
                    return _finding(text, Verdict.FAILED, seen=what, exchange=seen.number)
            last[seen.payment_id] = seen
        return _finding(text, Verdict.UNFINISHED, must_happen=False)


@expectation("calls_in_order")
class CallsInOrder(Expectation):
    """Calls succeed in this order, whatever comes between them."""

    calls_in_order: tuple[str, ...] = field_of(list_of(CALL), "the operations, in order")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Passed once all of them were seen in order."""
        text = f"{', '.join(self.calls_in_order)} succeed in this order"
        missing = _left_over(self.calls_in_order, (s.call for s in record.calls if s.status == 200))
        if not missing:
            return _finding(text, Verdict.PASSED)
        return _finding(text, Verdict.UNFINISHED, seen=f"{missing[0]} was not seen yet")


def _left_over(wanted: tuple[str, ...], calls: Iterable[str]) -> list[str]:
    left = list(wanted)
    for call in calls:
        if left and call == left[0]:
            left.pop(0)
    return left
