"""The control API's calls about certifications."""

from collections.abc import Iterable

from simulator.client.calling import ControlCalls, given, quoted
from simulator.client.certification_shapes import (
    Certification,
    CertificationCase,
    Certifications,
)

__all__ = ["CertificationCalls"]


class CertificationCalls(ControlCalls):
    """Is a client fit for the shop?"""

    def certifications(self) -> Certifications:
        """Returns the certifications there are, the certificates, and all sections and cases."""
        return self._read(Certifications, "GET", "/certifications")

    def certify(
        self,
        *,
        sections: Iterable[str] = (),
        cases: Iterable[str] = (),
        client_ids: Iterable[str] = (),
        version: str | None = None,
        system_name: str | None = None,
    ) -> Certification:
        """Begins a certification; the client's calls count for it from now on.

        Args:
            sections: names of the sections to go through; the mandatory ones are always among them.
            cases: or names of single cases. Without either it is all.
            client_ids: the integrators whose calls count; by default the first that calls.
            version: the client's version; by default that of the first call.
            system_name: what the client is called, for the report.
        """
        body = {
            "sections": list(sections),
            "cases": list(cases),
            "clientIds": list(client_ids),
            **given(version=version, systemName=system_name),
        }
        return self._read(Certification, "POST", "/certifications", json=body)

    def certification(self, id: str) -> Certification:
        """Returns a certification with its sections, cases and steps."""
        return self._read(Certification, "GET", f"/certifications/{quoted(id)}")

    def restart_case(self, id: str, case: str) -> CertificationCase:
        """Begins a case, or begins it anew: the client's next calls count for it."""
        path = f"/certifications/{quoted(id)}/cases/{quoted(case)}/restart"
        return self._read(CertificationCase, "POST", path)

    def invoke_callback(self, id: str, pos_id: str | None = None) -> None:
        """Tells the client's till of a check-in: its newest point of sale, or the one named."""
        path = f"/certifications/{quoted(id)}/callback"
        self._send("POST", path, json=given(posId=pos_id))

    def approve(self, id: str) -> Certification:
        """Ends a certification that is passed; the client's version is certified then."""
        return self._read(Certification, "POST", f"/certifications/{quoted(id)}/approve")

    def abandon(self, id: str) -> Certification:
        """Ends a certification without a certificate."""
        return self._read(Certification, "POST", f"/certifications/{quoted(id)}/abandon")

    def certification_report(self, id: str, format: str = "html") -> str:
        """Returns the report of a certification as a document."""
        path = f"/certifications/{quoted(id)}/report"
        return self._send("GET", path, query={"format": format}).decode()
