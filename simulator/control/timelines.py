"""Control of time lines: what happened to a payment or at a point of sale, on one axis."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any, NamedTuple

from flask import request

from simulator.api.context import Context
from simulator.api.pipeline import sandbox_of
from simulator.control.queries import asked_limit, check_parameters
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.events import (
    CheckedIn,
    CheckedOut,
    Event,
    NotificationTried,
    PaymentChanged,
)
from simulator.engine.notifications import Notification
from simulator.engine.records import Payment
from simulator.engine.values import as_guid
from simulator.journal.exchanges import CONTROL, Exchange
from simulator.journal.explaining_words import event_in_words
from simulator.journal.shown import event_as_json, plain
from simulator.sandboxes import Sandbox
from simulator.scripting.playing import StepBegun

__all__ = ["show_timeline"]

USUAL = 500
CLOCK = "/_simulator/clock"
USERS = "UserSimulation"

#: What an event is called on the axis, by its class; the rest are `state`.
_KINDS = {
    "CheckedIn": "customer",
    "CheckedOut": "customer",
    "PaymentTakenOver": "customer",
    "ScriptStarted": "scenario",
    "ScriptStopped": "scenario",
    "StepBegun": "scenario",
    "NotificationTried": "notification",
}


class _Order(NamedTuple):
    """What comes first of what happened at one moment: an event, or the call that made the next."""

    at: datetime
    event: float
    is_call: bool
    number: int


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a time line is about: a payment, or a point of sale.

    Of a payment's point of sale it has what customers did while the payment was on their phone:
    from a time on, until the event of a number.
    """

    pos_id: str
    payment_id: str | None = None
    since: datetime | None = None
    until: float = inf

    def has_exchange(self, exchange: Exchange) -> bool:
        """Whether a call is about it, or moved everybody's clock."""
        if exchange.operation == CONTROL:
            return exchange.path.startswith(CLOCK)
        if self.payment_id is None:
            return exchange.pos_id == self.pos_id
        is_customers = (exchange.operation or "").startswith(USERS)
        before = exchange.mark - len(exchange.events)
        return exchange.payment_id == self.payment_id or (
            is_customers and exchange.pos_id == self.pos_id and self._spans(exchange.at, before + 1)
        )

    def has_event(self, number: int, event: Event) -> bool:
        """Whether an event is about it."""
        pos_id = getattr(event, "pos_id", None)
        if self.payment_id is None:
            return pos_id == self.pos_id
        payment_id = getattr(event, "payment_id", None)
        if payment_id is not None:
            return bool(payment_id == self.payment_id)
        if isinstance(event, NotificationTried):
            return pos_id == self.pos_id and self._has_begun(event.at)
        is_customers = isinstance(event, CheckedIn | CheckedOut)
        # A customer of a scenario leaves right after the payment is decided.
        leaves = 1 if isinstance(event, CheckedOut) else 0
        return is_customers and pos_id == self.pos_id and self._spans(event.at, number - leaves)

    def has_letter(self, letter: Notification) -> bool:
        """Whether a notification is about it."""
        return letter.pos_id == self.pos_id and self._has_begun(letter.created_at)

    def _spans(self, at: datetime, number: int) -> bool:
        return self._has_begun(at) and number <= self.until

    def _has_begun(self, at: datetime) -> bool:
        return self.since is None or self.since <= at


def show_timeline(context: Context) -> dict[str, Any]:
    """What happened to `?paymentId=`, or at `?posId=`: the newest `limit` entries, in order."""
    check_parameters("paymentId", "posId", "limit")
    sandbox, limit = sandbox_of(context), asked_limit(USUAL)
    with sandbox.world:
        subject = _subject(sandbox)
        lines = _lines(sandbox, subject)
    shown = _without_idle_jumps(lines)[-limit:]
    return {
        "paymentId": subject.payment_id,
        "posId": subject.pos_id,
        "entries": [entry for _, entry in shown],
        "more": len(shown) < len(lines) and len(shown) == limit,
    }


def _subject(sandbox: Sandbox) -> _Subject:
    given = {name: request.args.get(name, "") for name in ("paymentId", "posId")}
    if sum(map(bool, given.values())) != 1:
        raise SimulatorError(Refusal.BAD_REQUEST, "give paymentId or posId")
    ((name, text),) = ((name, text) for name, text in given.items() if text)
    try:
        found = as_guid(text)
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"{name}: {error}") from error
    if name == "posId":
        return _Subject(found)
    payment = sandbox.world.payments.get(found)
    if payment is None:
        raise SimulatorError(Refusal.NO_SUCH_PATH, f"no payment {found}")
    since = min(payment.created_at, payment.paired_at or payment.created_at)
    return _Subject(payment.pos_id, found, since, _decided(sandbox, payment))


