"""Exchanges and what they changed, as the control API answers them."""

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from simulator.engine.events import Event
from simulator.journal.exchanges import Exchange
from simulator.naming import camel_case

__all__ = ["event_as_json", "exchange_as_json", "plain"]


def exchange_as_json(exchange: Exchange) -> dict[str, Any]:
    """Returns an exchange as the control API shows it."""
    return {
        "id": exchange.id,
        "sandbox": exchange.sandbox,
        "operation": exchange.operation,
        "at": plain(exchange.at),
        "realAt": plain(datetime.fromtimestamp(exchange.real_at, UTC)),
        "durationMs": round(exchange.duration * 1000, 3),
        "request": {
            "method": exchange.method,
            "path": exchange.path,
            "query": exchange.query,
            "headers": [list(pair) for pair in exchange.headers],
            "body": exchange.body.decode("utf-8", "replace"),
        },
        "answer": {
            "status": exchange.status,
            "headers": [list(pair) for pair in exchange.answer_headers],
            "body": exchange.answer_body.decode("utf-8", "replace"),
        },
        "delivery": exchange.delivery,
        "fault": exchange.fault,
        "run": exchange.run,
        "correlationId": exchange.correlation_id,
        "clientId": exchange.client_id,
        "merchant": exchange.merchant,
        "posId": exchange.pos_id,
        "paymentId": exchange.payment_id,
        "refundId": exchange.refund_id,
        "code": exchange.code,
        "hint": exchange.hint,
        "changes": [event_as_json(each) for each in exchange.events],
    }


def event_as_json(event: Event) -> dict[str, Any]:
    """Returns an event as the control API shows it."""
    return {"event": type(event).__name__, **plain(event)}


def plain(value: Any) -> Any:
    """Returns a value as JSON has it; field names in camelCase."""
    if dataclasses.is_dataclass(value):
        return {
            camel_case(each.name): plain(getattr(value, each.name))
            for each in dataclasses.fields(value)
        }
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return value
