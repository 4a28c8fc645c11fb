"""The verdict: all rules but those that are switched off, over the evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType

from simulator.documents import nearest
from simulator.journal.audit import keys, payments, polling, requests, retries, tokens
from simulator.journal.audit.rules import Broken, Evidence, Rule, Severity

__all__ = ["RULES", "Finding", "Report", "UnknownRule", "judge"]


def _rules_in(*modules: ModuleType) -> Mapping[str, Rule]:
    found = (each for module in modules for each in vars(module).values())
    return MappingProxyType({each.id: each for each in found if isinstance(each, Rule)})


#: THE RULES by their ids, in the order they are shown.
RULES = _rules_in(payments, keys, retries, polling, tokens, requests)


class UnknownRule(ValueError):
    """There is no rule of this id; the message names the nearest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule, and what broke it."""

    rule: Rule
    broken: Broken


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on the clients of a sandbox.

    Args:
        findings: what they did wrong, worst first.
        off: the rules that were switched off.
        calls: how many calls were looked at.
        dropped: how many exchanges the journal does not keep any more.
    """

    findings: tuple[Finding, ...]
    off: tuple[str, ...] = ()
    calls: int = 0
    dropped: int = 0

    @property
    def counts(self) -> dict[Severity, int]:
        """How many findings there are of each severity."""
        found = [each.rule.severity for each in self.findings]
        return {severity: found.count(severity) for severity in Severity}

    @property
    def reservation(self) -> str:
        """What the verdict leaves open, in words; empty where it is whole."""
        if not self.dropped:
            return ""
        return (
            f"The verdict is partial: the journal has dropped the first {self.dropped} exchanges, "
            "and what clients did wrong there is not told. Raise --journal-size."
        )


def judge(evidence: Evidence, off: Iterable[str] = ()) -> Report:
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
    found = [Finding(each, broken) for each in applied for broken in each.look(evidence)]
    return Report(
        findings=tuple(sorted(found, key=_place)),
        off=tuple(each for each in RULES if each in skipped),
        calls=len(evidence.calls),
        dropped=evidence.dropped,
    )


def _place(finding: Finding) -> tuple[object, ...]:
    rule, broken = finding.rule, finding.broken
    return (
        rule.severity.rank,
        list(RULES).index(rule.id),
        broken.requests,
        broken.payment_id or "",
        broken.message,
    )
