"""Calls as HTTP requests: what a till writes, in the ways tills write it, right or with defects."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlencode

from tests.model.specification import calls
from tests.model.specification.calls import Terms
from tests.model.specification.defects import Spoilt
from tests.support import CLIENT_ID

__all__ = ["OPERATIONS", "Request", "Style", "TokenOf", "request_of"]

#: Gives a token of an integrator, tied to a merchant or to none.
TokenOf = Callable[[str, str | None], str]

#: Another client of an integrator, by the integrator; `clients.yaml` has it.
OTHER_CLIENTS = {CLIENT_ID: "the-office"}
POS, PAYMENTS, REFUNDS = "/pos/v10/pointofsales", "/pos/v10/payments", "/pos/v10/refunds"
GUID_LENGTH = 36
USER = "/pos/app/usersimulation"

#: What the calls are called in the service's OpenAPI file.
OPERATIONS: dict[type, str] = {
    calls.CreatePos: "CreatePos",
    calls.GetPos: "GetPos",
    calls.DeletePos: "DeletePos",
    calls.FindPos: "GetPosWithFilter",
    calls.GetCheckIn: "GetCheckIn",
    calls.Initiate: "InitiatePayment",
    calls.Prepare: "PreparePayment",
    calls.Ready: "PaymentReady",
    calls.CapturePayment: "CapturePayment",
    calls.CancelPayment: "CancelPayment",
    calls.GetPayment: "QueryPayment",
    calls.FindPayments: "QueryPaymentIds",
    calls.CreateRefund: "CreateRefund",
    calls.CaptureRefund: "CaptureRefund",
    calls.CancelRefund: "CancelRefund",
    calls.GetRefund: "GetRefund",
    calls.FindRefunds: "QueryRefundIds",
    calls.CheckInUser: "UserSimulationCheckin",
    calls.Accept: "UserSimulationAcceptPayment",
    calls.CancelByUser: "UserSimulationCancelPayment",
}


class Style(Enum):
    """How a till writes the same request."""

    PLAIN = "as the documentation does"
    UPPER = "GUIDs in capitals, a slash at the end, no merchant in the token"
    TEXTS = "amounts as texts, with a third decimal that is 0"
    CHATTY = "fields nobody knows, and a media type taken literally"
    PASCAL = "names as C# has them, GUIDs in braces, words in capitals"
    OTHER_CLIENT = "by another client of the same integrator, if it has one"


@dataclass(frozen=True)
class Request:
    """What goes over the wire; headers in their order, true duplicates kept apart."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def request_of(call: Any, token_of: TokenOf, style: Style = Style.PLAIN) -> Request:
    """Returns the request by which a till makes a call."""
    defects: frozenset[str] = frozenset()
    if isinstance(call, Spoilt):
        call, defects = call.call, call.defects
    method, path, query, body = _line(call, style)
    if style is Style.UPPER and isinstance(call, calls.Call):
        path += "/"
    content = b"" if body is None else _content(body, call, defects, style)
    if style is Style.PASCAL:
        query = _pascal(query)
    headers = _headers(call, defects, token_of, style) if isinstance(call, calls.Call) else []
    if body is not None:
        media_type = "application/*+json" if style is Style.CHATTY else "application/json"
        headers.append(("content-type", media_type))
    headers += [("host", "127.0.0.1:8080"), ("content-length", str(len(content)))]
    return Request(method, path, urlencode(query), tuple(headers), content)


