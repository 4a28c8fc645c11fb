"""The certification that the calls of the page's own till count for, and its next case."""

from collections.abc import Mapping
from typing import Any

from .desk import Visit
from .presses import to_repeat
from .tokens import VERSION

_MINOR = ".".join(VERSION["X-MobilePay-Client-System-Version"].split(".")[:2])
#: The buttons of the cases that want no payment, by the call they begin with.
_BUTTONS = {"CreatePos": "create-pos", "DeletePos": "delete-pos"}
AGAIN, WAIT = "again", "wait"
FAILED, IN_PROGRESS, NOT_TESTED = "failed", "in progress", "not tested"


def certified_till(visit: Visit, pos: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Returns the certification that counts the till's calls, and `case`, the one to do next.

    `step` is what that one wants pressed before any payment: `wait` is nothing until its call has
    an answer; empty where it wants a payment.
    `again` is the call that is sent again where the step is that, and `failed` the case at which
    the last attempt failed.

    Args:
        visit: the request.
        pos: the point of sale that is shown; its client is the till's.
    """
    client_id = visit.desk.drawer.integrator(pos["clientId"] if pos else None).client_id
    for each in reversed(visit.api.get("/certifications")["certifications"]):
        is_of_till = client_id in each["clientIds"] and each["version"] in ("", _MINOR)
        if each["stage"] == "open" and each["usualPaths"] and is_of_till:
            shown = visit.api.get("/certifications", each["id"])
            cases = [case for section in shown["sections"] for case in section["cases"]]
            case = next((case for case in cases if case["name"] == shown["next"]), None)
            again = _unanswered(visit, case)
            step = _step(case, pos) if not again else AGAIN if again["call"] else WAIT
            failed = _failed(cases, is_over=case is None)
            # Time alone can fail a case that somebody is at, and nobody tells of that.
            is_watched = any(case["state"] == IN_PROGRESS for case in cases)
            known = {"case": case, "step": step, "again": again, "failed": failed}
            return {**each, **known, "is_watched": is_watched}
    return None


def _step(case: Mapping[str, Any] | None, pos: Mapping[str, Any] | None) -> str:
    if case is None:
        return ""
    if pos is None:
        return "create-pos"
    return next((_BUTTONS[each] for each in case["opensWith"] if each in _BUTTONS), "")


def _unanswered(visit: Visit, case: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Returns the call of a case that was not answered, where it makes or deletes a till.

    Another one in its place would be no retry, and after the first one the till may be gone.
    """
    if case is None or case["state"] != IN_PROGRESS or not {*_BUTTONS} & {*case["opensWith"]}:
        return None
    return to_repeat(visit, max(case["requests"], default=0))


def _failed(cases: list[dict[str, Any]], *, is_over: bool) -> dict[str, Any] | None:
    """Returns the case at which the last attempt failed; None where that one passed.

    Args:
        cases: all cases.
        is_over: whether all were tried: then the last one that failed.
    """
    tried = [each for each in cases if each["state"] not in (NOT_TESTED, IN_PROGRESS)]
    if is_over:
        tried = [each for each in tried if each["state"] == FAILED]
    if not tried:
        return None
    last = max(tried, key=lambda each: max(each["requests"], default=0))
    # One call may end an attempt that failed, and pass another case: nobody was told between.
    ended = last["beganAt"] if len(last["requests"]) == 1 else None
    told = (each for each in tried if each is last or (ended and each["endedAt"] == ended))
    return next((each for each in told if each["state"] == FAILED), None)
