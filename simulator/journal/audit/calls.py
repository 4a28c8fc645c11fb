"""Calls: exchanges as the client that made them saw them, their bodies parsed once.

A client can only react to what reached it. So a call is judged by what became of its answer on the
wire, whether the service was at fault or a scenario.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, NamedTuple

from simulator.engine.values import as_guid
from simulator.journal.audit.callers import TOKEN, Callers, Raw, Who, callers_of
from simulator.journal.exchanges import Delivery, Exchange, as_json
from simulator.scripting.faults import PATIENCE

__all__ = [
    "KEY",
    "TOKEN",
    "Call",
    "Outcome",
    "Sent",
    "Takes",
    "Who",
    "read_calls",
    "really",
    "since",
    "waited",
]

KEY = "x-mobilepay-idempotency-key"


@dataclass(frozen=True, slots=True)
class Takes:
    """What an operation takes: handed in by the edge, which knows the wire format.

    Args:
        fields: the names of its JSON fields; of a field within a field, `outer.inner`.
        headers: the X-MobilePay headers it takes, in lower case.
        creates: whether it makes something, and so takes an idempotency key.
    """

    fields: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    creates: bool = False


class Outcome(Enum):
    """What a client learned from a call."""

    #: It worked, and the answer could be understood.
    DONE = "done"
    #: It was refused for good: 4xx.
    REFUSED = "refused"
    #: The token was not taken: 401.
    UNAUTHORIZED = "unauthorized"
    #: Nothing it could rely on: no answer, a late one, one that can't be read, 5xx or 429. It is
    #: right to try again.
    LOST = "lost"


class Sent(NamedTuple):
    """What makes two requests the same one."""

    who: Who
    operation: str
    path: str
    query: str
    body: Hashable


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a client to the service.

    Args:
        exchange: what the journal keeps of it.
        operation: the operation.
        who: the client.
        headers: the first value of each of its headers, by name in lower case.
        token: the fingerprint of its token, or of the one it was answered with; or None.
        body: what its body says; None where it is no JSON.
        answer: what the answer's body says; None where it is no JSON.
        sent: equal for calls that ask for the same thing.
        outcome: what the client learned from it.
        is_late: whether the client may have given up before it was answered.
    """

    exchange: Exchange
    operation: str
    who: Who
    headers: Mapping[str, str]
    token: str | None
    body: Any
    answer: Any
    sent: Sent
    outcome: Outcome
    is_late: bool

    @property
    def id(self) -> int:
        """Its number in the journal."""
        return self.exchange.id

    @property
    def at(self) -> datetime:
        """The sandbox's time it came."""
        return self.exchange.at

    @property
    def key(self) -> str | None:
        """Its idempotency key, or None."""
        return self.headers.get(KEY)

    @property
    def subject(self) -> str:
        """The id in its path; empty where there is none."""
        parts = self.sent.path.split("/")
        return parts[4] if len(parts) > 4 else ""

    @property
    def code(self) -> str | None:
        """The error code the client was told, or None."""
        told = self.outcome is Outcome.REFUSED and isinstance(self.answer, dict)
        return str(self.answer.get("code") or "") or None if told else None

    @property
    def refusal(self) -> str:
        """The status of a refusal, and its code where there is one."""
        return f"{self.exchange.seen_status} {self.code or ''}".strip()

    def told(self, name: str) -> Any:
        """Returns a field of an answer that reached the client, or None."""
        is_told = self.outcome is Outcome.DONE and isinstance(self.answer, dict)
        return self.answer.get(name) if is_told else None

    def asked(self, name: str) -> Any:
        """Returns a field of the request's body, or None."""
        return self.body.get(name) if isinstance(self.body, dict) else None


def since(before: Call, later: Call) -> timedelta:
    """Returns the sandbox's time from one call to another."""
    return later.at - before.at


def waited(before: Call, later: Call) -> timedelta:
    """Returns how long a client waited from one call to another, by the clock that is kinder to it.

    A client waits by its own clock. Its real time and the sandbox's differ where the sandbox's
    stands still, runs faster or slower, or is moved by hand.
    """
    return max(since(before, later), really(before, later))


