"""The certification that the calls of the page's own till count for, and its next case."""

from collections.abc import Mapping
from typing import Any

from .desk import Visit
from .tokens import VERSION

_MINOR = ".".join(VERSION["X-MobilePay-Client-System-Version"].split(".")[:2])
#: The buttons of the cases that want no payment, by the call they begin with.
_BUTTONS = {"CreatePos": "create-pos", "DeletePos": "delete-pos"}


def certified_till(visit: Visit, pos: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Returns the certification that counts the till's calls, and `case`, the one to do next.

    `step` is what that one wants pressed before any payment; empty where it wants a payment.

    Args:
        visit: the request.
        pos: the point of sale that is shown; its client is the till's.
    """
    client_id = visit.desk.drawer.integrator(pos["clientId"] if pos else None).client_id
    for each in reversed(visit.api.get("/certifications")["certifications"]):
        is_of_till = client_id in each["clientIds"] and each["version"] in ("", _MINOR)
        if each["stage"] == "open" and each["usualPaths"] and is_of_till:
            case = _next(visit.api.get("/certifications", each["id"]))
            return {**each, "case": case, "step": _step(case, pos)}
    return None


def _step(case: Mapping[str, Any] | None, pos: Mapping[str, Any] | None) -> str:
    if case is None:
        return ""
    if pos is None:
        return "create-pos"
    return next((_BUTTONS[each] for each in case["opensWith"] if each in _BUTTONS), "")


def _next(shown: Mapping[str, Any]) -> dict[str, Any] | None:
    cases = (case for section in shown["sections"] for case in section["cases"])
    return next((case for case in cases if case["name"] == shown["next"]), None)
