"""What a certification session is: who is certified, in what, and how far it has come."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["Attempt", "Certificate", "Session", "Stage", "minor_version"]


class Stage(StrEnum):
    """How a session stands."""

    OPEN = "open"
    APPROVED = "approved"
    ABANDONED = "abandoned"


def minor_version(version: str) -> str:
    """Returns what is certified of a client's version: Major.Minor of Major.Minor.Build."""
    return ".".join(version.split(".")[:2])


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One go at a case.

    Args:
        case: the scenario's name.
        run: the id of its run.
        begun_at: the world's time it began.
        is_chosen: whether somebody asked for just this case.
        ended_at: when the client went on to something else, or the case was begun anew.
        went_on_to: what it went on to, in words.
    """

    case: str
    run: str
    begun_at: datetime
    is_chosen: bool = False
    ended_at: datetime | None = None
    went_on_to: str = ""


@dataclass(slots=True, kw_only=True)
class Session:
    """A client that is being certified.

    Args:
        id: its name in the sandbox.
        begun_at: the world's time it began.
        cases: the names of the cases that were chosen, in order.
        client_ids: the integrators whose calls count; empty for all.
        version: Major.Minor of the client whose calls count; empty until its first call tells.
        system_name: what the client is called, for the report.
        stage: how it stands.
        ended_at: when it was approved or abandoned.
        attempts: the last go at each case, by its name.
        counts: how many goes there were at each case.
        current: the case the client is at.
    """

    id: str
    begun_at: datetime
    cases: tuple[str, ...]
    client_ids: tuple[str, ...] = ()
    version: str = ""
    system_name: str = ""
    stage: Stage = Stage.OPEN
    ended_at: datetime | None = None
    attempts: dict[str, Attempt] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    current: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls still count."""
        return self.stage is Stage.OPEN

    def covers(self, client_id: str, version: str) -> bool:
        """Whether a client's calls count; some calls don't tell the version."""
        return (not self.client_ids or client_id in self.client_ids) and (
            not version or self.version in ("", minor_version(version))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """That a client's version was certified: in which sections, when, by which session."""

    client_id: str
    version: str
    sections: tuple[str, ...]
    at: datetime
    session: str
