"""The report as one page of HTML, for a screen of any size and for paper."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ... import __version__
from ...client import CaseState, Finding, StepState
from ...engine.values import count_of
from ...journal.exchanges import ExchangeRecord
from ...journal.junit import printable
from ...journal.words import length_in_words, moment, shortened
from ...scripting.cases import section_named
from ...scripting.scenario import case_of
from ..status import CaseStatus, StepStatus
from . import wording
from .gathering import ReportData

#: Of a body, this many bytes are shown.
LONGEST = 4000
#: Of a case's calls, and of the audit's findings, this many are shown.
MOST = 200
_WRONG = (StepState.BROKEN, StepState.MISSED)


def as_html(report: ReportData) -> str:
    """Returns the page. It needs nothing but itself, and runs no script."""
    cases = _cases_of_findings(report)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            status=report.status,
            session=report.status.session,
            name=wording.name_of(report.status.session),
            verdict=wording.verdict(report.status),
            tasks=list(wording.tasks(report)),
            findings=report.audit.findings,
            numbers={each: number for number, each in enumerate(report.audit.findings, 1)},
            cases_of=lambda finding: cases.get(finding, []),
            proofs=set(report.proofs) & set(report.exchanges),
            is_first=_first_times(),
        )
    )


def _cases_of_findings(report: ReportData) -> dict[Finding, list[CaseStatus]]:
    found: dict[Finding, list[CaseStatus]] = {}
    for case in report.status.cases:
        for finding in report.findings(case):
            found.setdefault(finding, []).append(case)
    return found


def _first_times() -> Callable[[int], bool]:
    """Returns what tells whether a call is shown for the first time, so that its id is unique."""
    before: set[int] = set()

    def is_first(number: int) -> bool:
        is_new = number not in before
        before.add(number)
        return is_new

    return is_first


def _first_advice(case: CaseStatus, step: StepStatus) -> str:
    """Returns a step's advice, but for that which the case or a step before it has given.

    What a case that was left wants is said once, with the first step that was missed.
    """
    missed = [each for each in case.steps if each.state is StepState.MISSED]
    is_again = any(each is step for each in missed[1:]) or step.advice == case.advice
    first = next(each for each in case.steps if each.advice == step.advice)
    return step.advice if first is step and not is_again else ""


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader(__name__.rpartition(".")[0], "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    made.filters |= {
        "call": _call,
        "count_of": count_of,
        "cut": _cut,
        "day": wording.day,
        "moment": moment,
        "outcome": wording.outcome,
        "real": lambda exchange: moment(datetime.fromtimestamp(exchange.real_at, UTC)),
        "section": lambda name: section_named(name).title,
        "shortened": shortened,
        "took": lambda exchange: length_in_words(timedelta(seconds=exchange.duration)),
    }
    made.globals |= {
        "MOST": MOST,
        "SIGNS": wording.SIGNS,
        "WRONG": _WRONG,
        "State": CaseState,
        "case_of": case_of,
        "delivered": wording.DELIVERED,
        "first_advice": _first_advice,
        "version": __version__,
    }
    return made


def _printable(value: Any) -> Any:
    """Makes everything that a client sent something that a page can hold."""
    is_markup = hasattr(value, "__html__")
    return printable(value) if isinstance(value, str) and not is_markup else value


def _call(exchange: ExchangeRecord) -> str:
    """Returns what was called, in a line."""
    target = f"{exchange.path}?{exchange.query}" if exchange.query else exchange.path
    return f"{exchange.method} {shortened(target)}"


def _cut(content: bytes, size: int) -> tuple[str, str]:
    """Returns a body as it is shown, and a note on what is not.

    Args:
        content: what the journal keeps of it.
        size: how many bytes it had.
    """
    part = content[:LONGEST]
    note = f"The first {len(part)} of {size} bytes." if size > len(part) else ""
    return part.decode("utf-8", "replace"), note
