"""THE READING OF POLLS: how soon a client may poll the same thing again (section 9).

The audit and the expectations of scenarios both read polls here, so that they agree.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from .client_rules import POLL_DELAY, POLL_JITTER
from .states import PaymentState, RefundState

#: The polls, and the client's calls that change what is polled.
POLLED = {
    "QueryPayment": ("PaymentReady", "CapturePayment", "CancelPayment"),
    "GetRefund": ("CaptureRefund", "CancelRefund"),
    "GetCheckIn": (),
}
#: The polls that are made at most once a second where no delay is known; refunds are not named.
ONCE_A_SECOND = ("QueryPayment", "GetCheckIn")
#: States in which there is nothing left to wait for.
DECIDED = {each for each in (*PaymentState, *RefundState) if not each.is_active}


class PollResult(Enum):
    """What a client got for a poll."""

    ANSWERED = "answered"
    #: A 4xx: the next poll is not one after an answer.
    REFUSED = "refused"
    #: A 429: the poll before it still counts.
    TOO_EARLY = "too early"
    #: No usable answer.
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll.

    Args:
        at: the sandbox's time it came.
        real_at: the real time it came, in seconds since 1970; 0 if it is unknown.
        result: what the client got.
        delay: the `pollDelayInMs` of its answer.
        state: the state that its answer told.
    """

    at: datetime
    real_at: float
    result: PollResult
    delay: timedelta | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class EarlyPoll:
    """A poll that came too soon.

    Args:
        gap: how long after the poll before it, in the sandbox's time.
        delay: how long it should have waited.
        is_told: whether an answer has told that delay.
    """

    gap: timedelta
    delay: timedelta
    is_told: bool


@dataclass(frozen=True, slots=True)
class _LastPoll:
    at: datetime
    real_at: float
    delay: timedelta
    is_told: bool = False
    state: str | None = None
    #: Whether the client may poll once more without waiting.
    is_news: bool = False


class PollPace:
    """How fast one client polls one thing.

    Args:
        floor: the least time between two polls where no delay is known.
    """

    def __init__(self, floor: timedelta) -> None:
        self._floor = floor
        self._last: _LastPoll | None = None

    @classmethod
    def of(cls, operation: str) -> "PollPace":
        """Returns the pace of an operation's polls."""
        return cls(POLL_DELAY if operation in ONCE_A_SECOND else timedelta(0))

    def add(self, poll: Poll) -> EarlyPoll | None:
        """Notes the next poll; returns how it came too soon, or None.

        While the sandbox's time stands still no poll is too soon. Otherwise the longer of the
        sandbox's time and the real time counts, with `POLL_JITTER` less than the delay.
        """
        last = self._last
        early = _too_soon(last, poll) if last is not None else None
        if poll.result is PollResult.ANSWERED:
            before = last.state if last is not None else None
            is_news = poll.state in DECIDED and poll.state != before
            delay = poll.delay or timedelta(0)
            self._last = _LastPoll(poll.at, poll.real_at, delay, True, poll.state, is_news)
        elif poll.result is PollResult.REFUSED:
            self._last = None
        elif poll.result is PollResult.LOST:
            last = last or _LastPoll(poll.at, poll.real_at, self._floor)
            self._last = replace(last, at=poll.at, real_at=poll.real_at, is_news=False)
        return early

    def forget(self) -> None:
        """Notes that the client has changed what it polls, so that there is something to see."""
        self._last = None


def _too_soon(last: _LastPoll, poll: Poll) -> EarlyPoll | None:
    gap = poll.at - last.at
    real = poll.real_at - last.real_at if last.real_at and poll.real_at else 0.0
    waited = max(gap, timedelta(seconds=real))
    if last.is_news or gap <= timedelta(0) or waited >= last.delay * (1 - POLL_JITTER):
        return None
    return EarlyPoll(gap, last.delay, last.is_told)
