"""The cases of a certification, their sections and steps: models."""

from enum import StrEnum

from .model import Model, Moment


class CaseState(StrEnum):
    """The state of a case, a section or a whole certification."""

    NOT_TESTED = "not tested"
    IN_PROGRESS = "in progress"
    PASSED = "passed"
    FAILED = "failed"


class StepState(StrEnum):
    """The state of a step; `KEPT` is a rule that nothing has broken yet."""

    TO_COME = "to come"
    KEPT = "kept"
    DONE = "done"
    BROKEN = "broken"
    MISSED = "missed"


class CertificationStep(Model, frozen=True):
    """One step: what is expected, what was seen instead, and the call that decided it.

    A `warning` is what the client should do otherwise, although the step is done. `calls` are the
    operations of which it wants one; none where it is a rule.
    """

    title: str
    expected: str
    state: StepState
    seen: str = ""
    advice: str = ""
    request: int | None = None
    warning: str = ""
    calls: tuple[str, ...] = ()


class CaseDescription(Model, frozen=True):
    """A case: what to do at the till, and which calls it begins with."""

    name: str
    number: int
    title: str
    summary: str
    task: str
    opens_with: tuple[str, ...] = ()


class UncountedCall(Model, frozen=True):
    """A call that a case could have begun with, had it not asked for a scenario of its own."""

    request: int
    operation: str
    scenario: str


class CertificationCase(CaseDescription, frozen=True, kw_only=True):
    """A case of a certification and its state after so many attempts, `goes`.

    `near_miss` is the newest call that did not count for it, where there is such.
    """

    state: CaseState = CaseState.NOT_TESTED
    why: str = ""
    advice: str = ""
    goes: int = 0
    run: str | None = None
    began_at: Moment | None = None
    ended_at: Moment | None = None
    steps: tuple[CertificationStep, ...] = ()
    requests: tuple[int, ...] = ()
    near_miss: UncountedCall | None = None


class SectionDescription(Model, frozen=True):
    """A section with its cases."""

    name: str
    title: str
    about: str
    mandatory: bool
    cases: tuple[CaseDescription, ...]


class CertificationSection(SectionDescription, frozen=True):
    """A section of a certification with its cases, its state, and the cases that it leaves out."""

    cases: tuple[CertificationCase, ...]
    state: CaseState
    left_out: tuple[str, ...] = ()
