"""A PoS client that does everything right: what others are measured against.

It speaks to a `Transport`, so that it runs over real HTTP as well as on the virtual clock. It keeps
to section 9 of the service's documentation: time-outs of 2 s and 0.5 s, at most 5 retries with the
same key, growing pauses between them, no poll sooner than `pollDelayInMs`.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

__all__ = ["Exchange", "GaveUp", "ModelClient", "NoAnswer", "Refused", "Transport"]

RETRIES = 5
FIRST_PAUSE = 0.5
PATIENCE = {"GET": 0.5}
DEFAULT_PATIENCE = 2.0
POLLS = 10_000
#: How often, and for how many seconds each time, it waits to be told of a check-in.
PATIENT_WAITS, WAIT = 100, 0.1
#: What makes something new, and the field that names it.
MADE = {
    "/payments": "paymentId",
    "/payments/prepare": "paymentId",
    "/refunds": "refundId",
    "/pointofsales": "posId",
}
FINAL = {
    "Captured",
    "CancelledByUser",
    "CancelledByClient",
    "CancelledByMobilePay",
    "ExpiredAndCancelled",
}


class NoAnswer(Exception):
    """The transport got no answer: it timed out, or the connection broke."""


class Refused(Exception):
    """The service refused a call for good."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(f"{status} {code}".strip())


class GaveUp(Exception):
    """All retries of a call failed."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer: its status and its body as it came."""

    status: int
    body: bytes = b""


