"""What a row of the control routes says of a call."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..client.model import Input, Model


class Route(NamedTuple):
    """One call.

    Views and models are named, and imported with the first call: no start waits for them.

    Args:
        method: the HTTP method.
        path: the path behind `/_simulator`.
        view: the function that answers it, as `module.function`.
        does: what it does, in one sentence.
        answer: the model of its answer, or another media type; empty where there is no body.
        query: the model of its parameters.
        body: the model of its body, or the media type of a text.
        formats: the formats of its answer by name, where there are several; `json` is the model.
        is_kept: whether it changes what clients see, and so belongs into the journal.
        failures: models of answers with other statuses, beside `Refused`.
    """

    method: str
    path: str
    view: str | Callable[..., Any]
    does: str
    answer: type[Model] | str = ""
    query: type[Input] | str = ""
    body: type[Input] | str = ""
    formats: Mapping[str, str] | None = None
    is_kept: bool = False
    failures: Mapping[int, type[Model] | str] | None = None

    @property
    def endpoint(self) -> str:
        """What Flask calls it, which allows no full stop."""
        return f"{self.method} {self.path}".replace(".", "")
