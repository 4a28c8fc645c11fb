"""The report as JSON."""

from typing import Any

from simulator import __version__
from simulator.certification.reports.gathering import Report
from simulator.certification.shown import certificate_as_json, stand_as_json
from simulator.journal.audit import reports as audit_reports
from simulator.journal.shown import exchange_as_json, plain

__all__ = ["as_json"]


def as_json(report: Report) -> dict[str, Any]:
    """Returns the certification as the control API shows it, and all that shows it."""
    proofs = (report.exchanges.get(each) for each in report.proofs)
    return {
        **stand_as_json(report.stand),
        "madeAt": plain(report.made_at),
        "simulator": __version__,
        "certificate": _certificate(report),
        "audit": audit_reports.as_json(report.audit),
        "exchanges": {str(each.id): exchange_as_json(each) for each in proofs if each},
        "droppedRequests": report.dropped,
    }


def _certificate(report: Report) -> dict[str, Any] | None:
    """Returns what was certified; all that one certification gives differs in the client alone."""
    if not report.certificates:
        return None
    shown = certificate_as_json(report.certificates[0])
    del shown["clientId"]
    return {"clientIds": [each.client_id for each in report.certificates], **shown}
