"""The audit of a client: models and calls."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from .calling import ControlCalls
from .model import SEVERAL, Input, Model, Moment


class Severity(StrEnum):
    """The severity of a finding."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """A number, greater for worse."""
        return list(Severity).index(self)


class Basis(StrEnum):
    """The source of a rule: the service's documentation, or a decision of this project."""

    DOCUMENTED = "documented"
    OUR_DECISION = "our decision"


class Finding(Model, frozen=True, kw_only=True):
    """A rule that the client broke, the principle behind it, and the exchanges that show it.

    `at` is the sandbox's time of the first of these; None where there is none.
    """

    rule: str
    severity: Severity
    title: str = ""
    message: str
    principle: str = ""
    basis: Basis = Basis.DOCUMENTED
    requests: tuple[int, ...] = ()
    payment_id: str | None = None
    pos_id: str | None = None
    at: Moment | None = None

    def __str__(self) -> str:
        """The finding in a line."""
        where = ", ".join(f"#{each}" for each in self.requests)
        return f"{self.severity} {self.rule}: {self.message}" + (f" ({where})" if where else "")


class Audit(Model, frozen=True):
    """The findings on a client.

    `calls` of the client were judged. Where the journal has dropped exchanges, it `is_partial`: of
    these nothing is known. The rules in `off` were left out.
    """

    findings: tuple[Finding, ...]
    counts: dict[str, int]
    calls: int = 0
    dropped: int = 0
    is_partial: bool = False
    off: tuple[str, ...] = ()

    def at_least(self, severity: str) -> tuple[Finding, ...]:
        """Returns the findings of this severity or a worse one.

        Raises:
            ValueError: there is no such severity.
        """
        least = Severity(severity).rank
        return tuple(each for each in self.findings if each.severity.rank >= least)


class AuditQuery(Input, frozen=True):
    """Which rules are left out."""

    off: Annotated[
        str, Meta(description="ids of rules to leave out, with commas between", extra=SEVERAL)
    ] = ""


class AuditCalls(ControlCalls):
    """The calls of the audit."""

    def audit(self, *, off: Iterable[str] = ()) -> Audit:
        """Returns what a client did wrong, by all rules but those in `off`.

        Args:
            off: ids of rules that do not count.
        """
        return self.call(Audit, "GET", "/audit", query=_query(off), format="json")

    def audit_as(
        self, format: Literal["json", "junit", "sarif", "text"], *, off: Iterable[str] = ()
    ) -> str:
        """Returns the audit as a document of a format.

        Args:
            format: of the document.
            off: ids of rules that do not count.
        """
        return self.understood(bytes.decode, "GET", "/audit", query=_query(off), format=format)


def _query(off: Iterable[str]) -> AuditQuery:
    return AuditQuery(",".join([off] if isinstance(off, str) else off))