class Transport(Protocol):
    """What carries the client's calls."""

    def call(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> Exchange:
        """Makes a call.

        Raises:
            NoAnswer: there was none within `timeout` seconds.
        """

    def sleep(self, seconds: float) -> None:
        """Waits."""


@dataclass(slots=True)
class ModelClient:
    """A till.

    Args:
        transport: what carries its calls.
        client_id: the integrator's client id.
        secret: its secret.
        merchant: the merchant's VAT number.
        headers: sent with every call that makes a payment.
        name: what its ids begin with.
    """

    transport: Transport
    client_id: str
    secret: str
    merchant: str
    headers: dict[str, str] = field(default_factory=dict)
    name: str = "till"
    pos_id: str = ""
    payment_id: str = ""
    refund_id: str = ""
    #: Becomes true when the till is told of a check-in.
    is_notified: bool = False
    _token: str = ""
    _last_key: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _tills: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def create_pos(self, *, payment_first: bool = False, callback_alias: str = "") -> None:
        """Takes the merchant's first store and creates a point of sale there."""
        store_id = self._get("/stores", "storeIds")["storeIds"][0]
        body = {
            "merchantPosId": f"{self.name}-{next(self._tills)}",
            "storeId": store_id,
            "name": "Model till",
            "supportedBeaconTypes": ["QR"],
            "requirePaymentBeforeCheckin": payment_first,
        }
        if callback_alias:
            body["callbackAlias"] = callback_alias
        self.pos_id = self._post("/pointofsales", body)["posId"]

    def delete_pos(self) -> None:
        """Deletes the point of sale."""
        self._send("DELETE", f"/pointofsales/{self.pos_id}")

    def initiate(self, amount: float, restrictions: dict[str, bool] | None = None) -> None:
        """Starts a payment; one that is in the way is cancelled first."""
        body = self._order() | _terms(amount, restrictions)
        self.payment_id = self._start("/payments", body)

    def reuse_key(self, amount: float) -> None:
        """Starts another payment with the key of the last one, as no client should."""
        self._post("/payments", self._order() | _terms(amount, None), self._last_key)

    def prepare(self) -> None:
        """Prepares a payment; one that is in the way is cancelled first."""
        self.payment_id = self._start("/payments/prepare", self._order())

    def ready(self, amount: float, restrictions: dict[str, bool] | None = None) -> None:
        """Marks the prepared payment as ready."""
        self._post(f"/payments/{self.payment_id}/ready", _terms(amount, restrictions))

    def take_notice(self) -> None:
        """Takes the notification of a check-in."""
        self.is_notified = True

    def await_check_in(self) -> None:
        """Waits to be told of a check-in; after a while it asks, since a letter may be lost."""
        for _ in range(PATIENT_WAITS):
            if self.is_notified:
                break
            self.transport.sleep(WAIT)
        self.is_notified = False
        for _ in range(POLLS):
            answer = self._get(f"/pointofsales/{self.pos_id}/checkin", "isUserCheckedIn")
            if answer["isUserCheckedIn"]:
                return
            self.transport.sleep(answer["pollDelayInMs"] / 1000)
        raise GaveUp("nobody checked in")

    def wait_until_decided(self) -> str:
        """Polls until the payment is reserved or over; returns its state."""
        return str(self._poll(f"/payments/{self.payment_id}", {"Reserved", *FINAL})["status"])

    def capture(self, amount: float) -> None:
        """Captures the payment once it is reserved; in full where a part is not possible."""
        payment = self._poll(f"/payments/{self.payment_id}", {"Reserved", *FINAL})
        if payment["status"] != "Reserved":
            return
        if amount < payment["amount"] and not payment["partialCapturePossible"]:
            amount = payment["amount"]
        self.capture_exactly(amount)

    def capture_exactly(self, amount: float) -> None:
        """Captures this much, come what may."""
        self._post(f"/payments/{self.payment_id}/capture", {"amount": amount})

    def cancel(self) -> None:
        """Cancels the payment."""
        self._post(f"/payments/{self.payment_id}/cancel", None)

    def state(self) -> str:
        """Returns the payment's state."""
        return str(self._get(f"/payments/{self.payment_id}", "status")["status"])

    def refund(self, amount: float) -> str:
        """Starts a refund and waits until it is reserved or over; returns its state."""
        body = {
            "paymentId": self.payment_id,
            "refundOrderId": f"{self.name}-refund-{next(self._numbers)}",
            "amount": amount,
            "currencyCode": "DKK",
        }
        self.refund_id = self._post("/refunds", body)["refundId"]
        over = {"Reserved", "CancelledByMobilePay", "Captured", "ExpiredAndCaptured"}
        return str(self._poll(f"/refunds/{self.refund_id}", over)["status"])

    def refund_state(self) -> str:
        """Returns the refund's state."""
        return str(self._get(f"/refunds/{self.refund_id}", "status")["status"])

    def capture_refund(self) -> None:
        """Captures the refund."""
        self._post(f"/refunds/{self.refund_id}/capture", None)

    def cancel_refund(self) -> None:
        """Cancels the refund."""
        self._post(f"/refunds/{self.refund_id}/cancel", None)

    # --- calls --------------------------------------------------------------------------------

    def _order(self) -> dict[str, Any]:
        return {"posId": self.pos_id, "orderId": f"{self.name}-order-{next(self._numbers)}"}

    def _start(self, path: str, body: dict[str, Any]) -> str:
        key = self._last_key = self._key()
        try:
            return str(self._post(path, body, key)["paymentId"])
        except Refused as refused:
            if refused.code != "1301":
                raise
        # The refused call did not use the key up: the same call again is the retry.
        found = self._get(f"/payments?posId={self.pos_id}", "paymentIds")
        for payment_id in found["paymentIds"]:
            if self._get(f"/payments/{payment_id}", "status")["status"] not in ("Reserved", *FINAL):
                self._post(f"/payments/{payment_id}/cancel", None)
        return str(self._post(path, body, key)["paymentId"])

    def _poll(self, path: str, states: set[str]) -> Any:
        for _ in range(POLLS):
            answer = self._get(path, "status")
            if answer["status"] in states:
                return answer
            self.transport.sleep(answer["pollDelayInMs"] / 1000)
        raise GaveUp(f"{path} never became one of {', '.join(sorted(states))}")

    def _key(self) -> str:
        return f"{self.name}-key-{next(self._numbers)}"

    def _get(self, path: str, needs: str) -> Any:
        return self._send("GET", path, needs=needs)

    def _post(self, path: str, body: Any, key: str = "") -> Any:
        """All other calls are idempotent by nature, and take no key."""
        made = MADE.get(path, "")
        return self._send("POST", path, body, key or (self._key() if made else ""), made)

    def _send(
        self, method: str, path: str, body: Any = None, key: str = "", needs: str = ""
    ) -> Any:
        content = b"" if body is None else json.dumps(body).encode()

        def attempt() -> Any:
            headers = {
                "Authorization": f"Bearer {self._token or self._fetch_token()}",
                "X-MobilePay-Client-System-Version": "1.0.0",
                "X-IBM-Client-Id": self.client_id,
                "Content-Type": "application/json",
            }
            if key:
                headers["X-MobilePay-Idempotency-Key"] = key
            if method == "POST":
                headers.update(self.headers)
            timeout = PATIENCE.get(method, DEFAULT_PATIENCE)
            answer = self.transport.call(method, f"/pos/v10{path}", headers, content, timeout)
            return self._understand(answer, needs)

        return self._insist(attempt, f"{method} {path}")

    def _insist(self, attempt: Callable[[], Any], what: str) -> Any:
        pause = FIRST_PAUSE
        for _ in range(RETRIES + 1):
            try:
                return attempt()
            except NoAnswer:
                self.transport.sleep(pause)
                pause *= 2
        raise GaveUp(f"{what} failed {RETRIES + 1} times")

    def _understand(self, answer: Exchange, needs: str) -> Any:
        """Returns the body of a right answer; whatever can't be understood is no answer.

        Args:
            answer: what came.
            needs: a field that its body must have; empty where it may have no body.
        """
        if answer.status == 401:
            self._token = ""
            raise NoAnswer("the token is not good any more")
        if answer.status >= 500 or answer.status == 429:
            raise NoAnswer(f"status {answer.status}")
        try:
            body = json.loads(answer.body) if answer.body else None
        except ValueError as error:
            raise NoAnswer("the body can't be read") from error
        if answer.status != 200:
            raise Refused(answer.status, str((body or {}).get("code", "")))
        if needs and not (isinstance(body, dict) and needs in body):
            raise NoAnswer(f"{needs} is missing in the body")
        return body

    def _fetch_token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.secret,
            "merchant_vat": self.merchant,
        }
        headers = {
            "X-IBM-Client-Id": self.client_id,
            "Content-Type": "application/x-www-form-urlencoded",
        }

        def attempt() -> Any:
            path = "/integrator-authentication/connect/token"
            content = urlencode(form).encode()
            answer = self.transport.call("POST", path, headers, content, DEFAULT_PATIENCE)
            return self._understand(answer, "access_token")

        self._token = str(self._insist(attempt, "fetching a token")["access_token"])
        return self._token


def _terms(amount: float, restrictions: dict[str, bool] | None) -> dict[str, Any]:
    terms = {"amount": amount, "currencyCode": "DKK", "plannedCaptureDelay": "None"}
    return terms | ({"restrictions": restrictions} if restrictions else {})
