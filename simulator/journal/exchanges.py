"""An exchange: what a client asked, what it was answered, and what that changed.

Exchanges are kept in the order their calls came. One is complete but for `duration` and `delivery`
when it enters the journal; these two are known once the wire has done its part.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from simulator.engine.events import Event
from simulator.engine.tables import Log
from simulator.engine.values import as_fraction

__all__ = [
    "CONTROL",
    "FORM",
    "KEY",
    "LONGEST_BODY",
    "Delivery",
    "Exchange",
    "Journal",
    "NoSuchExchange",
    "Pairs",
    "as_json",
    "is_form",
]

Pairs = tuple[tuple[str, str], ...]

EPOCH = datetime.fromtimestamp(0, UTC)

#: The operation of calls to the control API that change something.
CONTROL = "Control"
#: The header of calls that a test makes itself, beside the client it tests; it says `true`.
ASIDE = "x-simulator-aside"
#: The media type of forms, which the token endpoint takes.
FORM = "application/x-www-form-urlencoded"
#: The header of idempotency keys.
KEY = "x-mobilepay-idempotency-key"
#: Bodies are kept up to this many bytes.
LONGEST_BODY = 64 * 1024


class Delivery(StrEnum):
    """How much of an answer reached the client; `ABANDONED` where the client had gone before."""

    PENDING = "pending"
    WHOLE = "whole"
    PART = "part"
    NOTHING = "nothing"
    ABANDONED = "abandoned"


class NoSuchExchange(LookupError):
    """There is no exchange of this id, or it was dropped; the message says which are kept."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A call and its answer.

    Args:
        method: the HTTP method.
        path: the path without the sandbox's prefix.
        query: the query string, without the question mark.
        headers: the request's headers in order, names in lower case, secrets masked.
        base: the URL it came to as far as the path: scheme, host, and the sandbox's prefix.
        at: the sandbox's time it came.
        real_at: the real time it came, in seconds since 1970.
        operation: the operationId; `Token`, `Discovery`, `KeySet` or `Control`; None where the path
            is not one of the service's.
        body: the request's body, secrets masked, at most `LONGEST_BODY` bytes of it.
        body_size: how many bytes it had.
        status: what was answered, whether or not it was delivered.
        answer_headers: the answer's headers.
        answer_body: the answer's body, secrets masked, at most `LONGEST_BODY` bytes of it.
        answer_size: how many bytes it had.
        client_id: the integrator that called, where that is known.
        merchant: the merchant it called for.
        pos_id: the point of sale it was about.
        payment_id: the payment it was about, or made.
        refund_id: the refund it was about, or made.
        run: the id of the scenario run it belongs to.
        fault: what a scenario did to it, in words.
        is_spoilt: whether the scenario answered, instead of the service.
        refusal: the name of the catalogue's row that refused it.
        detail: what exactly was refused.
        hint: for a path that is not there, the nearest that is.
        events: what it changed, in order.
        mark: how many events the sandbox had seen once its work was done.
        worked_at: the sandbox's time its work was done, where a scenario kept it waiting.
        worked_after: the exchange before its work, where a scenario kept it waiting; else 0.
        delivery: how much of the answer reached the wire.
        duration: real seconds from its last byte to the answer's last.
        sandbox: the name of the sandbox it went to.
        id: its number in the journal, from 1.
    """

    method: str
    path: str
    query: str
    headers: Pairs
    real_at: float
    base: str = ""
    at: datetime = EPOCH
    operation: str | None = None
    body: bytes = b""
    body_size: int = 0
    status: int = 0
    answer_headers: Pairs = ()
    answer_body: bytes = b""
    answer_size: int = 0
    client_id: str | None = None
    merchant: str | None = None
    pos_id: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None
    run: str | None = None
    fault: str | None = None
    is_spoilt: bool = False
    refusal: str | None = None
    detail: str = ""
    hint: str | None = None
    events: list[Event] = field(default_factory=list)
    mark: int = 0
    worked_at: datetime | None = None
    worked_after: int = 0
    delivery: Delivery = Delivery.PENDING
    duration: float = 0.0
    sandbox: str = ""
    id: int = 0

    def header(self, name: str) -> str | None:
        """Returns the first value of a request header, or None; `name` in lower case."""
        return next((value for each, value in self.headers if each == name), None)

    @property
    def is_aside(self) -> bool:
        """Whether a test made the call itself: no fault strikes it, and no run sees it."""
        return self.header(ASIDE) == "true"

    @property
    def is_clients(self) -> bool:
        """Whether the client that is tested made the call."""
        return self.operation != CONTROL and not self.is_aside

    @property
    def seen_status(self) -> int:
        """The status the client got; 0 where the answer was cut off."""
        return self.status if self.delivery in (Delivery.WHOLE, Delivery.PENDING) else 0

    @property
    def json(self) -> Any:
        """What the request's body says; None where it is no JSON."""
        return as_json(self.body)

    @property
    def exact_json(self) -> Any:
        """The same with its fractions as `Decimal`."""
        return as_json(self.body, as_fraction)

    @property
    def answer_json(self) -> Any:
        """What the answer's body says; None where it is no JSON."""
        return as_json(self.answer_body)

    @property
    def code(self) -> str | None:
        """The error code in the answer, or None."""
        answer = self.answer_json if self.status >= 400 else None
        code = answer.get("code") if isinstance(answer, dict) else None
        return str(code) if code else None

    @property
    def correlation_id(self) -> str | None:
        """The id in the error body, else the one the client sent, or None."""
        answer = self.answer_json if self.status >= 400 else None
        told = answer.get("correlationId") if isinstance(answer, dict) else None
        return str(told) if told else self.header("correlationid")


def is_form(content_type: str) -> bool:
    """Whether a media type is that of forms."""
    return content_type.partition(";")[0].strip().lower() == FORM


def as_json(content: bytes, parse_float: Callable[[str], Any] = float) -> Any:
    """Returns what a body says; None where it is no JSON."""
    try:
        return json.loads(content, parse_float=parse_float) if content else None
    except (ValueError, RecursionError):
        return None


class Journal(Log[Exchange]):
    """The exchanges of one sandbox, the newest of them."""

    @property
    def dropped(self) -> int:
        """How many are not kept any more."""
        return self.count - len(self)

    def add(self, exchange: Exchange) -> None:
        """Takes in an exchange, and numbers it."""
        exchange.id = self.count + 1
        self.append(exchange)

    def find(self, number: int) -> Exchange:
        """Returns an exchange by its id.

        Raises:
            NoSuchExchange: there is none, or it was dropped.
        """
        exchange = self.get(number)
        if exchange is not None:
            return exchange
        if 1 <= number < self.first:
            raise NoSuchExchange(f"request {number} was dropped; see --journal-size")
        kept = f"there are {self.first} to {self.count}" if len(self) else "there are none yet"
        raise NoSuchExchange(f"no request {number}; {kept}")
