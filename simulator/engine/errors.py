"""The exception of the engine."""

from .error_rows import ErrorRow
from .refusals import Refusal


class SimulatorError(Exception):
    """The engine refuses a command.

    Args:
        refusal: the row of the catalogue.
        detail: what exactly was wrong; added to the message of the row.
    """

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        self.refusal = refusal
        self.detail = detail
        super().__init__(self.message)

    @property
    def row(self) -> ErrorRow:
        """The row of the catalogue."""
        return self.refusal.value

    @property
    def message(self) -> str:
        """The message of the response."""
        return f"{self.row.message} ({self.detail})" if self.detail else self.row.message
