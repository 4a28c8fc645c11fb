"""What the journal answers, as frozen values: exchanges, explanations, audit, ledger."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, overload

from simulator.client.shapes import Event, raw_json
from simulator.naming import camel_case

__all__ = [
    "Answer",
    "Audit",
    "BooksDifference",
    "Comparison",
    "Exchange",
    "Exchanges",
    "Explanation",
    "Finding",
    "Ledger",
    "LedgerEntry",
    "LedgerVerdict",
    "Matcher",
    "Request",
    "Severity",
    "Verified",
]

Headers = tuple[tuple[str, str], ...]


class _Message:
    """Half of an exchange."""

    __slots__ = ()
    headers: Headers
    body: str

    def header(self, name: str) -> str | None:
        """Returns a header's first value, or None; names are compared without regard to case."""
        wanted = name.lower()
        return next((value for each, value in self.headers if each.lower() == wanted), None)

    def json(self) -> Any:
        """Returns what the body holds.

        Raises:
            ValueError: it is no JSON.
        """
        return json.loads(self.body, parse_float=Decimal)


@dataclass(frozen=True, slots=True)
class Request(_Message):
    """What a client sent, to a path without the sandbox's prefix; secrets and tokens are masked."""

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class Answer(_Message):
    """What the simulator answered, whether or not it was delivered."""

    status: int
    headers: Headers = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call and what became of it.

    `at` is the sandbox's time, `real_at` the machine's. `delivery` says how much of the answer
    reached the wire, `fault` what a scenario did to it, `changes` what it changed, `hint` which
    path may have been meant where there is none.
    """

    id: int
    request: Request
    answer: Answer
    at: datetime
    real_at: datetime | None = None
    sandbox: str = ""
    operation: str | None = None
    duration_ms: float = 0.0
    delivery: str = "whole"
    fault: str | None = None
    run: str | None = None
    correlation_id: str | None = None
    client_id: str | None = None
    merchant: str | None = None
    pos_id: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None
    code: str | None = None
    hint: str | None = None
    changes: tuple[Event, ...] = ()
    raw: Mapping[str, Any] = raw_json()

    @property
    def status(self) -> int:
        """The status the client got; 0 where the answer was cut off."""
        return self.answer.status if self.delivery in ("whole", "pending") else 0

    def __str__(self) -> str:
        """The exchange in a line, without bodies and headers."""
        request = self.request
        words = [
            f"#{self.id}",
            f"{self.at:%H:%M:%S.%f}"[:-3],
            f"{request.method} {request.path}",
            "->",
            str(self.status or "cut off"),
        ]
        words += [self.code] if self.code else []
        words += [f"({remark})" for remark in (self.fault, self.hint) if remark]
        moves = [f"{each.before or 'new'} -> {each.after}" for each in self.changes if each.after]
        return " ".join(words) + (f"  [{', '.join(moves)}]" if moves else "")


@dataclass(frozen=True, slots=True)
class Exchanges(Sequence[Exchange]):
    """Exchanges, oldest first; `dropped` older ones are not kept any more."""

    requests: tuple[Exchange, ...]
    dropped: int = 0

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Exchange, ...]: ...
    def __getitem__(self, index: int | slice) -> Exchange | tuple[Exchange, ...]:
        return self.requests[index]

    def __len__(self) -> int:
        return len(self.requests)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.requests)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a call was answered as it was."""

    id: int
    title: str
    paragraphs: tuple[str, ...]
    raw: Mapping[str, Any] = raw_json()

    def __str__(self) -> str:
        """Title and paragraphs as text."""
        return "\n\n".join((self.title, *self.paragraphs))


@dataclass(frozen=True, slots=True)
class Matcher:
    """Which exchanges are meant; what is None does not matter.

    In patterns * is any text and ? any character.

    Args:
        operation: such as `CapturePayment`.
        path: a pattern for the path.
        method: the HTTP method.
        status: such as 409, `4xx`, or 0 for answers that were cut off.
        code: the error code of the answer.
        body: what the request's body has at least.
        headers: patterns for the request's headers, by name.
        query: patterns for its query's parameters, by name.
        payment_id: the payment it was about, or made.
        pos_id: the point of sale it was about, or made.
        since: later than the exchange of this id, or from this time of the sandbox on.
    """

    operation: str | None = None
    path: str | None = None
    method: str | None = None
    status: int | str | None = None
    code: str | None = None
    body: Any = None
    headers: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
    payment_id: str | None = None
    pos_id: str | None = None
    since: int | datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Returns it as the control API takes it."""
        values = {camel_case(each): getattr(self, each) for each in self.__slots__}
        values["since"] = self.since.isoformat() if isinstance(self.since, datetime) else self.since
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Verified:
    """What was verified: how many exchanges there were of it, and their ids."""

    matched: int
    requests: tuple[int, ...] = ()


class Severity(StrEnum):
    """How bad a finding is."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Greater for worse."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that the client broke, the principle behind it, and the exchanges that show it."""

    rule: str
    severity: Severity
    message: str
    principle: str = ""
    requests: tuple[int, ...] = ()
    payment_id: str | None = None
    pos_id: str | None = None
    raw: Mapping[str, Any] = raw_json()

    def __str__(self) -> str:
        """The finding in a line."""
        where = ", ".join(f"#{each}" for each in self.requests)
        return f"{self.severity} {self.rule}: {self.message}" + (f" ({where})" if where else "")


@dataclass(frozen=True, slots=True)
class Audit:
    """How a client behaved."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    #: How many calls of the client were looked at.
    calls: int = 0
    #: Whether the journal had dropped calls, so that nobody knows what was wrong with these.
    is_partial: bool = False
    raw: Mapping[str, Any] = raw_json()

    def at_least(self, severity: str) -> tuple[Finding, ...]:
        """Returns the findings of this severity or a worse one.

        Raises:
            ValueError: there is no such severity.
        """
        least = Severity(severity).rank
        return tuple(each for each in self.findings if each.severity.rank >= least)


@dataclass(frozen=True, slots=True)
class LedgerVerdict:
    """What must be true of a payment, or of all of a place."""

    captured_within_reserved: bool
    refunds_within_captured: bool
    no_open_reservation: bool
    none_expired: bool

    @property
    def is_fine(self) -> bool:
        """Whether all of it is true."""
        return (
            self.captured_within_reserved
            and self.refunds_within_captured
            and self.no_open_reservation
            and self.none_expired
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What became of the money of a payment, or in one currency of a point of sale or a store."""

    payment_id: str | None = None
    order_id: str | None = None
    pos_id: str | None = None
    store_id: str | None = None
    state: str | None = None
    currency_code: str | None = None
    #: How many payments, at a point of sale or in a store.
    payments: int | None = None
    reserved: Decimal
    captured: Decimal
    released: Decimal
    refunded: Decimal
    refunds_pending: Decimal
    refunds_cancelled: Decimal
    verdict: LedgerVerdict
    raw: Mapping[str, Any] = raw_json()


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of the money."""

    payments: tuple[LedgerEntry, ...]
    points_of_sale: tuple[LedgerEntry, ...]
    stores: tuple[LedgerEntry, ...]
    verdict: LedgerVerdict
    raw: Mapping[str, Any] = raw_json()


@dataclass(frozen=True, slots=True)
class BooksDifference:
    """A place where a till's books and the ledger differ."""

    what: str
    message: str
    order_id: str | None = None
    payment_id: str | None = None
    books: Decimal | None = None
    ledger: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A till's books held against the ledger."""

    agrees: bool
    rows: int
    differences: tuple[BooksDifference, ...]
    raw: Mapping[str, Any] = raw_json()
