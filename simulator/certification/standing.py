"""How a certification stands: each section, case and step, worked out from the runs.

Nothing of this is stored, so that a client can still fail a case it had passed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from simulator.certification.book import Certifications
from simulator.certification.sessions import Attempt, Session, Stage
from simulator.engine.world import World
from simulator.scripting.cases import SECTIONS, Section
from simulator.scripting.judging import Expectation
from simulator.scripting.records import Finding, Record, Verdict
from simulator.scripting.runs import Run
from simulator.scripting.scenario import Scenario, case_of

__all__ = ["CaseStand", "SectionStand", "Stand", "State", "StepStand", "StepState", "stand_of"]


class State(StrEnum):
    """How a case or a section stands."""

    NOT_TESTED = "not tested"
    IN_PROGRESS = "in progress"
    PASSED = "passed"
    FAILED = "failed"


class StepState(StrEnum):
    """How a step of a case stands; `KEPT` is a rule that nothing has broken yet."""

    TO_COME = "to come"
    KEPT = "kept"
    DONE = "done"
    BROKEN = "broken"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class StepStand:
    """One step: what it is called, what is expected, and what was seen instead."""

    title: str
    expected: str
    state: StepState
    seen: str = ""
    advice: str = ""
    #: Whether it was not done in time, instead of done wrong.
    is_overdue: bool = False
    #: The call that proved or broke it, by its number in the journal.
    request: int | None = None


@dataclass(frozen=True, slots=True)
class CaseStand:
    """One case, with its steps; `why` says in a sentence what went wrong with it."""

    scenario: Scenario
    state: State
    steps: tuple[StepStand, ...]
    goes: int = 0
    run: str | None = None
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    why: str = ""
    advice: str = ""
    requests: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name


@dataclass(frozen=True, slots=True)
class SectionStand:
    """One section, with its cases."""

    section: Section
    state: State
    cases: tuple[CaseStand, ...]


@dataclass(frozen=True, slots=True)
class Stand:
    """A whole session."""

    session: Session
    sections: tuple[SectionStand, ...]
    #: The case a client that begins now is expected at; None once all are done.
    next: str | None
    now: datetime
    #: Why it can't be approved yet; empty where it can, or where it is over.
    lack: str = ""

    @property
    def cases(self) -> list[CaseStand]:
        """All cases in order."""
        return [case for section in self.sections for case in section.cases]

    @property
    def state(self) -> State:
        """How all of it stands."""
        return _overall(case.state for case in self.cases)

    @property
    def is_decided(self) -> bool:
        """Whether every case has passed or failed."""
        return all(case.state in (State.PASSED, State.FAILED) for case in self.cases)


def stand_of(certifications: Certifications, session: Session, world: World) -> Stand:
    """Returns how a session stands. Called inside the world."""
    now = world.clock.now
    by_section: dict[str, list[CaseStand]] = {}
    for scenario in certifications.cases_of(session):
        stand = _case(certifications, session, scenario, now)
        by_section.setdefault(case_of(scenario).section, []).append(stand)
    sections = tuple(
        SectionStand(each, _overall(case.state for case in cases), tuple(cases))
        for each in SECTIONS
        if (cases := by_section.get(each.name))
    )
    untested = (case.name for each in sections for case in each.cases if not case.goes)
    current = session.current
    whole = Stand(session, sections, None, now)
    is_at_it = any(case.name == current and case.state is State.IN_PROGRESS for case in whole.cases)
    expected = current if is_at_it else next(untested, None)
    return Stand(session, sections, expected, now, certifications.lack(session))


def _overall(states: Iterable[State]) -> State:
    found = set(states)
    if State.FAILED in found:
        return State.FAILED
    if found <= {State.PASSED}:
        return State.PASSED
    return State.NOT_TESTED if found == {State.NOT_TESTED} else State.IN_PROGRESS


def _case(
    certifications: Certifications, session: Session, scenario: Scenario, now: datetime
) -> CaseStand:
    attempt = session.attempts.get(scenario.name)
    run = certifications.run(session, scenario.name)
    if attempt is None or run is None:
        return CaseStand(scenario, State.NOT_TESTED, tuple(_untested(scenario, now)))
    # What the client has left is judged as it was then, but for what it has done since.
    now = attempt.ended_at or now
    findings = run.findings(now)
    state = _state(run.verdict_on(findings), attempt, session)
    steps = tuple(
        _step(expectation, finding, run, is_over=state is State.FAILED)
        for expectation, finding in zip(scenario.expect, findings, strict=True)
    )
    why, advice = _reason(steps, attempt) if state is State.FAILED else ("", "")
    return CaseStand(
        scenario,
        state,
        steps,
        goes=session.counts[scenario.name],
        run=run.id,
        begun_at=attempt.begun_at,
        ended_at=attempt.ended_at,
        why=why,
        advice=advice,
        requests=tuple(seen.exchange for seen in run.record.calls if seen.exchange),
    )


def _untested(scenario: Scenario, now: datetime) -> Iterable[StepStand]:
    for each in scenario.expect:
        expected = each.judge(Record(), now).expected
        yield StepStand(each.step or expected, expected, StepState.TO_COME)


def _state(verdict: Verdict, attempt: Attempt, session: Session) -> State:
    if verdict is Verdict.PASSED:
        return State.PASSED
    is_left = attempt.ended_at is not None or session.stage is not Stage.OPEN
    if verdict is Verdict.FAILED or is_left:
        return State.FAILED
    return State.IN_PROGRESS


def _step(expectation: Expectation, finding: Finding, run: Run, *, is_over: bool) -> StepStand:
    state = StepState.DONE
    if finding.verdict is Verdict.FAILED:
        state = StepState.BROKEN
    elif finding.verdict is Verdict.UNFINISHED:
        state = StepState.KEPT
        if finding.must_happen:
            state = StepState.MISSED if is_over else StepState.TO_COME
    is_wrong = state in (StepState.BROKEN, StepState.MISSED)
    calls = run.record.calls
    exchange = calls[finding.exchange - 1].exchange if finding.exchange else 0
    return StepStand(
        title=expectation.step or finding.expected,
        expected=finding.expected,
        state=state,
        seen=finding.seen if is_wrong else "",
        advice=(expectation.advice or expectation.remedy) if is_wrong else "",
        is_overdue=finding.is_overdue,
        request=exchange or None,
    )


def _place(step: StepStand) -> tuple[bool, bool, int]:
    return step.is_overdue, step.request is None, step.request or 0


def _reason(steps: tuple[StepStand, ...], attempt: Attempt) -> tuple[str, str]:
    """Returns what went wrong, and what to do about it.

    What was done wrong first comes before all that was not done, since it is the cause.
    """
    broken = [each for each in steps if each.state is StepState.BROKEN]
    wrong = sorted(broken, key=_place)
    wrong += [each for each in steps if each.state is StepState.MISSED]
    if not wrong:
        return f"it was left for {attempt.went_on_to}", ""
    first = wrong[0]
    why = f"{first.title}: {first.seen}"
    if first.state is StepState.MISSED and attempt.went_on_to:
        why += f"; the client went on to {attempt.went_on_to}"
    return why, first.advice
