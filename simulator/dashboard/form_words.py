"""The labels of the page's forms, by the fields of the control API, for what refusals say."""

import re
from collections.abc import Mapping

from ..engine.refusals import Refusal

#: The label of each field of the control API that a form of the page fills.
LABELS: Mapping[str, str] = {
    "scale": "Simulated seconds per real one",
    "seconds": "Seconds",
    "times": "How many payments",
    "delay": "Poll delay (s)",
    "balance": "Balance",
    "systemName": "System name",
    "version": "Version",
    "operation": "Operation",
    "status": "Status",
    "code": "Error code",
    "path": "Path",
    "paymentId": "Payment id",
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
    detail = _DETAIL(message)
    text = detail[1] if detail else message
    found = _FIELD(text)
    return f"{LABELS[found[1]]}: {found[3]}" if found and found[1] in LABELS else text
