"""The labels of the page's forms, by the fields of the control API, for what refusals say."""

import re
from collections.abc import Mapping

from ..engine.refusals import Refusal

#: The label of each field of the control API that a form of the page fills.
LABELS: Mapping[str, str] = {
    "scale": "Simulated seconds per real one",
    "seconds": "How far",
    "times": "How many payments",
    "delay": "Poll delay (s)",
    "balance": "Balance",
    "alias": "Alias",
    "url": "URL",
    "clientIds": "Client ids",
    "systemName": "System name",
    "version": "Version",
    "operation": "Operation",
    "status": "Status",
    "code": "Error code",
    "path": "Path",
    "paymentId": "Payment id",
    "search": "Text",
}
#: What the service's error says before the detail in brackets.
_ROW = Refusal.BAD_REQUEST.value.message
_DETAIL = re.compile(re.escape(_ROW) + r" \((.*)\)", re.DOTALL).fullmatch
_FIELD = re.compile(r"([A-Za-z]+)(\[[0-9]+\])?: (.*)", re.DOTALL).fullmatch


def in_words_of_form(message: str) -> str:
    """Returns a refusal with the label of the form in place of the API's field.

    Args:
        message: what the control API says.
    """
    text = _detail(message)
    found = _FIELD(text)
    return f"{LABELS[found[1]]}: {found[3]}" if found and found[1] in LABELS else text


def field_of(message: str) -> str:
    """Returns the field of the control API that a refusal is about; empty where it is about none.

    Args:
        message: what the control API says.
    """
    found = _FIELD(_detail(message))
    return found[1] if found and found[1] in LABELS else ""


def _detail(message: str) -> str:
    """Returns what is said of the request itself."""
    detail = _DETAIL(message)
    return detail[1] if detail else message
