"""THE EXPECTATION of how a client retries a call: how long it waits, and what it sends again."""

from datetime import datetime, timedelta
from typing import ClassVar

from ..engine import client_rules
from ..engine.client_rules import MOST_RETRIES, in_seconds
from ..engine.error_rows import CREATES
from ..engine.operations import BY_NAME
from ..engine.values import show_duration
from ..settings.shapes import field_of
from .expectation_base import ClientExpectation, expectation, found
from .run_record import ExpectationResult, ObservedCall, RunRecord, RunVerdict
from .value_kinds import CALL, COUNT, LENGTH

#: The status of a refusal for what a call says, whatever else is there.
BAD_REQUEST = 400


def _patience(call: str) -> float:
    """Returns how long a client waits for the answer to a call, in seconds."""
    return client_rules.timeout_of(BY_NAME[call].method).total_seconds()


_REMEDY = (
    f"Time out after {in_seconds(client_rules.WRITE_TIMEOUT)} "
    f"({in_seconds(client_rules.READ_TIMEOUT)} for a GET), then send the same request{{key}} "
    f"again, up to {MOST_RETRIES} times."
)


@expectation("tries")
class Tries(ClientExpectation):
    """The client makes a call, or retries it with the same request after the right time."""

    remedy: ClassVar[str] = _REMEDY.format(key=" with the same idempotency key")

    tries: str = field_of(CALL, "the operation")
    nth: int = field_of(COUNT, "which of its calls", default=1)
    within: timedelta = field_of(
        LENGTH, "the longest time after the attempt before", default=client_rules.RETRY_DEADLINE
    )
    between: str | None = field_of(
        CALL,
        "an operation that has to succeed after the attempt before; Token only in a `case`, since "
        "other runs see no calls for a token once they have their payment",
        default=None,
    )

    @property
    def general_advice(self) -> str:
        return self.remedy if self.tries in CREATES else _REMEDY.format(key="")

    @property
    def operations(self) -> tuple[str, ...]:
        return (self.tries,)

    def situation(self, record: RunRecord) -> str:
        is_tried = len(record.of(self.tries)) >= max(1, self.nth - 1)
        return "" if is_tried else f"Call {self.tries}, and repeat the call while it fails."

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """The call passes it; another key or request, a wrong time-out or no attempt fails it."""
        # What was refused for its form is no attempt, and no fault is counted for it.
        tried = record.of(self.tries)
        calls = [each for each in tried if each.status != BAD_REQUEST or each.has_fault]
        this = calls[self.nth - 1] if len(calls) >= self.nth else None
        if self.nth == 1:
            if this is None:
                return found(self._text, RunVerdict.UNFINISHED, seen="no such call yet")
            return found(self._text, RunVerdict.PASSED, exchange=this.number)
        before = calls[self.nth - 2] if len(calls) >= self.nth - 1 else None
        if before is None:
            return found(
                self._text, RunVerdict.UNFINISHED, seen="the attempt before was not made yet"
            )
        wrong = self._wrong(before, this, now) or self._left_out(record, before, this)
        if wrong is not None:
            number = (this or before).number
            return found(
                self._text, RunVerdict.FAILED, seen=wrong, exchange=number, is_overdue=this is None
            )
        if this is None:
            seen = f"attempt {self.nth - 1} failed, and no further attempt came yet"
            return found(self._text, RunVerdict.UNFINISHED, seen=seen)
        warning = self._warning(before)
        return found(self._text, RunVerdict.PASSED, exchange=this.number, warning=warning)

    def _left_out(
        self, record: RunRecord, before: ObservedCall, this: ObservedCall | None
    ) -> str | None:
        """Returns what is wrong where the call between two attempts is missing."""
        if self.between is None or this is None:
            return None
        calls = record.of(self.between)
        if any(before.number < each.number < this.number and each.has_succeeded for each in calls):
            return None
        return f"attempt {self.nth} came without a {self.between} after attempt {self.nth - 1}"

    @property
    def _text(self) -> str:
        if self.nth == 1:
            return f"{self.tries} is called"
        same = "the same request and key" if self.tries in CREATES else "the same request"
        return f"{self.tries} is retried with {same} (attempt {self.nth})"

    def _warning(self, before: ObservedCall) -> str:
        """Returns a warning where the client gave up, but later than it should."""
        patience = _patience(self.tries)
        is_late = before.waited > patience * client_rules.LATE_TIMEOUT
        if before.has_arrived is not False or before.waits <= patience or not is_late:
            return ""
        return (
            f"the client gave up on attempt {self.nth - 1} after {before.waited:.1f} s; "
            f"it should time out after {patience:g} s"
        )

    def _wrong(self, before: ObservedCall, this: ObservedCall | None, now: datetime) -> str | None:
        patience = _patience(self.tries)
        if before.waits > patience and before.has_arrived:
            return (
                f"the client waited {before.waits:g} s for the response to attempt {self.nth - 1}; "
                f"it should time out after {patience:g} s"
            )
        if this is None:
            if now - before.at > self.within:
                return f"no further attempt came within {show_duration(self.within)}"
            return None
        if (late := this.at - before.at) > self.within:
            return (
                f"attempt {self.nth} came {late.total_seconds():.1f} s after attempt "
                f"{self.nth - 1}, not within {show_duration(self.within)}"
            )
        if not this.is_same_request(before):
            return f"attempt {self.nth} was another request than attempt {self.nth - 1}"
        if this.key != before.key:
            return (
                f"attempt {self.nth} had the idempotency key {this.key!r}, attempt {self.nth - 1} "
                f"had {before.key!r}: the service takes them for two requests"
            )
        gap = this.real_at - before.real_at
        if (
            before.waits > patience
            and before.real_at
            and gap < patience * client_rules.TIMEOUT_TOLERANCE
        ):
            return (
                f"attempt {self.nth} came {gap:.1f} s after attempt {self.nth - 1}, which was not "
                f"answered yet; wait {patience:g} s for the response"
            )
        return None
