"""Makes the first real request as fast as the next: every layer has run once before we listen."""

import json
from typing import Any

from werkzeug.test import Client

from ..app import SimulatorApp
from ..engine.merchants import SEEDED_VATS
from ..sandboxes.registry import DEFAULT
from ..scripting.cases import SECTIONS

_VERSION = "999999999.0.0"
_HEADERS = {
    "X-MobilePay-Client-System-Version": _VERSION,
    "X-MobilePay-Client-System-Name": "warm-up",
    "X-MobilePay-Idempotency-Key": "warm-up",
    "X-Simulator-Scenario": "manual",
}


def warm_up(app: SimulatorApp) -> None:
    """Plays one payment in the default sandbox, and resets it.

    Raises:
        RuntimeError: the simulator can't even do that.
    """
    _WarmUpClient(app).play()
    app.context.sandboxes.reset(DEFAULT)


class _WarmUpClient:
    def __init__(self, app: SimulatorApp) -> None:
        self._client = Client(app)
        self._integrator = app.context.data.integrators[0]
        self._headers = {**_HEADERS, "X-IBM-Client-Id": self._integrator.client_id}
        sandbox = app.context.sandboxes.get(DEFAULT)
        with sandbox.world as world:
            # Where only certified versions may call, ours may as well until the reset.
            sections = tuple(each.name for each in SECTIONS)
            sandbox.certifications.certify(self._integrator.client_id.lower(), _VERSION, sections)
            # However fast time runs, the token must last until the last call.
            world.clock.rescale(0)
            for vat in SEEDED_VATS:
                world.directory.merchant(vat)

    def play(self) -> None:
        token = self._call(
            "POST",
            "/integrator-authentication/connect/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self._integrator.client_id,
                "client_secret": self._integrator.secret,
                "merchant_vat": SEEDED_VATS[0],
            },
        )
        self._headers["Authorization"] = f"Bearer {token['access_token']}"
        pos = self._call("POST", "/pos/v10/pointofsales", json=self._point_of_sale())
        payment = self._call("POST", "/pos/v10/payments", json=_payment(pos["posId"]))
        self._call("GET", f"/pos/v10/payments/{payment['paymentId']}")
        self._call("POST", f"/pos/v10/payments/{payment['paymentId']}/cancel")
        self._call("GET", "/_simulator/health")

    def _point_of_sale(self) -> dict[str, Any]:
        store_id = self._call("GET", "/pos/v10/stores")["storeIds"][0]
        return {
            "merchantPosId": "warm-up",
            "storeId": store_id,
            "name": "warm-up",
            "supportedBeaconTypes": ["QR"],
        }

    def _call(self, method: str, path: str, **options: Any) -> Any:
        key = {"X-MobilePay-Idempotency-Key": path[-36:]}
        headers = {**self._headers, **key}
        answer = self._client.open(path, method=method, headers=headers, **options)
        if answer.status_code != 200:
            raise RuntimeError(f"warm-up: {method} {path} answered {answer.status}: {answer.text}")
        return json.loads(answer.data or "null")


def _payment(pos_id: str) -> dict[str, Any]:
    return {
        "posId": pos_id,
        "orderId": "warm-up",
        "amount": 0.01,
        "currencyCode": "DKK",
        "plannedCaptureDelay": "None",
        "restrictions": {"debitCardDisallowed": False},
    }
