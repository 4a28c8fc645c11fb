"""A till that takes MobilePay payments, in one file of the standard library.

    python till.py pay 10.50

It keeps to what the documentation of MobilePay PoS V10 asks of a client: time-outs of 2 s, and of
0.5 s for reading; at most 5 retries with the same idempotency key and growing pauses; no poll
sooner than `pollDelayInMs`; every payment captured or cancelled.
"""

import argparse
import base64
import json
import os
import random
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

READING, WRITING = 0.5, 2.0  # time-outs in seconds
PAUSES = (0.5, 1, 2, 4, 8)  # seconds before each retry
POLL_DELAY = 1.0  # seconds between two polls before an answer has told them
#: Calls that make something: only they take an idempotency key.
CREATING = ("/payments", "/payments/prepare", "/refunds", "/pointofsales")
#: States of payments and refunds in which the customer or the service is still to act.
ACTIVE = ("Prepared", "Initiated", "Paired", "IssuedToUser")


class Refused(Exception):
    """The service said no; asking again would not help."""

    def __init__(self, what: str, status: int, body: Any) -> None:
        body = body if isinstance(body, dict) else {}
        self.status = status
        self.code = str(body.get("code") or body.get("error") or "")
        super().__init__(f"{what}: {status} {self.code} {body.get('message', '')}".rstrip())


class NoAnswer(Exception):
    """No answer, or none that can be trusted: the work may be done or not."""


class GaveUp(Exception):
    """There was no answer, however often it was asked for."""


