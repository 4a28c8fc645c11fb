"""Old forms of requests are answered as docs/service-history.md says."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support import CLIENT_ID, MERCHANT, SECRET, Till

TOKEN = "/integrator-authentication/connect/token"
VERSION = "X-MobilePay-Client-System-Version"
KEY = "X-MobilePay-Idempotency-Key"
VAT = "X-MobilePay-Merchant-VAT-Number"


def stores(till: Till, **headers: str | None) -> httpx.Response:
    """Asks for stores with these headers, or without those that are None."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return till.call("GET", "/stores", headers=named)


def roaming(till: Till, **headers: str | None) -> httpx.Response:
    """Asks for stores with a token that is tied to no merchant."""
    return stores(Till(till.http, merchant=None), **headers)


def create(till: Till, **changes: Any) -> httpx.Response:
    body = till.pos_body(**changes)
    return till.call("POST", "/pointofsales", {k: v for k, v in body.items() if v is not None})


def pay(till: Till, **changes: Any) -> httpx.Response:
    body = till.payment_body(till.create_pos(), **changes)
    return till.call("POST", "/payments", body)


def pay_with_an_old_key(till: Till) -> httpx.Response:
    body = till.payment_body(till.create_pos())
    headers = {KEY: None, "X-MP-Idempotency-Key": "key-1"}
    return till.call("POST", "/payments", body, headers=headers)


def pay_in_pascal_case(till: Till) -> httpx.Response:
    body = till.payment_body(till.create_pos())
    return till.call("POST", "/payments", {k[0].upper() + k[1:]: v for k, v in body.items()})


def ask(till: Till, **form: str) -> httpx.Response:
    data = {"grant_type": "client_credentials", **form}
    return till.http.post(TOKEN, data=data, auth=(CLIENT_ID, SECRET))


FORMS: dict[str, tuple[Callable[[Till], httpx.Response], int, str | None]] = {
    "instant payments": (lambda t: t.call("POST", "/payments/instant", {}), 405, "1099"),
    "callback": (lambda t: create(t, callback={"destination": "x", "type": "Url"}), 200, None),
    "BeaconType": (lambda t: create(t, supportedBeaconTypes=None, BeaconType="QR"), 400, "1099"),
    "X-MP version": (lambda t: stores(t, X_MP_Client_System_Version="1.2.3", **{VERSION: None}), 400, "1153"),
    "X-MP key": (pay_with_an_old_key, 400, "1164"),
    "X-MP-IntegratorId": (lambda t: stores(t, X_MP_IntegratorId="x"), 200, None),
    "Immediately": (lambda t: pay(t, plannedCaptureDelay="Immediately"), 400, "1099"),
    "Within24Hours": (lambda t: pay(t, plannedCaptureDelay="Within24Hours"), 400, "1099"),
    "no VAT number": (roaming, 400, "1151"),
    "X-IBM-ClientId": (lambda t: stores(t, X_IBM_ClientId="x"), 200, None),
    "MerchantVatNumber": (lambda t: roaming(t, X_MobilePay_MerchantVatNumber=MERCHANT), 400, "1151"),
    "PascalCase": (pay_in_pascal_case, 200, None),
    "no token": (lambda t: stores(t, Authorization=None, X_IBM_Client_Id=CLIENT_ID), 401, None),
    "a dash in the header": (lambda t: roaming(t, **{VAT: "DK-12345678"}), 400, "1159"),
    "a dash in the form": (lambda t: ask(t, merchant_vat="DK-12345678"), 400, "invalid_request"),
    "/api": (lambda t: t.http.get("/api/v10/payments"), 404, "1099"),
    "system name": (lambda t: stores(t, X_MobilePay_Client_System_Name="till"), 200, None),
    "store by brand and location": (lambda t: t.call("GET", "/stores", params={"merchantBrandId": "MPPOSAAAAA", "merchantLocationId": "00001"}), 200, None),
    "old beacon types": (lambda t: create(t, supportedBeaconTypes=["BluetoothMP1", "QR"]), 200, None),
    "active=true": (lambda t: t.call("GET", "/payments", params={"orderId": "x", "active": "true"}), 200, None),
    "userMinimumAge": (lambda t: pay(t, restrictions={"userMinimumAge": 18}), 200, None),
    "calibrationType": (lambda t: create(t, calibrationType=7), 200, None),
    "CorrelationId": (lambda t: stores(t, CorrelationId="a-call"), 200, None),
    "X-IBM-Client-Id": (lambda t: stores(t, X_IBM_Client_Id="any"), 200, None),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_an_old_form_is_taken_ignored_or_refused(till: Till, form: str) -> None:
    send, status, code = FORMS[form]
    answer = send(till)
    body = answer.json() if answer.content and answer.is_error else {}

    assert (answer.status_code, body.get("code", body.get("error"))) == (status, code)


def test_an_old_path_is_told_the_one_of_today(till: Till) -> None:
    assert "/pos/v10/payments" in till.http.get("/api/v10/payments").json()["message"]


def test_the_old_parameter_of_a_token_request_ties_it_to_no_merchant(till: Till) -> None:
    token = ask(till, vat_number=MERCHANT).json()["access_token"]
    claims = token.split(".")[1]
    assert "merchant_vat" not in json.loads(base64.urlsafe_b64decode(claims + "=" * 3))


def test_an_old_filter_is_told_that_it_was_ignored(till: Till) -> None:
    answer = till.call("GET", "/payments", params={"orderId": "x", "active": "true"})
    assert "'active'" in answer.headers["X-Simulator-Reason"]


def test_the_secret_of_the_app_is_ignored_by_the_user_simulation(till: Till) -> None:
    beacon = till.ok("GET", f"/pointofsales/{till.create_pos()}")["beaconId"]
    body = {"beaconId": beacon, "phoneNumber": "+4520031801"}
    headers = {"x-ibm-client-id": "any", "x-ibm-client-secret": "any"}
    answer = till.http.post("/pos/app/usersimulation/checkin", json=body, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("status", "code"), [("409", "1350"), ("403", "1330"), ("400", "1105"), ("500", "")]
)
def test_codes_that_are_gone_can_be_answered_by_a_fault(till: Till, status: str, code: str) -> None:
    text = f'faults: [{{call: GetStores, answer: {{status: {status}, code: "{code}"}}}}]'
    assert till.http.put("/_simulator/faults", content=text).status_code == 200
    answer = stores(till)
    assert (answer.status_code, answer.json()["code"]) == (int(status), code)
