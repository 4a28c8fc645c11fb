"""The report as JUnit XML: one suite a section, one test case a case."""

from collections.abc import Iterator

from simulator.certification.reports.gathering import Report
from simulator.certification.standing import CaseStand, State, StepStand
from simulator.junit import Case, Suite, suites_as_xml
from simulator.scripting.scenario import case_of

__all__ = ["as_junit"]


def as_junit(report: Report) -> str:
    """Returns a document in which a case that failed has failed; one not decided was skipped."""
    session = report.stand.session
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
            properties=properties,
        )
        for each in report.stand.sections
    )
    return suites_as_xml(f"mobilepay-sim certification {session.id}", suites)


def _case(stand: CaseStand) -> Case:
    has_failed = stand.state is State.FAILED
    is_open = stand.state in (State.NOT_TESTED, State.IN_PROGRESS)
    message = f"{stand.why}. {stand.advice}" if stand.advice else stand.why
    return Case(
        classname=stand.name,
        name=case_of(stand.scenario).title,
        failure=message if has_failed else None,
        text="\n".join(line for step in stand.steps for line in _step(step)) if has_failed else "",
        skipped=stand.state if is_open else None,
    )


def _step(step: StepStand) -> Iterator[str]:
    at = f" (request {step.request})" if step.request else ""
    yield f"[{step.state}] {step.title}{at}"
    for word, text in (("seen", step.seen), ("advice", step.advice)):
        if text:
            yield f"    {word}: {text}"