def _line(call: Any, style: Style) -> tuple[str, str, dict[str, str], dict[str, Any] | None]:
    """Returns method, path, query and body."""

    def written(text: str) -> str:
        if style is Style.PASCAL and len(text) == GUID_LENGTH:
            return f"{{{text}}}"
        return text.upper() if style is Style.UPPER else text

    def given(**parameters: str | None) -> dict[str, str]:
        return {
            name: written(value) if name.endswith("Id") and len(value) == GUID_LENGTH else value
            for name, value in parameters.items()
            if value is not None
        }

    match call:
        case calls.CreatePos():
            body = given(callbackAlias=call.alias) | {
                "merchantPosId": call.merchant_pos_id,
                "storeId": written(call.store),
                "name": call.name,
                "beaconId": written(call.beacon),
                "supportedBeaconTypes": list(call.types),
                "requirePaymentBeforeCheckin": call.payment_first,
            }
            return "POST", POS, {}, body
        case calls.GetPos():
            return "GET", f"{POS}/{written(call.id)}", {}, None
        case calls.DeletePos():
            return "DELETE", f"{POS}/{written(call.id)}", {}, None
        case calls.FindPos():
            query = given(
                storeId=call.store, beaconId=call.beacon, merchantPosId=call.merchant_pos_id
            )
            return "GET", POS, query, None
        case calls.GetCheckIn():
            return "GET", f"{POS}/{written(call.id)}/checkin", {}, None
        case calls.Initiate():
            body = {"posId": written(call.till), "orderId": call.order}
            return "POST", PAYMENTS, {}, body | _terms(call.terms, style)
        case calls.Prepare():
            body = {"posId": written(call.till), "orderId": call.order}
            return "POST", f"{PAYMENTS}/prepare", {}, body
        case calls.Ready():
            path = f"{PAYMENTS}/{written(call.id)}/ready"
            return "POST", path, {}, _terms(call.terms, style)
        case calls.CapturePayment():
            path = f"{PAYMENTS}/{written(call.id)}/capture"
            return "POST", path, {}, {"amount": _amount(call.amount, style)}
        case calls.CancelPayment():
            return "POST", f"{PAYMENTS}/{written(call.id)}/cancel", {}, None
        case calls.GetPayment():
            return "GET", f"{PAYMENTS}/{written(call.id)}", {}, None
        case calls.FindPayments():
            query = given(posId=call.till, orderId=call.order)
            query |= {"state": "Captured"} if call.captured else {}
            return "GET", PAYMENTS, query, None
        case calls.CreateRefund():
            body = {
                "paymentId": written(call.payment),
                "refundOrderId": call.order,
                "amount": _amount(call.amount, style),
                "currencyCode": call.currency,
            }
            return "POST", REFUNDS, {}, body
        case calls.CaptureRefund():
            return "POST", f"{REFUNDS}/{written(call.id)}/capture", {}, None
        case calls.CancelRefund():
            return "POST", f"{REFUNDS}/{written(call.id)}/cancel", {}, None
        case calls.GetRefund():
            return "GET", f"{REFUNDS}/{written(call.id)}", {}, None
        case calls.FindRefunds():
            return "GET", REFUNDS, given(paymentId=call.payment), None
        case calls.CheckInUser():
            body = {"beaconId": written(call.beacon), "phoneNumber": call.phone}
            return "POST", f"{USER}/checkin", {}, body
        case calls.Accept():
            body = {"beaconId": written(call.beacon), "phoneNumber": call.phone}
            return "POST", f"{USER}/acceptpayment", {}, body
        case calls.CancelByUser():
            return "POST", f"{USER}/cancelpaymentbyuser", {}, {"beaconId": written(call.beacon)}
        case calls.TakeCard():
            path = f"/_simulator/payments/{call.id}/card"
            return "PUT", path, {}, {"card": call.card}
        case calls.Advance():
            return "POST", "/_simulator/clock/advance", {}, {"seconds": call.by / 1000}
        case calls.SetStore():
            path = f"/_simulator/stores/{call.store}"
            return "PATCH", path, {}, {"active": call.active, "balance": call.balance / 100}
    raise TypeError(call)


def _amount(cents: int, style: Style) -> float | str:
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02}0" if style is Style.TEXTS else cents / 100


def _terms(terms: Terms, style: Style) -> dict[str, Any]:
    body: dict[str, Any] = {
        "amount": _amount(terms.amount, style),
        "currencyCode": terms.currency,
        "plannedCaptureDelay": terms.delay,
    }
    if terms.disallows is not None:
        body["restrictions"] = {
            "debitCardDisallowed": "debit" in terms.disallows,
            "creditCardDisallowed": "credit" in terms.disallows,
        }
    if terms.label is not None:
        body["merchantPaymentLabel"] = terms.label
    return body


