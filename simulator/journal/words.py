"""Words: events and timers as sentences, templates with gaps, times, lists."""

import dataclasses
import re
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..engine import check_ins, events, payment_course, refunds
from ..engine.notifications import SendNotification
from ..engine.states import PAYMENTS, REFUNDS, StateMachine
from ..engine.values import show_duration
from ..scripting.scenario_engine import ScenarioEngine
from ..scripting.script_runner import RunStep, ScriptStarted, ScriptStopped, StepBegun

LONGEST = 300

_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
#: What a message says exactly, in brackets behind its full stop.
_REASON = re.compile(r"[.?!] \(.+\)$", re.DOTALL)
_GAP = re.compile(r"\{(\w+)")

# fmt: off
#: The words for each kind of event; the gaps are the event's fields.
EVENTS: Mapping[type[events.WorldEvent], str] = {
    events.PaymentChanged: "payment {payment_id} [went from {before} to {after}|became {after}] ({trigger}[; {source}])",
    events.RefundChanged: "refund {refund_id} [went from {before} to {after}|became {after}] ({trigger}[; {source}])",
    events.PaymentTakenOver: "{phone} took over payment {payment_id}",
    events.CardRefused: "the app refused {phone}'s {card} card, which payment {payment_id} disallows",
    events.CardChosen: "{phone} chose a {card} card for payment {payment_id}",
    events.PosCreated: "point of sale {pos_id} was created",
    events.PosDeleted: "point of sale {pos_id} was deleted",
    events.CheckedIn: "{phone} checked in at point of sale {pos_id}",
    events.CheckedOut: "{phone} left point of sale {pos_id}",
    events.StoreChanged: "store {store_id} is {activity}[, with a balance of {balance}]",
    events.NotificationTried: "the check-in at point of sale {pos_id} was sent to the till, [which answered {status}|but nothing answered ({error})]",
    ScriptStarted: "the scenario {scenario} started for payment {payment_id}",
    StepBegun: "step {number} of the scenario {scenario} ran: {action}",
    ScriptStopped: "the scenario {scenario} ended for payment {payment_id}[: {reason}]",
}

#: The words for each kind of timer.
DUE: Mapping[type[Hashable], str] = {
    payment_course.CancelInactivePayment: "MobilePay cancels the payment for inactivity",
    payment_course.ReservePayment: "the amount is reserved",
    payment_course.ExpireReservation: "the reservation expires",
    refunds.ReserveRefund: "the refund's amount is reserved",
    refunds.CaptureRefundAutomatically: "the refund is captured automatically",
    check_ins.EndCheckIn: "the check-in lapses",
    RunStep: "the next step of the scenario runs",
    SendNotification: "the check-in is sent to the till",
}
# fmt: on


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Returns a template with its gaps filled.

    A part in brackets is optional: it stays only where each of its gaps has a value. Of `[a|b]`,
    the first that stays is taken. Brackets may be nested.

    Args:
        template: the text, with gaps such as `{payment}`.
        values: what goes into the gaps; None or an empty text is no value.
    """
    while found := _BRACKETS.search(template):
        chosen = next((each for each in found[1].split("|") if _can_fill(each, values)), "")
        template = template[: found.start()] + chosen + template[found.end() :]
    return template.format_map(values)


def _can_fill(part: str, values: Mapping[str, Any]) -> bool:
    return all(values[name] not in (None, "") for name in _GAP.findall(part))


def moment(at: datetime, beside: datetime | None = None) -> str:
    """Returns a time; without its date where that is the same as of the time `beside`."""
    clock = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
    return clock if beside is not None and at.date() == beside.date() else f"{at:%Y-%m-%d} {clock}"


def listed(words: list[str], last: str = "and") -> str:
    """Returns words with commas between them, and the word `last` before the last."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def shortened(text: str) -> str:
    """Returns a text that a client sent, cut off where it is long."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def capitalized(text: str) -> str:
    """Returns a text with a capital letter at its start, and the others as they are."""
    return text[:1].upper() + text[1:]


def sentence(text: str, *, capital: bool = True) -> str:
    """Returns a text with a full stop, and with a capital letter at its start if wanted."""
    text = capitalized(text) if capital else text
    is_whole = text.endswith((".", "?", "!")) or _REASON.search(text)
    return text if is_whole else f"{text}."


def event_in_words(event: events.WorldEvent) -> str:
    """Returns what happened, in words."""
    values = {each.name: getattr(event, each.name) for each in dataclasses.fields(event)}
    match event:
        case events.PaymentChanged():
            values["source"] = _source(PAYMENTS, event)
        case events.RefundChanged():
            values["source"] = _source(REFUNDS, event)
        case events.StoreChanged():
            values["activity"] = "active" if event.is_active else "not active"
    return fill(EVENTS[type(event)], values)


def _source(machine: StateMachine[Any], event: events.PaymentChanged | events.RefundChanged) -> str:
    """Returns the source of the row of a state table that allows a change."""
    wanted = (event.before, event.after, event.trigger)
    rows = ((row.before, row.after, row.trigger, row.source) for row in machine.transitions)
    return next((source for *row, source in rows if tuple(row) == wanted), "")


def due_in_words(command: Hashable, scenario_engine: ScenarioEngine) -> str:
    """Returns what a timer will do, in words.

    Args:
        command: the timer.
        scenario_engine: it knows which action comes next.
    """
    if isinstance(command, RunStep):
        action = scenario_engine.action_to_come(command.payment_id)
        if action is not None:
            return action.what
    return DUE[type(command)]


def length_in_words(length: timedelta) -> str:
    """Returns a length as people write it: 350ms, 2.5s, 1h 2m."""
    if length < timedelta(minutes=1):
        exact = timedelta(milliseconds=1 if length < timedelta(seconds=1) else 10)
        return show_duration(round(length / exact) * exact)
    seconds, parts = round(length.total_seconds()), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts[:2])
