"""THE EXPECTATION of how a client retries a call: how long it waits, and what it sends again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ..engine import client_rules
from ..engine.client_rules import MOST_RETRIES, in_seconds
from ..engine.error_rows import CREATES
from ..engine.operations import BY_NAME, TOKEN_CALL
from ..engine.values import show_duration
from ..settings.shapes import field_of
from .expectation_base import ClientExpectation, awaited, expectation, found
from .observed_calls import ObservedCall
from .run_record import ExpectationResult, RunRecord, RunVerdict
from .seen_calls import ABOUT_PAYMENT, SeenCalls
from .value_kinds import CALL, COUNT, LENGTH


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

    #: Before the first attempt there is none after which something could have to succeed.
    rules: ClassVar[Mapping[str, Any]] = {
        "dependentSchemas": {
            "between": {"required": ["nth"], "properties": {"nth": {"minimum": 2}}}
        }
    }

    tries: str = field_of(CALL, "the operation")
    nth: int = field_of(COUNT, "which of its calls", default=1)
    within: timedelta = field_of(
        LENGTH, "the longest time after the attempt before", default=client_rules.RETRY_DEADLINE
    )
    between: str | None = field_of(
        CALL,
        "an operation that has to succeed after the attempt before; a scenario that is no `case` "
        "sees calls about a payment or a point of sale only. After Token, the attempt carries the "
        "token",
        default=None,
    )

    @property
    def general_advice(self) -> str:
        return self.remedy if self.tries in CREATES else _REMEDY.format(key="")

    @property
    def operations(self) -> tuple[str, ...]:
        return (self.tries,)

    def mistake(self, sees: SeenCalls) -> tuple[str, str] | None:
        if self.between is None:
            return None
        if self.nth == 1:
            return "between", "needs nth: 2 or more; there is no attempt before the first"
        if self.between == self.tries:
            return "between", f"must be another operation than {self.tries}"
        if self.payment is not None and self.between not in ABOUT_PAYMENT:
            return "between", "must be about a payment, such as QueryPayment, beside 'payment'"
        if lack := sees.lacks(self.between):
            return "between", lack
        return ("tries", lack) if (lack := sees.lacks(self.tries)) else None

    def situation(self, record: RunRecord) -> str:
        is_tried = len(record.of(self.tries)) >= max(1, self.nth - 1)
        return "" if is_tried else f"Call {self.tries}, and repeat the call while it fails."

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """The call passes it; another key or request, a wrong time-out or no attempt fails it."""
        calls = record.attempts(self.tries)
        this = calls[self.nth - 1] if len(calls) >= self.nth else None
        if self.nth == 1:
            if this is None:
                return awaited(self._text, "no such call")
            return found(self._text, RunVerdict.PASSED, exchange=this.number)
        before = calls[self.nth - 2] if len(calls) >= self.nth - 1 else None
        if before is None:
            return awaited(self._text, "the attempt before was not made")
        wrong = self._wrong(before, this, now) or self._left_out(record, before, this)
        if wrong is not None:
            number = (this or before).number
            is_overdue = this is None
            return found(
                self._text, RunVerdict.FAILED, wrong, exchange=number, is_overdue=is_overdue
            )
        if this is None:
            seen = f"attempt {self.nth - 1} failed, and no further attempt came"
            return awaited(self._text, seen)
        warning = self._warning(before)
        return found(self._text, RunVerdict.PASSED, exchange=this.number, warning=warning)

    def _left_out(
        self, record: RunRecord, before: ObservedCall, this: ObservedCall | None
    ) -> str | None:
        """Returns what is wrong where the call between two attempts is missing, or is one for a
        token that the later attempt does not carry.
        """
        if self.between is None or this is None:
            return None
        made = [
            each
            for each in record.of(self.between)
            if before.number < each.number < this.number and each.has_succeeded
        ]
        if not made:
            return f"attempt {self.nth} came without a {self.between} after attempt {self.nth - 1}"
        # Stored runs may not know the tokens.
        fetched = {each.token for each in made if self.between == TOKEN_CALL}
        if not this.token or this.token in fetched or not any(fetched):
            return None
        return f"attempt {self.nth} did not carry the token fetched after attempt {self.nth - 1}"

    @property
    def _text(self) -> str:
        if self.nth == 1:
            return f"{self.tries} is called"
        same = "the same request and key" if self.tries in CREATES else "the same request"
        text = f"{self.tries} is retried with {same} (attempt {self.nth})"
        if self.within != client_rules.RETRY_DEADLINE:
            text += f" within {show_duration(self.within)}"
        return text + (f", after {self.between} has succeeded" if self.between else "")

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
