"""THE EXPECTATIONS of how a client handles faults and refusals.

Their texts are written for people who use the service for the first time, since certifications show
them.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from ..engine import client_rules
from ..engine.client_rules import MOST_RETRIES, in_seconds
from ..engine.states import PaymentState
from ..settings.shapes import choice_of, field_of, yes_or_no
from .expectation_base import (
    ClientExpectation,
    awaited,
    broken_rule,
    expectation,
    found,
    unbroken_rule,
)
from .expectations import listed
from .observed_calls import ObservedCall
from .run_record import ExpectationResult, RunRecord, RunVerdict
from .value_kinds import CALL, CALL_OR_CALLS, CODE, COUNT, STATUS

#: The status of a call that the state of things does not allow.
CONFLICT = 409


@expectation("answered")
class Answered(ClientExpectation):
    """The service answers a call with an error code."""

    answered: str = field_of(CALL, "the operation")
    code: str = field_of(CODE, "the error code")

    @property
    def operations(self) -> tuple[str, ...]:
        return (self.answered,)

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """The first such response passes it."""
        text = f"{self.answered} is answered with {self.code}"
        for seen in record.of(self.answered):
            if seen.code == self.code:
                return found(text, RunVerdict.PASSED, exchange=seen.number)
        return awaited(text, "no such response")


@expectation("clears_the_way")
class ClearsTheWay(ClientExpectation):
    """After error 1301, the client cancels the active payment before it retries."""

    remedy: ClassVar[str] = (
        "After 1301, find the active payment with GET /payments?posId=..., cancel it, and start "
        "the new payment again."
    )
    expects: ClassVar[str] = "1301"

    clears_the_way: str = field_of(CALL, "the operation that starts the payment")

    @property
    def operations(self) -> tuple[str, ...]:
        return (self.clears_the_way,)

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """A retry before a successful CancelPayment of an open payment fails it."""
        text = f"{self.clears_the_way} is retried only after the active payment is cancelled"
        is_blocked = is_cleared = is_released = False
        for seen in record.calls:
            if seen.call == "CancelPayment" and seen.status == 200:
                is_cleared |= is_blocked and (seen.state is None or seen.state.is_active)
                # A customer may have accepted it in between: then it blocks no more.
                is_released |= is_blocked and seen.state is PaymentState.RESERVED
            elif seen.call != self.clears_the_way:
                continue
            elif is_cleared or (is_released and seen.code != "1301"):
                if seen.status == 200:
                    return found(text, RunVerdict.PASSED, exchange=seen.number)
            elif is_blocked:
                wrong = "it was retried while the old payment was still active"
                return found(text, RunVerdict.FAILED, wrong, exchange=seen.number)
            elif seen.code == "1301":
                is_blocked = True
        wrong = "the old payment is not cancelled" if is_blocked else "there was no error 1301"
        return awaited(text, "it was not retried" if is_cleared else wrong)


class CaptureAmount(StrEnum):
    """How much is captured."""

    IN_FULL = "in-full"
    ONE_AMOUNT = "one-amount"


@expectation("captures")
class Captures(ClientExpectation):
    """The client captures the right amount."""

    remedy: ClassVar[str] = (
        "Store the amount to capture with the payment, and send the same amount in every retry. "
        "Where partialCapturePossible is false, capture the whole amount or cancel."
    )

    captures: CaptureAmount = field_of(
        choice_of(CaptureAmount, "a way to capture"),
        "the whole amount, or always the same amount",
    )

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """The first capture of another amount fails it."""
        is_full = self.captures is CaptureAmount.IN_FULL
        text = f"every capture is of the {'whole' if is_full else 'same'} amount"
        agreed = dict(record.amounts) if is_full else {}
        for seen in record.of("CapturePayment"):
            if seen.payment_id is None or seen.amount is None:
                continue
            amount = agreed.setdefault(seen.payment_id, seen.amount)
            if seen.amount != amount:
                done = "was captured" if seen.has_succeeded else "was to be captured"
                wrong = f"{seen.amount} {done} {'of' if is_full else 'after'} {amount}"
                return broken_rule(text, wrong, exchange=seen.number)
        return unbroken_rule(text)


@expectation("not_refused")
class NotRefused(ClientExpectation):
    """A call is never refused, because the client first checks that it is possible."""

    remedy: ClassVar[str] = "Query the payment first, and make only calls that its state allows."

    not_refused: tuple[str, ...] = field_of(CALL_OR_CALLS, "the operation, or several")

    def advise(self, result: ExpectationResult, record: RunRecord) -> str:
        """The remedy of the refusal; after a conflict, what the file says as well."""
        broken = record.calls[result.exchange - 1] if result.exchange else None
        if broken is None or not broken.remedy:
            return super().advise(result, record)
        has_more = self.advice and broken.status == CONFLICT
        return f"{broken.remedy} {self.advice}" if has_more else broken.remedy

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """The first response with a 4xx status fails it."""
        text = f"{listed(self.not_refused)} {'are' if self.not_refused[1:] else 'is'} not refused"
        for seen in record.of(*self.not_refused):
            if not seen.has_fault and seen.status in range(400, 500):
                wrong = f"{seen.call} was answered with {seen.status} {seen.code}".rstrip()
                return broken_rule(text, wrong, exchange=seen.number)
        return unbroken_rule(text)


@expectation("not_retried")
class NotRetried(ClientExpectation):
    """The client waits for a slow response instead of retrying the call."""

    remedy: ClassVar[str] = (
        f"Wait at least {in_seconds(client_rules.WRITE_TIMEOUT)} for the response to a POST, and "
        f"{in_seconds(client_rules.READ_TIMEOUT)} to a GET."
    )

    not_retried: str = field_of(CALL, "the operation")

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """A second call with the same request and key fails it."""
        text = f"the client waits for the response to {self.not_retried} and does not retry it"
        last: ObservedCall | None = None
        for seen in record.of(self.not_retried):
            if last is not None and seen.is_same_request(last) and seen.key == last.key:
                gap = seen.real_at - last.real_at
                wrong = f"the same call came again {gap:.1f} s later"
                return broken_rule(text, wrong, exchange=seen.number)
            last = seen
        return unbroken_rule(text)


@expectation("restricts")
class Restricts(ClientExpectation):
    """The payment disallows a kind of card, or none."""

    remedy: ClassVar[str] = (
        'Send {"restrictions": {"debitCardDisallowed": true}}, or creditCardDisallowed, together '
        "with the amount."
    )

    restricts: bool = field_of(yes_or_no, "whether it disallows a kind of card")

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """It is decided once a payment has an amount."""
        text = f"the payment disallows {'a' if self.restricts else 'no'} kind of card"
        asked = list(record.amounts)
        if not asked:
            return awaited(text, "no payment has an amount")
        if (asked[-1] in record.restricted) is self.restricts:
            return found(text, RunVerdict.PASSED)
        wrong = "it disallows none" if self.restricts else "it disallows one"
        return found(text, RunVerdict.FAILED, wrong)


@expectation("gives_up")
class GivesUp(ClientExpectation):
    """The client stops retrying a call that fails again and again."""

    remedy: ClassVar[str] = (
        f"Give up after {MOST_RETRIES} retries, and ask the cashier for another means of payment."
    )

    gives_up: str = field_of(CALL, "the operation")
    at_most: int = field_of(COUNT, "the maximum number of retries", default=MOST_RETRIES)

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """One retry more fails it."""
        times = "once" if self.at_most == 1 else f"{self.at_most} times"
        text = f"{self.gives_up} is retried at most {times}"
        calls = record.attempts(self.gives_up)
        if len(calls) > self.at_most + 1:
            wrong = f"there were {len(calls) - 1} retries"
            return broken_rule(text, wrong, exchange=calls[-1].number)
        return unbroken_rule(text)


@expectation("notified")
class Notified(ClientExpectation):
    """The till answers the notification of a check-in."""

    remedy: ClassVar[str] = (
        "Answer the notification with 200 immediately, and do the work after that."
    )

    notified: int = field_of(STATUS, "the status it answers with")

    def situation(self, record: RunRecord) -> str:
        return "" if record.notified else "Start the payment first: a customer can check in then."

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """The first response decides it."""
        text = f"the notification is answered with {self.notified}"
        for _, status in record.notified:
            if status == self.notified:
                return found(text, RunVerdict.PASSED)
            wrong = f"it was answered with {status}" if status else "it was not answered"
            return found(text, RunVerdict.FAILED, wrong)
        return awaited(text, "no notification was sent")
