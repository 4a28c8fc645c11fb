"""Rules about polling."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from ...client import Severity
from ...engine import client_rules
from ...engine.poll_pace import POLLED, EarlyPoll, Poll, PollPace, PollResult
from ...engine.states import PaymentState
from ..words import length_in_words
from .callers import AuditedClient
from .calls import AuditedCall, CallOutcome, sandbox_time
from .rules import Breach, Evidence, rule

CHANGING = {call: poll for poll, calls in POLLED.items() for call in calls}
#: Calls that settle a reserved payment.
SETTLING = ("CapturePayment", "CancelPayment")
#: Fewer payments that are polled in a row are no sweep.
FEWEST_SWEPT = 3
#: Who polls, with which call, and the id of what is polled.
_Polled = tuple[AuditedClient, str, str]
#: A poll that came too soon, and how.
_TooSoon = tuple[AuditedCall, EarlyPoll]


@rule(
    "polled-too-soon",
    Severity.WARNING,
    "Polled sooner than pollDelayInMs",
    "Each answer tells in `pollDelayInMs` how long to wait before the next poll; the service can "
    "change the delay at any time. After a poll without an answer, go on at the last known delay. "
    "Payments and check-ins are polled at most once a second where no delay is known (section 9).",
)
def polled_too_soon(evidence: Evidence) -> Iterator[Breach]:
    """Two polls of the same payment, refund or check-in came closer together than the last answer
    asked for. That holds, too, where the answer to the first was lost, cut off, late or a 5xx:
    such a poll is no retry. Where no delay is known yet, polls of a payment or a check-in are at
    least one second apart. One twentieth less is accepted as jitter of the network.

    Not counted: the first poll after the call that made the payment; a poll after a 4xx; the first
    poll of a payment or refund after its state was decided or the client changed it; polls that are
    far enough apart by the real time or by the sandbox's time; and all polls while the sandbox's
    time stands still.
    """
    paces: dict[_Polled, PollPace] = {}
    found: defaultdict[_Polled, list[_TooSoon]] = defaultdict(list)
    for call in evidence.calls:
        operation = CHANGING.get(call.operation, call.operation)
        polled = call.client, operation, call.path_id
        if call.operation in CHANGING:
            paces.pop(polled, None)
        elif call.operation in POLLED:
            pace = paces.setdefault(polled, PollPace.of(operation))
            early = pace.add(_as_poll(call))
            if early is not None:
                found[polled].append((call, early))
    for each in found.values():
        yield _too_soon(each)


def _as_poll(call: AuditedCall) -> Poll:
    is_answered = call.outcome is CallOutcome.SUCCEEDED
    delay = call.answered("pollDelayInMs") or 0 if is_answered else 0
    return Poll(
        call.at,
        call.exchange.real_at,
        _result_of(call),
        timedelta(milliseconds=delay),
        call.answered("status") if is_answered else None,
    )


def _result_of(call: AuditedCall) -> PollResult:
    if call.outcome is CallOutcome.SUCCEEDED:
        return PollResult.ANSWERED
    if call.outcome is not CallOutcome.LOST:
        return PollResult.REFUSED
    return PollResult.TOO_EARLY if call.exchange.seen_status == 429 else PollResult.LOST


def _too_soon(polls: list[_TooSoon]) -> Breach:
    call, worst = min(polls, key=lambda each: each[1].gap)
    times = "once" if len(polls) == 1 else f"{len(polls)} times"
    delay = length_in_words(worst.delay)
    known = f"the last known pollDelayInMs was {delay}"
    return Breach.by(
        [each for each, _ in polls],
        f"{call.operation} was polled too soon, {times}. The soonest poll, request {call.id}, "
        f"came {length_in_words(worst.gap)} after the poll before it; "
        f"{known if worst.is_told else f'no delay was known yet, so {delay} counts'}. Wait as long "
        "as the last answer says, also after a poll that fails.",
    )


@rule(
    "check-in-polled-without-end",
    Severity.WARNING,
    "Polled for a check-in without end",
    "Poll for a check-in only while a QR code is shown (section 9).",
)
def check_in_polled_without_end(evidence: Evidence) -> Iterator[Breach]:
    """The check-in of one point of sale was polled more than 600 times in a row, or for more than
    ten minutes of the sandbox's time, and the client did nothing else there. After one minute
    without a poll, polling starts anew.
    """
    rows: dict[tuple[AuditedClient, str], list[AuditedCall]] = {}
    for call in evidence.calls:
        place = call.client, call.exchange.pos_id or ""
        row = rows.get(place, [])
        goes_on = call.operation == "GetCheckIn" and (
            not row or sandbox_time(row[-1], call) <= client_rules.POLLING_PAUSE
        )
        if goes_on:
            rows.setdefault(place, row).append(call)
            continue
        yield from _endless(rows.pop(place, []))
        if call.operation == "GetCheckIn":
            rows[place] = [call]
    for row in rows.values():
        yield from _endless(row)


def _endless(row: list[AuditedCall]) -> Iterator[Breach]:
    took = sandbox_time(row[0], row[-1]) if row else timedelta(0)
    if len(row) > client_rules.MOST_POLLS or took > client_rules.LONGEST_POLLING:
        over = f", over {length_in_words(took)}" if took else ""
        yield Breach.by(
            row,
            f"The check-in of one point of sale was polled {len(row)} times in a row{over}, and "
            "nothing else was done there. Stop polling when the QR code is no longer shown, and "
            "start again with the next customer.",
        )


@rule(
    "reservations-swept-by-polling",
    Severity.WARNING,
    "Looked for work by polling reserved payments",
    "Keep a list of the reserved payments, each marked to be captured or cancelled, and let the "
    "periodic job settle those. To poll all of them and decide by what is found is bad practice: "
    "what should be cancelled is then captured, and the other way round (sections 7 and 9).",
)
def reservations_swept_by_polling(evidence: Evidence) -> Iterator[Breach]:
    """A client polled at least three payments in a row that had been reserved for more than five
    minutes, and did nothing else in between than to capture or cancel the one it had just polled.
    """
    reserved = {each.id: each.reserved_at for each in evidence.payments if each.reserved_at}
    rows: dict[AuditedClient, list[AuditedCall]] = {}
    for call in evidence.calls:
        row = rows.setdefault(call.client, [])
        payment_id = call.exchange.payment_id
        begun = reserved.get(payment_id or "")
        is_old = begun is not None and call.at - begun > client_rules.RETRY_WINDOW
        if call.operation == "QueryPayment" and is_old and _shows_reserved(call):
            row.append(call)
        elif not (row and call.operation in SETTLING and _is_of(row[-1], payment_id)):
            yield from _swept(rows.pop(call.client))
    for row in rows.values():
        yield from _swept(row)


def _shows_reserved(call: AuditedCall) -> bool:
    return bool(call.answered("status") == PaymentState.RESERVED)


def _is_of(call: AuditedCall, payment_id: str | None) -> bool:
    return call.exchange.payment_id == payment_id


def _swept(row: list[AuditedCall]) -> Iterator[Breach]:
    count = len({each.exchange.payment_id for each in row})
    if count >= FEWEST_SWEPT:
        yield Breach.by(
            row,
            f"{count} payments that had long been reserved were polled one after the other. Keep a "
            "list of what is to be captured and what is to be cancelled, look each up by its "
            "orderId and posId, and settle it.",
        )
