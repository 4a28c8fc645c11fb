"""The report of an audit as plain text, JUnit XML and SARIF 2.1.0."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ... import __version__
from ...client import Audit, Finding, Severity
from ...engine.values import count_of
from ..junit import Case, Suite, suite_as_xml
from .judging import RULES, AuditReport
from .rules import AuditRule

SUITE = "mobilepay-sim audit"
SARIF_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: Of one finding, this many requests are shown.
SHOWN = 10


def as_model(report: AuditReport) -> Audit:
    """Returns a report as the control API answers it."""
    return Audit(
        findings=report.findings,
        counts={str(severity): count for severity, count in report.counts.items()},
        calls=report.calls,
        dropped=report.dropped,
        is_partial=bool(report.dropped),
        off=report.off,
    )


def summary(report: AuditReport) -> str:
    """Returns the numbers of findings in one line."""
    counts = ", ".join(count_of(count, str(each)) for each, count in report.counts.items() if count)
    off = f"; off: {', '.join(report.off)}" if report.off else ""
    return f"{counts or 'nothing wrong'} in {count_of(report.calls, 'call')}{off}"


def as_text(report: AuditReport) -> str:
    """Returns a report for people: the worst findings first, the numbers at the end."""
    lines = []
    for each in report.findings:
        lines += [f"{each.severity}: {each.rule}: {each.message}"]
        lines += [f"    {_where(each)}"] if _where(each) else []
        lines += [f"    Why ({each.basis}): {each.principle}", ""]
    if report.reservation:
        lines += [report.reservation]
    return "\n".join([*lines, summary(report)]) + "\n"


def _where(finding: Finding) -> str:
    """Returns what a finding is about."""
    parts = []
    if finding.requests:
        more = len(finding.requests) - SHOWN
        shown = ", ".join(map(str, finding.requests[:SHOWN]))
        word = "request" if len(finding.requests) == 1 else "requests"
        parts.append(f"{word} {shown}" + (f" and {more} more" if more > 0 else ""))
    parts += [f"payment {finding.payment_id}"] if finding.payment_id else []
    parts += [f"point of sale {finding.pos_id}"] if finding.pos_id else []
    return "; ".join(parts)


def as_junit(report: AuditReport, sandbox: str) -> str:
    """Returns one test case for each rule; errors and warnings fail it, notes do not."""
    suite = Suite(
        name=f"{SUITE} {sandbox}",
        cases=tuple(_case(each, report) for each in RULES.values()),
        properties={"calls": report.calls, "dropped": report.dropped},
        output=report.reservation,
    )
    return suite_as_xml(suite)


def _case(rule: AuditRule, report: AuditReport) -> Case:
    case = Case(classname=SUITE, name=rule.id)
    if rule.id in report.off:
        return replace(case, skipped="switched off")
    found = [each for each in report.findings if each.rule == rule.id]
    lines = [f"{each.message} ({_where(each)})" for each in found]
    text = "\n".join([*lines, f"{rule.principle} ({rule.basis})"])
    if found and rule.severity is Severity.NOTE:
        return replace(case, output=text)
    if found:
        message, kind = f"{rule.severity}: {rule.title}", str(rule.severity)
        return replace(case, failure=message, kind=kind, text=text)
    return case


def as_sarif(report: AuditReport, base: str) -> str:
    """Returns a report for code scanning.

    Args:
        report: the report.
        base: the path of the sandbox's control API, under which requests are found.
    """
    run = {
        "tool": {
            "driver": {
                "name": "mobilepay-sim",
                "version": __version__,
                "rules": [_descriptor(each) for each in RULES.values()],
            }
        },
        "invocations": [_invocation(report)],
        "results": [_result(each, base) for each in report.findings],
        "properties": {"calls": report.calls, "dropped": report.dropped},
    }
    document = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _descriptor(rule: AuditRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.principle},
        "help": {"text": rule.judged, "markdown": rule.judged},
        "defaultConfiguration": {"level": str(rule.severity)},
        "properties": {"basis": str(rule.basis)},
    }


def _invocation(report: AuditReport) -> dict[str, Any]:
    made: dict[str, Any] = {"executionSuccessful": True}
    if report.off:
        made["ruleConfigurationOverrides"] = [
            {"descriptor": {"id": each, "index": _index(each)}, "configuration": {"enabled": False}}
            for each in report.off
        ]
    if report.reservation:
        notice = {"level": "warning", "message": {"text": report.reservation}}
        made["toolExecutionNotifications"] = [notice]
    return made


def _index(rule_id: str) -> int:
    return list(RULES).index(rule_id)


def _result(finding: Finding, base: str) -> dict[str, Any]:
    about = {
        "requests": list(finding.requests),
        "paymentId": finding.payment_id,
        "posId": finding.pos_id,
        "basis": str(finding.basis),
    }
    return {
        "ruleId": finding.rule,
        "ruleIndex": _index(finding.rule),
        "level": str(finding.severity),
        "message": {"text": finding.message},
        "locations": list(_locations(finding, base)),
        "properties": {name: value for name, value in about.items() if value},
    }


def _locations(finding: Finding, base: str) -> Iterator[dict[str, Any]]:
    """Yields the first requests; without any, the ledger, which has the payment."""
    requests = finding.requests[:SHOWN]
    paths = [f"requests/{each}" for each in requests] or ["ledger"]
    for path in paths:
        yield {"physicalLocation": {"artifactLocation": {"uri": f"{base}/{path}"}}}
