"""Calls: exchanges as the client saw them, with their bodies parsed.

A client can only react to what it received. So a call is judged by what became of its answer on
the wire, whether the service or a scenario caused that.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, NamedTuple

from ...engine.client_rules import must_send_again, timeout_of
from ...engine.operations import TOKEN_CALL
from ...engine.values import as_guid, folded
from ...scripting.fate import Delivery
from ..exchanges import KEY, ExchangeRecord, as_json
from .callers import AuditedClient, ParsedExchange, token_owners


@dataclass(frozen=True, slots=True)
class OperationInput:
    """What an operation takes; the edge hands it in, since it knows the wire format.

    Args:
        fields: the names of its JSON fields; of a field within a field, `outer.inner`.
        parameters: the names of its query parameters.
        words: the words that a field or parameter takes, if it takes only some, by its name.
        headers: the X-MobilePay headers it takes, in lower case.
        creates: whether it makes something, and so takes an idempotency key.
    """

    fields: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    headers: frozenset[str] = frozenset()
    creates: bool = False


class CallOutcome(Enum):
    """What a client learned from a call."""

    #: It succeeded, and the answer could be understood.
    SUCCEEDED = "succeeded"
    #: It was refused: 4xx. Repeating it does not help.
    REFUSED = "refused"
    #: The token was refused: 401.
    UNAUTHORIZED = "unauthorized"
    #: Nothing reliable: no answer, a late or unreadable one, 5xx or 429. The client should retry.
    LOST = "lost"


class SentRequest(NamedTuple):
    """What makes two requests the same request."""

    client: AuditedClient
    operation: str
    path: str
    query: str
    body: Hashable


@dataclass(frozen=True, slots=True)
class AuditedCall:
    """A call of a client to the service.

    Args:
        exchange: the journal's record of it.
        operation: the operation.
        client: who made it.
        headers: the first value of each header, by name in lower case.
        token: the fingerprint of the token it carried or fetched, or None.
        body: the request's JSON; None where it is none.
        answer: the answer's JSON; None where it is none.
        sent: equal for calls that ask for the same.
        outcome: what the client learned from it.
        is_late: whether the client may have given up before the answer came.
    """

    exchange: ExchangeRecord
    operation: str
    client: AuditedClient
    headers: Mapping[str, str]
    token: str | None
    body: Any
    answer: Any
    sent: SentRequest
    outcome: CallOutcome
    is_late: bool

    @property
    def id(self) -> int:
        """Its number in the journal."""
        return self.exchange.id

    @property
    def at(self) -> datetime:
        """The sandbox's time when it came."""
        return self.exchange.at

    @property
    def key(self) -> str | None:
        """Its idempotency key, or None."""
        return self.headers.get(KEY)

    @property
    def path_id(self) -> str:
        """The id in its path, or an empty text."""
        parts = self.sent.path.split("/")
        return parts[4] if len(parts) > 4 else ""

    @property
    def is_refused(self) -> bool:
        """Whether it was answered with 4xx, so that nothing was done."""
        return self.outcome in (CallOutcome.REFUSED, CallOutcome.UNAUTHORIZED)

    @property
    def code(self) -> str | None:
        """The error code of a refusal that reached the client, or None."""
        is_refused = self.outcome is CallOutcome.REFUSED and isinstance(self.answer, dict)
        return str(self.answer.get("code") or "") or None if is_refused else None

    @property
    def refusal(self) -> str:
        """The status of a refusal, with its code if it has one."""
        return f"{self.exchange.seen_status} {self.code or ''}".strip()

    def answered(self, name: str) -> Any:
        """Returns a field of a successful answer that reached the client, or None."""
        has_reached = self.outcome is CallOutcome.SUCCEEDED and isinstance(self.answer, dict)
        return self.answer.get(name) if has_reached else None

    def requested(self, name: str) -> Any:
        """Returns a field of the request's body, or None; its name is compared without case."""
        if not isinstance(self.body, dict):
            return None
        found = [value for sent, value in self.body.items() if folded(sent) == folded(name)]
        return found[-1] if found else None


def names_in(body: Any) -> Iterator[str]:
    """Yields the names of the fields of a JSON object; of a field within a field, `outer.inner`."""
    for name, value in body.items() if isinstance(body, dict) else ():
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in value)


def sandbox_time(before: AuditedCall, later: AuditedCall) -> timedelta:
    """Returns the sandbox's time between two calls."""
    return later.at - before.at


