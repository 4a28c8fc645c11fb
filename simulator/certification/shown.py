"""A certification as the control API shows it."""

from collections.abc import Mapping
from typing import Any

from .. import client
from ..client.model import ABSENT
from ..scripting.cases import SECTIONS
from ..scripting.scenario import Scenario, case_of
from .sessions import CertificateRecord
from .status import CaseStatus, SectionStatus, SessionStatus, StepStatus


def shown_session(status: SessionStatus) -> client.Certification:
    """Returns a whole session: sections, cases and steps."""
    return client.Certification(**session_fields(status))


def shown_summary(status: SessionStatus) -> client.Certification:
    """Returns who is certified, and how that stands, without the cases."""
    return client.Certification(**{**session_fields(status), "sections": ABSENT})


def session_fields(status: SessionStatus) -> dict[str, Any]:
    """Returns what is shown of a session, by the names of its model."""
    session = status.session
    states = [case.state for case in status.cases]
    return {
        "id": session.id,
        "stage": session.stage,
        "state": status.state,
        "client_ids": session.client_ids,
        "version": session.version,
        "system_name": session.system_name,
        "usual_paths": session.usual_paths,
        "began_at": session.begun_at,
        "ended_at": session.ended_at,
        "now": status.now,
        "is_decided": status.is_decided,
        "lack": status.lack,
        "coverage": status.coverage,
        "current": session.current,
        "next": status.next,
        "counts": {state: states.count(state) for state in client.CaseState} if states else {},
        "sections": tuple(_section(each) for each in status.sections),
    }


def shown_certificate(certificate: CertificateRecord) -> client.Certificate:
    """Returns a certificate."""
    return client.Certificate(
        certificate.client_id,
        certificate.version,
        certificate.sections,
        certificate.at,
        certificate.session,
    )


def shown_sections(cases: Mapping[str, Scenario]) -> tuple[client.SectionDescription, ...]:
    """Returns the sections there are, with their cases."""
    return tuple(
        client.SectionDescription(
            section.name,
            section.title,
            section.about,
            section.is_mandatory,
            tuple(
                client.CaseDescription(**_described(each))
                for each in cases.values()
                if case_of(each).section == section.name
            ),
        )
        for section in SECTIONS
    )


def _section(status: SectionStatus) -> client.CertificationSection:
    section = status.section
    return client.CertificationSection(
        section.name,
        section.title,
        section.about,
        section.is_mandatory,
        tuple(_case(each) for each in status.cases),
        status.state,
        status.left_out,
    )


def _described(scenario: Scenario) -> dict[str, Any]:
    case = case_of(scenario)
    return {
        "name": scenario.name,
        "number": case.number,
        "title": case.title,
        "summary": scenario.summary,
        "task": case.task,
        "opens_with": case.opens_with.call,
    }


def _case(status: CaseStatus) -> client.CertificationCase:
    return client.CertificationCase(
        **_described(status.scenario),
        state=status.state,
        why=status.why,
        advice=status.advice,
        goes=status.goes,
        run=status.run,
        began_at=status.begun_at,
        ended_at=status.ended_at,
        steps=tuple(_step(each) for each in status.steps),
        requests=status.requests,
        near_miss=status.near_miss,
    )


def _step(status: StepStatus) -> client.CertificationStep:
    return client.CertificationStep(
        status.title,
        status.expected,
        status.state,
        status.seen,
        status.advice,
        status.request,
        status.warning,
        status.calls,
    )