def really(before: Call, later: Call) -> timedelta:
    """Returns the real time from one call to another."""
    return timedelta(seconds=later.exchange.real_at - before.exchange.real_at)


def read_calls(exchanges: Iterable[Exchange], takes: Mapping[str, Takes]) -> list[Call]:
    """Returns the calls of clients among exchanges.

    Args:
        exchanges: what the journal keeps, oldest first.
        takes: what each operation takes that is a client's; others are left out.
    """
    parse = _parser()
    kept = [
        Raw(each, dict(reversed(each.headers)), parse(each.body), parse(each.answer_body))
        for each in exchanges
        if each.is_clients and each.operation in takes
    ]
    callers = callers_of(kept)
    return [_read(each, callers, takes[each.exchange.operation or ""]) for each in kept]


def _parser() -> Callable[[bytes], Any]:
    """Returns a reader of JSON that reads equal bodies once: polls are answered the same again."""
    known: dict[bytes, Any] = {b"": None}

    def parse(content: bytes) -> Any:
        if content not in known:
            known[content] = as_json(content)
        return known[content]

    return parse


def _read(raw: Raw, callers: Callers, takes: Takes) -> Call:
    exchange, operation, who = raw.exchange, raw.exchange.operation or "", callers.who(raw)
    is_late = _is_late(exchange)
    content = _content(exchange, raw.body, takes)
    return Call(
        exchange=exchange,
        operation=operation,
        who=who,
        headers=raw.headers,
        token=raw.token,
        body=raw.body,
        answer=raw.answer,
        sent=Sent(who, operation, exchange.path.lower(), exchange.query, content),
        outcome=Outcome.LOST if is_late else _outcome(exchange, raw.answer, takes),
        is_late=is_late,
    )


def _is_late(exchange: Exchange) -> bool:
    patience = PATIENCE.get(exchange.method, PATIENCE["other"]).total_seconds()
    return exchange.delivery is Delivery.PENDING or exchange.duration >= patience


def _outcome(exchange: Exchange, answer: Any, takes: Takes) -> Outcome:
    status = exchange.seen_status
    if status == 0 or status >= 500 or status == 429 or not _is_readable(exchange, answer):
        return Outcome.LOST
    if status == 401:
        return Outcome.UNAUTHORIZED
    if status >= 400:
        return Outcome.REFUSED
    needs_body = exchange.method == "GET" or takes.creates or exchange.operation == TOKEN
    if needs_body and not isinstance(answer, dict | list):
        return Outcome.LOST
    return Outcome.DONE


def _is_readable(exchange: Exchange, answer: Any) -> bool:
    """Whether an answer's body is what it should be: JSON that says so, or nothing."""
    if not exchange.answer_body:
        return True
    if exchange.answer_size > len(exchange.answer_body):
        return True
    types = (value for name, value in exchange.answer_headers if name.lower() == "content-type")
    return answer is not None and "json" in next(types, "json")


def _content(exchange: Exchange, body: Any, takes: Takes) -> Hashable:
    """Returns what is equal for equal bodies, as the service compares them.

    Numbers are compared by their value, GUIDs without case; unknown fields don't count.
    """
    raw = (exchange.body, exchange.body_size)
    if not isinstance(body, dict):
        return raw
    known = {name: each for name, each in body.items() if name in takes.fields}
    try:
        return _comparable(known, "")
    except RecursionError:
        return raw


def _comparable(value: Any, name: str) -> Hashable:
    if isinstance(value, dict):
        items = value.items()
        return frozenset((key, _comparable(each, key)) for key, each in items if each is not None)
    if isinstance(value, list):
        return tuple(_comparable(each, name) for each in value)
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, str) and name != "amount":
        return _without_case(value)
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return str(value)


def _without_case(text: str) -> str:
    try:
        return as_guid(text)
    except ValueError:
        return text
