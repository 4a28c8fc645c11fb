"""Control APIs that answer as a test wants, without a server."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from mobilepay_simulator.client import ControlClient

URL = "http://simulator.test"


@dataclass
class Fake:
    """Answers every call with one JSON, or by path; keeps the calls."""

    answer: Any = None
    status: int = 200
    by_path: dict[str, Any] = field(default_factory=dict)
    calls: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.calls.append(request)
        path = request.url.path.partition("/_simulator")[2]
        if path in self.by_path:
            return httpx.Response(200, json=self.by_path[path])
        return httpx.Response(self.status, json=self.answer)

    @property
    def last(self) -> httpx.Request:
        """The newest call."""
        return self.calls[-1]

    @property
    def sent(self) -> Any:
        """The JSON body of the newest call."""
        return json.loads(self.last.content)

    @property
    def query(self) -> dict[str, str]:
        """The query of the newest call."""
        return dict(self.last.url.params)


def control_of(
    answer: Callable[[httpx.Request], httpx.Response], sandbox: str | None = None, **more: Any
) -> ControlClient:
    """A client whose calls a function answers."""
    return ControlClient(URL, sandbox=sandbox, transport=httpx.MockTransport(answer), **more)


EXCHANGE = {
    "id": 12,
    "operation": "CapturePayment",
    "at": "2024-01-31T12:00:04.000Z",
    "realAt": "2026-11-24T09:30:00.123Z",
    "durationMs": 1.208,
    "request": {
        "method": "POST",
        "path": "/pos/v10/payments/c67fc370-d770-4725-9992-d77159fd886d/capture",
        "query": "",
        "headers": [["authorization", "Bearer ***72a71b38"], ["content-type", "application/json"]],
        "body": '{"amount": 10.5}',
    },
    "answer": {"status": 409, "headers": [], "body": '{"code": "1309"}'},
    "delivery": "whole",
    "fault": None,
    "run": "R1",
    "correlationId": None,
    "clientId": "11111111-2222-4333-8444-555555555555",
    "merchant": "DK12345678",
    "posId": "5f9b3a0e-0d5c-4c4e-8f3a-7d2f7d0c9b11",
    "paymentId": "c67fc370-d770-4725-9992-d77159fd886d",
    "refundId": None,
    "code": "1309",
    "hint": None,
    "changes": [
        {
            "event": "PaymentChanged",
            "at": "2024-01-31T12:00:04.000Z",
            "paymentId": "c67fc370-d770-4725-9992-d77159fd886d",
            "before": "Reserved",
            "after": "Captured",
        }
    ],
}
