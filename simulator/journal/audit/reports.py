"""The report of an audit as plain text, JUnit XML and SARIF 2.1.0."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from simulator import __version__
from simulator.journal.audit.judging import RULES, Finding, Report
from simulator.journal.audit.rules import Rule, Severity, count_of
from simulator.junit import Case, Suite, suite_as_xml

__all__ = ["as_json", "as_junit", "as_sarif", "as_text", "summary"]

SUITE = "mobilepay-sim audit"
SARIF_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: Of one finding, this many requests are shown to people.
SHOWN = 10


def as_json(report: Report) -> dict[str, Any]:
    """Returns a report as the control API answers it."""
    return {
        "findings": [_finding(each) for each in report.findings],
        "counts": {str(severity): count for severity, count in report.counts.items()},
        "calls": report.calls,
        "dropped": report.dropped,
        "isPartial": bool(report.dropped),
        "off": list(report.off),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    rule, broken = finding.rule, finding.broken
    return {
        "rule": rule.id,
        "severity": str(rule.severity),
        "title": rule.title,
        "message": broken.message,
        "principle": rule.principle,
        "requests": list(broken.requests),
        "paymentId": broken.payment_id,
        "posId": broken.pos_id,
    }


def summary(report: Report) -> str:
    """Returns the verdict in one line."""
    counts = ", ".join(count_of(count, str(each)) for each, count in report.counts.items() if count)
    off = f"; off: {', '.join(report.off)}" if report.off else ""
    return f"{counts or 'nothing wrong'} in {count_of(report.calls, 'call')}{off}"


def as_text(report: Report) -> str:
    """Returns a report for people: the worst first, and the verdict at the end."""
    lines = []
    for each in report.findings:
        lines += [f"{each.rule.severity}: {each.rule.id}: {each.broken.message}"]
        lines += [f"    {_where(each)}"] if _where(each) else []
        lines += [f"    Why: {each.rule.principle}", ""]
    if report.reservation:
        lines += [report.reservation]
    return "\n".join([*lines, summary(report)]) + "\n"


def _where(finding: Finding) -> str:
    """Returns what a finding is about."""
    broken = finding.broken
    parts = []
    if broken.requests:
        more = len(broken.requests) - SHOWN
        shown = ", ".join(map(str, broken.requests[:SHOWN]))
        word = "request" if len(broken.requests) == 1 else "requests"
        parts.append(f"{word} {shown}" + (f" and {more} more" if more > 0 else ""))
    parts += [f"payment {broken.payment_id}"] if broken.payment_id else []
    parts += [f"point of sale {broken.pos_id}"] if broken.pos_id else []
    return "; ".join(parts)


def as_junit(report: Report, sandbox: str) -> str:
    """Returns one test case a rule; errors and warnings fail it, notes are only said."""
    suite = Suite(
        name=f"{SUITE} {sandbox}",
        cases=tuple(_case(each, report) for each in RULES.values()),
        properties={"calls": report.calls, "dropped": report.dropped},
        output=report.reservation,
    )
    return suite_as_xml(suite)


def _case(rule: Rule, report: Report) -> Case:
    case = Case(classname=SUITE, name=rule.id)
    if rule.id in report.off:
        return replace(case, skipped="switched off")
    found = [each for each in report.findings if each.rule is rule]
    lines = [f"{each.broken.message} ({_where(each)})" for each in found]
    text = "\n".join([*lines, rule.principle])
    if found and rule.severity is Severity.NOTE:
        return replace(case, output=text)
    if found:
        message, kind = f"{rule.severity}: {rule.title}", str(rule.severity)
        return replace(case, failure=message, kind=kind, text=text)
    return case


def as_sarif(report: Report, base: str) -> str:
    """Returns a report for code scanning.

    Args:
        base: the path of the sandbox's control API; requests are found under it.
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


def _descriptor(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.principle},
        "help": {"text": rule.judged, "markdown": rule.judged},
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _invocation(report: Report) -> dict[str, Any]:
    made: dict[str, Any] = {"executionSuccessful": True}
    if report.off:
        made["ruleConfigurationOverrides"] = [
            {"descriptor": {"id": each, "index": _index(each)}, "configuration": {"enabled": False}}
            for each in report.off
        ]
    if report.reservation:
        told = {"level": "warning", "message": {"text": report.reservation}}
        made["toolExecutionNotifications"] = [told]
    return made


def _index(rule_id: str) -> int:
    return list(RULES).index(rule_id)


def _result(finding: Finding, base: str) -> dict[str, Any]:
    broken = finding.broken
    about = {
        "requests": list(broken.requests),
        "paymentId": broken.payment_id,
        "posId": broken.pos_id,
    }
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": _index(finding.rule.id),
        "level": str(finding.rule.severity),
        "message": {"text": broken.message},
        "locations": list(_locations(finding, base)),
        "properties": {name: value for name, value in about.items() if value},
    }


def _locations(finding: Finding, base: str) -> Iterator[dict[str, Any]]:
    """Yields the first requests; what is known of a payment alone is found in the ledger."""
    requests = finding.broken.requests[:SHOWN]
    paths = [f"requests/{each}" for each in requests] or ["ledger"]
    for path in paths:
        yield {"physicalLocation": {"artifactLocation": {"uri": f"{base}/{path}"}}}
