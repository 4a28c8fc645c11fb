"""An exchange: a request, its answer, and what the call changed.

Exchanges are kept in the order in which their requests came. An exchange enters the journal before
its answer is delivered; `duration` and `delivery` are set afterwards.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..engine.clock import EARLIEST
from ..engine.events import WorldEvent
from ..engine.operations import TOKEN_CALL
from ..engine.tables import Log
from ..engine.values import as_fraction
from ..scripting.fate import Delivery
from .budget import JournalBudget

Pairs = tuple[tuple[str, str], ...]

#: The operation of control calls that change something.
CONTROL = "Control"
#: The header that marks the calls of the test itself; its value is `true`.
ASIDE = "x-simulator-aside"
#: The media type of forms, which the token endpoint accepts.
FORM = "application/x-www-form-urlencoded"
#: The header of the app that calls, which a call of no operation has, too.
APP = "x-ibm-client-id"
#: The header of idempotency keys.
KEY = "x-mobilepay-idempotency-key"
#: Bodies are kept up to this many bytes.
LONGEST_BODY = 64 * 1024
#: About how many bytes an exchange takes beside its bodies and headers, and one header.
_BESIDE_BODIES = 1500
_HEADER = 150


class NoSuchExchange(LookupError):
    """There is no exchange with this id, or it was dropped; the message says which are kept."""


@dataclass(slots=True, kw_only=True)
class ExchangeRecord:
    """A call and its answer.

    Args:
        method: the HTTP method.
        path: the path without the sandbox's prefix.
        query: the query string, without the question mark.
        headers: the request's headers in order, names in lower case, secrets masked.
        base: the URL before the path: scheme, host and the sandbox's prefix.
        at: the sandbox's time when the request came.
        real_at: the real time when the request came, in seconds since 1970.
        operation: the operationId; `Token`, `Discovery`, `KeySet` or `Control`; None for a path
            that the service does not have.
        body: the request's body, secrets masked, at most `LONGEST_BODY` bytes.
        body_size: the size of the whole body in bytes.
        status: the answer's status, whether or not it was delivered.
        answer_headers: the answer's headers.
        answer_body: the answer's body, secrets masked, at most `LONGEST_BODY` bytes.
        answer_size: the size of the whole answer's body in bytes.
        client_id: the client that called, if known.
        integrator: whose client that is, if known.
        merchant: the merchant it called for.
        pos_id: the point of sale that the call was about or made.
        payment_id: the payment that the call was about or made.
        refund_id: the refund that the call was about or made.
        run: the id of the scenario run that the call belongs to.
        fault: the fault that a scenario injected, in words.
        is_counted: whether the sandbox's faults counted the call; without such faults, none is.
        is_struck: whether the injected fault is one of the sandbox.
        is_spoilt: whether the scenario replaced the service's answer.
        refusal: the name of the catalogue's row that refused the call.
        detail: what exactly was refused.
        hint: what an unknown path, or an unknown query parameter, was probably meant to be.
        events: what the call changed, in order.
        mark: the number of events of the sandbox after the call's work.
        worked_at: the sandbox's time of the work, if a scenario held the call back.
        worked_after: the exchange before the work, if a scenario held the call back; else 0.
        delivery: how much of the answer reached the client.
        duration: real seconds from the request's last byte to the answer's last.
        sandbox: the name of the sandbox.
        id: its number in the journal, from 1.
    """

    method: str
    path: str
    query: str
    headers: Pairs
    real_at: float
    base: str = ""
    at: datetime = EARLIEST
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
    is_counted: bool = False
    is_struck: bool = False
    is_spoilt: bool = False
    refusal: str | None = None
    detail: str = ""
    hint: str | None = None
    events: list[WorldEvent] = field(default_factory=list)
    mark: int = 0
    worked_at: datetime | None = None
    worked_after: int = 0
    delivery: Delivery = Delivery.PENDING
    duration: float = 0.0
    sandbox: str = ""
    id: int = 0
    integrator: str | None = None

    @property
    def owner(self) -> str | None:
        """The integrator that called; records of earlier versions have only its client."""
        return self.integrator or self.client_id

    def header(self, name: str) -> str | None:
        """Returns the first value of a request header, or None; `name` in lower case."""
        return next((value for each, value in self.headers if each == name), None)

    @property
    def is_test_call(self) -> bool:
        """Whether the test made the call itself; faults and runs ignore such calls."""
        return (ASIDE, "true") in self.headers

    @property
    def is_clients(self) -> bool:
        """Whether a client made the call, and not the test or the control API's user."""
        return self.operation != CONTROL and not self.is_test_call

    @property
    def seen_status(self) -> int:
        """The status the client got; 0 where the answer was cut off."""
        return self.status if self.delivery in (Delivery.WHOLE, Delivery.PENDING) else 0

    @property
    def json(self) -> Any:
        """The request's body as a JSON value; None where it is no JSON."""
        return as_json(self.body)

    @property
    def exact_json(self) -> Any:
        """The request's body as a JSON value with `Decimal` for fractions."""
        return as_json(self.body, as_fraction)

    @property
    def answer_json(self) -> Any:
        """The answer's body as a JSON value; None where it is no JSON."""
        return as_json(self.answer_body)

    @property
    def code(self) -> str | None:
        """The error code in the answer, or None."""
        answer = self.answer_json if self.status >= 400 else None
        code = answer.get("code") if isinstance(answer, dict) else None
        return str(code) if code else None

    @property
    def token(self) -> str | None:
        """The fingerprint of the token that the call carried, or fetched."""
        if self.operation == TOKEN_CALL:
            answer = self.answer_json
            token = answer.get("access_token") if isinstance(answer, dict) else None
            return str(token) if token else None
        scheme, _, token = (self.header("authorization") or "").partition(" ")
        return token if token and scheme.lower() == "bearer" else None

    @property
    def correlation_id(self) -> str | None:
        """The id in the error body, else the one the client sent, or None."""
        answer = self.answer_json if self.status >= 400 else None
        answered = answer.get("correlationId") if isinstance(answer, dict) else None
        return str(answered) if answered else self.header("correlationid")


