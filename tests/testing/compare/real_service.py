"""A recording made by hand, with what the service's documentation says it answered."""

from collections.abc import Callable
from typing import Any

from tests.testing.compare.recordings import Recorder

STORE = "2b5a3c0e-9f61-4d77-8a3c-51d2f0b7e001"
POS = "9c1d7e52-0c4b-4f0a-9d55-7e6b2f3a9001"
BEACON = "0e2f6a84-37a1-4c5b-b7d4-c1a8e3f5d001"
FIRST, SECOND, THIRD = (f"5f{n}d2a61-8b3e-4c9f-a0d7-94b1c6e8f00{n}" for n in (1, 2, 3))
REFUND = "7a3e9b14-5d2c-4e8f-b6a1-0f9c8d7e6001"
CORRELATION = "d3b07384-d9a0-4c1e-8f2b-6a5c4e3d2001"
CLIENT, SECRET = "8f14e45f-ceea-4672-ab0b-3d2c1a9b8001", "0fUVkbjN2q-very-secret"
TOKEN = "opaque-access-token-of-the-real-service"


def token_call(recorder: Recorder) -> None:
    """Fetches the token, with the form as a browser writes it: in pieces."""
    answer = {
        "access_token": TOKEN,
        "expires_in": 3700,
        "token_type": "Bearer",
        "scope": "integrator_scope",
    }

    def as_form(entry: dict[str, Any]) -> None:
        names = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        entry["request"]["headers"] = [
            {"name": ":method", "value": "POST"},
            {"name": "content-type", "value": "application/x-www-form-urlencoded"},
            {"name": "x-ibm-client-id", "value": "an-app-of-the-portal"},
        ]
        entry["request"]["postData"] = {
            "mimeType": "application/x-www-form-urlencoded",
            "params": [{"name": name, "value": value} for name, value in names.items()],
        }

    path = "//integrator-authentication/connect/token"
    recorder.call("POST", path, 200, answer, change=as_form)


def payment(
    payment_id: str, status: str, order_id: str, amount: float = 120.5, **more: Any
) -> dict[str, Any]:
    """What a query of a payment was answered."""
    return {
        "paymentId": payment_id,
        "posId": POS,
        "orderId": order_id,
        "amount": amount,
        "currencyCode": "DKK",
        "plannedCaptureDelay": "None",
        "status": status,
        "paymentExpiresAt": "2023-03-21T09:27:01.1234567+00:00",
        "pollDelayInMs": 750,
        **more,
    }


def refused(code: str, message: str = "Wording of the service", **more: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "correlationId": CORRELATION, **more}


CUSTOMER = {"customerToken": "a1b2c3d4e5f6", "customerReceiptToken": "", "loyaltyIds": []}


#: The point of sale, as it is shown.
THE_POS = {
    "posId": POS,
    "merchantPosId": "till-7",
    "storeId": STORE,
    "name": "Till 7",
    "beaconId": BEACON,
    "supportedBeaconTypes": ["QR"],
    "requirePaymentBeforeCheckin": False,
}


def starting(order_id: str, amount: float = 120.5) -> dict[str, Any]:
    return {
        "posId": POS,
        "orderId": order_id,
        "amount": amount,
        "currencyCode": "DKK",
        "plannedCaptureDelay": "None",
    }


def a_day_at_the_shop(change: Callable[[Recorder], None] | None = None) -> Recorder:
    """A point of sale, a payment captured in part, a refund, a rejection, an expiry."""
    recorder = Recorder()
    token_call(recorder)
    store_query = "?merchantBrandId=POSDK99999&merchantLocationId=00042"
    recorder.call("GET", f"/stores{store_query}", 200, {"storeIds": [STORE]})
    recorder.call("GET", "/pointofsales?merchantPosId=till-7", 200, {"posIds": []})
    pos = {
        "merchantPosId": "till-7",
        "storeId": STORE,
        "name": "Till 7",
        "supportedBeaconTypes": ["QR"],
    }
    recorder.call("POST", "/pointofsales", 200, {"posId": POS}, body=pos, key="create-pos")
    recorder.call(
        "GET",
        f"/pointofsales/{POS}",
        200,
        {"posId": POS, "beaconId": BEACON, "requirePaymentBeforeCheckin": False, **pos},
    )
    recorder.call(
        "POST", "/payments", 200, {"paymentId": FIRST}, body=starting("o-1"), key="start-1"
    )
    recorder.call("GET", f"/payments/{FIRST}", 200, payment(FIRST, "Initiated", "o-1"))
    recorder.call("POST", "/payments", 409, refused("1301"), body=starting("o-x"), key="start-x")
    recorder.after(seconds=4)
    issued = payment(FIRST, "IssuedToUser", "o-1", customerToken="a1b2c3d4e5f6")
    recorder.call("GET", f"/payments/{FIRST}", 200, issued)
    recorder.after(seconds=3)
    reserved = payment(FIRST, "Reserved", "o-1", partialCapturePossible=True, **CUSTOMER)
    recorder.call("GET", f"/payments/{FIRST}", 200, reserved)
    recorder.call("POST", f"/payments/{FIRST}/capture", 200, body={"amount": 100.25})
    recorder.call("POST", f"/payments/{FIRST}/capture", 409, refused("1307"), body={"amount": 99})
    captured = payment(FIRST, "Captured", "o-1", **CUSTOMER)
    recorder.call("GET", f"/payments/{FIRST}", 200, captured)
    money = {
        "paymentId": FIRST,
        "refundOrderId": "r-1",
        "amount": 50.0,
        "currencyCode": "DKK",
    }
    recorder.call("POST", "/refunds", 200, {"refundId": REFUND}, body=money, key="refund-1")
    recorder.after(seconds=2)
    recorder.call("POST", f"/refunds/{REFUND}/capture", 200)
    recorder.call(
        "POST",
        "/refunds",
        409,
        refused("1367", origin="PoS"),
        body={**money, "amount": 90.0, "refundOrderId": "r-2"},
        key="refund-2",
    )
    recorder.call(
        "POST", "/payments", 200, {"paymentId": SECOND}, body=starting("o-2", 30.0), key="start-2"
    )
    recorder.after(seconds=9)
    rejected = payment(SECOND, "CancelledByUser", "o-2", 30.0, **CUSTOMER)
    recorder.call("GET", f"/payments/{SECOND}", 200, rejected)
    recorder.call(
        "POST", "/payments", 200, {"paymentId": THIRD}, body=starting("o-3", 5.0), key="start-3"
    )
    recorder.after(seconds=6)
    reserved = payment(THIRD, "Reserved", "o-3", 5.0, partialCapturePossible=False, **CUSTOMER)
    recorder.call("GET", f"/payments/{THIRD}", 200, reserved)
    recorder.after(days=8)
    recorder.call("GET", f"/payments/{THIRD}", 401)
    token_call(recorder)
    recorder.call(
        "GET",
        f"/payments/{THIRD}",
        200,
        payment(THIRD, "ExpiredAndCancelled", "o-3", 5.0, **CUSTOMER),
    )
    recorder.call("GET", "/payments/00000000-0000-4000-8000-00000000dead", 404)
    recorder.call("GET", "/payments", 400, refused("1109"))
    recorder.call("DELETE", f"/pointofsales/{POS}", 200)
    if change is not None:
        change(recorder)
    return recorder
