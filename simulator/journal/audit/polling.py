"""Rules about polling."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from simulator.engine.states import PaymentState, RefundState
from simulator.journal.audit.calls import Call, Outcome, Who, since, waited
from simulator.journal.audit.rules import Broken, Evidence, Severity, rule, shown

#: What is polled, and the calls of the client that change it.
POLLED = {
    "QueryPayment": ("PaymentReady", "CapturePayment", "CancelPayment"),
    "GetRefund": ("CaptureRefund", "CancelRefund"),
    "GetCheckIn": (),
}
CHANGING = {call: poll for poll, calls in POLLED.items() for call in calls}
#: States in which there is nothing left to wait for.
DECIDED = {each for each in PaymentState if not each.is_active} | {
    each for each in RefundState if each is not RefundState.INITIATED
}
#: How much sooner than told a poll may come: networks are not that regular.
JITTER = 0.05
LONGEST_CHECK_IN = timedelta(minutes=10)
MOST_CHECK_INS = 600
#: A pause after which polling for a check-in has begun anew.
CHECK_IN_PAUSE = timedelta(minutes=1)


#: Who polls, with which call, and what.
_Polled = tuple[Who, str, str]


@dataclass(frozen=True, slots=True)
class _Poll:
    """The last poll of one thing that was answered, and how long was to be waited then."""

    call: Call
    delay: timedelta
    #: Whether the client may look once more without waiting.
    is_news: bool


@dataclass(frozen=True, slots=True)
class _Early:
    """A poll that came too soon: how long after the last, and how long was to be waited."""

    call: Call
    gap: timedelta
    delay: timedelta


@rule(
    "polled-too-soon",
    Severity.WARNING,
    "Polled sooner than pollDelayInMs",
    "Each answer says in `pollDelayInMs` how long to wait before the next poll; the service can "
    "change it at any time (section 9).",
)
def polled_too_soon(evidence: Evidence) -> Iterator[Broken]:
    """Two polls of the same payment, refund or check-in came closer together than the answer to the
    first had said. A twentieth is taken for jitter of the network.

    Not counted: a poll after an answer that was lost, cut off, late or an error, which is a retry;
    the first look at a payment or refund after its state was decided, or after the client has
    changed it; polls that are far enough apart by the real time or by the sandbox's, whichever is
    kinder; and anything while the sandbox's time stands still.
    """
    last: dict[_Polled, _Poll] = {}
    found: defaultdict[_Polled, list[_Early]] = defaultdict(list)
    for call in evidence.calls:
        polled = call.who, CHANGING.get(call.operation, call.operation), call.subject
        before = last.get(polled)
        if call.operation in CHANGING:
            last.pop(polled, None)
        elif call.operation in POLLED:
            if before is not None and not before.is_news and _is_too_soon(before, call):
                found[polled].append(_Early(call, since(before.call, call), before.delay))
            if call.outcome is Outcome.DONE:
                last[polled] = _answered(call, before)
            elif call.exchange.seen_status != 429:
                last.pop(polled, None)
    for early in found.values():
        yield _too_soon(early)


def _is_too_soon(before: _Poll, call: Call) -> bool:
    enough = before.delay * (1 - JITTER)
    return since(before.call, call) > timedelta(0) and waited(before.call, call) < enough


def _answered(call: Call, before: _Poll | None) -> _Poll:
    delay = timedelta(milliseconds=call.told("pollDelayInMs") or 0)
    was, state = before.call.told("status") if before else None, call.told("status")
    return _Poll(call, delay, is_news=state in DECIDED and state != was)


def _too_soon(early: list[_Early]) -> Broken:
    worst = min(early, key=lambda each: each.gap)
    times = "once" if len(early) == 1 else f"{len(early)} times"
    return Broken.by(
        [each.call for each in early],
        f"{worst.call.operation} was polled sooner than its answer had asked for, {times}. "
        f"The soonest poll, request {worst.call.id}, came {shown(worst.gap)} after the one before "
        f"it, whose pollDelayInMs was {shown(worst.delay)}. Wait as long as the last answer says.",
    )


@rule(
    "check-in-polled-without-end",
    Severity.WARNING,
    "Polled for a check-in without end",
    "Poll for a check-in only while a QR code is shown to somebody (section 9).",
)
def check_in_polled_without_end(evidence: Evidence) -> Iterator[Broken]:
    """The check-in of one point of sale was polled more than 600 times in a row, or for more than
    ten minutes of the sandbox's time, and the client did nothing else there. After a minute without
    a poll, polling has begun anew.
    """
    rows: dict[tuple[Who, str], list[Call]] = {}
    for call in evidence.calls:
        place = call.who, call.exchange.pos_id or ""
        row = rows.get(place, [])
        goes_on = call.operation == "GetCheckIn" and (
            not row or since(row[-1], call) <= CHECK_IN_PAUSE
        )
        if goes_on:
            rows.setdefault(place, row).append(call)
            continue
        yield from _endless(rows.pop(place, []))
        if call.operation == "GetCheckIn":
            rows[place] = [call]
    for row in rows.values():
        yield from _endless(row)


def _endless(row: list[Call]) -> Iterator[Broken]:
    if len(row) > MOST_CHECK_INS or (row and since(row[0], row[-1]) > LONGEST_CHECK_IN):
        took = since(row[0], row[-1])
        over = f", over {shown(took)}" if took else ""
        yield Broken.by(
            row,
            f"The check-in of one point of sale was polled {len(row)} times in a "
            f"row{over}, and nothing else was done there. Stop when the QR code is not shown any "
            "more, and begin again with the next customer.",
        )