class Till:
    """One point of sale of a merchant.

    Args:
        url: where the service is.
        client_id: the integrator's client id.
        secret: its secret.
        merchant: the merchant's VAT number, such as DK12345678.
        name: the till's own name, `merchantPosId`; it is registered once.
    """

    def __init__(self, url: str, client_id: str, secret: str, merchant: str, name: str) -> None:
        self._url = url.rstrip("/")
        self._client_id = client_id
        self._login = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._merchant = merchant
        self._currency = "EUR" if merchant.startswith("FI") else "DKK"
        self._name = name
        self._pos_id = ""
        self._token = ""
        self._token_ends = 0.0

    # --- what a till does ---------------------------------------------------------------------

    def pay(self, amount: Decimal, part: Decimal | None = None) -> tuple[str, str]:
        """Takes a payment, or only `part` of it; returns its id and the state it ended in."""
        payment_id = self.start(amount)
        try:
            return payment_id, self.capture(payment_id, part or amount)
        except (Refused, GaveUp, KeyboardInterrupt):
            self.cancel(payment_id)  # or the customer's money stays reserved, for nobody
            raise

    def start(self, amount: Decimal) -> str:
        """Asks the customer for an amount; returns the payment's id."""
        order = {
            "posId": self.pos_id(),
            "orderId": str(uuid.uuid4()),
            "amount": float(amount),
            "currencyCode": self._currency,
            "plannedCaptureDelay": "None",
        }
        key = str(uuid.uuid4())
        try:
            return str(self._post("/payments", order, key)["paymentId"])
        except Refused as refused:
            if refused.code != "1301":
                raise
        # A payment is in the way, perhaps one of a till that crashed. A refused call does not use
        # its key up, so the same call once more is a retry.
        self._clean_up()
        return str(self._post("/payments", order, key)["paymentId"])

    def capture(self, payment_id: str, amount: Decimal) -> str:
        """Takes the money once it is reserved, all of it where a part is not possible."""
        payment = self.wait(f"/payments/{payment_id}")
        if payment["status"] != "Reserved":
            return str(payment["status"])
        if amount < payment["amount"] and not payment["partialCapturePossible"]:
            amount = payment["amount"]
        self._post(f"/payments/{payment_id}/capture", {"amount": float(amount)})
        return "Captured"

    def cancel(self, payment_id: str) -> str:
        """Ends a payment that is not captured."""
        self._post(f"/payments/{payment_id}/cancel")
        return "CancelledByClient"

    def refund(self, payment_id: str, amount: Decimal) -> tuple[str, str]:
        """Gives money back; returns the refund's id and the state it ended in."""
        order = {
            "paymentId": payment_id,
            "refundOrderId": str(uuid.uuid4()),
            "amount": float(amount),
            "currencyCode": self._currency,
        }
        refund_id = str(self._post("/refunds", order)["refundId"])
        state = str(self.wait(f"/refunds/{refund_id}")["status"])
        if state == "Reserved":
            self._post(f"/refunds/{refund_id}/capture")
            state = "Captured"
        return refund_id, state

    def status(self, payment_id: str) -> str:
        """Returns a payment's state."""
        return str(self._get(f"/payments/{payment_id}", POLL_DELAY)["status"])

    def wait(self, path: str) -> Any:
        """Polls a payment or a refund until it is decided; returns it."""
        delay = POLL_DELAY
        while (found := self._get(path, delay))["status"] in ACTIVE:
            delay = found["pollDelayInMs"] / 1000
            time.sleep(delay)
        return found

    def pos_id(self) -> str:
        """Returns the till's id; it is registered in the merchant's first store if it is new."""
        if not self._pos_id:
            found = self._get(f"/pointofsales?merchantPosId={quote(self._name)}")["posIds"]
            self._pos_id = found[0] if found else self._register()
        return self._pos_id

    def _register(self) -> str:
        pos = {
            "merchantPosId": self._name,
            "storeId": self._get("/stores")["storeIds"][0],
            "name": self._name,
            "supportedBeaconTypes": ["QR"],
        }
        return str(self._post("/pointofsales", pos)["posId"])

    def _clean_up(self) -> None:
        for payment_id in self._get(f"/payments?posId={self.pos_id()}")["paymentIds"]:
            if self.status(payment_id) in ACTIVE:
                with suppress(Refused):  # it has just ended by itself
                    self.cancel(payment_id)

    # --- how it calls -------------------------------------------------------------------------

    def _get(self, path: str, delay: float = 0) -> Any:
        return self._call("GET", path, delay=delay)

    def _post(self, path: str, body: Any = None, key: str = "") -> Any:
        return self._call("POST", path, body, key or str(uuid.uuid4()))

    def _call(
        self, method: str, path: str, body: Any = None, key: str = "", delay: float = 0
    ) -> Any:
        headers = {"X-MobilePay-Client-System-Version": "1.0.0", "X-IBM-Client-Id": self._client_id}
        content = None if body is None else json.dumps(body).encode()
        if content:
            headers["Content-Type"] = "application/json"
        if path in CREATING:
            headers["X-MobilePay-Idempotency-Key"] = key

        def attempt() -> Any:
            headers["Authorization"] = f"Bearer {self._valid_token()}"
            request = Request(f"{self._url}/pos/v10{path}", content, headers, method=method)
            try:
                return _exchange(request, needs_body=method == "GET" or path in CREATING)
            except Refused as refused:
                if refused.status != 401:
                    raise
                self._token = ""
                raise NoAnswer("the token is not good any more") from refused

        return _insist(f"{method} {path}", attempt, delay)

    def _valid_token(self) -> str:
        if not self._token or time.monotonic() >= self._token_ends:
            url = f"{self._url}/integrator-authentication/connect/token"
            form = {"grant_type": "client_credentials", "merchant_vat": self._merchant}
            headers = {"Authorization": f"Basic {self._login}", "X-IBM-Client-Id": self._client_id}
            request = Request(url, urlencode(form).encode(), headers)
            answer = _insist("fetching a token", lambda: _exchange(request, needs_body=True))
            self._token = answer["access_token"]
            self._token_ends = time.monotonic() + answer["expires_in"] - 60
        return self._token


