"""What the report says in sentences, and how each state looks beside its word."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from simulator.certification.reports.gathering import Report
from simulator.certification.sessions import Session, Stage
from simulator.certification.standing import CaseStand, Stand, State, StepState
from simulator.journal.audit.rules import Severity, count_of
from simulator.journal.exchanges import Delivery, Exchange
from simulator.journal.explaining_words import listed
from simulator.scripting.cases import SECTIONS
from simulator.scripting.scenario import case_of

__all__ = ["DELIVERED", "SIGNS", "Sign", "Task", "day", "name_of", "outcome", "tasks", "verdict"]

#: So many failed cases are named among what is to be done.
NAMED = 5
#: Begins a certification.
OPENED_BY = "POST /_simulator/certifications"


class Sign(NamedTuple):
    """How a state looks: its tone is a colour, its shape tells the same without one."""

    tone: str
    shape: str


SIGNS: Mapping[StrEnum, Sign] = {
    State.PASSED: Sign("good", "tick"),
    State.FAILED: Sign("bad", "cross"),
    State.IN_PROGRESS: Sign("busy", "half"),
    State.NOT_TESTED: Sign("idle", "empty"),
    StepState.DONE: Sign("good", "tick"),
    StepState.KEPT: Sign("good", "ring"),
    StepState.BROKEN: Sign("bad", "cross"),
    StepState.MISSED: Sign("bad", "gap"),
    StepState.TO_COME: Sign("idle", "empty"),
    Severity.ERROR: Sign("bad", "cross"),
    Severity.WARNING: Sign("busy", "triangle"),
    Severity.NOTE: Sign("idle", "ring"),
}

DELIVERED: Mapping[Delivery, str] = {
    Delivery.PENDING: "it has not been delivered yet",
    Delivery.WHOLE: "it reached the client whole",
    Delivery.PART: "only a part of it reached the client",
    Delivery.NOTHING: "nothing of it reached the client",
    Delivery.ABANDONED: "the client had gone before it came",
}


class Task(NamedTuple):
    """Something to do next.

    Args:
        text: what, in a sentence.
        case: the case it is about.
        lead: what to do with the case.
        call: the call of the control API that does it.
    """

    text: str
    case: CaseStand | None = None
    lead: str = ""
    call: str = ""


def name_of(session: Session) -> str:
    """Returns what a certification is of, as a sentence begins with it."""
    if session.version:
        return f"Version {session.version} of {session.system_name or 'the client'}"
    return session.system_name or "The client"


def day(at: datetime) -> str:
    """Returns a day as people write it."""
    return f"{at.day} {at:%B %Y}"


def verdict(stand: Stand) -> str:
    """Returns the verdict in one sentence."""
    session, count = stand.session, len(stand.cases)
    states = [case.state for case in stand.cases]
    passed = f"{states.count(State.PASSED)} of {count_of(count, 'case')} passed"
    if session.stage is Stage.APPROVED:
        return f"{name_of(session)} is certified: {passed}."
    if session.stage is Stage.ABANDONED:
        return f"The certification was abandoned: {passed}, and no certificate was given."
    if stand.state is State.PASSED:
        return f"{name_of(session)} has passed: {passed}, and a certificate can be given."
    if stand.state is State.NOT_TESTED:
        return f"Nothing is tested yet: {count_of(count, 'case')} to go through."
    failed = states.count(State.FAILED)
    if failed:
        return f"{name_of(session)} has not passed: {passed}, {failed} failed."
    return f"{name_of(session)} is on its way: {passed}, none has failed."


def tasks(report: Report) -> Iterator[Task]:
    """Yields what is to be done next, in order."""
    session = report.stand.session
    path = f"{OPENED_BY}/{session.id}"
    if session.stage is Stage.APPROVED:
        yield Task("Certify the client again when the Major.Minor of its version changes.")
    elif session.stage is Stage.ABANDONED:
        yield Task("Begin a new certification when the client is ready.", call=OPENED_BY)
    elif report.stand.state is State.PASSED:
        yield from _before_approval(report.stand, path)
    else:
        yield from _mending(report.stand, path)
        yield from _going_on(report.stand)
    wrong = sum(count for each, count in report.audit.counts.items() if each is not Severity.NOTE)
    if wrong:
        told = "an error or a warning" if wrong == 1 else f"{wrong} errors and warnings"
        yield Task(f"Look at what the audit says, below: {told}.")


def _before_approval(stand: Stand, path: str) -> Iterator[Task]:
    there = {each.section.name for each in stand.sections}
    missing = [each.title for each in SECTIONS if each.is_mandatory and each.name not in there]
    if missing:
        text = f"For a certificate, go through {listed(missing)} as well: it is mandatory."
        yield Task(text, call=OPENED_BY)
    else:
        yield Task("Approve the certification.", call=f"{path}/approve")


def _mending(stand: Stand, path: str) -> Iterator[Task]:
    failed = [case for case in stand.cases if case.state is State.FAILED]
    for case in failed[:NAMED]:
        yield Task(case.advice or f"{case.why}.", case, "Mend")
    if len(failed) > NAMED:
        yield Task(f"Mend the other {len(failed) - NAMED} cases that failed, below.")
    if failed:
        text = "Begin a case that failed anew, and let the client go through it again."
        yield Task(text, call=f"{path}/cases/{failed[0].name}/restart")


def _going_on(stand: Stand) -> Iterator[Task]:
    for case in stand.cases:
        if case.name == stand.next:
            yield Task(case_of(case.scenario).task, case, "Go on with")


def outcome(exchange: Exchange) -> str:
    """Returns what a call came to, in a few words: the status and code that the client got."""
    answer = f"{exchange.status} {exchange.code or ''}".rstrip()
    if exchange.delivery is Delivery.PENDING:
        return "pending"
    return answer if exchange.seen_status else f"no answer ({answer})"
