"""Calls that break a rule of sections 3 to 5, and how they are refused.

A defect is a rule that is broken. Where a call has several, the one that is looked at first counts:
authentication, headers in the order of section 3, then path, query and body.
"""

from dataclasses import dataclass
from typing import Any

from tests.model.specification import calls

__all__ = [
    "BODY_DEFECTS",
    "HEADER_DEFECTS",
    "KEY_DEFECTS",
    "MERCHANT_DEFECTS",
    "Spoilt",
    "refusal_of",
]

#: The token, then the headers, in the order in which they are looked at.
HEADER_DEFECTS: dict[str, tuple[int, str]] = {
    "no token": (401, ""),
    "forged token": (401, ""),
    "old token": (401, ""),
    "no vat number": (400, "1151"),
    "vat number twice": (400, "1155"),
    "vat number of another country": (400, "1159"),
    "no version": (400, "1153"),
    "version twice": (400, "1157"),
    "version of two numbers": (400, "1161"),
    "system name twice": (400, "1156"),
    "system name too long": (400, "1160"),
}
#: Of the calls that make something.
KEY_DEFECTS: dict[str, tuple[int, str]] = {
    "no key": (400, "1164"),
    "key twice": (400, "1163"),
    "key too long": (400, "1162"),
}
#: Looked at once all headers are well formed.
MERCHANT_DEFECTS: dict[str, tuple[int, str]] = {"token of another merchant": (403, "1099")}
_AMOUNTS = dict.fromkeys(
    ("amount missing", "amount of letters", "amount zero", "amount negative", "amount in mills"),
    (400, "1102"),
)
_TERMS = {
    **_AMOUNTS,
    "currency unknown": (400, "1099"),
    "delay missing": (400, "1099"),
    "label too long": (400, "1117"),
}
#: Of a body, by the call it belongs to.
BODY_DEFECTS: dict[type, dict[str, tuple[int, str]]] = {
    calls.CreatePos: {
        "merchantPosId empty": (400, "1111"),
        "name blank": (400, "1112"),
        "name too long": (400, "1112"),
        "beacon of 14 digits": (400, "1100"),
        "alias too long": (400, "1116"),
        "store missing": (400, "1099"),
        "body of no JSON": (400, "1099"),
    },
    calls.Initiate: {
        **_TERMS,
        "orderId too long": (400, "1113"),
        "posId of no GUID": (400, "1099"),
        "body of no JSON": (400, "1099"),
    },
    calls.Prepare: {"orderId blank": (400, "1113"), "posId of no GUID": (400, "1099")},
    calls.Ready: _TERMS,
    calls.CapturePayment: {**_AMOUNTS, "body of no JSON": (400, "1099")},
    calls.CreateRefund: {
        **_AMOUNTS,
        "refundOrderId empty": (400, "1114"),
        "currency unknown": (400, "1099"),
    },
}


@dataclass(frozen=True)
class Spoilt:
    """A call with defects; there is at least one, and no more than one of its body."""

    call: Any
    defects: frozenset[str]


def refusal_of(spoilt: Spoilt) -> tuple[int, str]:
    """Returns status and code of the refusal."""
    rules = (
        HEADER_DEFECTS | KEY_DEFECTS | MERCHANT_DEFECTS | BODY_DEFECTS.get(type(spoilt.call), {})
    )
    return next(refusal for name, refusal in rules.items() if name in spoilt.defects)
