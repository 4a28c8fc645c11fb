"""The report as a model, which is written as JSON."""

from ... import __version__, client
from ...journal.audit import reports as audit_reports
from ...journal.shown import shown_exchange
from ..shown import session_fields
from .gathering import ReportData


def as_model(report: ReportData) -> client.CertificationReport:
    """Returns the certification as the control API shows it, and all that proves it."""
    proofs = (report.exchanges.get(each) for each in report.proofs)
    return client.CertificationReport(
        **session_fields(report.status),
        made_at=report.made_at,
        simulator=__version__,
        certificate=_certificate(report),
        audit=audit_reports.as_model(report.audit),
        exchanges={str(each.id): shown_exchange(each) for each in proofs if each},
        dropped_requests=tuple(report.dropped),
    )


def _certificate(report: ReportData) -> client.GivenCertificate | None:
    """Returns what was certified; all that one certification gives differs in the client alone."""
    given = report.certificates
    if not given:
        return None
    clients = tuple(each.client_id for each in given)
    first = given[0]
    return client.GivenCertificate(clients, first.version, first.sections, first.at, first.session)
