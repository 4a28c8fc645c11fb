"""What the API tests share: the operations by name, what an answer said, and raw requests."""

import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

import httpx

from tests.support import Till

UNKNOWN = "00000000-0000-4000-8000-000000000000"

#: Every operation of the PoS API, by the operationId of the service's OpenAPI file.
OPERATIONS = {
    "InitiatePayment": ("POST", "/payments"),
    "PreparePayment": ("POST", "/payments/prepare"),
    "QueryPaymentIds": ("GET", "/payments"),
    "QueryPayment": ("GET", f"/payments/{UNKNOWN}"),
    "PaymentReady": ("POST", f"/payments/{UNKNOWN}/ready"),
    "CapturePayment": ("POST", f"/payments/{UNKNOWN}/capture"),
    "CancelPayment": ("POST", f"/payments/{UNKNOWN}/cancel"),
    "CreatePos": ("POST", "/pointofsales"),
    "GetPosWithFilter": ("GET", "/pointofsales"),
    "GetPos": ("GET", f"/pointofsales/{UNKNOWN}"),
    "DeletePos": ("DELETE", f"/pointofsales/{UNKNOWN}"),
    "GetCheckIn": ("GET", f"/pointofsales/{UNKNOWN}/checkin"),
    "GetStores": ("GET", "/stores"),
    "GetDetailedStores": ("GET", "/stores/detailed"),
    "GetStore": ("GET", f"/stores/{UNKNOWN}"),
    "CreateRefund": ("POST", "/refunds"),
    "QueryRefundIds": ("GET", "/refunds"),
    "GetRefund": ("GET", f"/refunds/{UNKNOWN}"),
    "CaptureRefund": ("POST", f"/refunds/{UNKNOWN}/capture"),
    "CancelRefund": ("POST", f"/refunds/{UNKNOWN}/cancel"),
}
CREATING = ("InitiatePayment", "PreparePayment", "CreatePos", "CreateRefund")

AUTHORIZATION = "Authorization"
MERCHANT_HEADER = "X-MobilePay-Merchant-VAT-Number"
VERSION_HEADER = "X-MobilePay-Client-System-Version"
NAME_HEADER = "X-MobilePay-Client-System-Name"
KEY_HEADER = "X-MobilePay-Idempotency-Key"

#: Section 5: what short strings may hold beside the letters, digits and space of ASCII.
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
LETTERS = "æÆøØåÅäÄöÖšŠžŽâÂàÀáÁãÃéÉêÊëËèÈíÍîÎïÏìÌüÜûÛùÙúÚôÔòÒóÓõÕÿýÝñÑ"
SIGNS = "¦¯¨´×«»ðþçß¤ÇµÐÞ±°ªº©§¶¼½¾¬®¢£¥¡¿¹²³"  # noqa: RUF001
VALID_TEXTS = ("x", "x" * 36, "Kasse 7", PUNCTUATION, LETTERS[:36], LETTERS[36:], SIGNS)

#: What a payment's customer is asked for.
TERMS = {"amount": 10.0, "currencyCode": "DKK", "plannedCaptureDelay": "None"}


def shortly(value: object) -> str:
    """The id of a test whose parameter is too long or too odd to be one."""
    return ascii(value)[:40]


def outcome(answer: httpx.Response) -> tuple[int, str | None]:
    """The status of an answer, and the code in its error body if it has one."""
    has_code = answer.is_error and answer.content
    return answer.status_code, answer.json()["code"] if has_code else None


def events(till: Till) -> Any:
    """All that happened in the till's sandbox; equal before and after where nothing did."""
    return till.control("GET", "/events")["events"]


def count_made(till: Till) -> int:
    """How many payments, refunds and points of sale were ever made in the till's sandbox."""
    return sum(
        each["event"] == "PosCreated" or each.get("before", "nothing") is None
        for each in events(till)
    )


def prepare(till: Till, pos_id: str = UNKNOWN, order_id: str = "order") -> httpx.Response:
    return till.call("POST", "/payments/prepare", {"posId": pos_id, "orderId": order_id})


def prepared(till: Till) -> str:
    return str(prepare(till, till.create_pos()).json()["paymentId"])


def active(till: Till) -> str:
    return till.initiate(till.create_pos())


def ready(till: Till, payment_id: str, **changes: Any) -> httpx.Response:
    return till.call("POST", f"/payments/{payment_id}/ready", TERMS | changes)


def capture(till: Till, payment_id: str, amount: Any = 10.0) -> httpx.Response:
    return till.call("POST", f"/payments/{payment_id}/capture", {"amount": amount})


def cancel(till: Till, payment_id: str) -> httpx.Response:
    return till.call("POST", f"/payments/{payment_id}/cancel")


def simulate(till: Till, action: str, **body: str) -> httpx.Response:
    return till.http.post(f"/pos/app/usersimulation/{action}", json=body)


@dataclass(frozen=True)
class RawAnswer:
    """What came back over a socket."""

    status: int
    headers: dict[str, str]
    body: bytes


def exchange(
    http: httpx.Client,
    method: str,
    path: str,
    headers: list[tuple[str, str]] | None = None,
    body: bytes = b"",
) -> RawAnswer:
    """Sends a request over a socket of its own, byte for byte as it is given.

    The path is put behind that of the client's base URL. Text is sent as UTF-8.
    """
    url = http.base_url
    lines = [
        f"{method} {url.path.rstrip('/')}{path} HTTP/1.1",
        f"Host: {url.host}:{url.port}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers or []),
    ]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    with socket.create_connection((url.host, url.port or 80), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body)
        answer = HTTPResponse(connection, method=method)
        answer.begin()
        content = answer.read()
        answer.close()
        received = {name.lower(): value for name, value in answer.getheaders()}
        return RawAnswer(answer.status, received, content)
