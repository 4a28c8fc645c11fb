"""Rules about retries of failed calls."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from ...client import Severity
from ...engine.client_rules import (
    ADVISED_RETRIES,
    FEWEST_PAUSES,
    MOST_RETRIES,
    RETRY_WINDOW,
    SHORTEST_PAUSE,
)
from ...engine.operations import TOKEN_CALL
from ..words import length_in_words
from .calls import AuditedCall, CallOutcome, SentRequest, longest_time
from .rules import Breach, Evidence, rule

#: Polls, which are no retries of each other.
POLLS = ("QueryPayment", "GetRefund", "GetCheckIn")


def attempts_in(evidence: Evidence) -> Iterator[list[AuditedCall]]:
    """Yields the attempts at each call: the first, then the retries.

    Polls are left out: one that is made again is no retry.
    """
    attempts: dict[SentRequest, list[AuditedCall]] = {}
    for call in evidence.calls:
        if call.operation in POLLS:
            continue
        before = attempts.get(call.sent, [])
        if before and _needs_retry(before[-1]) and longest_time(before[-1], call) <= RETRY_WINDOW:
            before.append(call)
            continue
        if before:
            yield before
        attempts[call.sent] = [call]
    yield from attempts.values()


def _needs_retry(call: AuditedCall) -> bool:
    if call.outcome is CallOutcome.UNAUTHORIZED:
        # A client may send no credentials before it is asked for them; its next call has them.
        return call.operation != TOKEN_CALL or bool(call.sent.client.client_id)
    return call.outcome is CallOutcome.LOST


@rule(
    "too-many-retries",
    Severity.WARNING,
    f"More than {MOST_RETRIES} retries of one call",
    f"Retry a call at most {MOST_RETRIES} times; {ADVISED_RETRIES} are advised. After that, "
    "a person has to look at the problem (section 9).",
)
def too_many_retries(evidence: Evidence) -> Iterator[Breach]:
    """The same request was sent more than six times in a row without a usable answer: there was
    none, or a late or unreadable one, 5xx, 429 or 401. After a pause of five minutes, a call counts
    as a new one.

    Not counted: polls of a payment, a refund or a check-in, which go on at the last known delay
    (see `polled-too-soon`); and a request for a token without credentials, by a client that sends
    them once it is asked.
    """
    for attempts in attempts_in(evidence):
        if len(attempts) > MOST_RETRIES + 1:
            first, last = attempts[0], attempts[-1]
            yield Breach.by(
                attempts[MOST_RETRIES + 1 :],
                f"{first.operation} was retried {len(attempts) - 1} times in a row (requests "
                f"{first.id} to {last.id}). Give up after {MOST_RETRIES} retries, and tell a "
                "person.",
            )


@rule(
    "no-back-off",
    Severity.WARNING,
    "Retried without a pause, or with ever shorter pauses",
    "Wait before each retry: always equally long or longer each time, with some jitter. More calls "
    "make the trouble of an overloaded service worse (section 9).",
)
def no_back_off(evidence: Evidence) -> Iterator[Breach]:
    """A retry came less than 50 ms after the call before it had failed; or the pauses before at
    least three retries became shorter each time, and the last was less than half of the first.

    A pause is measured by the sandbox's time or by the real time, whichever is longer. Not counted:
    a retry with a new token after a 401; a retry after a call that timed out, since only the client
    knows when it gave up; and polls (see `polled-too-soon`).
    """
    for attempts in attempts_in(evidence):
        pauses = list(_pauses(attempts))
        hasty = [(pause, call) for pause, call in pauses if pause < SHORTEST_PAUSE]
        if hasty:
            pause, call = min(hasty, key=lambda each: each[0])
            yield _no_pause(
                [each for _, each in hasty],
                f"at once. Request {call.id} came {length_in_words(pause)} after the call before "
                "had failed",
            )
        elif _shrink([pause for pause, _ in pauses]):
            lengths = ", ".join(length_in_words(pause) for pause, _ in pauses)
            yield _no_pause([call for _, call in pauses], f"after ever shorter pauses: {lengths}")


def _pauses(attempts: list[AuditedCall]) -> Iterator[tuple[timedelta, AuditedCall]]:
    """Yields the pauses before retries, as far as they are known."""
    for before, call in pairwise(attempts):
        took = timedelta(seconds=before.exchange.duration)
        pause = longest_time(before, call) - took
        # A call that began long before the other had ended is no retry of it.
        if before.outcome is CallOutcome.LOST and not before.is_late and pause > -SHORTEST_PAUSE:
            yield max(pause, timedelta(0)), call


def _shrink(pauses: list[timedelta]) -> bool:
    falls = all(later < before for before, later in pairwise(pauses))
    return len(pauses) >= FEWEST_PAUSES and falls and pauses[-1] < pauses[0] / 2


def _no_pause(calls: list[AuditedCall], how: str) -> Breach:
    return Breach.by(
        calls,
        f"{calls[0].operation} was retried {how}. Wait before each retry, for example half a "
        "second before the first and twice as long each time.",
    )
