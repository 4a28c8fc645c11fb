"""What the control API answers, as frozen values: times are aware, amounts are `Decimal`.

`raw` is the JSON that a value was read from, for whatever has no attribute of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

__all__ = [
    "Attempt",
    "Call",
    "Clock",
    "Event",
    "Expectation",
    "Health",
    "Merchant",
    "Notification",
    "QueuedScenario",
    "Run",
    "SandboxInfo",
    "ScenarioInfo",
    "Scenarios",
    "StandingFault",
    "StateReached",
    "Store",
    "User",
    "Verdict",
    "raw_json",
]


def raw_json() -> Any:
    """Declares the field that keeps the JSON."""
    return field(default_factory=dict, repr=False, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Health:
    """A server that answers."""

    status: str
    version: str
    seed: int
    scenario: str
    sandboxes: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A sandbox's time: how fast it passes, and when something will happen next."""

    now: datetime
    scale: float
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScenarioInfo:
    """A scenario there is; `theme` is the folder it is in, `sandbox` for an upload."""

    name: str
    summary: str
    theme: str = ""


@dataclass(frozen=True, slots=True)
class QueuedScenario:
    """A scenario that waits for a payment, of one point of sale or of any."""

    scenario: str
    pos_id: str | None = None


@dataclass(frozen=True, slots=True)
class Scenarios:
    """The scenarios there are, the default one, and those that wait for payments."""

    default: str
    scenarios: tuple[ScenarioInfo, ...]
    queued: tuple[QueuedScenario, ...]


@dataclass(frozen=True, slots=True)
class StandingFault:
    """A fault of a whole sandbox, in words; `calls` counts those it was about so far."""

    fault: str
    call: tuple[str, ...]
    calls: int = 0


class Verdict(StrEnum):
    """What a run says about the client."""

    PASSED = "passed"
    FAILED = "failed"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a scenario expects of the client: `call` is the number of the call that broke it."""

    expected: str
    verdict: Verdict
    seen: str = ""
    call: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the client in a run; status 0 where the answer was cut off."""

    number: int
    at: datetime
    call: str
    status: int | None = None
    struck: bool = False
    payment_id: str | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StateReached:
    """A state one of a run's payments has reached."""

    at: datetime
    payment_id: str
    state: str


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario at work on the client; a list of runs leaves out their calls and states."""

    id: str
    scenario: str
    verdict: Verdict
    begun_at: datetime
    payments: tuple[str, ...] = ()
    stopped: str | None = None
    expectations: tuple[Expectation, ...] = ()
    calls: tuple[Call, ...] = ()
    states: tuple[StateReached, ...] = ()
    now: datetime | None = None
    raw: Mapping[str, Any] = raw_json()

    @property
    def broken(self) -> tuple[Expectation, ...]:
        """The expectations that were not met."""
        return tuple(each for each in self.expectations if each.verdict is Verdict.FAILED)


@dataclass(frozen=True, slots=True)
class SandboxInfo:
    """A sandbox there is."""

    name: str
    payments: int = 0


@dataclass(frozen=True, slots=True)
class Store:
    """A merchant's store."""

    store_id: str
    name: str
    merchant_brand_id: str
    merchant_location_id: str
    active: bool
    balance: Decimal
    currency_code: str


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant and its stores."""

    vat: str
    name: str
    stores: tuple[Store, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """A customer who can check in."""

    phone: str
    card: str
    token: str = ""
    partial_capture: bool = False
    loyalty_ids: tuple[str, ...] = ()
    receipt_token: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `event` says what; a changed payment was `before`, is `after`."""

    event: str
    at: datetime
    payment_id: str | None = None
    pos_id: str | None = None
    refund_id: str | None = None
    before: str | None = None
    after: str | None = None
    trigger: str | None = None
    raw: Mapping[str, Any] = raw_json()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a notification."""

    at: datetime
    status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """A check-in that a till was to be told of."""

    id: str
    pos_id: str
    alias: str
    url: str
    body: Mapping[str, str]
    created_at: datetime
    delivery: str
    attempts: tuple[Attempt, ...] = ()
