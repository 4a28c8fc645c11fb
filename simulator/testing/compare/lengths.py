"""Lengths of time that nobody documented, as far as a recording shows that they were longer.

How long a refund takes to be reserved, and how long a payment may wait for its customer.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ...engine.rules import Rules
from ...engine.states import PaymentState
from .har import HttpRecording, RecordedCall
from .outlook import answer_of, status_in

_ACTIVE = frozenset(each.value for each in PaymentState if each.is_active)
_MOMENT = timedelta(milliseconds=1)


def lengths_shown(recording: HttpRecording) -> dict[str, timedelta]:
    """Returns the settings that the recorded answers contradict, each with a length that fits."""
    usual, found = Rules(), {}
    fine = [each for each in recording.calls if each.failure is None]
    waited = max(_waits(fine), default=timedelta(0))
    if waited >= usual.inactivity_limit:
        found["inactivity_limit"] = waited + timedelta(seconds=1)
    refunds = list(_reservings(fine))
    least = max((shortest for shortest, _ in refunds), default=timedelta(0))
    most = min((longest for _, longest in refunds), default=timedelta.max)
    if not least < usual.refund_reserving_time <= most:
        found["refund_reserving_time"] = most if least < most < timedelta.max else least + _MOMENT
    return found


def _waits(calls: Iterable[RecordedCall]) -> Iterator[timedelta]:
    """Yields how long payments are seen in one active state."""
    since: dict[str, tuple[str, datetime]] = {}
    for call in calls:
        exchange = call.exchange
        status = status_in(exchange)
        if exchange.operation != "QueryPayment" or not exchange.payment_id:
            continue
        if status not in _ACTIVE:
            continue
        known, begins = since.setdefault(exchange.payment_id, (status, exchange.at))
        if known != status:
            since[exchange.payment_id] = status, exchange.at
        else:
            yield exchange.at - begins


def _reservings(calls: Iterable[RecordedCall]) -> Iterator[tuple[timedelta, timedelta]]:
    """Yields how long refunds took to be reserved, at least and at most."""
    begins: dict[str, datetime] = {}
    bounds: dict[str, tuple[timedelta, timedelta]] = {}
    for call in calls:
        exchange = call.exchange
        answer = answer_of(exchange) if exchange.status == 200 else {}
        if exchange.operation == "CreateRefund":
            begins[str(answer.get("refundId")).lower()] = exchange.at
        there = exchange.refund_id or ""
        if there not in begins or exchange.status != 200:
            continue
        took = exchange.at - begins[there]
        least, most = bounds.get(there, (timedelta(0), timedelta.max))
        status = status_in(exchange)
        if status == "Initiated":
            least = max(least, took)
        elif status in ("Reserved", "Captured") or exchange.operation == "CaptureRefund":
            most = min(most, took)
        bounds[there] = least, most
    yield from bounds.values()
