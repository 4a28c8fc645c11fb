"""The results of a fault sweep as JSON: what a sweep writes, and what the page shows of a file."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from ..client.model import Model

#: So many runs the results of a sweep may have.
MOST_RUNS = 10_000
#: A text of a run that is shown as sentences; each piece of code in it takes time.
Told = Annotated[str, Meta(max_length=20_000)]
#: What a run may have many of: calls, payments, findings.
Numbers = Annotated[tuple[int, ...], Meta(max_length=20_000)]
Lines = Annotated[tuple[str, ...], Meta(max_length=20_000)]


class SweepVerdict(StrEnum):
    """What became of a run, the worst first."""

    DOUBLE_CHARGED = "double-charged"
    CRASHED = "crashed"
    STUCK = "stuck-reservation"
    FALSE_SUCCESS = "false-success"
    FALSE_FAILURE = "false-failure"
    GAVE_UP = "gave-up"
    NOT_STRUCK = "not-struck"
    NOT_TIMED_OUT = "not-timed-out"
    SURVIVED = "survived"

    @property
    def shown(self) -> str:
        """It as people read it."""
        return self.value if self is SweepVerdict.DOUBLE_CHARGED else self.value.replace("-", " ")

    @property
    def is_failing(self) -> bool:
        """Whether it says that a client is not right."""
        return self in FAILING


#: What says neither that a client is right nor that it is not.
PROVES_NOTHING = (SweepVerdict.NOT_STRUCK, SweepVerdict.NOT_TIMED_OUT)
#: What says that a client is not right.
FAILING = tuple(
    each for each in SweepVerdict if each not in (*PROVES_NOTHING, SweepVerdict.SURVIVED)
)
#: What is shown of a run that came through, but broke a rule on the way.
NOISY = "survived, but noisy"


class SweepFault(Model, frozen=True):
    """A fault of a sweep, and `what` happens then."""

    name: str
    what: str


class SweptPayment(Model, frozen=True):
    """What became of the money of a payment of a run."""

    payment_id: str | None
    order_id: str | None
    state: str | None
    currency_code: str | None
    reserved: float
    captured: float
    released: float
    refunded: float
    refunds_pending: float


class SweepEnd(Model, frozen=True, kw_only=True):
    """How the command ended in a run, what it called, and what became of the money."""

    exit_code: int | None
    seconds: float
    struck: Numbers
    payments: Annotated[tuple[SweptPayment, ...], Meta(max_length=20_000)]
    request_log: Lines
    output: str


class SweepRun(SweepEnd, frozen=True, kw_only=True):
    """A run with a fault, and the verdict on it.

    `requests` are the calls that show it, `again` is the command that makes the run again, and
    `sandbox` the URL of its sandbox where that was kept.
    """

    id: str
    test: str | None
    call: str
    nth: int
    fault: str
    verdict: SweepVerdict
    noisy: bool
    message: Told
    advice: Told
    requests: Numbers
    new_errors: Annotated[tuple[Told, ...], Meta(max_length=1_000)]
    again: str
    sandbox: str | None

    @property
    def shown_verdict(self) -> str:
        """The verdict as people read it."""
        return NOISY if self.noisy else self.verdict.shown


class SweepReport(Model, frozen=True, kw_only=True):
    """The results of a sweep.

    `scenario` is the one of all payments, null where none was asked for; `clean` is the run without
    a fault.
    """

    simulator: str
    command: tuple[str, ...]
    scenario: str | None = None
    seed: int
    summary: str
    counts: dict[str, int]
    calls: Lines
    faults: Annotated[tuple[SweepFault, ...], Meta(max_length=1_000)]
    clean: SweepEnd
    runs: Annotated[tuple[SweepRun, ...], Meta(max_length=MOST_RUNS)]
    left_out: tuple[str, ...]
    out_of_reach: Lines
    interrupted: bool
    seconds: float

    @property
    def meanings(self) -> dict[str, str]:
        """What happens in each fault, by its name."""
        return {each.name: each.what for each in self.faults}
