"""A call that the page makes as a till or a phone, and what was answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.client_rules import in_seconds, must_send_again, timeout_of
from ..scripting.fate import Delivery


@dataclass(frozen=True, slots=True)
class PageCall:
    """A call of the service's API: `path` without the sandbox's prefix."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered; `lost` says why nothing arrived, where that is so."""

    sent: PageCall
    status: int
    body: bytes = b""
    reason: str | None = None
    lost: str | None = None
    request_id: int | None = None

    @property
    def is_fine(self) -> bool:
        """Whether the call was done, and its answer arrived."""
        return self.lost is None and 200 <= self.status < 300 and not self.is_unreadable

    @property
    def is_unreadable(self) -> bool:
        """Whether something is answered that is no JSON: nobody can tell what was done then."""
        return 200 <= self.status < 300 and bool(self.body) and not _is_json(self.body)

    @property
    def must_be_repeated(self) -> bool:
        """Whether a right client sends the call again, as it was."""
        return must_send_again(0 if self.lost is not None or self.is_unreadable else self.status)

    @property
    def json(self) -> Any:
        """What the answer says; an empty object where it is no JSON."""
        return json.loads(self.body) if _is_json(self.body) else {}


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def why_lost(delivery: Delivery, method: str) -> str | None:
    """Returns what the till says of an answer that did not arrive whole; None of one that did.

    Args:
        delivery: how much of the answer arrived.
        method: the call's HTTP method, which decides how long the till waits.
    """
    if delivery is Delivery.ABANDONED:
        patience = in_seconds(timeout_of(method))
        return f"nothing was answered within {patience}, so the till gave up"
    return _BROKEN.get(delivery)


_BROKEN = {
    Delivery.PART: "the connection broke half-way",
    Delivery.NOTHING: "the connection broke without an answer",
}
