"""Rules about retries: of calls that failed, and of calls that were refused."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import pairwise

from simulator.engine.events import (
    Event,
    PaymentChanged,
    PosDeleted,
    RefundChanged,
    StoreChanged,
)
from simulator.engine.states import PaymentState
from simulator.journal.audit.calls import Call, Outcome, Sent, Who, waited
from simulator.journal.audit.rules import Broken, Evidence, Severity, count_of, rule, shown

MOST_RETRIES = 5
#: A call that is made again after a longer pause than this is no retry any more.
LONGEST_PAUSE = timedelta(minutes=5)
#: A retry that comes sooner than this came at once.
AT_ONCE = timedelta(milliseconds=50)
#: Fewer pauses than these say nothing about whether they shrink.
TELLING_PAUSES = 3

#: Code of the refusal for a point of sale on which a payment is active.
ACTIVE = "1301"


def _series(evidence: Evidence) -> Iterator[list[Call]]:
    """Yields the attempts at one call where there were retries: the first, and these."""
    attempts: dict[Sent, list[Call]] = {}
    for call in evidence.calls:
        before = attempts.get(call.sent, [])
        if before and _is_called_for(before[-1]) and waited(before[-1], call) <= LONGEST_PAUSE:
            before.append(call)
            continue
        if len(before) > 1:
            yield before
        attempts[call.sent] = [call]
    yield from (each for each in attempts.values() if len(each) > 1)


def _is_called_for(call: Call) -> bool:
    """Whether it is right to make a call again."""
    return call.outcome in (Outcome.LOST, Outcome.UNAUTHORIZED)


@rule(
    "too-many-retries",
    Severity.WARNING,
    "More than 5 retries of one call",
    "Retry a call at most 5 times; 2 are advised. After that, something is wrong that a person has "
    "to look at (section 9).",
)
def too_many_retries(evidence: Evidence) -> Iterator[Broken]:
    """The same request was made more than six times in a row while no answer could be used: none, a
    late one, one that can't be read, 5xx, 429 or 401. After a pause of five minutes a call counts
    as a new one. Polls that fail count as well.
    """
    for attempts in _series(evidence):
        if len(attempts) > MOST_RETRIES + 1:
            first, last = attempts[0], attempts[-1]
            yield Broken.by(
                attempts[MOST_RETRIES + 1 :],
                f"{first.operation} was tried {len(attempts)} times in a row, so it "
                f"was retried {len(attempts) - 1} times (requests {first.id} to {last.id}). "
                f"Give up after {MOST_RETRIES} retries, and tell a person.",
            )


@rule(
    "no-back-off",
    Severity.WARNING,
    "Retried without a pause, or with pauses that shrink",
    "Wait before a retry: as long each time, or longer each time, with some jitter. A service in "
    "trouble is not helped by more calls (section 9).",
)
def no_back_off(evidence: Evidence) -> Iterator[Broken]:
    """A retry came less than 50 ms after the call before it had failed; or the pauses before at
    least three retries became shorter each time, to less than half in the end.

    Pauses are those of the sandbox's time, or of the real time where that is longer, as it is while
    the sandbox's stands still. Not counted: a retry with a new token after a 401, and one after a
    call that timed out, since nobody but the client knows when it gave up.
    """
    for attempts in _series(evidence):
        pauses = list(_pauses(attempts))
        hasty = [(pause, call) for pause, call in pauses if pause < AT_ONCE]
        if hasty:
            pause, call = min(hasty, key=lambda each: each[0])
            yield _no_pause(
                [each for _, each in hasty],
                f"at once. Request {call.id} came {shown(pause)} after the call before it had "
                "failed",
            )
        elif _shrink([pause for pause, _ in pauses]):
            lengths = ", ".join(shown(pause) for pause, _ in pauses)
            yield _no_pause([call for _, call in pauses], f"after pauses that shrink: {lengths}")


def _pauses(attempts: list[Call]) -> Iterator[tuple[timedelta, Call]]:
    """Yields the pauses before retries, where they are known."""
    for before, call in pairwise(attempts):
        took = timedelta(seconds=before.exchange.duration)
        pause = waited(before, call) - took
        # One that began long before the other had ended is no retry of it.
        if before.outcome is Outcome.LOST and not before.is_late and pause > -AT_ONCE:
            yield max(pause, timedelta(0)), call


def _shrink(pauses: list[timedelta]) -> bool:
    falls = all(later < before for before, later in pairwise(pauses))
    return len(pauses) >= TELLING_PAUSES and falls and pauses[-1] < pauses[0] / 2


def _no_pause(calls: list[Call], how: str) -> Broken:
    return Broken.by(
        calls,
        f"{calls[0].operation} was retried {how}. Wait before each retry, such as half a "
        "second and then twice as long each time.",
    )


@rule(
    "refusal-retried",
    Severity.WARNING,
    "Made a refused call again",
    "A 4xx is an answer, not a failure: the same call is refused again until something has "
    "changed. Only a failed call is to be retried (sections 4 and 9).",
)
def refusal_retried(evidence: Evidence) -> Iterator[Broken]:
    """A client was answered 4xx and made the same request again, under whatever key, though nothing
    had happened in between to the payment, refund or point of sale it is about.

    Not counted: what is made again five minutes later; 401 (see `expired-token-used`) and 429; the
    clean-up after 1301, where the client cancels the active payment, or finds none any more, and
    makes the call again; and what can't be told since the events in between were dropped.
    """
    refused: dict[Sent, list[Call]] = {}
    cleaned: dict[tuple[Who, str | None], int] = {}
    for call in evidence.calls:
        if _cleans_up(call):
            cleaned[call.who, call.exchange.pos_id] = call.id
        calls = refused.get(call.sent)
        if calls:
            before = calls[-1]
            is_clean = cleaned.get((call.who, call.exchange.pos_id), 0) > before.id
            is_new = waited(before, call) > LONGEST_PAUSE or _has_changed(evidence, before, call)
            if is_new or (is_clean and before.code == ACTIVE):
                yield from _again(refused.pop(call.sent))
            else:
                calls.append(call)
        if call.outcome is Outcome.REFUSED:
            refused.setdefault(call.sent, [call])
        elif call.sent in refused:
            yield from _again(refused.pop(call.sent))
    for calls in refused.values():
        yield from _again(calls)


def _cleans_up(call: Call) -> bool:
    return call.operation == "CancelPayment" or call.told("paymentIds") == []


def _has_changed(evidence: Evidence, before: Call, call: Call) -> bool:
    """Whether something happened that the same request could be answered otherwise for."""
    events = evidence.timeline.between(before, call)
    return events is None or any(_matters(event, before) for event in events)


def _matters(event: Event, call: Call) -> bool:
    exchange = call.exchange
    match event:
        case StoreChanged() | PosDeleted():
            return True
        case PaymentChanged() if call.operation == "CreateRefund":
            return event.after is PaymentState.CAPTURED
        case PaymentChanged():
            return event.pos_id == exchange.pos_id
        case RefundChanged():
            return event.payment_id == exchange.payment_id
    return False


def _again(calls: Iterable[Call]) -> Iterator[Broken]:
    first, *again = calls
    if again:
        yield Broken.by(
            again,
            f"{first.operation} was refused with {first.refusal} (request {first.id}) and "
            f"made again {count_of(len(again), 'time')}, though nothing had changed. Read the "
            "refusal, and do something about it first.",
        )
