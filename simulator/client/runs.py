"""Scenario runs: models and calls."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from .calling import ControlCalls, quoted
from .certification_cases import StepState
from .model import Input, Limit, Model, Moment, given

LONGEST_WAIT = 600


class Verdict(StrEnum):
    """The verdict of a run on the client."""

    PASSED = "passed"
    FAILED = "failed"
    UNFINISHED = "unfinished"


class Expectation(Model, frozen=True):
    """An expectation of a scenario; `call` is the number of the call that broke it.

    A `warning` is what the client should do otherwise, although the expectation is met. `state` is
    the word of a certification for it: once the run has failed, what has not happened is missed.
    """

    expected: str
    verdict: Verdict
    seen: str = ""
    call: int | None = None
    warning: str = ""
    state: StepState = StepState.TO_COME


class CallInRun(Model, frozen=True):
    """A call of the client in a run; status 0 where the answer was cut off.

    `number` counts the calls of the run, and `request` is the id of the call among all requests of
    the sandbox; None while the call is being answered. `arrived` is whether the client has received
    the answer; None while that is not known.
    """

    number: int
    at: Moment
    call: str
    status: int | None = None
    struck: bool = False
    payment_id: str | None = None
    amount: Decimal | None = None
    request: int | None = None
    arrived: bool | None = None


class StateReached(Model, frozen=True):
    """A state that a payment of a run has reached."""

    at: Moment
    payment_id: str
    state: str


class Run(Model, frozen=True):
    """A run of a scenario; a list of runs leaves out `calls`, `states` and `now`.

    `begun_at` is when the scenario was queued, or else when the call came that began the run.
    `started_at` is when its first payment started; None while the run waits for a payment.
    `stopped` says why its script stopped before its end; `remarks` tell what the verdict hides,
    such as money that was reserved and never captured, or a fault that was never injected;
    `ended_by` says what ended a case before all was done that belongs to it, such as that the
    client went on to another; `now` is the sandbox's time.
    """

    id: str
    scenario: str
    verdict: Verdict
    begun_at: Moment
    payments: tuple[str, ...] = ()
    stopped: str | None = None
    remarks: tuple[str, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    calls: tuple[CallInRun, ...] = ()
    states: tuple[StateReached, ...] = ()
    now: Moment | None = None
    started_at: Moment | None = None
    ended_by: str = ""

    @property
    def is_waiting(self) -> bool:
        """Whether it has no payment yet, and so far nothing was done wrong."""
        return self.started_at is None and self.verdict is Verdict.UNFINISHED

    @property
    def broken(self) -> tuple[Expectation, ...]:
        """The expectations that were not met; of a case that was left, what was not done."""
        failed = tuple(each for each in self.expectations if each.verdict is Verdict.FAILED)
        if failed or self.verdict is not Verdict.FAILED:
            return failed
        return tuple(each for each in self.expectations if each.state is StepState.MISSED)


class Runs(Model, frozen=True):
    """Runs, oldest first."""

    runs: tuple[Run, ...]


class RunsQuery(Input, frozen=True):
    """How many runs are listed."""

    limit: Limit = 100_000


class WaitQuery(Input, frozen=True):
    """How long a call waits, in real seconds."""

    timeout: Annotated[float, Meta(ge=0, le=LONGEST_WAIT, description="real seconds")] = 30


class RunCalls(ControlCalls):
    """The calls about runs."""

    def runs(self, limit: int | None = None) -> tuple[Run, ...]:
        """Returns all runs, or the newest `limit` of them, oldest first."""
        return self.call(Runs, "GET", "/runs", query=given(RunsQuery, limit=limit)).runs

    def runs_as_junit(self) -> str:
        """Returns the runs as JUnit XML."""
        return self.understood(bytes.decode, "GET", "/runs", format="junit")

    def run(self, id: str) -> Run:
        """Returns one run with its calls and states.

        Args:
            id: such as `R1`, as `queue` returns it.
        """
        return self.call(Run, "GET", f"/runs/{quoted(id)}")

    def wait(self, id: str, timeout: float = 30.0) -> Run:
        """Returns a run once it has a verdict, or as it is after `timeout` real seconds.

        Args:
            id: such as `R1`, as `queue` returns it.
            timeout: real seconds to wait at most.
        """
        path, patience = f"/runs/{quoted(id)}/wait", max(timeout, 0.0)
        return self.call(Run, "POST", path, query=WaitQuery(timeout), patience=patience)