def _size_of(exchange: ExchangeRecord) -> int:
    headers = len(exchange.headers) + len(exchange.answer_headers)
    bodies = len(exchange.body) + len(exchange.answer_body)
    return _BESIDE_BODIES + _HEADER * headers + len(exchange.path) + len(exchange.query) + bodies


def is_form(content_type: str) -> bool:
    """Whether a media type is the one of forms."""
    return content_type.partition(";")[0].strip().lower() == FORM


def as_json(content: bytes, parse_float: Callable[[str], Any] = float) -> Any:
    """Returns a body as a JSON value; None where it is no JSON."""
    try:
        return json.loads(content, parse_float=parse_float) if content else None
    except (ValueError, RecursionError):
        return None


class Journal(Log[ExchangeRecord]):
    """The exchanges of one sandbox, the newest of them.

    Args:
        size: how many it keeps.
        budget: the memory that it shares with other journals.
    """

    def __init__(self, size: int, budget: JournalBudget | None = None) -> None:
        super().__init__(size)
        self._budget = budget
        self._sizes: deque[int] = deque()
        #: About how many bytes it takes.
        self.size = 0

    @property
    def begins_at(self) -> float:
        """When its oldest exchange came, in real seconds since 1970."""
        return self.table[self.first].real_at

    def drop_oldest(self) -> int:
        """Drops the oldest exchange, and returns how many bytes that frees."""
        del self.table[self.first]
        return self._shrink()

    def restore(self, count: int) -> None:
        super().restore(count)
        self._sizes.extend(map(_size_of, self.table.values()))
        self.size = sum(self._sizes)

    def join(self) -> None:
        """Counts for the memory that all journals share."""
        if self._budget is not None:
            self._budget.join(self)
            self._budget.note(self.size, self)

    def leave(self) -> None:
        """Counts no longer."""
        if self._budget is not None:
            self._budget.leave(self)

    def _shrink(self) -> int:
        freed = 0
        while len(self._sizes) > len(self.table):
            freed += self._sizes.popleft()
        self.size -= freed
        return freed

    @property
    def dropped(self) -> int:
        """How many exchanges are no longer kept."""
        return self.count - len(self)

    def add(self, exchange: ExchangeRecord) -> None:
        """Adds an exchange and gives it a number."""
        exchange.id = self.count + 1
        self.append(exchange)
        size = _size_of(exchange)
        self._sizes.append(size)
        self.size += size
        freed = self._shrink()
        if self._budget is not None:
            self._budget.note(size - freed, self)

    def find(self, number: int) -> ExchangeRecord:
        """Returns an exchange by its id.

        Raises:
            NoSuchExchange: it does not exist, or it was dropped.
        """
        exchange = self.get(number)
        if exchange is not None:
            return exchange
        if 1 <= number < self.first:
            raise NoSuchExchange(f"request {number} was dropped; see --journal-size")
        kept = f"there are {self.first} to {self.count}" if len(self) else "there are none yet"
        raise NoSuchExchange(f"no request {number}; {kept}")
