"""THE EXPECTATIONS of a client's calls and payments.

An expectation is one class, here or in `client_expectations`: its word, its arguments, and `judge`,
a pure function of what was observed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import ClassVar

from ..engine.client_rules import MOST_RETRIES, POLL_DELAY
from ..engine.error_rows import CREATES
from ..engine.poll_pace import POLLED, Poll, PollPace
from ..engine.states import LifecycleState, PaymentState, RefundState
from ..engine.values import as_duration, as_money, show_duration
from ..settings.shapes import decimal_kind, field_of, filled_list_of, text_kind
from .expectation_base import (
    ClientExpectation,
    awaited,
    broken_rule,
    expectation,
    found,
    unbroken_rule,
)
from .observed_calls import Observation, ObservedCall
from .run_record import PAID_BACK, ExpectationResult, RunRecord, RunVerdict
from .value_kinds import CALL, CALL_OR_CALLS, COUNT, LENGTH, REFUND_STATE_OR_STATES, STATE_OR_STATES


def listed(words: Iterable[object], last: str = "and") -> str:
    """Returns words as a list in a sentence: a, b and c."""
    *most, end = map(str, words)
    return f"{', '.join(most)} {last} {end}" if most else end


_either = partial(listed, last="or")
#: What to do about a payment that was never started.
NO_PAYMENT = "Start the payment first: there is none."


@expectation("call")
class Called(ClientExpectation):
    """The client makes a call that succeeds in time; of several operations, any."""

    remedy: ClassVar[str] = "Make the call in time; retry it while it fails or its answer is lost."

    call: tuple[str, ...] = field_of(CALL_OR_CALLS, "the operation that is called")
    amount: Decimal | None = field_of(decimal_kind(as_money), "with this amount", default=None)
    when: tuple[PaymentState, ...] | None = field_of(
        STATE_OR_STATES, "the state, or the first of several, from which time counts", default=None
    )
    within: timedelta | None = field_of(LENGTH, "the longest time it may take", default=None)

    @property
    def operations(self) -> tuple[str, ...]:
        return self.call

    def situation(self, record: RunRecord) -> str:
        return NO_PAYMENT if self.when and not record.states else ""

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """The first such call with status 200 passes it."""
        text = self._in_words()
        since = record.reached(*self.when) if self.when else record.began()
        if since is None:
            wanted = f"payment is {_either(self.when)}" if self.when else "such call"
            return awaited(text, f"no {wanted}")
        deadline = since + self.within if self.within is not None else None
        calls = [each for each in record.of(*self.call) if each.at >= since]
        for seen in calls:
            if seen.has_succeeded and self.amount in (None, seen.amount):
                if deadline is not None and seen.at > deadline:
                    return found(text, RunVerdict.FAILED, seen, exchange=seen.number)
                return found(text, RunVerdict.PASSED, exchange=seen.number)
        last = calls[-1] if calls else None
        if deadline is not None and now > deadline:
            number = last and last.number
            wrong = last or "no such call"
            return found(text, RunVerdict.FAILED, wrong, exchange=number, is_overdue=True)
        return found(text, RunVerdict.UNFINISHED, last) if last else awaited(text, "no such call")

    def _in_words(self) -> str:
        text = f"{_either(self.call)} is called"
        if self.amount:
            text += f" with {self.amount}"
        if self.within is not None:
            text += f" within {show_duration(self.within)}"
            text += f" of the state {_either(self.when)}" if self.when else ""
        return f"{text} and answered with 200"


@expectation("not_called")
class NotCalled(ClientExpectation):
    """The client does not make a call."""

    remedy: ClassVar[str] = "Leave the call out: nothing that the client has received calls for it."

    not_called: str = field_of(CALL, "the operation that must not be called")

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """The first such call fails it."""
        text = f"{self.not_called} is not called"
        for seen in record.of(self.not_called):
            return broken_rule(text, seen, seen.number)
        return unbroken_rule(text)


@expectation("retried_with_same_key")
class RetriedWithSameKey(ClientExpectation):
    """The client retries a failed call with the same request and the same idempotency key."""

    remedy: ClassVar[str] = (
        "Generate one key for each request, store both, and send them unchanged in every retry, at "
        f"most {MOST_RETRIES} times."
    )

    retried_with_same_key: str = field_of(CALL, "the operation that is retried")
    at_most: int = field_of(COUNT, "the maximum number of retries", default=MOST_RETRIES)

    @property
    def general_advice(self) -> str:
        keyless = f"Send the same call unchanged in every retry, at most {MOST_RETRIES} times."
        return self.remedy if self.retried_with_same_key in CREATES else keyless

    @property
    def operations(self) -> tuple[str, ...]:
        return (self.retried_with_same_key,)

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """The same request with another key fails it, as does another request with the same key."""
        has_key = self.retried_with_same_key in CREATES
        same = "with the same key" if has_key else "by the same call again"
        text = f"{self.retried_with_same_key} is retried {same}"
        calls = record.of(self.retried_with_same_key)
        faulted = next((each for each in calls if each.has_fault), None)
        if faulted is None:
            return awaited(text, "no such call has failed")
        later = calls[calls.index(faulted) + 1 :]
        for seen in later:
            if (seen.key == faulted.key) != (seen.fingerprint == faulted.fingerprint):
                what = "key" if seen.key != faulted.key else "request"
                wrong = Observation(f"had another {what}", seen)
                return found(text, RunVerdict.FAILED, wrong, exchange=seen.number)
        retries = [each for each in later if each.key == faulted.key]
        if len(retries) > self.at_most:
            number = retries[self.at_most].number
            return found(text, RunVerdict.FAILED, f"{len(retries)} retries", exchange=number)
        for seen in retries:
            if seen.status is not None and 0 < seen.status < 500:
                return found(text, RunVerdict.PASSED, exchange=seen.number)
        return awaited(text, "no retry has been answered")


def _ended(
    text: str, state: LifecycleState, allowed: tuple[LifecycleState, ...]
) -> ExpectationResult:
    """Returns whether a payment or refund ended in an allowed state."""
    if state in allowed:
        return found(text, RunVerdict.PASSED)
    if state.is_final:
        return found(text, RunVerdict.FAILED, f"it ended as {state}")
    return found(text, RunVerdict.UNFINISHED, f"it is {state}")


@expectation("final_state")
class FinalState(ClientExpectation):
    """The last payment ends in a state."""

    remedy: ClassVar[str] = "Capture or cancel every payment that is reserved."

    final_state: tuple[PaymentState, ...] = field_of(
        STATE_OR_STATES, "the state, or a list of the allowed states"
    )

    def situation(self, record: RunRecord) -> str:
        if not record.states:
            return NO_PAYMENT
        state = record.states[-1][2]
        if state is PaymentState.EXPIRED_AND_CANCELLED:
            return ""
        if not state.is_final:
            return state.next_step
        return (
            f"The payment has to end as {_either(self.final_state)}: make no call that ends it "
            "otherwise, and leave out none that it waits for."
        )

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """Any other final state fails it."""
        text = f"the payment ends as {_either(self.final_state)}"
        if not record.states:
            return awaited(text, "there is no payment")
        return _ended(text, record.states[-1][2], self.final_state)


@expectation("final_refund")
class FinalRefund(ClientExpectation):
    """The last refund ends in a state."""

    remedy: ClassVar[str] = "Capture or cancel every refund that is reserved."

    final_refund: tuple[RefundState, ...] = field_of(
        REFUND_STATE_OR_STATES, "the state, or a list of the allowed states"
    )

    def situation(self, record: RunRecord) -> str:
        if not record.refunds:
            return "Create the refund first: there is none."
        state = [*record.refunds.values()][-1].state
        return "" if state.is_final else state.next_step

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """Any other final state fails it."""
        text = f"the refund ends as {_either(self.final_refund)}"
        if not record.refunds:
            return awaited(text, "there is no refund")
        return _ended(text, [*record.refunds.values()][-1].state, self.final_refund)


@expectation("refunded")
class Refunded(ClientExpectation):
    """The customer gets an amount back, in one refund or in several."""

    remedy: ClassVar[str] = "Refund what the customer is to get back, once, and capture the refund."

    refunded: Decimal = field_of(decimal_kind(as_money), "the amount of all captured refunds")

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """It is passed while the captured refunds come to just this amount; more fails it."""
        text = f"{self.refunded} is refunded"
        refunds = record.refunds.values()
        total = sum((each.amount for each in refunds if each.state in PAID_BACK), Decimal(0))
        if total == self.refunded:
            return found(text, RunVerdict.PASSED)
        verdict = RunVerdict.FAILED if total > self.refunded else RunVerdict.UNFINISHED
        return found(text, verdict, f"{total:.2f} is refunded")


@expectation("polls_no_faster_than")
class PollsNoFasterThan(ClientExpectation):
    """The client waits long enough between two polls of a payment."""

    remedy: ClassVar[str] = (
        "Wait for pollDelayInMs of the last response before the next poll, also after a poll that "
        "fails."
    )

    polls_no_faster_than: timedelta | None = field_of(
        text_kind(lambda text: None if text == "pollDelayInMs" else as_duration(text)),
        "a duration, or pollDelayInMs",
    )

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """The first poll that comes too early fails it, by the audit's rule `polled-too-soon`."""
        named = self.polls_no_faster_than
        apart = show_duration(named) if named else "pollDelayInMs"
        text = f"polls are at least {apart} apart"
        paces: dict[str | None, PollPace] = {}
        for seen in record.of("QueryPayment", *POLLED["QueryPayment"]):
            pace = paces.setdefault(seen.payment_id, PollPace(named or POLL_DELAY))
            if seen.call != "QueryPayment":
                pace.forget()
                continue
            early = pace.add(self._as_poll(seen, record.state_at(seen)))
            if early is not None:
                gap, delay = show_duration(early.gap), show_duration(early.delay)
                wrong = Observation(f"came {gap} after the last poll; wait {delay}", seen)
                return broken_rule(text, wrong, seen.number)
        return unbroken_rule(text)

    def _as_poll(self, seen: ObservedCall, state: PaymentState | None) -> Poll:
        delay = self.polls_no_faster_than or seen.poll_delay or POLL_DELAY
        return Poll(seen.at, seen.real_at, seen.poll_result, delay, state)


@expectation("calls_in_order")
class CallsInOrder(ClientExpectation):
    """Calls succeed in this order; other calls may come between them."""

    remedy: ClassVar[str] = (
        "Make the calls in this order, each after the response to the one before."
    )

    calls_in_order: tuple[str, ...] = field_of(filled_list_of(CALL), "the operations, in order")

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """It passes once all calls have succeeded in this order."""
        text = f"{listed(self.calls_in_order)} succeed in this order"
        missing = [*self.calls_in_order]
        for seen in record.calls:
            if missing and seen.call == missing[0] and seen.status == 200:
                missing.pop(0)
        if not missing:
            return found(text, RunVerdict.PASSED)
        return awaited(text, f"{missing[0]} has not succeeded")
