"""The audit's report: the findings of all rules that are not switched off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType

from ...client import Finding, Severity
from ...engine.values import count_of
from ...settings.nearest import nearest
from . import (
    keys,
    lost_answers,
    names,
    payments,
    points_of_sale,
    polling,
    refunds,
    refusals,
    requests,
    reservations,
    retries,
    tokens,
)
from .rules import AuditRule, Evidence


def _rules_in(*modules: ModuleType) -> Mapping[str, AuditRule]:
    found = (each for module in modules for each in vars(module).values())
    return MappingProxyType({each.id: each for each in found if isinstance(each, AuditRule)})


#: THE RULES by their ids, in the order they are shown.
RULES = _rules_in(
    reservations,
    payments,
    refunds,
    points_of_sale,
    keys,
    retries,
    lost_answers,
    refusals,
    polling,
    tokens,
    requests,
    names,
)


class UnknownRule(ValueError):
    """There is no rule of this id; the message names the nearest."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """How the clients of a sandbox behaved.

    Args:
        findings: what they did wrong, worst first.
        off: the rules that were switched off.
        calls: how many calls were audited.
        dropped: how many exchanges the journal no longer keeps.
    """

    findings: tuple[Finding, ...]
    off: tuple[str, ...] = ()
    calls: int = 0
    dropped: int = 0

    @property
    def counts(self) -> dict[Severity, int]:
        """How many findings there are of each severity, the worst first."""
        found = [each.severity for each in self.findings]
        return {severity: found.count(severity) for severity in reversed(Severity)}

    @property
    def reservation(self) -> str:
        """Why the report is partial; empty where it is complete."""
        if not self.dropped:
            return ""
        return (
            f"The report is partial: the journal has dropped {count_of(self.dropped, 'exchange')}, "
            "the oldest, so mistakes in these are missing. Raise --journal-size."
        )


def judge(evidence: Evidence, off: Iterable[str] = ()) -> AuditReport:
    """Returns what clients did wrong.

    Args:
        evidence: what they did.
        off: ids of rules to leave out.

    Raises:
        UnknownRule: there is no rule of such an id.
    """
    skipped = set(off)
    for each in sorted(skipped - set(RULES)):
        raise UnknownRule(f"there is no rule {each[:60]!r}; {nearest(each, RULES)}")
    applied = [each for each in RULES.values() if each.id not in skipped]
    found = [finding for each in applied for finding in each.findings(evidence)]
    return AuditReport(
        findings=tuple(sorted(found, key=_position)),
        off=tuple(each for each in RULES if each in skipped),
        calls=len(evidence.calls),
        dropped=evidence.dropped,
    )


def _position(finding: Finding) -> tuple[object, ...]:
    return (
        -finding.severity.rank,
        list(RULES).index(finding.rule),
        finding.requests,
        finding.payment_id or "",
        finding.message,
    )
