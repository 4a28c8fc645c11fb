"""What the control API answers about what there is, and about what happens, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from simulator.client.shapes import raw_json

__all__ = [
    "Change",
    "Changes",
    "CheckInSeen",
    "Due",
    "PaymentSeen",
    "PaymentsSeen",
    "PointOfSaleSeen",
    "PointsOfSaleSeen",
    "Problem",
    "RefundSeen",
    "ScenarioChecked",
    "ScenarioStep",
    "ScenarioWhole",
    "State",
    "StateTable",
    "StateTables",
    "Timeline",
    "TimelineEntry",
    "Transition",
    "Upcoming",
]


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """A refund as the control API shows it."""

    refund_id: str
    refund_order_id: str
    payment_id: str
    state: str
    amount: Decimal
    currency_code: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """A payment as the control API shows it; a list of payments leaves out their refunds."""

    payment_id: str
    order_id: str
    pos_id: str
    store_id: str
    merchant: str
    client_id: str
    state: str
    active: bool
    open: bool
    created_at: datetime
    amount: Decimal | None = None
    currency_code: str | None = None
    planned_capture_delay: str | None = None
    label: str | None = None
    phone: str | None = None
    captured_amount: Decimal | None = None
    partial_capture_possible: bool | None = None
    reserved_at: datetime | None = None
    expires_at: datetime | None = None
    captured_at: datetime | None = None
    run: str | None = None
    scenario: str | None = None
    playing: bool = False
    refunds: tuple[RefundSeen, ...] = ()
    raw: Mapping[str, Any] = raw_json()


@dataclass(frozen=True, slots=True)
class PaymentsSeen:
    """Payments, newest first: `total` says how many there are, `more` whether others would fit."""

    payments: tuple[PaymentSeen, ...]
    total: int
    more: bool


@dataclass(frozen=True, slots=True)
class CheckInSeen:
    """Who is at a point of sale; `scripted` where a scenario plays the customer."""

    phone: str
    since: datetime
    until: datetime
    scripted: bool = False


@dataclass(frozen=True, slots=True)
class PointOfSaleSeen:
    """A point of sale as the control API shows it; `qr` is what its QR code says."""

    pos_id: str
    merchant_pos_id: str
    name: str
    beacon_id: str
    qr: str
    merchant: str
    client_id: str
    store_id: str
    store_name: str | None = None
    check_in: CheckInSeen | None = None
    active_payment: PaymentSeen | None = None
    raw: Mapping[str, Any] = raw_json()


@dataclass(frozen=True, slots=True)
class PointsOfSaleSeen:
    """Points of sale, newest first."""

    points_of_sale: tuple[PointOfSaleSeen, ...]
    total: int
    more: bool


@dataclass(frozen=True, slots=True)
class Due:
    """Something that happens if nobody calls: `timer` names its kind."""

    at: datetime
    what: str
    timer: str
    payment_id: str | None = None
    refund_id: str | None = None
    pos_id: str | None = None


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The time in a sandbox, and what is due, the next first; `total` says how much there is."""

    now: datetime
    scale: float
    due: tuple[Due, ...]
    total: int
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened; `real_at` is known where a call was the cause."""

    kind: str
    at: datetime
    text: str
    real_at: datetime | None = None
    request: int | None = None
    status: int | None = None
    fault: str | None = None
    raw: Mapping[str, Any] = raw_json()


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened to a payment, or at a point of sale, in order."""

    entries: tuple[TimelineEntry, ...]
    more: bool = False
    payment_id: str | None = None
    pos_id: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A state there is."""

    name: str
    final: bool


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from one state to the next; `before` is None for what makes the thing."""

    after: str
    trigger: str
    source: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class StateTable:
    """The states of a kind of thing."""

    states: tuple[State, ...]
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True)
class StateTables:
    """All state tables."""

    payments: StateTable
    refunds: StateTable


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """A step of a script: after so many seconds, once the payment is in the state `when`."""

    line: int
    words: str
    after: float
    action: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class ScenarioWhole:
    """A scenario in words, with its YAML; `scripts` has one list of steps for each payment."""

    name: str
    summary: str
    scripts: tuple[tuple[ScenarioStep, ...], ...]
    faults: tuple[str, ...]
    expect: tuple[str, ...]
    till: tuple[str, ...]
    theme: str = ""
    uploaded: bool = False
    yaml: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a scenario's YAML."""

    line: int
    column: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class ScenarioChecked:
    """Whether a text is a scenario, and what is wrong with it."""

    valid: bool
    problems: tuple[Problem, ...]
    raw: Mapping[str, Any] = raw_json()


@dataclass(frozen=True, slots=True)
class Change:
    """That things of a kind have changed: their ids; with `more` there are others."""

    ids: tuple[str, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed, by kind; `id` is where to ask from next."""

    id: str
    changes: Mapping[str, Change] = field(default_factory=dict)