#: What a defect makes of a field; None takes it away.
_FIELDS: dict[str, tuple[str, Any]] = {
    "amount missing": ("amount", None),
    "amount of letters": ("amount", "abc"),
    "amount zero": ("amount", 0),
    "amount negative": ("amount", -1),
    "amount in mills": ("amount", 1.005),
    "currency unknown": ("currencyCode", "SEK"),
    "delay missing": ("plannedCaptureDelay", None),
    "label too long": ("merchantPaymentLabel", "x" * 37),
    "merchantPosId empty": ("merchantPosId", ""),
    "name blank": ("name", "  "),
    "orderId blank": ("orderId", "   "),
    "name too long": ("name", "x" * 37),
    "beacon of 14 digits": ("beaconId", "1" * 14),
    "alias too long": ("callbackAlias", "x" * 37),
    "store missing": ("storeId", None),
    "orderId too long": ("orderId", "x" * 37),
    "posId of no GUID": ("posId", "1"),
    "refundOrderId empty": ("refundOrderId", ""),
}


def _content(body: dict[str, Any], call: Any, defects: frozenset[str], style: Style) -> bytes:
    if "body of no JSON" in defects:
        return b'{"amount": 1,'
    for defect in defects & _FIELDS.keys():
        name, value = _FIELDS[defect]
        body = {**body, name: value}
        if value is None:
            del body[name]
    if style is Style.CHATTY and isinstance(call, calls.Call):
        body = {"tillColour": "green", **body}
    if style is Style.PASCAL and isinstance(call, calls.Call | _USERS):
        body = _pascal(body)
    return json.dumps(body).encode()


_USERS = calls.CheckInUser | calls.Accept | calls.CancelByUser


def _pascal(body: dict[str, Any]) -> dict[str, Any]:
    """Returns a body with its names as C# has them, and its words in capitals."""
    return {
        name[0].upper() + name[1:]: _pascal(value)
        if isinstance(value, dict)
        else value.upper()
        if name in ("currencyCode", "plannedCaptureDelay", "state")
        else value
        for name, value in body.items()
    }


def _headers(
    call: calls.Call, defects: frozenset[str], token_of: TokenOf, style: Style
) -> list[tuple[str, str]]:
    """Returns the headers; without defects, all and only what is needed."""
    is_tied = style is not Style.UPPER and not any("vat" in each for each in defects)
    is_other = style is Style.OTHER_CLIENT
    client = OTHER_CLIENTS.get(call.who.integrator) if is_other else None
    token = token_of(client or call.who.integrator, call.who.merchant if is_tied else None)
    if "forged token" in defects:
        token = f"{token[:-8]}AAAAAAAA"
    pairs = [] if "no token" in defects else [("authorization", f"Bearer {token}")]
    named = "SE12345678" if "vat number of another country" in defects else call.who.merchant
    vats = [] if is_tied or "no vat number" in defects else [named]
    if "token of another merchant" in defects and is_tied:
        vats = ["DK87654321"]
    versions = (
        []
        if "no version" in defects
        else ["1.2" if "version of two numbers" in defects else "1.2.3"]
    )
    names = ["x" * 37] if "system name too long" in defects else []
    if "system name twice" in defects:
        names = [*names, "till", "till"]
    pairs += _all("x-mobilepay-merchant-vat-number", vats, "vat number twice" in defects)
    pairs += _all("x-mobilepay-client-system-version", versions, "version twice" in defects)
    pairs += _all("x-mobilepay-client-system-name", names, False)
    if isinstance(call, calls.Creating) and "no key" not in defects:
        key = call.key.ljust(37, "x") if "key too long" in defects else call.key
        pairs += _all("x-mobilepay-idempotency-key", [key], "key twice" in defects)
    return pairs


def _all(name: str, values: list[str], is_doubled: bool) -> list[tuple[str, str]]:
    return [(name, value) for value in values] * (2 if is_doubled else 1)
