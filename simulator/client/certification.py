"""The certification of clients: models and calls."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from .audit import Audit
from .calling import ControlCalls, quoted
from .certification_cases import (
    CaseState,
    CertificationCase,
    CertificationSection,
    SectionDescription,
)
from .exchanges import Exchange
from .model import Input, Model, Moment

#: So many sections, cases or clients a certification may name.
_Named = Annotated[tuple[str, ...], Meta(max_length=100)]


class Certification(Model, frozen=True, kw_only=True):
    """The certification of a client; a list of certifications leaves out the sections.

    Args:
        stage: open, approved or abandoned.
        lack: why it can't be approved yet; empty where it can, or where it is over.
        coverage: which sections a certificate covers, where it leaves out cases of others; else
            empty.
        current: the client's case.
        usual_paths: whether the client's calls on the usual paths count, too.
        next: the expected case: the same, or the first that was not tested.
        counts: how many cases are in each state.
    """

    id: str
    stage: str
    state: CaseState
    client_ids: tuple[str, ...]
    version: str
    system_name: str
    usual_paths: bool = False
    began_at: Moment | None = None
    ended_at: Moment | None = None
    now: Moment | None = None
    is_decided: bool
    lack: str = ""
    coverage: str = ""
    current: str | None = None
    next: str | None = None
    counts: dict[CaseState, int] | None = None
    sections: tuple[CertificationSection, ...] = ()

    @property
    def cases(self) -> tuple[CertificationCase, ...]:
        """All cases, in order."""
        return tuple(case for section in self.sections for case in section.cases)


class Certificate(Model, frozen=True):
    """That a version of a client was certified in some sections."""

    client_id: str
    version: str
    sections: tuple[str, ...]
    at: Moment
    certification: str


class Certifications(Model, frozen=True):
    """All certifications, certificates, and sections with their cases."""

    certifications: tuple[Certification, ...]
    certificates: tuple[Certificate, ...]
    sections: tuple[SectionDescription, ...]


class GivenCertificate(Model, frozen=True):
    """The certificate that one certification gave, to one client or to several."""

    client_ids: tuple[str, ...]
    version: str
    sections: tuple[str, ...]
    at: Moment
    certification: str


class CertificationReport(Certification, frozen=True, kw_only=True):
    """A certification, and the proof of its state."""

    made_at: Moment
    simulator: str
    certificate: GivenCertificate | None
    audit: Audit
    exchanges: dict[str, Exchange]
    dropped_requests: tuple[int, ...]


class OpenCertification(Input, frozen=True):
    """The client to certify, and the cases."""

    sections: Annotated[
        _Named, Meta(description="names of sections; the mandatory ones are always among them")
    ] = ()
    cases: Annotated[_Named, Meta(description="or names of single cases; without either, all")] = ()
    client_ids: Annotated[
        _Named,
        Meta(
            description="whose calls count; by default those of the first that calls "
            "on the self-certification's paths",
        ),
    ] = ()
    version: Annotated[str | None, Meta(description="by default that of the first call")] = None
    system_name: Annotated[str | None, Meta(description="the client's name in the report")] = None
    usual_paths: Annotated[
        bool | None,
        Meta(
            description="whether calls on the usual paths count, too; "
            "by default where `clientIds` are given"
        ),
    ] = None


class InvokeCallback(Input, frozen=True):
    """The point of sale whose till is notified of a check-in."""

    pos_id: Annotated[str | None, Meta(description="by default the client's newest")] = None


class InvokedCallback(Model, frozen=True):
    """The point of sale whose till is notified of a check-in, and its alias."""

    pos_id: str
    alias: str | None


class CertificationCalls(ControlCalls):
    """The calls about certifications."""

    def certifications(self) -> Certifications:
        """Returns the certifications there are, the certificates, and all sections and cases."""
        return self.call(Certifications, "GET", "/certifications")

    def certify(
        self,
        *,
        sections: Iterable[str] = (),
        cases: Iterable[str] = (),
        client_ids: Iterable[str] = (),
        version: str | None = None,
        system_name: str | None = None,
        usual_paths: bool | None = None,
    ) -> Certification:
        """Begins a certification.

        The calls of the clients that are named count for it from now on; without names, those of
        the first client that calls on the self-certification's paths.

        Args:
            sections: names of sections; the mandatory ones are always among them.
            cases: or names of single cases; without either, all.
            client_ids: whose calls count.
            version: the client's version; that of its first call where it is None.
            system_name: what the client is called in the report.
            usual_paths: whether calls on the usual paths count, too; where it is None they do if
                `client_ids` are given.
        """
        chosen = tuple(sections), tuple(cases), tuple(client_ids)
        body = OpenCertification(*chosen, version, system_name, usual_paths)
        return self.call(Certification, "POST", "/certifications", body=body)

    def certification(self, id: str) -> Certification:
        """Returns a certification with its sections, cases and steps.

        Args:
            id: such as `C1`.
        """
        return self.call(Certification, "GET", _path(id))

    def restart_case(self, id: str, case: str) -> CertificationCase:
        """Starts a case, or starts it again: the client's next calls count for it.

        Args:
            id: the certification's, such as `C1`.
            case: the case's name.
        """
        return self.call(CertificationCase, "POST", _path(id, f"/cases/{quoted(case)}/restart"))

    def invoke_callback(self, id: str, pos_id: str | None = None) -> None:
        """Tells the client's till of a check-in: its newest point of sale, or the one named.

        Args:
            id: the certification's, such as `C1`.
            pos_id: the point of sale; the newest where it is None.
        """
        self.send("POST", _path(id, "/callback"), body=InvokeCallback(pos_id))

    def approve(self, id: str) -> Certification:
        """Ends a certification that is passed; the client's version is certified then.

        Args:
            id: such as `C1`.
        """
        return self.call(Certification, "POST", _path(id, "/approve"))

    def abandon(self, id: str) -> Certification:
        """Ends a certification without a certificate.

        Args:
            id: such as `C1`.
        """
        return self.call(Certification, "POST", _path(id, "/abandon"))

    def certification_report(self, id: str, format: str = "html") -> str:
        """Returns the report of a certification as a document.

        Args:
            id: such as `C1`.
            format: of the document.
        """
        return self.understood(bytes.decode, "GET", _path(id, "/report"), format=format)


def _path(id: str, rest: str = "") -> str:
    return f"/certifications/{quoted(id)}{rest}"