def _decided(sandbox: Sandbox, payment: Payment) -> float:
    """Returns the number of the event that took a payment from the phone; infinity before."""
    log = sandbox.world.events
    for number, event in enumerate(log, log.first):
        if not isinstance(event, PaymentChanged) or event.payment_id != payment.id:
            continue
        if not event.after.is_active:
            return number
    return inf if payment.state.is_active else log.first


def _lines(sandbox: Sandbox, subject: _Subject) -> list[tuple[_Order, dict[str, Any]]]:
    real_times: dict[int, float] = {}
    lines = list(_calls(sandbox, subject, real_times))
    lines += _events(sandbox, subject, real_times)
    lines += _letters(sandbox, subject)
    lines.sort(key=lambda line: line[0])
    return lines


def _calls(
    sandbox: Sandbox, subject: _Subject, real_times: dict[int, float]
) -> Iterator[tuple[_Order, dict[str, Any]]]:
    for exchange in sandbox.journal:
        for event in exchange.events:
            real_times[id(event)] = exchange.real_at
        if subject.has_exchange(exchange):
            before = exchange.mark - len(exchange.events)
            yield _Order(exchange.at, before, True, exchange.id), _call(exchange)


def _call(exchange: Exchange) -> dict[str, Any]:
    is_clock = exchange.operation == CONTROL
    is_customer = (exchange.operation or "").startswith(USERS)
    return {
        "kind": "clock" if is_clock else "customer" if is_customer else "call",
        "at": plain(exchange.at),
        "realAt": plain(datetime.fromtimestamp(exchange.real_at, UTC)),
        "text": _call_in_words(exchange),
        "request": exchange.id,
        "operation": exchange.operation,
        "status": exchange.seen_status,
        "code": exchange.code,
        "fault": exchange.fault,
        "delivery": exchange.delivery.value,
        "aside": exchange.is_aside,
    }


def _call_in_words(exchange: Exchange) -> str:
    if exchange.operation != CONTROL:
        return f"{exchange.method} {exchange.path}"
    said = exchange.json if isinstance(exchange.json, dict) else {}
    answer = exchange.answer_json if isinstance(exchange.answer_json, dict) else {}
    if exchange.status >= 400:
        return f"the clock was not moved: {answer.get('error', '')}"
    if "scale" in said:
        return f"time runs {said['scale']} times as fast"
    return f"the clock was moved to {_readable(str(answer.get('now', '')))}"


def _readable(time: str) -> str:
    return time.replace("T", " ").removesuffix("Z")


def _events(
    sandbox: Sandbox, subject: _Subject, real_times: dict[int, float]
) -> Iterator[tuple[_Order, dict[str, Any]]]:
    log = sandbox.world.events
    for number, event in enumerate(log, log.first):
        if subject.has_event(number, event):
            real = real_times.get(id(event))
            yield (
                _Order(event.at, number, False, 0),
                {
                    "kind": _KINDS.get(type(event).__name__, "state"),
                    "at": plain(event.at),
                    "realAt": plain(datetime.fromtimestamp(real, UTC)) if real else None,
                    "text": _event_in_words(event),
                    "event": event_as_json(event),
                },
            )


def _event_in_words(event: Event) -> str:
    if isinstance(event, StepBegun):
        return f"step {event.number} of {event.scenario}: {event.action}"
    return event_in_words(event)


def _letters(sandbox: Sandbox, subject: _Subject) -> Iterator[tuple[_Order, dict[str, Any]]]:
    log = sandbox.world.events
    tries: dict[str, int] = {}
    for number, event in enumerate(log, log.first):
        if isinstance(event, NotificationTried):
            tries.setdefault(event.notification_id, number)
    for letter in sandbox.world.notifications.values():
        if subject.has_letter(letter):
            text = f"{letter.alias} is to be told: {letter.url}"
            shown = {"kind": "notification", "at": plain(letter.created_at), "realAt": None}
            # It comes right before it was tried, which the events tell of.
            order = _Order(letter.created_at, tries.get(letter.id, inf) - 0.5, False, 0)
            yield order, {**shown, "text": text, "notification": letter.id}


def _without_idle_jumps(
    lines: list[tuple[_Order, dict[str, Any]]],
) -> list[tuple[_Order, dict[str, Any]]]:
    """Leaves out the clock's jumps before anything else happened."""
    for number, (_, entry) in enumerate(lines):
        if entry["kind"] != "clock":
            return lines[number:]
    return []
