"""WHAT CAN BE PRESSED at the till and on the phone: one row each, and the call it makes."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.states import PaymentState, RefundState
from ..engine.typed_lengths import finite_number
from .api import CONTROL
from .calls import PageCall

POS = "/pos/v10"
USERS = "/pos/app/usersimulation"
KEY = "X-MobilePay-Idempotency-Key"
SCENARIO = "X-Simulator-Scenario"
JSON = {"Content-Type": "application/json"}
#: An amount as people write a large one: 1.000,50 or 1,000.50.
_GROUPED = re.compile(r"[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})*(?!\1)[.,][0-9]{1,2}")


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
        """The amount of a new payment."""
        return self.amount_in("amount")

    def amount_in(self, field: str) -> float | str | None:
        """Returns the amount in a field; a text that is no number goes to the API as it is.

        Args:
            field: its name; None is returned where it is empty.
        """
        text = self.form(field)
        if not text:
            return None
        # Of two separators the first parts thousands.
        grouped = _GROUPED.fullmatch(text)
        plain = text.replace(grouped[1], "") if grouped else text
        number = finite_number(plain)
        return text if number is None else number

    @property
    def currency(self) -> str:
        """The currency of the store."""
        return str(self.pos.get("currencyCode") or "DKK")

    def post(self, path: str, body: Any = None) -> PageCall:
        """Returns a call with a body, where there is one."""
        headers = {**self.headers, **(JSON if body is not None else {})}
        return PageCall("POST", path, headers, _encoded(body))

    def create(self, path: str, body: Any) -> PageCall:
        """Returns a call that makes something, with a key of its own."""
        headers = {**self.headers, **JSON, KEY: secrets.token_hex(8)}
        return PageCall("POST", path, headers, _encoded(body))

    def create_payment(self, path: str, body: Any) -> PageCall:
        """Returns a call that makes a payment, which the chosen scenario plays."""
        chosen = self.form("scenario")
        headers = {**self.headers, **JSON, **({SCENARIO: chosen} if chosen else {})}
        return PageCall("POST", path, {**headers, KEY: secrets.token_hex(8)}, _encoded(body))


def _encoded(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class TillAct:
    """Something to press: what it says, what it calls, and in which states it is the next step."""

    label: str
    call: Callable[[Scene], PageCall]
    states: frozenset[str] = frozenset()
    #: Whether the customer presses it: then nobody's token is needed.
    is_customers: bool = False
    #: Whether it is a way out.
    is_danger: bool = False


def _create_pos(scene: Scene) -> PageCall:
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


def _start(scene: Scene) -> PageCall:
    return scene.create_payment(f"{POS}/payments", {**_order(scene), **_terms(scene)})


def _prepare(scene: Scene) -> PageCall:
    return scene.create_payment(f"{POS}/payments/prepare", _order(scene))


def _ready(scene: Scene) -> PageCall:
    return scene.post(f"{_payment(scene)}/ready", _terms(scene))


def _capture(scene: Scene) -> PageCall:
    """What the form says is captured; all that is reserved where it says nothing."""
    amount = scene.amount_in("captureAmount")
    amount = scene.payment.get("amount") if amount is None else amount
    return scene.post(f"{_payment(scene)}/capture", {"amount": amount})


def _query(scene: Scene) -> PageCall:
    return PageCall("GET", _payment(scene), scene.headers)


def _query_ids(scene: Scene) -> PageCall:
    """Asks which payment is active here, whoever started it."""
    return PageCall("GET", f"{POS}/payments?posId={scene.pos['posId']}", scene.headers)


def _query_refund(scene: Scene) -> PageCall:
    return PageCall("GET", f"{POS}/refunds/{scene.form('refund')}", scene.headers)


def _cancel(scene: Scene) -> PageCall:
    return scene.post(f"{_payment(scene)}/cancel")


def _delete_pos(scene: Scene) -> PageCall:
    return PageCall("DELETE", f"{POS}/pointofsales/{scene.pos['posId']}", scene.headers)


def _refund(scene: Scene) -> PageCall:
    amount = scene.amount_in("refundAmount")
    body = {
        "paymentId": scene.payment["paymentId"],
        "refundOrderId": f"refund-{secrets.token_hex(3)}",
        "amount": refundable(scene.payment) if amount is None else amount,
        "currencyCode": scene.payment.get("currencyCode") or scene.currency,
    }
    return scene.create(f"{POS}/refunds", body)


def refundable(payment: Mapping[str, Any]) -> float:
    """Returns what of a payment's captured amount is neither refunded nor about to be."""
    captured = payment.get("capturedAmount") or payment.get("amount") or 0
    taken = (
        each["amount"] for each in payment.get("refunds", ()) if each["state"] in _TAKING_REFUNDS
    )
    return float(round(captured - sum(taken), 2))


def _payment(scene: Scene) -> str:
    return f"{POS}/payments/{scene.payment['paymentId']}"


def _of_refund(what: str) -> Callable[[Scene], PageCall]:
    return lambda scene: scene.post(f"{POS}/refunds/{scene.form('refund')}/{what}")


def _of_user(what: str) -> Callable[[Scene], PageCall]:
    def call(scene: Scene) -> PageCall:
        body = {"beaconId": scene.pos["beaconId"]}
        if what != "cancelpaymentbyuser":
            body["phoneNumber"] = scene.form("phone")
        return scene.post(f"{USERS}/{what}", body)

    return call


def _of_card(card: str) -> Callable[[Scene], PageCall]:
    """Returns the call by which the customer takes another card, which no client can see."""

    def call(scene: Scene) -> PageCall:
        path = f"{CONTROL}/payments/{scene.payment['paymentId']}/card"
        return PageCall("PUT", path, {**scene.headers, **JSON}, _encoded({"card": card}))

    return call


#: The states of refunds that take, or have taken, of what was captured.
_TAKING_REFUNDS = frozenset(each for each in RefundState if not each.is_cancelled)
#: The states in which nothing is left to do for a payment; "" where there is none.
_DONE = frozenset({"", *(state.value for state in PaymentState if not state.is_open)})

# fmt: off
#: THE TABLE, in the order of the buttons.
ACTS: Mapping[str, TillAct] = {
    "create-pos": TillAct("Create point of sale", _create_pos),
    "delete-pos": TillAct("Delete this point of sale", _delete_pos, is_danger=True),
    "start": TillAct("Start", _start, _DONE),
    "prepare": TillAct("Prepare", _prepare),
    "ready": TillAct("Ready", _ready, frozenset({"Prepared", "Paired"})),
    "query": TillAct("Query", _query),
    "query-ids": TillAct("Ask which payment is active", _query_ids),
    "capture": TillAct("Capture", _capture, frozenset({"Reserved"})),
    "cancel": TillAct("Cancel", _cancel, is_danger=True),
    "refund": TillAct("Refund", _refund),
    "query-refund": TillAct("Query refund", _query_refund),
    "capture-refund": TillAct("Capture refund", _of_refund("capture")),
    "cancel-refund": TillAct("Cancel refund", _of_refund("cancel"), is_danger=True),
    "check-in": TillAct("Check in", _of_user("checkin"), is_customers=True),
    "accept": TillAct("Accept", _of_user("acceptpayment"), is_customers=True),
    "take-credit": TillAct("Pay with a credit card", _of_card("credit"), is_customers=True),
    "take-debit": TillAct("Pay with a debit card", _of_card("debit"), is_customers=True),
    "reject": TillAct("Cancel on phone", _of_user("cancelpaymentbyuser"), is_customers=True),
}
# fmt: on
