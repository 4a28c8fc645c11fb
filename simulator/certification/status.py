"""The status of a certification, its sections, cases and steps, computed from the runs.

It is not stored, so that a client can still fail a case that it had passed, until it goes on to
another one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..client import CaseState, StepState, UncountedCall
from ..journal.words import listed
from ..scripting.cases import SECTIONS, Section
from ..scripting.expectation_base import ClientExpectation
from ..scripting.run_record import ExpectationResult, RunRecord, RunVerdict
from ..scripting.runs import ScenarioRun
from ..scripting.scenario import Scenario, case_of
from .registry import CertificationRegistry
from .sessions import CaseAttempt, CertificationSession, SessionStage, left_out


@dataclass(frozen=True, slots=True)
class StepStatus:
    """The status of a step: what is expected, and what was seen instead."""

    title: str
    expected: str
    state: StepState
    seen: str = ""
    advice: str = ""
    #: What the client should still do otherwise, although the step is done.
    warning: str = ""
    #: Whether it failed because something did not happen in time.
    is_overdue: bool = False
    #: The number in the journal of the call that met or broke it.
    request: int | None = None
    #: The operations of which it wants a call.
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """The status of a case; `why` says in a sentence why it failed."""

    scenario: Scenario
    state: CaseState
    steps: tuple[StepStatus, ...]
    goes: int = 0
    run: str | None = None
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    why: str = ""
    advice: str = ""
    requests: tuple[int, ...] = ()
    #: The newest call that could have begun it, and did not count; only where that was looked for.
    near_miss: UncountedCall | None = None

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name


@dataclass(frozen=True, slots=True)
class SectionStatus:
    """The status of a section."""

    section: Section
    state: CaseState
    cases: tuple[CaseStatus, ...]
    #: The cases that the session does not have; with any, a certificate does not cover the section.
    left_out: tuple[str, ...] = ()

    @property
    def part(self) -> str:
        """How much of it the session has, in words; empty if it has all."""
        count = len(self.cases)
        return f"{count} of {count + len(self.left_out)} cases" if self.left_out else ""


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """The status of a session."""

    session: CertificationSession
    sections: tuple[SectionStatus, ...]
    #: The case to do next; None once all are done.
    next: str | None
    now: datetime
    #: Why it can't be approved yet; empty if it can, or is closed.
    lack: str = ""

    @property
    def cases(self) -> list[CaseStatus]:
        """All cases in order."""
        return [case for section in self.sections for case in section.cases]

    @property
    def state(self) -> CaseState:
        """The state of all cases together."""
        return _overall((case.state for case in self.cases), self.session)

    @property
    def coverage(self) -> str:
        """What a certificate covers, in a sentence; empty if that is all that is tested."""
        whole = [each.section.title for each in self.sections if not each.left_out]
        parts = [f"{each.section.title} ({each.part})" for each in self.sections if each.left_out]
        if not parts:
            return ""
        what = f"covers {listed(whole)}, not" if whole else "does not cover"
        return f"Sections are certified whole: a certificate {what} {listed(parts)}."

    @property
    def is_decided(self) -> bool:
        """Whether every case has passed or failed."""
        return all(case.state in (CaseState.PASSED, CaseState.FAILED) for case in self.cases)


def status_of(
    certifications: CertificationRegistry, session: CertificationSession
) -> SessionStatus:
    """Returns the status of a session. Called inside the world, or with a copy of the registry."""
    now = certifications.now
    by_section: dict[str, list[CaseStatus]] = {}
    for scenario in certifications.cases_of(session):
        status = _case(certifications, session, scenario, now)
        by_section.setdefault(case_of(scenario).section, []).append(status)
    sections = tuple(
        SectionStatus(
            each,
            _overall((case.state for case in cases), session),
            tuple(cases),
            left_out(session, each.name, certifications.cases),
        )
        for each in SECTIONS
        if (cases := by_section.get(each.name))
    )
    untested = (case.name for each in sections for case in each.cases if not case.goes)
    current = session.current
    whole = SessionStatus(session, sections, None, now)
    is_at_it = any(
        case.name == current and case.state is CaseState.IN_PROGRESS for case in whole.cases
    )
    expected = current if is_at_it else next(untested, None)
    return SessionStatus(session, sections, expected, now, certifications.lack(session))


def _overall(states: Iterable[CaseState], session: CertificationSession) -> CaseState:
    found = set(states)
    if CaseState.FAILED in found:
        return CaseState.FAILED
    if found <= {CaseState.PASSED}:
        return CaseState.PASSED
    # Once calls count no more, what is not tested stays so, and with it the whole.
    is_untested = CaseState.NOT_TESTED in found and not session.is_open
    if is_untested or found == {CaseState.NOT_TESTED}:
        return CaseState.NOT_TESTED
    return CaseState.IN_PROGRESS


def _case(
    certifications: CertificationRegistry,
    session: CertificationSession,
    scenario: Scenario,
    now: datetime,
) -> CaseStatus:
    attempt = session.attempts.get(scenario.name)
    run = certifications.run(session, scenario.name)
    if attempt is None or run is None:
        return CaseStatus(scenario, CaseState.NOT_TESTED, tuple(_untested(scenario, now)))
    # A case that the client has left is judged at the time it was left.
    results = run.results(attempt.ended_at or now)
    state = _state(run.verdict_on(results), attempt, session)
    steps = tuple(
        _step(expectation, result, run, is_over=state is CaseState.FAILED)
        for expectation, result in zip(run.scenario.expect, results, strict=True)
    )
    why, advice = _reason(steps, attempt) if state is CaseState.FAILED else ("", "")
    return CaseStatus(
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


def _untested(scenario: Scenario, now: datetime) -> Iterable[StepStatus]:
    for each in scenario.expect:
        expected = each.result(RunRecord(), now).expected
        yield StepStatus(each.step or expected, expected, StepState.TO_COME, calls=each.operations)


def _state(verdict: RunVerdict, attempt: CaseAttempt, session: CertificationSession) -> CaseState:
    if verdict is RunVerdict.PASSED:
        return CaseState.PASSED
    is_left = attempt.ended_at is not None or session.stage is not SessionStage.OPEN
    if verdict is RunVerdict.FAILED or is_left:
        return CaseState.FAILED
    return CaseState.IN_PROGRESS


def state_of(result: ExpectationResult, *, is_over: bool) -> StepState:
    """Returns the word for a result, the same in a certification and in a run.

    Args:
        result: the result.
        is_over: whether what has not happened yet is too late.
    """
    if result.verdict is RunVerdict.FAILED:
        return StepState.BROKEN
    if result.verdict is RunVerdict.PASSED:
        return StepState.DONE
    if not result.must_happen:
        return StepState.KEPT
    return StepState.MISSED if is_over else StepState.TO_COME


def _step(
    expectation: ClientExpectation, result: ExpectationResult, run: ScenarioRun, *, is_over: bool
) -> StepStatus:
    state = state_of(result, is_over=is_over)
    is_wrong = state in (StepState.BROKEN, StepState.MISSED)
    calls = run.record.calls
    exchange = calls[result.exchange - 1].exchange if result.exchange else 0
    return StepStatus(
        title=expectation.step or result.expected,
        expected=result.expected,
        state=state,
        seen=result.seen.told(is_over=True, by_request=True) if is_wrong else "",
        advice=expectation.advise(result, run.record) if is_wrong else "",
        warning=result.warning,
        is_overdue=result.is_overdue,
        request=exchange or None,
        calls=expectation.operations,
    )


def _place(step: StepStatus) -> tuple[bool, bool, int]:
    return step.is_overdue, step.request is None, step.request or 0


def _reason(steps: tuple[StepStatus, ...], attempt: CaseAttempt) -> tuple[str, str]:
    """Returns why a case failed, and the advice.

    The first wrong call is reported rather than a missing one, because it is the cause.
    """
    broken = [each for each in steps if each.state is StepState.BROKEN]
    wrong = sorted(broken, key=_place)
    wrong += [each for each in steps if each.state is StepState.MISSED]
    if not wrong:
        return attempt.ending, ""
    first = wrong[0]
    why = f"“{first.title}” did not hold: {first.seen}"
    if first.state is StepState.MISSED and attempt.ending:
        why += f"; {attempt.ending}"
    return why, first.advice