def real_time(before: AuditedCall, later: AuditedCall) -> timedelta:
    """Returns the real time between two calls."""
    return timedelta(seconds=later.exchange.real_at - before.exchange.real_at)


def longest_time(before: AuditedCall, later: AuditedCall) -> timedelta:
    """Returns the longer of sandbox time and real time between two calls.

    A client waits by its own clock. Where the sandbox's time stands still, runs faster or slower,
    or is set by a test, the client gets the benefit of the doubt.
    """
    return max(sandbox_time(before, later), real_time(before, later))


def read_calls(
    exchanges: Iterable[ExchangeRecord], inputs: Mapping[str, OperationInput]
) -> list[AuditedCall]:
    """Returns the calls of clients among exchanges.

    Args:
        exchanges: what the journal keeps, oldest first.
        inputs: what each operation that is audited takes; other operations are left out.
    """
    parse = _parser()
    kept = [
        ParsedExchange(
            each, dict(reversed(each.headers)), parse(each.body), parse(each.answer_body)
        )
        for each in exchanges
        if each.is_clients and each.operation in inputs
    ]
    caller = token_owners(kept).caller
    return [_read(each, caller(each), inputs[each.exchange.operation or ""]) for each in kept]


def _parser() -> Callable[[bytes], Any]:
    """Returns a reader of JSON that parses equal bodies once, since polls are alike."""
    known: dict[bytes, Any] = {b"": None}

    def parse(content: bytes) -> Any:
        if content not in known:
            known[content] = as_json(content)
        return known[content]

    return parse


def _read(parsed: ParsedExchange, client: AuditedClient, takes: OperationInput) -> AuditedCall:
    exchange, operation = parsed.exchange, parsed.exchange.operation or ""
    is_late = _is_late(exchange)
    content = _content(exchange, parsed.body, takes)
    return AuditedCall(
        exchange=exchange,
        operation=operation,
        client=client,
        headers=parsed.headers,
        token=exchange.token,
        body=parsed.body,
        answer=parsed.answer,
        sent=SentRequest(client, operation, exchange.path.lower(), exchange.query, content),
        outcome=CallOutcome.LOST if is_late else _outcome(exchange, parsed.answer, takes),
        is_late=is_late,
    )


def _is_late(exchange: ExchangeRecord) -> bool:
    timeout = timeout_of(exchange.method).total_seconds()
    return exchange.delivery is Delivery.PENDING or exchange.duration >= timeout


def _outcome(exchange: ExchangeRecord, answer: Any, takes: OperationInput) -> CallOutcome:
    status = exchange.seen_status
    if must_send_again(status) or not _is_readable(exchange, answer):
        return CallOutcome.LOST
    if status == 401:
        return CallOutcome.UNAUTHORIZED
    if status >= 400:
        return CallOutcome.REFUSED
    needs_body = exchange.method == "GET" or takes.creates or exchange.operation == TOKEN_CALL
    if needs_body and not isinstance(answer, dict | list):
        return CallOutcome.LOST
    return CallOutcome.SUCCEEDED


def _is_readable(exchange: ExchangeRecord, answer: Any) -> bool:
    """Whether an answer is empty, or JSON with a media type that says so."""
    if not exchange.answer_body or exchange.answer_size > len(exchange.answer_body):
        return True
    types = (value for name, value in exchange.answer_headers if name.lower() == "content-type")
    return answer is not None and "json" in next(types, "json")


def _content(exchange: ExchangeRecord, body: Any, takes: OperationInput) -> Hashable:
    """Returns a value that is equal for bodies that the service takes for the same.

    Numbers are compared by their value, names, words and GUIDs without case; unknown fields don't
    count.
    """
    raw = (exchange.body, exchange.body_size)
    if not isinstance(body, dict):
        return raw
    names = {folded(each) for each in takes.fields}
    known = {folded(name): each for name, each in body.items() if folded(name) in names}
    for name in takes.words:
        word = known.get(folded(name))
        if isinstance(word, str):
            known[folded(name)] = folded(word)
    try:
        return _comparable(known, "")
    except RecursionError:
        return raw


def _comparable(value: Any, name: str) -> Hashable:
    if isinstance(value, dict):
        items = value.items()
        return frozenset(
            (folded(key), _comparable(each, key)) for key, each in items if each is not None
        )
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
