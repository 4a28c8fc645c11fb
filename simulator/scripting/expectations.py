"""THE EXPECTATIONS: what a client that does right does; and the verdict on the one that is there.

Adding one is one class, here or in `conduct`: its word, its arguments, and `judge`, a pure function
of what was recorded. A verdict is never stored, so it can be asked for at any time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from simulator.documents import decimal_kind, field_of, list_of, text_kind
from simulator.engine.states import PaymentState
from simulator.engine.values import as_duration, as_money, show_duration
from simulator.scripting.faults import CALL, COUNT
from simulator.scripting.judging import (
    CALL_OR_CALLS,
    EXPECTATIONS,
    LENGTH,
    STATE_OR_STATES,
    Expectation,
    broken_rule,
    expectation,
    found,
    read_expectation,
    unbroken_rule,
)
from simulator.scripting.records import Finding, Record, Seen, Verdict

__all__ = [
    "EXPECTATIONS",
    "Expectation",
    "Finding",
    "Record",
    "Seen",
    "Verdict",
    "read_expectation",
]


def _either(words: Iterable[object]) -> str:
    return " or ".join(map(str, words))


@expectation("call")
class Called(Expectation):
    """The client makes a call that succeeds, soon enough; of several calls, any of them."""

    remedy: ClassVar[str] = "Make the call, and go on making it until it is answered."

    call: tuple[str, ...] = field_of(CALL_OR_CALLS, "the operation that is called")
    amount: Decimal | None = field_of(decimal_kind(as_money), "with this amount", default=None)
    when: tuple[PaymentState, ...] | None = field_of(
        STATE_OR_STATES, "time counts from this state, or the first of these", default=None
    )
    within: timedelta | None = field_of(LENGTH, "the longest it may take", default=None)

    def judge(self, record: Record, now: datetime) -> Finding:
        """Passed by the first such call that was answered with 200."""
        text = self._in_words()
        since = record.reached(*self.when) if self.when else record.began()
        if since is None:
            wrong = f"no payment became {_either(self.when)} yet" if self.when else "no such call"
            return found(text, Verdict.UNFINISHED, seen=wrong)
        deadline = since + self.within if self.within is not None else None
        calls = [each for each in record.of(*self.call) if each.at >= since]
        for seen in calls:
            if seen.has_succeeded and self.amount in (None, seen.amount):
                if deadline is not None and seen.at > deadline:
                    return found(text, Verdict.FAILED, seen=f"{seen}", exchange=seen.number)
                return found(text, Verdict.PASSED, exchange=seen.number)
        wrong = f"{calls[-1]}" if calls else "no such call"
        if deadline is not None and now > deadline:
            number = calls[-1].number if calls else None
            return found(text, Verdict.FAILED, seen=wrong, exchange=number, is_overdue=True)
        return found(text, Verdict.UNFINISHED, seen=wrong)

    def _in_words(self) -> str:
        text = f"{_either(self.call)} is called"
        if self.amount:
            text += f" with {self.amount}"
        if self.within is not None:
            text += f" within {show_duration(self.within)}"
            text += f" of {_either(self.when)}" if self.when else ""
        return text


@expectation("not_called")
class NotCalled(Expectation):
    """The client does not make a call."""

    remedy: ClassVar[str] = "Leave the call out; what the client has seen gives no reason for it."

    not_called: str = field_of(CALL, "the operation that must not be called")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by the first such call."""
        text = f"{self.not_called} is not called"
        for seen in record.of(self.not_called):
            return broken_rule(text, seen=str(seen), exchange=seen.number)
        return unbroken_rule(text)


@expectation("retried_with_same_key")
class RetriedWithSameKey(Expectation):
    """A call that went wrong is made again: the same request, with the same idempotency key."""

    remedy: ClassVar[str] = (
        "Make the key once for each request, keep it with the request, and send both again as they "
        "were, at most 5 times."
    )

    retried_with_same_key: str = field_of(CALL, "the operation that is retried")
    at_most: int = field_of(COUNT, "how many retries at the most", default=5)

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by the same request under another key, or another request under the same."""
        text = f"{self.retried_with_same_key} is retried with the same key"
        calls = record.of(self.retried_with_same_key)
        struck = next((each for each in calls if each.is_struck), None)
        if struck is None:
            return found(text, Verdict.UNFINISHED, seen="no such call went wrong yet")
        later = calls[calls.index(struck) + 1 :]
        for seen in later:
            if (seen.key == struck.key) != (seen.fingerprint == struck.fingerprint):
                what = "another key" if seen.key != struck.key else "another request"
                wrong = f"{seen} had {what}"
                return found(text, Verdict.FAILED, seen=wrong, exchange=seen.number)
        retries = [each for each in later if each.key == struck.key]
        if len(retries) > self.at_most:
            number = retries[self.at_most].number
            return found(text, Verdict.FAILED, seen=f"{len(retries)} retries", exchange=number)
        for seen in retries:
            if seen.status is not None and 0 < seen.status < 500:
                return found(text, Verdict.PASSED, exchange=seen.number)
        return found(text, Verdict.UNFINISHED, seen="no retry was answered yet")


@expectation("final_state")
class FinalState(Expectation):
    """The payment ends in a state; of several payments, the last."""

    remedy: ClassVar[str] = "Capture or cancel every payment that is reserved."

    final_state: tuple[PaymentState, ...] = field_of(
        STATE_OR_STATES, "the state it ends in, or a list of those it may end in"
    )

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by any other final state."""
        text = f"the payment ends {_either(self.final_state)}"
        if not record.states:
            return found(text, Verdict.UNFINISHED, seen="there is no payment yet")
        _, _, state = record.states[-1]
        if state in self.final_state:
            return found(text, Verdict.PASSED)
        if state.is_final:
            return found(text, Verdict.FAILED, seen=f"it ended {state}")
        return found(text, Verdict.UNFINISHED, seen=f"it is {state}")


@expectation("polls_no_faster_than")
class PollsNoFasterThan(Expectation):
    """Two polls of a payment are far enough apart."""

    remedy: ClassVar[str] = "Wait for pollDelayInMs of the last answer before the next poll."

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
                    return broken_rule(text, seen=what, exchange=seen.number)
            last[seen.payment_id] = seen
        return unbroken_rule(text)


@expectation("calls_in_order")
class CallsInOrder(Expectation):
    """Calls succeed in this order, whatever comes between them."""

    remedy: ClassVar[str] = "Make the calls in this order, each once the one before is answered."

    calls_in_order: tuple[str, ...] = field_of(list_of(CALL), "the operations, in order")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Passed once all of them were seen in order."""
        text = f"{', '.join(self.calls_in_order)} succeed in this order"
        missing = _left_over(self.calls_in_order, (s.call for s in record.calls if s.status == 200))
        if not missing:
            return found(text, Verdict.PASSED)
        return found(text, Verdict.UNFINISHED, seen=f"{missing[0]} was not seen yet")


def _left_over(wanted: tuple[str, ...], calls: Iterable[str]) -> list[str]:
    left = list(wanted)
    for call in calls:
        if left and call == left[0]:
            left.pop(0)
    return left
