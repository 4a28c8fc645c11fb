"""What a report tells, gathered in one go, so that it stays true while the world goes on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from ...client import Finding
from ...engine.operations import CERTIFICATION
from ...engine.world import World
from ...journal.audit.calls import OperationInput
from ...journal.audit.judging import AuditReport, judge
from ...journal.audit.rules import Evidence, copied_evidence
from ...journal.exchanges import ExchangeRecord, Journal
from ...journal.secret_fields import MASK
from ..sessions import CertificateRecord, CertificationSession
from ..status import CaseStatus, SessionStatus, StepStatus

_VERSION = "x-mobilepay-client-system-version"


@dataclass(frozen=True, slots=True)
class ReportData:
    """How a certification stands, and all that shows it.

    Args:
        status: each section, case and step.
        exchanges: the calls of all cases by their ids, those that the journal still keeps.
        audit: what the client did wrong since the certification began.
        certificates: those that this certification gave, and that none has replaced.
    """

    status: SessionStatus
    exchanges: Mapping[int, ExchangeRecord]
    audit: AuditReport
    certificates: tuple[CertificateRecord, ...]

    @property
    def made_at(self) -> datetime:
        """The world's time it was made."""
        return self.status.now

    @property
    def proofs(self) -> list[int]:
        """The ids of the calls that proved or broke a step, in order."""
        steps = (step for case in self.status.cases for step in case.steps)
        return sorted({step.request for step in steps if step.request is not None})

    @property
    def dropped(self) -> list[int]:
        """The ids of the cases' calls that the journal does not keep any more."""
        called = {request for case in self.status.cases for request in case.requests}
        return sorted({*called, *self.proofs} - set(self.exchanges))

    def exchange(self, step: StepStatus) -> ExchangeRecord | None:
        """Returns the call that proved or broke a step; None where there is none, or it is gone."""
        return self.exchanges.get(step.request or 0)

    def calls(self, case: CaseStatus) -> list[ExchangeRecord]:
        """Returns the calls of a case that are kept."""
        return [self.exchanges[each] for each in case.requests if each in self.exchanges]

    def findings(self, case: CaseStatus) -> list[Finding]:
        """Returns what the audit found in a case, by its calls or by its payments."""
        calls = self.calls(case)
        ids = set(case.requests)
        payments = {each.payment_id for each in calls if each.payment_id}
        return [
            each
            for each in self.audit.findings
            if ids.intersection(each.requests)
            or (not each.requests and each.payment_id in payments)
        ]


def gather(
    status: SessionStatus,
    world: World,
    journal: Journal,
    inputs: Mapping[str, OperationInput],
    certificates: Iterable[CertificateRecord] = (),
) -> Callable[[], ReportData]:
    """Returns what makes the report on a certification. Called inside the world.

    What it returns any thread may call: the report has its own of what others go on changing.

    Args:
        status: the status of the certification.
        world: where it takes place.
        journal: the calls that are kept there.
        inputs: what each operation takes, for the audit.
        certificates: those that were given in the sandbox.
    """
    session = replace(status.session)
    of_this = tuple(each for each in certificates if each.session == session.id)
    calls, evidence = _exchanges(status, journal), copied_evidence(world, journal, inputs)
    status = replace(status, session=session)
    return lambda: ReportData(status, calls, _audit(session, evidence()), of_this)


def _exchanges(status: SessionStatus, journal: Journal) -> Mapping[int, ExchangeRecord]:
    wanted = {request for case in status.cases for request in case.requests}
    wanted |= {step.request for case in status.cases for step in case.steps if step.request}
    kept = (journal.get(each) for each in sorted(wanted))
    tokens: dict[str, str] = {}
    return MappingProxyType(
        {each.id: _without_tokens(each, tokens) for each in kept if each is not None}
    )


def _without_tokens(exchange: ExchangeRecord, tokens: dict[str, str]) -> ExchangeRecord:
    """Returns a copy that tells its token from others by a number, which is the same in each run.

    Args:
        exchange: what the journal keeps; of its token that is a fingerprint.
        tokens: the numbers of the tokens seen before.
    """

    def masked(value: str) -> str:
        scheme, _, token = value.partition(MASK)
        return f"{scheme}{MASK}{tokens.setdefault(token, str(len(tokens) + 1))}" if token else value

    headers = tuple(
        (name, masked(value) if name == "authorization" else value)
        for name, value in exchange.headers
    )
    return replace(exchange, headers=headers, events=[*exchange.events])


def _audit(session: CertificationSession, evidence: Evidence) -> AuditReport:
    """Judges all there is, since earlier calls explain later ones; tells of the session's alone."""
    calls = {each.id for each in evidence.calls if _is_theirs(session, each.exchange)}
    payments = {
        each.id
        for each in evidence.payments
        if _is_within(session, each.created_at)
        and (not session.client_ids or each.client_id in session.client_ids)
    }

    def concerns(finding: Finding) -> bool:
        if finding.requests:
            return not calls.isdisjoint(finding.requests)
        return finding.payment_id in payments

    judged = judge(evidence)
    found = tuple(each for each in judged.findings if concerns(each))
    return replace(judged, findings=found, calls=len(calls))


def _is_theirs(session: CertificationSession, exchange: ExchangeRecord) -> bool:
    version = exchange.header(_VERSION) or ""
    # Tokens are fetched at one path by all.
    is_certifying = exchange.base.endswith(CERTIFICATION) or exchange.operation == "Token"
    is_covered = session.covers(exchange.client_id or "", version, is_certifying=is_certifying)
    return is_covered and _is_within(session, exchange.at)


def _is_within(session: CertificationSession, at: datetime) -> bool:
    return session.begun_at <= at and (session.ended_at is None or at <= session.ended_at)
