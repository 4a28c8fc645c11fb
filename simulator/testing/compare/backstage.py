"""Calls of our own, between the recorded ones: what the customer does, and a look at what is so."""

import json
from typing import Any

from ...engine.operations import POS, USER_SIMULATION
from ...journal.exchanges import ASIDE
from ..replay.stages import HeldCall, ReplayRequest, ReplayResult, ReplayTarget
from .beforehand import VAT_HEADER, Holder

_CONTROL = "/_simulator"
_JSON = ("content-type", "application/json")


class Backstage:
    """Makes calls that are none of the recording's.

    Args:
        target: where they are made.
        holder: the client and merchant of those that need a token.
    """

    def __init__(self, target: ReplayTarget, holder: Holder) -> None:
        self._target = target
        self._holder = holder
        self._count = 0

    def payment(self, payment_id: str) -> dict[str, Any]:
        """Returns a payment with its refunds, as the control API shows it; empty if unknown."""
        return self._look(f"/payments/{payment_id}")

    def pos(self, pos_id: str) -> dict[str, Any]:
        """Returns a point of sale, as the control API shows it; empty if unknown."""
        return self._look(f"/points-of-sale/{pos_id}")

    def customer(self, action: str, **body: str) -> bool:
        """Lets the customer act, and returns whether that worked."""
        return self._done("POST", f"{USER_SIMULATION}/{action}", body)

    def mobilepay(self, payment_id: str, action: str) -> bool:
        """Lets MobilePay act on a payment, and returns whether that worked."""
        path = f"{_CONTROL}/payments/{payment_id}/actions"
        return self._done("POST", path, {"action": action})

    def client(self, payment: dict[str, Any], action: str, body: Any) -> bool:
        """Lets the client of a payment act on it, and returns whether that worked.

        Args:
            payment: as the control API shows it.
            action: the end of the call's path.
            body: of the call; None for none.
        """
        holder = Holder(str(payment["clientId"]), str(payment["merchant"]))
        path = f"{POS}/payments/{payment['paymentId']}/{action}"
        return 200 <= self._call("POST", path, body, self._headers(holder)).status < 300

    def change_store(self, store_id: str, **changes: Any) -> bool:
        """Changes a store, and returns whether that worked."""
        return self._done("PATCH", f"{_CONTROL}/stores/{store_id}", changes)

    def store_id(self) -> str:
        """Returns a store of the merchant."""
        found = _json(self._call("GET", f"{POS}/stores", None, self._headers()))
        return str((found.get("storeIds") or [""])[0])

    def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Creates something through the PoS API; the answer is empty where that is refused."""
        self._count += 1
        key = ("x-mobilepay-idempotency-key", f"compare-{self._count}")
        result = self._call("POST", f"{POS}{path}", body, [*self._headers(), key])
        return _json(result) if result.status == 200 else {}

    def _headers(self, holder: Holder | None = None) -> list[tuple[str, str]]:
        holder = holder or self._holder
        token = self._target.issue(holder.client_id, None)
        return [
            ("authorization", f"Bearer {token}"),
            (VAT_HEADER, holder.merchant),
            ("x-mobilepay-client-system-version", "1.0.0"),
        ]

    def _look(self, path: str) -> dict[str, Any]:
        result = self._call("GET", f"{_CONTROL}{path}", None, [])
        return _json(result) if result.status == 200 else {}

    def _done(self, method: str, path: str, body: dict[str, Any]) -> bool:
        return 200 <= self._call(method, path, body, []).status < 300

    def _call(
        self, method: str, path: str, body: Any, headers: list[tuple[str, str]]
    ) -> ReplayResult:
        content = b"" if body is None else json.dumps(body).encode()
        sent = [(ASIDE, "true"), *headers, *([_JSON] if content else [])]
        request = ReplayRequest(method, path, "", sent, content)
        result = self._target.send(request, may_wait=False)
        return self._target.finish(result) if isinstance(result, HeldCall) else result


def _json(result: ReplayResult) -> dict[str, Any]:
    found: Any = json.loads(result.body) if result.body else None
    return found if isinstance(found, dict) else {}
