"""What is asked of each peer: the call that comes nearest to reading a payment, and others."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from benchmarks.repeat import ID, NUMBER, Step
from tests.support import CLIENT_ID, MERCHANT, SECRET, Till

__all__ = [
    "FORM",
    "JSON",
    "PAYMENTS",
    "PAYMENT_ID",
    "READ",
    "VERSION",
    "Calls",
    "just",
    "of_localstripe",
    "of_moto",
    "of_ours",
]

PAYMENT_ID = "11111111-2222-4333-8444-555555555555"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

PAYMENTS = "/pos/v10/payments"
READ = Step("read", "GET", f"{PAYMENTS}/{PAYMENT_ID}")
VERSION = {"X-MobilePay-Client-System-Version": "1.0.0"}
_TOKEN_PATH = "/integrator-authentication/connect/token"
_TOKEN_FORM = urlencode(
    {
        "grant_type": "client_credentials",
        "merchant_vat": MERCHANT,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
    }
)
_INTENTS = "/v1/payment_intents"
_STRIPE = {"Authorization": "Bearer sk_test_12345"}
#: Whatever it says, moto takes it.
_AWS = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=any/20240101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=any"
}


@dataclass(frozen=True)
class Calls:
    """What is asked of a server, once it is ready.

    Args:
        read: the cheapest call that gives a payment; None where it has none.
        token: the token endpoint; None where it has none.
        flow: what is nearest to initiating, polling three times and capturing; empty where it has
            nothing like it.
        id_field: what the flow's first answer calls the id.
    """

    read: Step | None = None
    token: Step | None = None
    flow: tuple[Step, ...] = ()
    id_field: str = ""


def of_ours(url: str) -> Calls:
    """Makes a payment in ours, and returns what to ask."""
    with httpx.Client(base_url=url, timeout=60) as http:
        till = Till(http)
        payment, pos_id, token = till.reserved(), till.create_pos(), till.token()
    headers = {"Authorization": f"Bearer {token}", **VERSION}
    creating = {**headers, **JSON, "X-MobilePay-Idempotency-Key": NUMBER}
    order = {
        "posId": pos_id,
        "orderId": NUMBER,
        "amount": 10.5,
        "currencyCode": "DKK",
        "plannedCaptureDelay": "None",
    }
    return Calls(
        read=Step("read", "GET", f"{PAYMENTS}/{payment}", headers),
        token=Step("token", "POST", _TOKEN_PATH, FORM, _TOKEN_FORM),
        flow=(
            Step(
                "initiate",
                "POST",
                PAYMENTS,
                {**creating, "X-Simulator-Scenario": "instant"},
                json.dumps(order),
            ),
            *(Step(f"poll {number}", "GET", f"{PAYMENTS}/{ID}", headers) for number in (1, 2, 3)),
            Step(
                "capture",
                "POST",
                f"{PAYMENTS}/{ID}/capture",
                {**headers, **JSON},
                json.dumps({"amount": 10.5}),
            ),
        ),
        id_field="paymentId",
    )


def of_moto(url: str) -> Calls:
    """Keeps a payment in moto, and returns what to ask."""
    for path, body in (("/bucket", ""), ("/bucket/payment", json.dumps({"status": "Reserved"}))):
        answer = httpx.put(url + path, content=body, headers={**_AWS, **JSON}, timeout=60)
        answer.raise_for_status()
    return Calls(read=Step("read", "GET", "/bucket/payment", _AWS))


def of_localstripe(url: str) -> Calls:
    """Makes a payment in localstripe, and returns what to ask."""
    with httpx.Client(base_url=url, headers=_STRIPE, timeout=60) as http:
        card = {
            "type": "card",
            "card[number]": "4242424242424242",
            "card[exp_month]": "12",
            "card[exp_year]": "2099",
            "card[cvc]": "123",
        }
        method = http.post("/v1/payment_methods", data=card).raise_for_status().json()["id"]
        terms = {
            "amount": "1050",
            "currency": "dkk",
            "payment_method": method,
            "confirm": "true",
            "capture_method": "manual",
        }
        intent = http.post(_INTENTS, data=terms).raise_for_status().json()["id"]
    return Calls(
        read=Step("read", "GET", f"{_INTENTS}/{intent}", _STRIPE),
        flow=(
            Step("initiate", "POST", _INTENTS, {**_STRIPE, **FORM}, urlencode(terms)),
            *(Step(f"poll {number}", "GET", f"{_INTENTS}/{ID}", _STRIPE) for number in (1, 2, 3)),
            Step("capture", "POST", f"{_INTENTS}/{ID}/capture", {**_STRIPE, **FORM}),
        ),
        id_field="id",
    )


def just(calls: Calls) -> Callable[[str], Calls]:
    """Returns what prepares a server that has nothing to prepare."""
    return lambda _: calls
