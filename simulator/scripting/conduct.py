"""More expectations: how a client conducts itself while things go wrong around it.

They say in words for beginners what was seen, since a certification shows them to people who meet
the service for the first time.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from simulator.documents import choice_of, field_of, yes_or_no
from simulator.engine.values import show_duration
from simulator.scripting.expectations import Expectation, Finding, Record, Seen, Verdict
from simulator.scripting.faults import CALL, CODE, COUNT, PATIENCE, STATUS
from simulator.scripting.judging import (
    CALL_OR_CALLS,
    LENGTH,
    broken_rule,
    expectation,
    found,
    unbroken_rule,
)

__all__ = [
    "Answered",
    "Captures",
    "ClearsTheWay",
    "GivesUp",
    "NotRefused",
    "NotRetried",
    "Notified",
    "Restricts",
    "Tries",
]

#: How much sooner than its time-out a client may give up: its clock is not ours.
LENIENCE = 0.85
#: The calls that only look.
_READS = ("Query", "Get", "Discovery", "KeySet")


def _patience(call: str) -> float:
    """Returns how long a client waits for the answer to a call, in seconds (section 9)."""
    return PATIENCE["GET" if call.startswith(_READS) else "other"].total_seconds()


@expectation("tries")
class Tries(Expectation):
    """The client makes a call, or makes it again: the same request, after the right time."""

    remedy: ClassVar[str] = (
        "Give up on an answer after 2 s (0.5 s for a GET), then send the same request with the "
        "same idempotency key again, up to 5 times."
    )

    tries: str = field_of(CALL, "the operation")
    nth: int = field_of(COUNT, "which of its calls", default=1)
    within: timedelta = field_of(
        LENGTH, "how soon after the try before", default=timedelta(seconds=30)
    )

    def judge(self, record: Record, now: datetime) -> Finding:
        """Passed by the call; failed by another key or request, a wrong time-out, or no call."""
        calls = record.of(self.tries)
        this = calls[self.nth - 1] if len(calls) >= self.nth else None
        if self.nth == 1:
            if this is None:
                return found(self._text, Verdict.UNFINISHED, seen="no such call yet")
            return found(self._text, Verdict.PASSED, exchange=this.number)
        before = calls[self.nth - 2] if len(calls) >= self.nth - 1 else None
        if before is None:
            return found(self._text, Verdict.UNFINISHED, seen="the try before was not made yet")
        wrong = self._wrong(before, this, now)
        if wrong is not None:
            number = (this or before).number
            return found(
                self._text, Verdict.FAILED, seen=wrong, exchange=number, is_overdue=this is None
            )
        if this is None:
            seen = f"try {self.nth - 1} got no good answer, and no other try came yet"
            return found(self._text, Verdict.UNFINISHED, seen=seen)
        return found(self._text, Verdict.PASSED, exchange=this.number)

    @property
    def _text(self) -> str:
        if self.nth == 1:
            return f"{self.tries} is called"
        return f"{self.tries} is tried again (try {self.nth}) with the same request and key"

    def _wrong(self, before: Seen, this: Seen | None, now: datetime) -> str | None:
        patience = _patience(self.tries)
        if before.waits > patience and before.has_arrived:
            return (
                f"the client waited {before.waits:g} s for the answer to try {self.nth - 1}; "
                f"it gives up after {patience:g} s"
            )
        if this is None:
            if now - before.at > self.within:
                return f"no other try came in the {show_duration(self.within)} after the last"
            return None
        if not this.is_same_request(before):
            return f"try {self.nth} was another request than try {self.nth - 1}"
        if this.key != before.key:
            return (
                f"try {self.nth} had the idempotency key {this.key!r}, "
                f"try {self.nth - 1} had {before.key!r}: to the service these are two requests"
            )
        gap = this.real_at - before.real_at
        if before.waits > patience and before.real_at and gap < patience * LENIENCE:
            return (
                f"try {self.nth} came {gap:.1f} s after try {self.nth - 1}, whose answer was still "
                f"on its way; wait {patience:g} s for it"
            )
        return None


@expectation("answered")
class Answered(Expectation):
    """A call is answered with an error code."""

    answered: str = field_of(CALL, "the operation")
    code: str = field_of(CODE, "the error code")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Passed by the first such answer."""
        text = f"{self.answered} is answered with {self.code}"
        for seen in record.of(self.answered):
            if seen.code == self.code:
                return found(text, Verdict.PASSED, exchange=seen.number)
        return found(text, Verdict.UNFINISHED, seen="no such answer yet")


