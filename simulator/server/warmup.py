"""Makes the first real request as fast as the next: every layer has run once before we listen."""

import json
from typing import Any
from urllib.parse import urlencode

from ..api.door import Door
from ..api.request import Headers, Request
from ..app import SimulatorApp, usual_service
from ..control.access import HEALTH
from ..engine.merchants import SEEDED_VATS, MerchantRecord, StoreRecord
from ..engine.operations import TOKEN_PATH
from ..sandboxes.registry import DEFAULT
from ..scripting.scenario import read_scenario
from ..settings.data import SEEDED_INTEGRATORS, Data

_STORE = "00000000-0000-4000-8000-000000000001"
_SCENARIO = "warm-up"
_HOST = "localhost"
_HEADERS = {
    "host": _HOST,
    "x-mobilepay-client-system-version": "1.0.0",
    "x-mobilepay-client-system-name": "warm-up",
    "x-simulator-scenario": _SCENARIO,
}


def warm_up(app: SimulatorApp) -> None:
    """Plays one payment, with a client, a merchant and a scenario of its own.

    The settings and data of the app may refuse any call, rightly; so they do not reach this one.
    Of the app itself it makes what first calls would wait for: the merchants, the key that signs,
    and the routes.

    Raises:
        RuntimeError: the simulator can't even do that.
    """
    with app.context.sandboxes.get(DEFAULT).world as world:
        for vat in SEEDED_VATS:
            world.directory.merchant(vat)
    scenario = read_scenario("{summary: Nobody acts., steps: []}", _SCENARIO)
    _WarmUpClient(usual_service(app.context.tokens, _data(), scenario)).play()
    headers = Headers([("host", _HOST)])
    app.respond(Request(method="GET", path=HEALTH, headers=headers))
    # Its time begins now, however fast it runs.
    app.context.sandboxes.reset(DEFAULT)


def _data() -> Data:
    store = StoreRecord(
        _STORE, SEEDED_VATS[0], "warm-up", "", "", "", "warm-up", "POSDK00001", "00001"
    )
    return Data(merchants=(MerchantRecord(SEEDED_VATS[0], "warm-up", (store,)),))


class _WarmUpClient:
    def __init__(self, service: Door) -> None:
        self._service = service
        self._integrator = SEEDED_INTEGRATORS[0]
        self._headers = {**_HEADERS, "x-ibm-client-id": self._integrator.client_id}

    def play(self) -> None:
        credentials = {
            "grant_type": "client_credentials",
            "client_id": self._integrator.client_id,
            "client_secret": self._integrator.secret,
            "merchant_vat": SEEDED_VATS[0],
        }
        form = urlencode(credentials).encode()
        token = self._call("POST", TOKEN_PATH, form, "application/x-www-form-urlencoded")
        self._headers["authorization"] = f"Bearer {token['access_token']}"
        store_id = self._call("GET", "/pos/v10/stores")["storeIds"][0]
        pos = self._post("/pos/v10/pointofsales", _point_of_sale(store_id))
        payment = self._post("/pos/v10/payments", _payment(pos["posId"]))
        self._call("GET", f"/pos/v10/payments/{payment['paymentId']}")
        self._call("POST", f"/pos/v10/payments/{payment['paymentId']}/cancel")

    def _post(self, path: str, content: dict[str, Any]) -> Any:
        return self._call("POST", path, json.dumps(content).encode(), "application/json")

    def _call(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> Any:
        headers = {**self._headers, "x-mobilepay-idempotency-key": path[-36:]}
        if body:
            headers |= {"content-type": content_type, "content-length": str(len(body))}
        answer = self._service.respond(
            Request(method=method, path=path, headers=Headers(headers.items()), body=body)
        )
        if answer.status != 200:
            raise RuntimeError(f"warm-up: {method} {path} answered {answer.status}")
        return json.loads(answer.content or "null")


def _point_of_sale(store_id: str) -> dict[str, Any]:
    return {
        "merchantPosId": "warm-up",
        "storeId": store_id,
        "name": "warm-up",
        "supportedBeaconTypes": ["QR"],
    }


def _payment(pos_id: str) -> dict[str, Any]:
    return {
        "posId": pos_id,
        "orderId": "warm-up",
        "amount": 0.01,
        "currencyCode": "DKK",
        "plannedCaptureDelay": "None",
        "restrictions": {"debitCardDisallowed": False},
    }
