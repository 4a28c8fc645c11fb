"""Words for explanations: times, events, what is due, what comes next."""

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import Any

from simulator.engine import events, payment_course, points_of_sale, refunds
from simulator.engine.errors import CREATES
from simulator.engine.notifications import Sends
from simulator.engine.states import PAYMENTS, REFUNDS, Machine, PaymentState, RefundState, Trigger
from simulator.journal.exchanges import Exchange
from simulator.scripting.playing import PlaysStep, ScriptStarted, ScriptStopped, StepBegun

__all__ = [
    "DUE",
    "EVENTS",
    "NEXT",
    "REFUND_NEXT",
    "TRIGGERS",
    "body_in_words",
    "creates",
    "due_in_words",
    "event_in_words",
    "listed",
    "moment",
    "section_of",
    "sentence",
    "shortened",
]

LONGEST = 300

#: What an operation does to the state of its subject, by the table it is looked up in.
TRIGGERS: Mapping[str, tuple[Machine[Any], Trigger]] = {
    "PaymentReady": (PAYMENTS, Trigger.READY),
    "CapturePayment": (PAYMENTS, Trigger.CAPTURE),
    "CancelPayment": (PAYMENTS, Trigger.CLIENT_CANCELS),
    "CaptureRefund": (REFUNDS, Trigger.CAPTURE),
    "CancelRefund": (REFUNDS, Trigger.CLIENT_CANCELS),
    "UserSimulationAcceptPayment": (PAYMENTS, Trigger.RESERVE),
    "UserSimulationCancelPayment": (PAYMENTS, Trigger.CUSTOMER_CANCELS),
}

_ENDED = "It has ended without the money; start a new payment to try again."

#: What a client does about a payment in a state.
NEXT: Mapping[PaymentState, str] = {
    PaymentState.PREPARED: "Send PaymentReady once the amount is known.",
    PaymentState.PAIRED: "Send PaymentReady: the customer is there, and waits for the amount.",
    PaymentState.INITIATED: (
        "Show the QR code, and poll QueryPayment every pollDelayInMs until the payment is Reserved "
        "or has ended."
    ),
    PaymentState.ISSUED_TO_USER: (
        "Poll QueryPayment every pollDelayInMs until the payment is Reserved or has ended."
    ),
    PaymentState.RESERVED: "Capture or cancel the payment before its reservation expires.",
    PaymentState.CAPTURED: "Nothing is left to do; CreateRefund gives money back.",
    PaymentState.CANCELLED_BY_USER: _ENDED,
    PaymentState.CANCELLED_BY_CLIENT: "Nothing is left to do.",
    PaymentState.CANCELLED_BY_MOBILEPAY: _ENDED,
    PaymentState.EXPIRED_AND_CANCELLED: f"{_ENDED} Capture or cancel sooner.",
}

#: The same for a refund.
REFUND_NEXT: Mapping[RefundState, str] = {
    RefundState.INITIATED: "Poll GetRefund every pollDelayInMs until the refund is Reserved.",
    RefundState.RESERVED: "Capture or cancel the refund; left alone, it captures itself.",
    RefundState.CAPTURED: "Nothing is left to do.",
    RefundState.CANCELLED_BY_CLIENT: "Nothing is left to do.",
    RefundState.CANCELLED_BY_MOBILEPAY: "It could not be reserved; start a new refund.",
    RefundState.EXPIRED_AND_CAPTURED: "Nothing is left to do.",
}

#: Which section of the service's documentation a path belongs to.
_SECTIONS = (
    ("/integrator-authentication", "section 2, authentication"),
    ("/pos/v10/stores", "section 6, points of sale"),
    ("/pos/v10/pointofsales", "section 6, points of sale"),
    ("/pos/v10/payments", "section 7, payments"),
    ("/pos/v10/refunds", "section 8, refunds"),
    ("/pos/app/usersimulation", "section 11, user simulation"),
)


def section_of(path: str) -> str:
    """Returns the section of the service's documentation that a path is described in."""
    return next((section for prefix, section in _SECTIONS if path.startswith(prefix)), "")