@expectation("clears_the_way")
class ClearsTheWay(Expectation):
    """After a 1301 the client cancels the payment that is in the way, and only then tries again."""

    remedy: ClassVar[str] = (
        "On 1301 ask GET /payments?posId=... for the payment that is active, cancel it, then start "
        "the new payment again."
    )

    clears_the_way: str = field_of(CALL, "the operation that starts the payment")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by another try before a CancelPayment has succeeded."""
        text = f"{self.clears_the_way} is called again only once the active payment is cancelled"
        is_blocked = is_cleared = False
        for seen in record.calls:
            if seen.call == "CancelPayment" and seen.status == 200:
                is_cleared = is_blocked
            elif seen.call != self.clears_the_way:
                continue
            elif is_cleared:
                if seen.status == 200:
                    return found(text, Verdict.PASSED, exchange=seen.number)
            elif is_blocked:
                wrong = "it was called again while the old payment was still active"
                return found(text, Verdict.FAILED, seen=wrong, exchange=seen.number)
            elif seen.code == "1301":
                is_blocked = True
        wrong = "the old payment was not cancelled yet" if is_blocked else "no 1301 was met yet"
        return found(text, Verdict.UNFINISHED, seen="it waits" if is_cleared else wrong)


class Sum(StrEnum):
    """How much is captured."""

    IN_FULL = "in-full"
    ONE_AMOUNT = "one-amount"


@expectation("captures")
class Captures(Expectation):
    """The client captures what was agreed on."""

    remedy: ClassVar[str] = (
        "Decide once how much is captured, keep it with the payment, and send the same amount in "
        "every retry; where partialCapturePossible is false, that is all or nothing."
    )

    captures: Sum = field_of(
        choice_of(Sum, "a way to capture"), "all of the payment, or always the same amount"
    )

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by the first capture of another amount."""
        is_full = self.captures is Sum.IN_FULL
        text = f"captures are of {'the whole amount' if is_full else 'one amount'}"
        agreed = dict(record.amounts) if is_full else {}
        for seen in record.of("CapturePayment"):
            if seen.payment_id is None or seen.amount is None:
                continue
            amount = agreed.setdefault(seen.payment_id, seen.amount)
            if seen.amount != amount:
                wrong = f"{seen.amount} was captured, {'of' if is_full else 'after'} {amount}"
                return broken_rule(text, seen=wrong, exchange=seen.number)
        return unbroken_rule(text)


@expectation("not_refused")
class NotRefused(Expectation):
    """A call is never refused: the client knows beforehand that it is possible."""

    remedy: ClassVar[str] = "Look at the payment first, and only ask for what is possible then."

    not_refused: tuple[str, ...] = field_of(CALL_OR_CALLS, "the operation, or several")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by the first answer that says no."""
        text = f"{' and '.join(self.not_refused)} is not refused"
        for seen in record.of(*self.not_refused):
            if not seen.is_struck and seen.status in range(400, 500):
                wrong = f"{seen.call} was answered {seen.status} {seen.code}".rstrip()
                return broken_rule(text, seen=wrong, exchange=seen.number)
        return unbroken_rule(text)


@expectation("not_retried")
class NotRetried(Expectation):
    """A call is made once: its answer is slow, but in time, and the client waits for it."""

    remedy: ClassVar[str] = "Wait 2 s for the answer to a POST, 0.5 s for a GET, and no less."

    not_retried: str = field_of(CALL, "the operation")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by the first call that is like the one before it."""
        text = f"{self.not_retried} is waited for, and not made twice"
        last: Seen | None = None
        for seen in record.of(self.not_retried):
            if last is not None and seen.is_same_request(last) and seen.key == last.key:
                gap = seen.real_at - last.real_at
                wrong = f"the same call came again {gap:.1f} s later"
                return broken_rule(text, seen=wrong, exchange=seen.number)
            last = seen
        return unbroken_rule(text)


@expectation("restricts")
class Restricts(Expectation):
    """The payment refuses a kind of card, or none."""

    remedy: ClassVar[str] = (
        'Send {"restrictions": {"debitCardDisallowed": true}}, or creditCardDisallowed, together '
        "with the amount."
    )

    restricts: bool = field_of(yes_or_no, "whether it refuses a kind of card")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Decided once the customer is asked for an amount."""
        text = f"the payment disallows {'a' if self.restricts else 'no'} kind of card"
        asked = list(record.amounts)
        if not asked:
            return found(text, Verdict.UNFINISHED, seen="no amount was asked for yet")
        if (asked[-1] in record.restricted) is self.restricts:
            return found(text, Verdict.PASSED)
        wrong = "it disallows none" if self.restricts else "it disallows one"
        return found(text, Verdict.FAILED, seen=wrong)


@expectation("gives_up")
class GivesUp(Expectation):
    """A call that fails again and again is not made for ever."""

    remedy: ClassVar[str] = "Give up after 5 retries, and tell the cashier to take another payment."

    gives_up: str = field_of(CALL, "the operation")
    at_most: int = field_of(COUNT, "how many retries at the most", default=5)

    def judge(self, record: Record, now: datetime) -> Finding:
        """Failed by one retry more."""
        text = f"{self.gives_up} is retried {self.at_most} times at the most"
        calls = record.of(self.gives_up)
        if len(calls) > self.at_most + 1:
            wrong = f"there were {len(calls) - 1} retries"
            return broken_rule(text, seen=wrong, exchange=calls[-1].number)
        return unbroken_rule(text)


@expectation("notified")
class Notified(Expectation):
    """The till takes the notification of a check-in."""

    remedy: ClassVar[str] = "Answer the notification with 200 at once, and do the work after that."

    notified: int = field_of(STATUS, "the status it answers with")

    def judge(self, record: Record, now: datetime) -> Finding:
        """Passed by the first such answer; failed by the first other one."""
        text = f"the notification is answered with {self.notified}"
        for _, status in record.notified:
            if status == self.notified:
                return found(text, Verdict.PASSED)
            wrong = f"it was answered {status}" if status else "nobody took it"
            return found(text, Verdict.FAILED, seen=wrong)
        return found(text, Verdict.UNFINISHED, seen="none was sent yet")
