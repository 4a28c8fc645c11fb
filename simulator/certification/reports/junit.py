"""The report as JUnit XML: one suite a section, one test case a case."""

from collections.abc import Iterator

from ...client import CaseState
from ...journal.junit import Case, Suite, suites_as_xml
from ...scripting.scenario import case_of
from ..status import CaseStatus, SectionStatus, StepStatus
from .gathering import ReportData


def as_junit(report: ReportData) -> str:
    """Returns a document in which a case that failed has failed; one not decided was skipped."""
    session = report.status.session
    properties = {
        "certification": session.id,
        "clientIds": ", ".join(session.client_ids),
        "version": session.version,
        "systemName": session.system_name,
    }
    suites = (
        Suite(
            name=each.section.title,
            cases=tuple(_case(case) for case in each.cases),
            properties={**properties, **_part(each)},
        )
        for each in report.status.sections
    )
    return suites_as_xml(f"mobilepay-sim certification {session.id}", suites)


def _part(status: SectionStatus) -> dict[str, str]:
    return {"leftOut": ", ".join(status.left_out)} if status.left_out else {}


def _case(status: CaseStatus) -> Case:
    has_failed = status.state is CaseState.FAILED
    is_open = status.state in (CaseState.NOT_TESTED, CaseState.IN_PROGRESS)
    message = f"{status.why}. {status.advice}" if status.advice else status.why
    return Case(
        classname=status.name,
        name=case_of(status.scenario).title,
        failure=message if has_failed else None,
        text="\n".join(line for step in status.steps for line in _step(step)) if has_failed else "",
        skipped=status.state if is_open else None,
    )


def _step(step: StepStatus) -> Iterator[str]:
    at = f" (request {step.request})" if step.request else ""
    yield f"[{step.state}] {step.title}{at}"
    for word, text in (("seen", step.seen), ("advice", step.advice), ("warning", step.warning)):
        if text:
            yield f"    {word}: {text}"
