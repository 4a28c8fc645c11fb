"""What the control API answers about certifications, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from simulator.client.shapes import raw_json

__all__ = [
    "CaseState",
    "Certificate",
    "Certification",
    "CertificationCase",
    "CertificationSection",
    "CertificationStep",
    "Certifications",
    "StepState",
]


class CaseState(StrEnum):
    """How a case, a section or a whole certification stands."""

    NOT_TESTED = "not tested"
    IN_PROGRESS = "in progress"
    PASSED = "passed"
    FAILED = "failed"


class StepState(StrEnum):
    """How a step of a case stands; `KEPT` is a rule that nothing has broken yet."""

    TO_COME = "to come"
    KEPT = "kept"
    DONE = "done"
    BROKEN = "broken"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class CertificationStep:
    """One step: what is expected, what was seen instead, and the call that decided it."""

    title: str
    expected: str
    state: StepState
    seen: str = ""
    advice: str = ""
    request: int | None = None


@dataclass(frozen=True, slots=True)
class CertificationCase:
    """One case: what is to be done at the till, and how that stands."""

    name: str
    number: int
    title: str
    summary: str
    task: str
    state: CaseState = CaseState.NOT_TESTED
    steps: tuple[CertificationStep, ...] = ()
    why: str = ""
    advice: str = ""
    goes: int = 0
    run: str | None = None
    requests: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CertificationSection:
    """One section with its cases."""

    name: str
    title: str
    about: str
    mandatory: bool
    cases: tuple[CertificationCase, ...]
    state: CaseState = CaseState.NOT_TESTED


@dataclass(frozen=True, slots=True)
class Certificate:
    """That a version of a client was certified in some sections."""

    client_id: str
    version: str
    sections: tuple[str, ...]
    at: datetime
    certification: str


@dataclass(frozen=True, slots=True)
class Certification:
    """A client that is being certified.

    Args:
        stage: open, approved or abandoned.
        lack: why it can't be approved yet; empty where it can, or where it is over.
    """

    id: str
    stage: str
    state: CaseState
    client_ids: tuple[str, ...]
    version: str
    system_name: str
    is_decided: bool
    current: str | None = None
    next: str | None = None
    lack: str = ""
    sections: tuple[CertificationSection, ...] = ()
    raw: Mapping[str, Any] = raw_json()

    @property
    def cases(self) -> tuple[CertificationCase, ...]:
        """All cases, in order."""
        return tuple(case for section in self.sections for case in section.cases)


@dataclass(frozen=True, slots=True)
class Certifications:
    """The certifications there are, without their cases, the certificates and all sections."""

    certifications: tuple[Certification, ...]
    certificates: tuple[Certificate, ...]
    sections: tuple[CertificationSection, ...]
