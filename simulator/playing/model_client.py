"""A PoS client that does everything right: what others are measured against.

It speaks to a `Transport`, so that it runs over real HTTP as well as on the virtual clock. It keeps
to `engine/client_rules.py`: time-outs, retries with the same key, growing pauses between them, and
no poll sooner than `pollDelayInMs`.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from ..engine import client_rules
from ..engine.states import PaymentState, RefundState
from .transport import CallRefused, GaveUp, NoAnswer, Transport, TransportAnswer

POLLS = 10_000
#: How long to wait, in seconds, before a poll is made again whose delay is not known.
POLL_DELAY = client_rules.POLL_DELAY.total_seconds()
#: How often, and for how many seconds each time, it waits to be told of a check-in.
PATIENT_WAITS, WAIT = 100, 0.1
#: What makes something new, and the field that names it.
MADE = {
    "/payments": "paymentId",
    "/payments/prepare": "paymentId",
    "/refunds": "refundId",
    "/pointofsales": "posId",
}
#: The states in which a client stops polling.
DECIDED = {state.value for state in PaymentState if not state.is_active}
REFUND_DECIDED = {state.value for state in RefundState if not state.is_active}


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
    _least_pause: float = 0.0
    _order_id: str = ""
    #: What could not be captured: the order id and the amount of each.
    _unsettled: list[tuple[str, float]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _tills: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def create_pos(self, *, payment_first: bool = False, callback_alias: str = "") -> None:
        """Creates a point of sale in the merchant's first store; gives up where it has none."""
        store_id = next(iter(self._get("/stores", "storeIds")["storeIds"]), None)
        if store_id is None:
            raise GaveUp(f"merchant {self.merchant} has no store")
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
        """Prepares a payment, and asks who is there; one that is in the way is cancelled first."""
        self.payment_id = self._start("/payments/prepare", self._order())
        path = f"/pointofsales/{self.pos_id}/checkin"
        self._get(path, "isUserCheckedIn", pause=POLL_DELAY)

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
        delay = POLL_DELAY
        for _ in range(POLLS):
            path = f"/pointofsales/{self.pos_id}/checkin"
            answer = self._get(path, "isUserCheckedIn", pause=delay)
            if answer["isUserCheckedIn"]:
                return
            delay = answer["pollDelayInMs"] / 1000
            self.transport.sleep(delay)
        raise GaveUp("nobody checked in")

    def wait_until_decided(self) -> str:
        """Polls until the payment is reserved or over; returns its state."""
        return str(self._poll(f"/payments/{self.payment_id}", DECIDED)["status"])

    def capture(self, amount: float) -> None:
        """Captures the payment once it is reserved; in full where a part is not possible."""
        payment = self._poll(f"/payments/{self.payment_id}", DECIDED)
        if payment["status"] != "Reserved":
            return
        if amount < payment["amount"] and not payment["partialCapturePossible"]:
            amount = payment["amount"]
        self.capture_exactly(amount)

    def capture_exactly(self, amount: float) -> None:
        """Captures the amount; what fails is retried by `settle`."""
        try:
            self._post(f"/payments/{self.payment_id}/capture", {"amount": amount})
        except GaveUp:
            self._unsettled.append((self._order_id, amount))
            raise

    def settle(self) -> None:
        """Captures each payment whose capture has failed, looked up by its order id."""
        while self._unsettled:
            order_id, amount = self._unsettled[0]
            query = urlencode({"posId": self.pos_id, "orderId": order_id})
            for payment_id in self._get(f"/payments?{query}", "paymentIds")["paymentIds"]:
                self._post(f"/payments/{payment_id}/capture", {"amount": amount})
            self._unsettled.pop(0)

    def cancel(self) -> None:
        """Cancels the payment."""
        self._post(f"/payments/{self.payment_id}/cancel", None)

    def state(self) -> str:
        """Returns the payment's state."""
        return str(self._get(f"/payments/{self.payment_id}", "status", pause=POLL_DELAY)["status"])

    def refund(self, amount: float) -> str:
        """Starts a refund and waits until it is reserved or over; returns its state."""
        body = {
            "paymentId": self.payment_id,
            "refundOrderId": f"{self.name}-refund-{next(self._numbers)}",
            "amount": amount,
            "currencyCode": "DKK",
        }
        self.refund_id = self._post("/refunds", body)["refundId"]
        return str(self._poll(f"/refunds/{self.refund_id}", REFUND_DECIDED)["status"])

    def refund_state(self) -> str:
        """Returns the refund's state."""
        return str(self._get(f"/refunds/{self.refund_id}", "status", pause=POLL_DELAY)["status"])

    def capture_refund(self) -> None:
        """Captures the refund."""
        self._post(f"/refunds/{self.refund_id}/capture", None)

    def cancel_refund(self) -> None:
        """Cancels the refund."""
        self._post(f"/refunds/{self.refund_id}/cancel", None)

    # --- calls --------------------------------------------------------------------------------

    def _order(self) -> dict[str, Any]:
        self._order_id = f"{self.name}-order-{next(self._numbers)}"
        return {"posId": self.pos_id, "orderId": self._order_id}

    def _start(self, path: str, body: dict[str, Any]) -> str:
        key = self._last_key = self._key()
        try:
            return str(self._post(path, body, key)["paymentId"])
        except CallRefused as refused:
            if refused.code != "1301":
                raise
        # The refused call did not use the key up: the same call again is the retry.
        found = self._get(f"/payments?posId={self.pos_id}", "paymentIds")
        for payment_id in found["paymentIds"]:
            payment = self._get(f"/payments/{payment_id}", "status", pause=POLL_DELAY)
            if payment["status"] not in DECIDED:
                self._post(f"/payments/{payment_id}/cancel", None)
        return str(self._post(path, body, key)["paymentId"])

    def _poll(self, path: str, states: set[str]) -> Any:
        delay = POLL_DELAY
        for _ in range(POLLS):
            answer = self._get(path, "status", pause=delay)
            if answer["status"] in states:
                return answer
            delay = answer["pollDelayInMs"] / 1000
            self.transport.sleep(delay)
        raise GaveUp(f"{path} never became one of {', '.join(sorted(states))}")

    def _key(self) -> str:
        return f"{self.name}-key-{next(self._numbers)}"

    def _get(self, path: str, needs: str, pause: float = 0.0) -> Any:
        """Reads; `pause` is the least number of seconds before another try, for a poll."""
        self._least_pause = pause
        try:
            return self._send("GET", path, needs=needs)
        finally:
            self._least_pause = 0.0

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
            timeout = client_rules.timeout_of(method).total_seconds()
            answer = self.transport.call(method, f"/pos/v10{path}", headers, content, timeout)
            return self._understand(answer, needs)

        return self._insist(attempt, f"{method} {path}")

    def _insist(self, attempt: Callable[[], Any], what: str) -> Any:
        pause = max(client_rules.FIRST_PAUSE.total_seconds(), self._least_pause)
        tries = 1 + client_rules.MOST_RETRIES
        for _ in range(tries):
            try:
                return attempt()
            except NoAnswer as error:
                why = error
                self.transport.sleep(pause)
                pause *= client_rules.PAUSE_GROWTH
        raise GaveUp(f"{what} failed {tries} times: {why}")

    def _understand(self, answer: TransportAnswer, needs: str) -> Any:
        if answer.status == 401:
            self._token = ""
        return answer.understood(needs)

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
            timeout = client_rules.WRITE_TIMEOUT.total_seconds()
            answer = self.transport.call("POST", path, headers, urlencode(form).encode(), timeout)
            return self._understand(answer, "access_token")

        self._token = str(self._insist(attempt, "fetching a token")["access_token"])
        return self._token


def _terms(amount: float, restrictions: dict[str, bool] | None) -> dict[str, Any]:
    terms = {"amount": amount, "currencyCode": "DKK", "plannedCaptureDelay": "None"}
    return terms | ({"restrictions": restrictions} if restrictions else {})
