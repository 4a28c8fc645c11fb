"""The calls that a run has observed, and what is said of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from ..engine.poll_pace import PollResult
from ..engine.refusals import Refusal
from ..engine.states import PaymentState


class ObservedCall(msgspec.Struct):
    """A call of the client.

    Args:
        number: its number among the calls of the run, from 1.
        at: the world's time it came.
        call: its operation.
        payment_id: its payment.
        key: its idempotency key.
        amount: the amount it names.
        fingerprint: a text that is equal for equal requests.
        has_fault: whether a fault was injected.
        status: the status of the response; None until there is one, 0 if it was cut off.
        real_at: the real time it came, in seconds since 1970; 0 if it is unknown.
        waits: how long its response is delayed, in real seconds.
        has_arrived: whether the client got the whole response; None until that is known.
        waited: how long the exchange took, in real seconds; 0 until that is known.
        code: the error code of the response.
        exchange: its number in the journal; 0 until it has one.
        state: the state of its payment when it came; None where that is unknown.
        poll_delay: the `pollDelayInMs` of the response; None where it tells none.
        refusal: the name of the catalogue's row that refused it; empty where none did.
        token: a fingerprint of the token that it carried, or fetched; empty where there was none.
    """

    number: int
    at: datetime
    call: str
    payment_id: str | None
    key: str
    amount: Decimal | None
    fingerprint: str
    has_fault: bool = msgspec.field(name="is_struck")  # as stored files call it
    status: int | None = None
    real_at: float = 0.0
    waits: float = 0.0
    has_arrived: bool | None = None
    code: str = ""
    exchange: int = 0
    waited: float = 0.0
    state: PaymentState | None = None
    poll_delay: timedelta | None = None
    refusal: str = ""
    token: str = ""

    def told(self, *, is_over: bool = False, by_request: bool = False) -> str:
        """Returns it in words.

        Args:
            is_over: whether an answer that has not been received yet comes too late.
            by_request: whether to number it among all requests, rather than among its run's calls.
        """
        is_request = by_request and self.exchange
        number = f"request {self.exchange}" if is_request else f"call {self.number}"
        amount = f" {self.amount}" if self.amount is not None else ""
        answer = "cut off" if self.status == 0 else f"{self.status}"
        if self.status and self.has_arrived is False:
            answer += ", but the answer was lost"
        elif self.status == 200 and not self.has_succeeded:
            answer += ", not received" + (" yet" if not is_over else "")
        at = f"{self.at:%Y-%m-%d %H:%M:%S.%f}"[:-3]
        return f"{number}, {self.call}{amount} at {at} ({answer})"

    @property
    def has_succeeded(self) -> bool:
        """Whether the client got a 200; with a fault, only once the response has arrived."""
        return self.status == 200 and (self.has_arrived is True or not self.has_fault)

    @property
    def remedy(self) -> str:
        """What to do about the refusal that the client got; empty where it got none."""
        if not self.refusal or self.has_arrived is False:
            return ""
        row = Refusal[self.refusal].value
        # A fault may have put another answer in its place.
        return row.advice if self.code == (row.code or "") else ""

    @property
    def poll_result(self) -> PollResult:
        """What the client got, where the call is a poll."""
        if self.has_succeeded:
            return PollResult.ANSWERED
        if self.status == 429:
            return PollResult.TOO_EARLY
        return PollResult.REFUSED if self.status in range(400, 500) else PollResult.LOST

    def is_same_request(self, other: "ObservedCall") -> bool:
        """Whether two calls are the same request, with any key."""
        return (self.call, self.payment_id, self.fingerprint) == (
            other.call,
            other.payment_id,
            other.fingerprint,
        )


@dataclass(frozen=True, slots=True)
class Observation:
    """What was observed instead of what is expected.

    Args:
        words: it in words; after those of the call if it is about one.
        call: the call.
        is_awaited: whether what is expected may still happen while there is time for it.
    """

    words: str = ""
    call: ObservedCall | None = None
    is_awaited: bool = False

    def told(self, *, is_over: bool = False, by_request: bool = False) -> str:
        """Returns it in words; empty where there is nothing to say.

        Args:
            is_over: whether what has not happened yet is too late.
            by_request: whether to number the call among all requests, rather than in its run.
        """
        call = ""
        if self.call is not None:
            call = self.call.told(is_over=is_over, by_request=by_request)
        yet = "yet" if self.is_awaited and not is_over else ""
        return " ".join(part for part in (call, self.words, yet) if part)


NOTHING = Observation()
