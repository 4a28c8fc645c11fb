"""A certification as the control API answers it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from simulator.certification.sessions import Certificate
from simulator.certification.standing import CaseStand, SectionStand, Stand, StepStand
from simulator.scripting.cases import SECTIONS
from simulator.scripting.scenario import Scenario, case_of

__all__ = ["catalogue_as_json", "certificate_as_json", "stand_as_json", "summary_as_json"]


def summary_as_json(stand: Stand) -> dict[str, Any]:
    """Returns who is certified, and how that stands, without the cases."""
    session = stand.session
    states = [case.state for case in stand.cases]
    return {
        "id": session.id,
        "stage": session.stage,
        "state": stand.state,
        "clientIds": list(session.client_ids),
        "version": session.version,
        "systemName": session.system_name,
        "beganAt": _time(session.begun_at),
        "endedAt": _time(session.ended_at),
        "now": _time(stand.now),
        "isDecided": stand.is_decided,
        "lack": stand.lack,
        "current": session.current,
        "next": stand.next,
        "counts": {state: states.count(state) for state in type(states[0])} if states else {},
    }


def stand_as_json(stand: Stand) -> dict[str, Any]:
    """Returns a whole session: sections, cases and steps."""
    return {**summary_as_json(stand), "sections": [_section(each) for each in stand.sections]}


def certificate_as_json(certificate: Certificate) -> dict[str, Any]:
    """Returns a certificate."""
    return {
        "clientId": certificate.client_id,
        "version": certificate.version,
        "sections": list(certificate.sections),
        "at": _time(certificate.at),
        "certification": certificate.session,
    }


def catalogue_as_json(cases: Mapping[str, Scenario]) -> list[dict[str, Any]]:
    """Returns the sections there are, with their cases."""
    return [
        {
            "name": section.name,
            "title": section.title,
            "about": section.about,
            "mandatory": section.is_mandatory,
            "cases": [_described(each) for each in cases.values() if is_in(each, section.name)],
        }
        for section in SECTIONS
    ]


def is_in(scenario: Scenario, section: str) -> bool:
    """Whether a case belongs to a section."""
    return case_of(scenario).section == section


def _section(stand: SectionStand) -> dict[str, Any]:
    return {
        "name": stand.section.name,
        "title": stand.section.title,
        "about": stand.section.about,
        "mandatory": stand.section.is_mandatory,
        "state": stand.state,
        "cases": [_case(each) for each in stand.cases],
    }


def _described(scenario: Scenario) -> dict[str, Any]:
    case = case_of(scenario)
    return {
        "name": scenario.name,
        "number": case.number,
        "title": case.title,
        "summary": scenario.summary,
        "task": case.task,
        "opensWith": list(case.opens_with.call),
    }


def _case(stand: CaseStand) -> dict[str, Any]:
    return {
        **_described(stand.scenario),
        "state": stand.state,
        "why": stand.why,
        "advice": stand.advice,
        "goes": stand.goes,
        "run": stand.run,
        "beganAt": _time(stand.begun_at),
        "endedAt": _time(stand.ended_at),
        "steps": [_step(each) for each in stand.steps],
        "requests": list(stand.requests),
    }


def _step(stand: StepStand) -> dict[str, Any]:
    return {
        "title": stand.title,
        "expected": stand.expected,
        "state": stand.state,
        "seen": stand.seen,
        "advice": stand.advice,
        "request": stand.request,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
