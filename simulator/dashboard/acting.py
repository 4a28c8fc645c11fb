"""WHAT CAN BE PRESSED at the till and on the phone: one row each, and the call it makes."""

import json
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.dashboard.api import Sent

__all__ = ["ACTS", "Act", "Scene"]

POS = "/pos/v10"
USERS = "/pos/app/usersimulation"
KEY = "X-MobilePay-Idempotency-Key"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Scene:
    """What a press is about: what the form says, and what is there.

    Args:
        form: gives what a field of the form says; empty where it says nothing.
        pos: the point of sale, as the control API shows it; empty before there is one.
        payment: the payment on it, likewise.
        headers: what every call of this till carries.
    """

    form: Callable[[str], str]
    pos: Mapping[str, Any]
    payment: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def amount(self) -> float | str | None:
        """The amount in the form; a text that is no number goes to the API as it is."""
        text = self.form("amount").replace(",", ".")
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            return text
        return number if math.isfinite(number) else text

    @property
    def currency(self) -> str:
        """The currency of the store."""
        return str(self.pos.get("currencyCode") or "DKK")

    def post(self, path: str, body: Any = None) -> Sent:
        """Returns a call with a body, where there is one."""
        headers = {**self.headers, **(JSON if body is not None else {})}
        return Sent("POST", path, headers, _encoded(body))

    def create(self, path: str, body: Any) -> Sent:
        """Returns a call that makes something, with a key of its own."""
        headers = {**self.headers, **JSON, KEY: secrets.token_hex(8)}
        return Sent("POST", path, headers, _encoded(body))


def _encoded(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Act:
    """Something to press: what it says, what it calls, and in which states one would press it."""

    label: str
    call: Callable[[Scene], Sent]
    states: frozenset[str] = frozenset()
    #: Whether the customer presses it: then nobody's token is needed.
    is_customers: bool = False
    #: Whether it is a way out.
    is_danger: bool = False


def _create_pos(scene: Scene) -> Sent:
    form = scene.form
    body = {
        "merchantPosId": form("merchantPosId") or f"till-{secrets.token_hex(3)}",
        "storeId": form("store").partition(" ")[2],
        "name": form("name") or "Till",
        "supportedBeaconTypes": ["QR"],
        "requirePaymentBeforeCheckin": form("paymentFirst") == "on",
    }
    alias = form("callbackAlias")
    return scene.create(f"{POS}/pointofsales", body | ({"callbackAlias": alias} if alias else {}))


def _terms(scene: Scene) -> dict[str, Any]:
    form = scene.form
    refused = {
        f"{card}CardDisallowed": True for card in ("debit", "credit") if form(f"no-{card}") == "on"
    }
    return {
        "amount": scene.amount,
        "currencyCode": scene.currency,
        "plannedCaptureDelay": form("delay") or "None",
        **({"merchantPaymentLabel": form("label")} if form("label") else {}),
        **({"restrictions": refused} if refused else {}),
    }


def _order(scene: Scene) -> dict[str, Any]:
    order_id = scene.form("orderId") or f"order-{secrets.token_hex(3)}"
    return {"posId": scene.pos["posId"], "orderId": order_id}


def _start(scene: Scene) -> Sent:
    return scene.create(f"{POS}/payments", {**_order(scene), **_terms(scene)})


def _prepare(scene: Scene) -> Sent:
    return scene.create(f"{POS}/payments/prepare", _order(scene))


def _ready(scene: Scene) -> Sent:
    return scene.post(f"{_payment(scene)}/ready", _terms(scene))


def _capture(scene: Scene) -> Sent:
    """What the form says is captured where the card allows less; else all that is reserved."""
    reserved = scene.payment.get("amount")
    amount = scene.amount if scene.form("part") == "on" else reserved
    return scene.post(f"{_payment(scene)}/capture", {"amount": amount})


def _cancel(scene: Scene) -> Sent:
    return scene.post(f"{_payment(scene)}/cancel")


def _delete_pos(scene: Scene) -> Sent:
    return Sent("DELETE", f"{POS}/pointofsales/{scene.pos['posId']}", scene.headers)


def _refund(scene: Scene) -> Sent:
    whole = scene.payment.get("capturedAmount") or scene.payment.get("amount")
    body = {
        "paymentId": scene.payment["paymentId"],
        "refundOrderId": f"refund-{secrets.token_hex(3)}",
        "amount": scene.amount if scene.form("part") == "on" else whole,
        "currencyCode": scene.payment.get("currencyCode") or scene.currency,
    }
    return scene.create(f"{POS}/refunds", body)


def _payment(scene: Scene) -> str:
    return f"{POS}/payments/{scene.payment['paymentId']}"


def _of_refund(what: str) -> Callable[[Scene], Sent]:
    return lambda scene: scene.post(f"{POS}/refunds/{scene.form('refund')}/{what}")


def _of_user(what: str) -> Callable[[Scene], Sent]:
    def call(scene: Scene) -> Sent:
        body = {"beaconId": scene.pos["beaconId"]}
        if what != "cancelpaymentbyuser":
            body["phoneNumber"] = scene.form("phone")
        return scene.post(f"{USERS}/{what}", body)

    return call


_DONE = frozenset(
    {
        "",
        "Captured",
        "Reserved",
        "CancelledByUser",
        "CancelledByClient",
        "CancelledByMobilePay",
        "ExpiredAndCancelled",
    }
)
_OPEN = frozenset({"Prepared", "Initiated", "Paired", "IssuedToUser", "Reserved"})

# fmt: off
#: THE TABLE, in the order of the buttons.
ACTS: Mapping[str, Act] = {
    "create-pos": Act("Create point of sale", _create_pos),
    "delete-pos": Act("Delete it", _delete_pos, is_danger=True),
    "start": Act("Start", _start, _DONE),
    "prepare": Act("Prepare", _prepare, _DONE),
    "ready": Act("Ready", _ready, frozenset({"Prepared", "Paired"})),
    "capture": Act("Capture", _capture, frozenset({"Reserved"})),
    "cancel": Act("Cancel", _cancel, _OPEN, is_danger=True),
    "refund": Act("Refund", _refund, frozenset({"Captured"})),
    "capture-refund": Act("Capture refund", _of_refund("capture")),
    "cancel-refund": Act("Cancel refund", _of_refund("cancel"), is_danger=True),
    "check-in": Act("Check in", _of_user("checkin"), is_customers=True),
    "accept": Act("Accept", _of_user("acceptpayment"), is_customers=True),
    "reject": Act("Cancel", _of_user("cancelpaymentbyuser"), is_customers=True, is_danger=True),
}
# fmt: on
