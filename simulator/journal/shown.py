"""Exchanges and events as the control API shows them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache

from .. import client
from ..client.model import sparse
from ..engine.events import WorldEvent
from ..engine.records import RefundRecord
from ..engine.refusals import Refusal
from .exchanges import KEY, ExchangeRecord

_Request = tuple[str | None, str]
_Try = tuple[_Request, str | None]
#: The refusal of a call whose key belongs to another request.
_OTHERS = Refusal.KEY_USED_FOR_ANOTHER_REQUEST.name


def first_tries(
    journal: Iterable[ExchangeRecord], exchanges: Iterable[ExchangeRecord]
) -> Mapping[int, int]:
    """Returns the first try of each exchange that repeats one; both by their ids.

    Args:
        journal: all exchanges, oldest first.
        exchanges: those that are asked about.
    """
    wanted = {
        each.id: (made, each.refusal == _OTHERS)
        for each in exchanges
        if (made := _request(each)) is not None
    }
    left = set(wanted.values())
    firsts: dict[tuple[_Request | None, bool], int] = {}
    for each in journal:
        if len(firsts) == len(left):
            break
        made = _request(each)
        if (made, False) in left:
            firsts.setdefault((made, False), each.id)
        # A key belongs to the first request that was worked on: a refused one does not use it up.
        if (made, True) in left and each.events and not each.refusal:
            firsts.setdefault((made, True), each.id)
    return {
        exchange_id: firsts[made]
        for exchange_id, made in wanted.items()
        if firsts.get(made, exchange_id) != exchange_id
    }


def tries_without_payment(
    journal: Iterable[ExchangeRecord], payment_id: str, retention: timedelta
) -> frozenset[int]:
    """Returns the tries of a payment's calls that failed before they came to the payment.

    Such a try names no payment. It belongs to the one that has its key already, of the same client
    and operation, else to the one that gets it next.

    Args:
        journal: all exchanges, oldest first.
        payment_id: the payment.
        retention: how long the service remembers a key.

    Returns:
        Their ids.
    """
    found: set[int] = set()
    owners: dict[_Try, tuple[str, datetime]] = {}
    waiting: defaultdict[_Try, list[int]] = defaultdict(list)
    for each in journal:
        request = _request(each)
        if request is None or each.refusal == _OTHERS:
            continue
        tried = request, each.operation
        owner, since = owners.get(tried, ("", each.at))
        if each.payment_id is not None:
            owners[tried] = each.payment_id, since if owner == each.payment_id else each.at
            tries = waiting.pop(tried, [])
            found.update(tries if each.payment_id == payment_id else ())
        elif not owner or each.at - since > retention:
            waiting[tried].append(each.id)
        elif owner == payment_id:
            found.add(each.id)
    return frozenset(found)


def _request(exchange: ExchangeRecord) -> _Request | None:
    """Returns who sent it with which key; None without a key, and for other than service calls."""
    key = exchange.header(KEY) if exchange.method == "POST" else None
    return (exchange.owner, key) if key and exchange.is_clients else None


def shown_exchange(exchange: ExchangeRecord, first_try: int | None = None) -> client.Exchange:
    """Returns an exchange as the control API shows it.

    Args:
        exchange: the exchange.
        first_try: the id of the first exchange with its key, where this is a later one.
    """
    return client.Exchange(
        id=exchange.id,
        sandbox=exchange.sandbox,
        operation=exchange.operation,
        at=exchange.at,
        real_at=datetime.fromtimestamp(exchange.real_at, UTC),
        duration_ms=round(exchange.duration * 1000, 3),
        request=client.RecordedRequest(
            exchange.method,
            exchange.path,
            exchange.query,
            headers=exchange.headers,
            body=exchange.body.decode("utf-8", "replace"),
        ),
        answer=client.Answer(
            exchange.status,
            headers=exchange.answer_headers,
            body=exchange.answer_body.decode("utf-8", "replace"),
        ),
        delivery=exchange.delivery,
        fault=exchange.fault,
        counted=exchange.is_counted,
        struck=exchange.is_struck,
        run=exchange.run,
        correlation_id=exchange.correlation_id,
        client_id=exchange.client_id,
        merchant=exchange.merchant,
        pos_id=exchange.pos_id,
        payment_id=exchange.payment_id,
        refund_id=exchange.refund_id,
        code=exchange.code,
        hint=exchange.hint,
        first_try=first_try,
        changes=tuple(shown_event(each) for each in exchange.events),
    )


def shown_refund(refund: RefundRecord) -> client.RefundSeen:
    """Returns a refund as the control API shows it."""
    return client.RefundSeen(
        refund.id,
        refund.order_id,
        refund.payment_id,
        refund.state,
        refund.amount,
        refund.currency,
        refund.created_at,
    )


def shown_event(event: WorldEvent) -> client.Event:
    """Returns an event as the control API shows it."""
    values = {name: getattr(event, name) for name in _fields(type(event))}  # type: ignore[arg-type]
    return sparse(client.Event, event=type(event).__name__, **values)


@cache
def _fields(kind: type[WorldEvent]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))