def moment(at: datetime, beside: datetime | None = None) -> str:
    """Returns a time; without its date where that is the same as of the one `beside`."""
    clock = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
    return clock if beside is not None and at.date() == beside.date() else f"{at:%Y-%m-%d} {clock}"


def listed(words: list[str], last: str = "and") -> str:
    """Returns words with commas between them, and `last` before the last."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def creates(exchange: Exchange) -> bool:
    """Whether a call is one of those that take an idempotency key."""
    return exchange.operation in CREATES


def body_in_words(exchange: Exchange) -> str:
    """Returns a request's body in a line, shortened where it is long."""
    return shortened(" ".join(exchange.body.decode("utf-8", "replace").split()))


def shortened(text: str) -> str:
    """Returns a text a client sent, shortened where it is long."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def sentence(text: str, *, capital: bool = True) -> str:
    """Returns a text that begins with a capital, where wanted, and ends with a full stop."""
    text = text[:1].upper() + text[1:] if capital else text
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _changed(thing: str, machine: Machine[Any], event: Any) -> str:
    wanted = (event.before, event.after, event.trigger)
    rows = ((row.before, row.after, row.trigger, row.source) for row in machine.transitions)
    source = next((f"; {source}" for *row, source in rows if tuple(row) == wanted), "")
    how = f"became {event.after}"
    if event.before is not None:
        how = f"went from {event.before} to {event.after}"
    return f"{thing} {how} ({event.trigger}{source})"


def _store(event: events.StoreChanged) -> str:
    balance = f", with a balance of {event.balance}" if event.balance is not None else ""
    return f"store {event.store_id} is {'active' if event.is_active else 'not active'}{balance}"


#: Every kind of event in words.
EVENTS: Mapping[type[events.Event], Callable[[Any], str]] = {
    events.PaymentChanged: lambda event: _changed(f"payment {event.payment_id}", PAYMENTS, event),
    events.RefundChanged: lambda event: _changed(f"refund {event.refund_id}", REFUNDS, event),
    events.PaymentTakenOver: lambda event: (
        f"payment {event.payment_id} was taken over by {event.phone}"
    ),
    events.PosCreated: lambda event: f"point of sale {event.pos_id} was created",
    events.PosDeleted: lambda event: f"point of sale {event.pos_id} was deleted",
    events.CheckedIn: lambda event: f"{event.phone} checked in at point of sale {event.pos_id}",
    events.CheckedOut: lambda event: f"{event.phone} left point of sale {event.pos_id}",
    events.StoreChanged: _store,
    events.NotificationTried: lambda event: (
        f"the till at point of sale {event.pos_id} was told of the check-in: "
        + (f"it answered {event.status}" if event.status else f"nobody answered ({event.error})")
    ),
    ScriptStarted: lambda event: (
        f"the scenario {event.scenario} began on payment {event.payment_id}"
    ),
    StepBegun: lambda event: (
        f"step {event.number} of the scenario {event.scenario} was played: {event.action}"
    ),
    ScriptStopped: lambda event: (
        f"the scenario {event.scenario} ended on payment {event.payment_id}"
        + (f": {event.reason}" if event.reason else "")
    ),
}

#: Every kind of timer in words.
DUE: Mapping[type[Hashable], str] = {
    payment_course.GoesStale: "MobilePay cancels the payment for inactivity",
    payment_course.IsReserved: "the amount is reserved",
    payment_course.Expires: "the reservation expires",
    refunds.IsReserved: "the refund's amount is reserved",
    refunds.CapturesItself: "the refund captures itself",
    points_of_sale.Lapses: "the check-in lapses",
    PlaysStep: "the scenario goes on",
    Sends: "the till is told of a check-in",
}


def event_in_words(event: events.Event) -> str:
    """Returns what happened."""
    return EVENTS[type(event)](event)


def due_in_words(command: Hashable) -> str:
    """Returns what a timer is going to do."""
    return DUE[type(command)]
