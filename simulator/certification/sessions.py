"""Certification sessions, their attempts at cases, and certificates."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..engine.payments import InitiatePayment, PaymentTerms
from ..engine.values import as_numbers
from ..scripting.call import Call
from ..scripting.cases import SECTIONS, as_section
from ..scripting.scenario import Scenario, case_of
from ..settings.nearest import nearest


class SessionStage(StrEnum):
    """The stage of a session."""

    OPEN = "open"
    APPROVED = "approved"
    ABANDONED = "abandoned"


def minor_version(version: str) -> str:
    """Returns the Major.Minor of a version, which is what is certified; `1.2` for `01.02.3`."""
    return as_numbers(".".join(version.split(".")[:2]))


@dataclass(slots=True, kw_only=True)
class CaseAttempt:
    """An attempt at a case.

    Args:
        case: the name of the scenario.
        run: the id of its run.
        begun_at: the world's time it began.
        is_chosen: whether the case was started by request.
        ended_at: when nothing more counted for it.
        went_on_to: what the client went on to, in words; empty where the certification ended.
    """

    case: str
    run: str
    begun_at: datetime
    is_chosen: bool = False
    ended_at: datetime | None = None
    went_on_to: str = ""

    @property
    def ending(self) -> str:
        """What ended it, in a clause; empty while calls count for it."""
        if self.ended_at is None:
            return ""
        if not self.went_on_to:
            return "the certification was abandoned"
        return f"the client went on to {self.went_on_to}"


@dataclass(slots=True, kw_only=True)
class CertificationSession:
    """The certification of a client.

    Args:
        id: its id in the sandbox.
        begun_at: the world's time it began.
        cases: the names of its cases, in order.
        client_ids: the integrators whose calls count; all of them if empty.
        version: Major.Minor of the client; empty until its first call.
        system_name: the name of the client, for the report.
        stage: its stage.
        ended_at: when it was approved or abandoned.
        attempts: the last attempt at each case, by its name.
        counts: the number of attempts at each case.
        current: the current case.
        usual_paths: whether calls on the usual paths count as well as those on the
            self-certification's own.
        calls_before: how many calls had come when it was opened, or a case of it was last chosen;
            the sandbox's time, which may stand still, does not tell them from later ones.
    """

    id: str
    begun_at: datetime
    cases: tuple[str, ...]
    client_ids: tuple[str, ...] = ()
    version: str = ""
    system_name: str = ""
    stage: SessionStage = SessionStage.OPEN
    ended_at: datetime | None = None
    attempts: dict[str, CaseAttempt] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    current: str | None = None
    usual_paths: bool = False
    calls_before: int = 0

    @property
    def is_open(self) -> bool:
        """Whether calls still count."""
        return self.stage is SessionStage.OPEN

    def copy(self) -> "CertificationSession":
        """Returns a session that nothing changes any more."""
        attempts = {name: replace(each) for name, each in self.attempts.items()}
        return replace(self, attempts=attempts, counts={**self.counts})

    def covers(self, client_id: str, version: str, *, is_certifying: bool) -> bool:
        """Whether the calls of a client count.

        Args:
            client_id: the client.
            version: its version; empty for calls that have none.
            is_certifying: whether they come on the self-certification's paths.
        """
        if not (is_certifying or self.usual_paths):
            return False
        return (not self.client_ids or client_id in self.client_ids) and (
            not version or self.version in ("", minor_version(version))
        )


def left_out(
    session: CertificationSession, section: str, cases: Mapping[str, Scenario]
) -> tuple[str, ...]:
    """Returns the cases of a section that a session does not have.

    A certificate opens all that a section is about, so it covers whole sections only.
    """
    return tuple(
        name
        for name, each in cases.items()
        if case_of(each).section == section and name not in session.cases
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRecord:
    """The certificate of a version of a client."""

    client_id: str
    version: str
    sections: tuple[str, ...]
    at: datetime
    session: str


_PAYMENTS = ("payments", "payments-with-restrictions")
_PREPARED = ("prepared-payments", "prepared-payments-with-restrictions")

#: The sections that open an operation, where its body does not matter.
_BY_OPERATION = {
    "PreparePayment": _PREPARED,
    **dict.fromkeys(
        ("QueryPayment", "QueryPaymentIds", "CapturePayment", "CancelPayment"),
        (*_PAYMENTS, *_PREPARED),
    ),
    **dict.fromkeys(
        ("CreateRefund", "GetRefund", "QueryRefundIds", "CaptureRefund", "CancelRefund"),
        ("refunds",),
    ),
}


def sections_for(call: Call) -> tuple[str, ...]:
    """Returns the sections that open a call, each of them; none where any certificate does."""
    match call.body:
        case InitiatePayment(terms=terms):
            return (_PAYMENTS[bool(terms.restrictions)],)
        case PaymentTerms(restrictions=restrictions):
            return (_PREPARED[bool(restrictions)],)
    return _BY_OPERATION.get(call.name, ())


def chosen_cases(
    cases: Mapping[str, Scenario], sections: tuple[str, ...], names: tuple[str, ...]
) -> tuple[str, ...]:
    """Returns the names of the cases that a session tests, in their order.

    Args:
        cases: all cases by name.
        sections: the sections to test; the mandatory ones are added.
        names: the cases to test instead. Without sections and cases, all cases.

    Raises:
        ValueError: there is no such section or case.
    """
    for number, name in enumerate(names):
        if name not in cases:
            hint = nearest(name, cases)
            raise ValueError(f"cases[{number}]: {name[:80]!r} is not a case; {hint}")
    wanted = {as_section(each) for each in sections}
    if names and not wanted:
        return tuple(name for name in cases if name in names)
    wanted |= {each.name for each in SECTIONS if each.is_mandatory or not sections}
    return tuple(
        name for name, each in cases.items() if name in names or case_of(each).section in wanted
    )
