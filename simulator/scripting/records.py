"""What a run has seen of a client, and what became of each of its expectations."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from simulator.engine.states import PaymentState

__all__ = ["Finding", "Record", "Seen", "Verdict"]


class Verdict(StrEnum):
    """How a run, or one expectation of it, stands."""

    PASSED = "passed"
    FAILED = "failed"
    UNFINISHED = "unfinished"


@dataclass(slots=True)
class Seen:
    """A call of the client's; `status` is None until it is answered, 0 where the answer was cut.

    Args:
        number: which call of the run it is, from 1.
        at: the world's time it came.
        call: its operation.
        payment_id: the payment it was about.
        key: its idempotency key.
        amount: the amount it named.
        fingerprint: equal for equal requests.
        is_struck: whether a fault struck it.
        status: what it was answered.
        real_at: the real time it came, in seconds since 1970; 0 where that is not known.
        waits: how long its answer is held back, in real seconds.
        has_arrived: whether the answer reached the client whole; None until that is known.
        code: the error code it was answered with.
        exchange: its number in the journal; 0 until it is there.
    """

    number: int
    at: datetime
    call: str
    payment_id: str | None
    key: str
    amount: Decimal | None
    fingerprint: str
    is_struck: bool
    status: int | None = None
    real_at: float = 0.0
    waits: float = 0.0
    has_arrived: bool | None = None
    code: str = ""
    exchange: int = 0

    def __str__(self) -> str:
        amount = f" {self.amount}" if self.amount is not None else ""
        answer = "cut off" if self.status == 0 else self.status
        return f"call {self.number}, {self.call}{amount} at {self.at:%H:%M:%S.%f} ({answer})"

    @property
    def has_succeeded(self) -> bool:
        """Whether the client got a 200: of an answer that was struck only once it has arrived."""
        return self.status == 200 and (self.has_arrived is True or not self.is_struck)

    def is_same_request(self, other: "Seen") -> bool:
        """Whether two calls ask for the same, under whatever key."""
        return (self.call, self.payment_id, self.fingerprint) == (
            other.call,
            other.payment_id,
            other.fingerprint,
        )


@dataclass(slots=True)
class Record:
    """What was seen of a run: calls, and states of its payments, each in order; and amounts."""

    calls: list[Seen] = field(default_factory=list)
    states: list[tuple[datetime, str, PaymentState]] = field(default_factory=list)
    #: What each payment asks the customer for, as soon as that is known.
    amounts: dict[str, Decimal] = field(default_factory=dict)
    #: The payments that refuse a kind of card.
    restricted: list[str] = field(default_factory=list)
    #: When the till was told of a check-in, and what it answered; None where it could not be told.
    notified: list[tuple[datetime, int | None]] = field(default_factory=list)

    def of(self, *calls: str) -> list[Seen]:
        """The calls of some operations."""
        return [each for each in self.calls if each.call in calls]

    def began(self) -> datetime | None:
        """When the first of anything was seen."""
        times = [each.at for each in self.calls[:1]] + [at for at, _, _ in self.states[:1]]
        return min(times, default=None)

    def reached(self, *states: PaymentState) -> datetime | None:
        """When a payment of the run first was in one of some states, or None."""
        return next((at for at, _, state in self.states if state in states), None)

    def last_states(self) -> dict[str, PaymentState]:
        """The state each payment is in."""
        return {payment_id: state for _, payment_id, state in self.states}


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one expectation.

    Args:
        expected: the expectation in words.
        verdict: how it stands.
        seen: what was seen instead, where it failed or is unfinished.
        exchange: the number of the call that broke it, or met it.
        must_happen: whether it waits for something; else it holds until something breaks it.
        is_overdue: whether it failed for what was not done in time, and not for what was done.
    """

    expected: str
    verdict: Verdict
    seen: str = ""
    exchange: int | None = None
    must_happen: bool = True
    is_overdue: bool = False

    def settled(self) -> "Finding":
        """The finding once nothing more will happen: what nothing broke has passed."""
        if self.verdict is Verdict.UNFINISHED and not self.must_happen:
            return replace(self, verdict=Verdict.PASSED)
        return self
