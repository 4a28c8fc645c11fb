"""What the report says in sentences, and how each state looks beside its word."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ...client import CaseState, Severity, StepState
from ...engine.values import count_of
from ...journal.exchanges import ExchangeRecord
from ...journal.words import listed
from ...scripting.cases import SECTIONS
from ...scripting.fate import Delivery
from ...scripting.scenario import case_of
from ..sessions import CertificationSession, SessionStage
from ..status import CaseStatus, SessionStatus
from .gathering import ReportData

#: So many failed cases are named among what is to be done.
NAMED = 5
#: Begins a certification.
OPENED_BY = "POST /_simulator/certifications"


class Sign(NamedTuple):
    """How a state looks: its tone is a colour, its shape tells the same without one."""

    tone: str
    shape: str


SIGNS: Mapping[StrEnum, Sign] = {
    CaseState.PASSED: Sign("good", "tick"),
    CaseState.FAILED: Sign("bad", "cross"),
    CaseState.IN_PROGRESS: Sign("busy", "half"),
    CaseState.NOT_TESTED: Sign("idle", "empty"),
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
    case: CaseStatus | None = None
    lead: str = ""
    call: str = ""


def name_of(session: CertificationSession) -> str:
    """Returns what a certification is of, as a sentence begins with it."""
    if session.version:
        return f"Version {session.version} of {session.system_name or 'the client'}"
    return session.system_name or "The client"


def day(at: datetime) -> str:
    """Returns a day as people write it."""
    return f"{at.day} {at:%B %Y}"


def verdict(status: SessionStatus) -> str:
    """Returns the verdict in one sentence."""
    session, count = status.session, len(status.cases)
    states = [case.state for case in status.cases]
    passed = f"{states.count(CaseState.PASSED)} of {count_of(count, 'case')} passed"
    if session.stage is SessionStage.APPROVED:
        return f"{name_of(session)} is certified: {passed}. {status.coverage}".rstrip()
    if session.stage is SessionStage.ABANDONED:
        return f"The certification was abandoned: {passed}, and no certificate was given."
    if status.state is CaseState.PASSED:
        more = status.lack or "a certificate can be given"
        return f"{name_of(session)} has passed: {passed}, and {more}. {status.coverage}".rstrip()
    if status.state is CaseState.NOT_TESTED:
        return f"Nothing is tested yet: {count_of(count, 'case')} to go through."
    failed = states.count(CaseState.FAILED)
    if failed:
        return f"{name_of(session)} has not passed: {passed}, {failed} failed."
    return f"{name_of(session)} is in progress: {passed}, none has failed."


def tasks(report: ReportData) -> Iterator[Task]:
    """Yields what is to be done next, in order."""
    session = report.status.session
    path = f"{OPENED_BY}/{session.id}"
    if session.stage is SessionStage.APPROVED:
        yield Task("Certify the client again when the Major.Minor of its version changes.")
    elif session.stage is SessionStage.ABANDONED:
        yield Task("Begin a new certification when the client is ready.", call=OPENED_BY)
    elif report.status.state is CaseState.PASSED:
        yield from _before_approval(report.status, path)
    else:
        yield from _mending(report.status, path)
        yield from _going_on(report.status)
    wrong = sum(count for each, count in report.audit.counts.items() if each is not Severity.NOTE)
    if wrong:
        told = "an error or a warning" if wrong == 1 else f"{wrong} errors and warnings"
        yield Task(f"Look at what the audit says, below: {told}.")


def _before_approval(status: SessionStatus, path: str) -> Iterator[Task]:
    whole = {each.section.name for each in status.sections if not each.left_out}
    missing = [each.title for each in SECTIONS if each.is_mandatory and each.name not in whole]
    if missing:
        text = f"For a certificate, go through all of {listed(missing)} as well: it is mandatory."
        yield Task(text, call=OPENED_BY)
    else:
        yield Task("Approve the certification.", call=f"{path}/approve")


def _mending(status: SessionStatus, path: str) -> Iterator[Task]:
    failed = [case for case in status.cases if case.state is CaseState.FAILED]
    for case in failed[:NAMED]:
        yield Task(case.advice or f"{case.why}.", case, "Fix")
    if len(failed) > NAMED:
        yield Task(f"Fix the other {len(failed) - NAMED} failed cases, below.")
    if failed:
        text = "Restart a failed case, and let the client go through it again."
        yield Task(text, call=f"{path}/cases/{failed[0].name}/restart")


def _going_on(status: SessionStatus) -> Iterator[Task]:
    for case in status.cases:
        if case.name == status.next:
            yield Task(case_of(case.scenario).task, case, "Go on with")


def outcome(exchange: ExchangeRecord) -> str:
    """Returns what a call came to, in a few words: the status and code that the client got."""
    answer = f"{exchange.status}, code {exchange.code}" if exchange.code else str(exchange.status)
    if exchange.delivery is Delivery.PENDING:
        return "pending"
    return answer if exchange.seen_status else f"no answer ({answer})"
