"""A till that pays once: what the programs of all Python stacks have in common."""

import base64
import json
import os
import time
import urllib.parse
import uuid
from dataclasses import dataclass

URL = os.environ["TILL_URL"]
LOGIN = os.environ["TILL_CLIENT_ID"], os.environ["TILL_SECRET"]
NOT_DONE = {502, 503, 504}
#: Seconds before a call is made again.
PAUSE = 0.1


class NoAnswer(Exception):
    """The connection broke: the work may be done or not."""


@dataclass
class Call:
    """What a stack is asked to send: `form` and `json` are bodies, `login` is for HTTP Basic."""

    method: str
    url: str
    headers: dict
    form: dict | None = None
    json: dict | None = None
    login: tuple | None = None

    @property
    def body(self):
        """The body as bytes, for stacks that encode nothing; it adds its type to the headers."""
        if self.form is not None:
            self.headers["Content-Type"] = "application/x-www-form-urlencoded"
            return urllib.parse.urlencode(self.form).encode()
        if self.json is not None:
            self.headers["Content-Type"] = "application/json"
            return json.dumps(self.json).encode()
        return None

    @property
    def basic(self):
        """The value of `Authorization`, for stacks that make none."""
        return "Basic " + base64.b64encode(":".join(self.login).encode()).decode()


def walk(send):
    """Pays, captures and gives back; `send` takes a call, and returns the status and the text."""

    def ask(method, path, headers=None, **body):
        call = Call(method, URL + path, dict(headers or {}), **body)
        status, text = send(call)
        if status in NOT_DONE:
            raise NoAnswer(f"{status}")
        if not 200 <= status < 300:
            raise SystemExit(f"{method} {path}: {status} {text}")
        return json.loads(text) if text else {}

    form = {"grant_type": "client_credentials", "merchant_vat": os.environ["TILL_MERCHANT"]}
    path = "/integrator-authentication/connect/token"
    token = ask("POST", path, form=form, login=LOGIN)["access_token"]
    headers = {
        "Authorization": f"Bearer {token}",
        "X-MobilePay-Client-System-Version": "1.0.0",
    }

    def pos(method, path, body=None, *, key=False):
        more = {"X-MobilePay-Idempotency-Key": str(uuid.uuid4())} if key else {}
        return ask(method, f"/pos/v10{path}", headers | more, json=body)

    def until_reserved(path, delay):
        time.sleep(delay)
        while pos("GET", path)["status"] != "Reserved":
            time.sleep(delay)

    store = pos("GET", "/stores")["storeIds"][0]
    till = {"merchantPosId": "till-1", "storeId": store, "name": "Till 1"}
    till["supportedBeaconTypes"] = ["QR"]
    pos_id = pos("POST", "/pointofsales", till, key=True)["posId"]

    order = {"posId": pos_id, "orderId": "order-1", "amount": 10.50}
    order |= {"currencyCode": "DKK", "plannedCaptureDelay": "None"}
    key = {"X-MobilePay-Idempotency-Key": str(uuid.uuid4())}
    again = 0
    while True:
        try:
            payment = ask("POST", "/pos/v10/payments", headers | key, json=order)["paymentId"]
            break
        except NoAnswer:
            again += 1
            if again == 3:
                raise
            time.sleep(PAUSE)
    delay = pos("GET", f"/payments/{payment}")["pollDelayInMs"] / 1000
    until_reserved(f"/payments/{payment}", delay)
    pos("POST", f"/payments/{payment}/capture", {"amount": 10.50})

    back = {"paymentId": payment, "refundOrderId": "refund-1", "amount": 4.00}
    refund = pos("POST", "/refunds", back | {"currencyCode": "DKK"}, key=True)["refundId"]
    until_reserved(f"/refunds/{refund}", delay)
    pos("POST", f"/refunds/{refund}/capture")
    status = pos("GET", f"/payments/{payment}")["status"]
    pos("DELETE", f"/pointofsales/{pos_id}")
    print(f"payment={payment} refund={refund} status={status} again={again}")
