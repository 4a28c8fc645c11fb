"""Clients made to break a rule of the audit, and their well-behaved twins.

A client is a function of a `Client`. Its name says what it does; it is listed under a rule, as one
that breaks it or as one that keeps it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support import Till, fresh

CREATING = ("/payments", "/payments/prepare", "/refunds", "/pointofsales")
APP, KEY = "X-IBM-Client-Id", "X-MobilePay-Idempotency-Key"


@dataclass
class Client(Till):
    """A till that does everything right, unless it is told otherwise."""

    def token(self, **form: str) -> str:
        """Fetches a token as `Till` does, with the app's id."""
        self.http.headers[APP] = self.client_id
        return super().token(**form)

    def call(
        self, method: str, path: str, json: Any = None, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        """Calls as `Till` does; only the four calls that make something carry a key."""
        headers = dict(options.pop("headers", {}))
        if key is None and (method != "POST" or path not in CREATING):
            headers.setdefault(KEY, None)
        return super().call(method, path, json, key=key, headers=headers, **options)

    def cancel(self, payment_id: str) -> None:
        self.ok("POST", f"/payments/{payment_id}/cancel")

    def capture(self, payment_id: str, amount: Any = 10.0) -> httpx.Response:
        return self.call("POST", f"/payments/{payment_id}/capture", {"amount": amount})

    def plan(self, *faults: str, steps: str = "") -> None:
        """Queues a scenario for the next payment: faults, and what the customer does."""
        name = fresh("plan")
        listed = "".join(f"\n  - {each}" for each in faults)
        text = f"summary: x\nsteps: {steps or '[]'}\nfaults:{listed or ' []'}\n"
        answer = self.http.put(f"/_simulator/scenarios/{name}", content=text)
        assert answer.status_code == 200, answer.text
        self.control("POST", "/scenarios/next", {"scenario": name})

    def findings(self, **query: str) -> list[Any]:
        answer = self.http.get("/_simulator/audit", params=query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["findings"])


Case = tuple[str, Callable[[Client], None]]
BREAKING: list[Case] = []
KEEPING: list[Case] = []


def breaks(rule: str) -> Callable[[Callable[[Client], None]], Callable[[Client], None]]:
    """Lists a client as one that breaks a rule, and no other."""
    return _listed(rule, BREAKING)


def keeps(rule: str) -> Callable[[Callable[[Client], None]], Callable[[Client], None]]:
    """Lists a client as one that comes close to breaking a rule, and does nothing wrong."""
    return _listed(rule, KEEPING)


def _listed(
    rule: str, cases: list[Case]
) -> Callable[[Callable[[Client], None]], Callable[[Client], None]]:
    def listed(client: Callable[[Client], None]) -> Callable[[Client], None]:
        cases.append((rule, client))
        return client

    return listed
