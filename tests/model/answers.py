"""What a client is told, out of an HTTP answer, in the words of the specification."""

import json
from datetime import datetime, timedelta
from typing import Any

from tests.model.specification import calls
from tests.model.specification.defects import Spoilt
from tests.model.specification.values import Map, Outcome

__all__ = ["outcome_of"]

_ABOUT_REFUNDS = (
    calls.CreateRefund,
    calls.CaptureRefund,
    calls.CancelRefund,
    calls.GetRefund,
    calls.FindRefunds,
)
_MADE = ("posId", "paymentId", "refundId")


def outcome_of(call: Any, status: int, content: bytes, start: datetime) -> Outcome:
    """Returns what an answer tells.

    Args:
        start: the time from which the specification counts.

    Raises:
        AssertionError: the answer is not written as the documentation has it.
    """
    asked = call.call if isinstance(call, Spoilt) else call
    body = json.loads(content) if content else None
    if status >= 400:
        return Outcome(status, _code(asked, status, body))
    if body is None or isinstance(call, calls.Advance | calls.SetStore | calls.TakeCard):
        return Outcome(status)
    if isinstance(asked, calls.Creating):
        assert len(body) == 1 and next(iter(body)) in _MADE, body
        return Outcome(status, body=Map(id=next(iter(body.values()))))
    return Outcome(status, body=Map({name: _value(name, body[name], start) for name in body}))


def _code(asked: Any, status: int, body: Any) -> str:
    if body is None:
        return ""
    assert body["message"] and body["correlationId"], body
    is_told = isinstance(asked, _ABOUT_REFUNDS)
    assert body.get("origin") == ("PoS" if is_told else None), body
    return str(body["code"])


def _value(name: str, value: Any, start: datetime) -> Any:
    match name:
        case "amount":
            return round(value * 100)
        case "paymentExpiresAt":
            return (datetime.fromisoformat(value) - start) // timedelta(milliseconds=1)
        case "customerToken" | "customerReceiptToken" | "loyaltyIds":
            return bool(value)
        case "beaconId":
            return value.lower()
        case "restrictions":
            return frozenset(kind for kind in ("debit", "credit") if value[f"{kind}CardDisallowed"])
        case "posIds" | "paymentIds" | "refundIds":
            return tuple(sorted(value))
    return tuple(value) if isinstance(value, list) else value
