"""THE SYMPTOMS that docs/troubleshooting.md has a section for, so that messages can lead to it."""

from enum import StrEnum

__all__ = ["Symptom"]


class Symptom(StrEnum):
    """A section of docs/troubleshooting.md, by its anchor."""

    UNAUTHORIZED = "401-on-every-call"
    ACTIVE_PAYMENT = "409-with-code-1301"
    UNTRUSTED = "the-certificate-is-not-trusted"
    PORT_IN_USE = "the-port-is-in-use"
    FULL = "the-sandboxes-are-full"
    NOT_ALLOWED = "403-from-the-page-or-the-control-api"

    @property
    def on_server(self) -> str:
        """Where the server that answers has the section, for the end of a message."""
        return f"see /guide/troubleshooting.html#{self}"

    @property
    def in_docs(self) -> str:
        """Where the section is for those who have no server to ask."""
        return f"see docs/troubleshooting.md#{self}"