def _insist(what: str, attempt: Callable[[], Any], delay: float = 0) -> Any:
    """Makes an attempt, and another after each pause for as long as there is no answer.

    No pause is shorter than `delay`, in seconds: a poll that fails is a poll.
    """
    for pause in (*PAUSES, None):
        try:
            return attempt()
        except NoAnswer as reason:
            if pause is None:
                raise GaveUp(f"{what}: {len(PAUSES) + 1} attempts failed; {reason}") from reason
            time.sleep(max(delay, pause * random.uniform(0.8, 1.2)))


def _exchange(request: Request, *, needs_body: bool) -> Any:
    """Makes a call once; returns the body of the answer. What can't be understood is no answer."""
    method, path = request.get_method(), urlsplit(request.full_url).path
    try:
        try:
            answer = urlopen(request, timeout=READING if method == "GET" else WRITING)
        except HTTPError as error:
            answer = error
        with answer:
            status, content = answer.status, answer.read()
    except (OSError, HTTPException) as error:
        raise NoAnswer(str(error) or type(error).__name__) from error
    if status >= 500 or status == 429:
        raise NoAnswer(f"the last was answered {status}")
    try:
        body = json.loads(content, parse_float=Decimal) if content else None
    except ValueError as error:
        raise NoAnswer("the last answer was no JSON") from error
    if status != 200:
        raise Refused(f"{method} {path}", status, body)
    if needs_body and not isinstance(body, dict):
        raise NoAnswer("the last answer had no body")
    return body


# --- the command line -----------------------------------------------------------------------------

#: The state in which a command has done what it is for.
AIMS = {"pay": "Captured", "capture": "Captured", "refund": "Captured"}


def main() -> int:
    """Does what the command line says; returns 0 where that worked out, else 1."""
    options = _parser().parse_args()
    till = Till(options.url, options.client_id, options.secret, options.merchant, options.pos)
    try:
        number, state = _do(till, options)
    except (Refused, GaveUp) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(number, state)
    return 0 if AIMS.get(options.command, state) == state else 1


def _do(till: Till, options: argparse.Namespace) -> tuple[str, str]:
    match options.command:
        case "pay":
            return till.pay(options.amount, options.capture)
        case "start":
            payment_id = till.start(options.amount)
            return payment_id, till.status(payment_id)
        case "capture":
            return options.payment, till.capture(options.payment, options.amount)
        case "cancel":
            return options.payment, till.cancel(options.payment)
        case "refund":
            return till.refund(options.payment, options.amount)
    return options.payment, till.status(options.payment)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A till that takes MobilePay payments.")
    default_url = os.environ.get("MOBILEPAY_URL", "http://127.0.0.1:8080")
    parser.add_argument("--url", type=_url, default=default_url, help="where the service is")
    parser.add_argument("--client-id", default="11111111-2222-4333-8444-555555555555")
    parser.add_argument("--secret", default="sandbox-secret")
    parser.add_argument("--merchant", default="DK12345678", help="the merchant's VAT number")
    parser.add_argument("--pos", default="till-1", help="the till's own name")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help, *arguments in (
        ("pay", "take a payment", "amount"),
        ("start", "start a payment, and leave it", "amount"),
        ("capture", "take the money of a payment once it is reserved", "payment", "amount"),
        ("cancel", "end a payment", "payment"),
        ("refund", "give money back", "payment", "amount"),
        ("status", "look a payment up", "payment"),
    ):
        command = commands.add_parser(name, help=help)
        for argument in arguments:
            command.add_argument(argument, type=_amount if argument == "amount" else str)
    commands.choices["pay"].add_argument("--capture", type=_amount, help="take only so much of it")
    return parser


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is no URL such as http://127.0.0.1:8080")
    return text


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
        if amount > 0 and amount == amount.quantize(Decimal("0.01")):
            return amount
    except ArithmeticError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no amount such as 10.50")


if __name__ == "__main__":
    sys.exit(main())
