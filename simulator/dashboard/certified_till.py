"""The certification that the calls of the page's own till count for, and its next case."""

import json
from collections.abc import Mapping
from typing import Any

from .case_presses import NOTIFIED, RESTRICTED, CasePress, cases_in, next_press
from .desk import Visit
from .presses import to_repeat
from .tokens import VERSION

_MINOR = ".".join(VERSION["X-MobilePay-Client-System-Version"].split(".")[:2])
AGAIN, WAIT, APPROVE, LEAVE = "again", "wait", "approve", "leave"
PASSED, FAILED, IN_PROGRESS, NOT_TESTED = "passed", "failed", "in progress", "not tested"
#: The query of a payment that was answered is looked for among so many of the newest.
LOOKED_AT = 5


def certified_till(
    visit: Visit, pos: Mapping[str, Any] | None, payment: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Returns the certification that counts the till's calls, and `case`, the one to do next.

    `step` is what that one wants pressed, as `CasePress` has it: `wait` is nothing until its call
    has an answer. Where none is left, `approve` is next once all have passed, else `leave`: what
    is left is done elsewhere. `press` tells more of it.
    `again` is the call that is sent again where the step is that, `failed` the case at which the
    last attempt failed, `passed` the one that it passed, `beyond` the cases that the page's till
    can't pass, and `over` the calls of cases that are done with.

    Args:
        visit: the request.
        pos: the point of sale that is shown; its client is the till's.
        payment: the payment on it that is shown.
    """
    client_id = visit.desk.drawer.integrator(pos["clientId"] if pos else None).client_id
    for each in reversed(visit.api.get("/certifications")["certifications"]):
        is_of_till = client_id in each["clientIds"] and each["version"] in ("", _MINOR)
        if each["stage"] == "open" and each["usualPaths"] and is_of_till:
            shown = visit.api.get("/certifications", each["id"])
            cases = [case for section in shown["sections"] for case in section["cases"]]
            beyond = _beyond(visit, shown, pos)
            case = _case_to_do(shown["next"], cases, beyond)
            again = _unanswered(visit, case, pos)
            press = _press(visit, case, pos, payment)
            failed = _failed(cases, is_over=case is None)
            # Time alone can fail a case that somebody is at, and nobody tells of that.
            is_watched = any(case["state"] == IN_PROGRESS for case in cases)
            return {
                **each,
                "case": case,
                "again": again,
                "press": press,
                "step": _step(press, again) if case else LEAVE if failed or beyond else APPROVE,
                "failed": failed,
                "passed": _passed(cases),
                "beyond": beyond,
                "over": [call for case in cases if _is_tried(case) for call in case["requests"]],
                "is_restricted": case in cases_in(shown, *RESTRICTED),
                "is_watched": is_watched,
            }
    return None


def _beyond(
    visit: Visit, shown: Mapping[str, Any], pos: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Returns the cases to do for which the till would have to be notified of check-ins.

    It is once its point of sale has an alias with a URL at which a program of one's own listens.
    """
    alias = pos["callbackAlias"] if pos else None
    if alias and alias in visit.api.get("/callbacks")["callbacks"]:
        return []
    return [each for each in cases_in(shown, NOTIFIED) if each["state"] == NOT_TESTED]


def _case_to_do(
    following: str | None, cases: list[dict[str, Any]], beyond: list[dict[str, Any]]
) -> dict[str, Any] | None:
    case = next((each for each in cases if each["name"] == following), None)
    if case not in beyond:
        return case
    return next(
        (each for each in cases if each["state"] == NOT_TESTED and each not in beyond), None
    )


def _press(
    visit: Visit,
    case: Mapping[str, Any] | None,
    pos: Mapping[str, Any] | None,
    payment: Mapping[str, Any] | None,
) -> CasePress:
    if case is None:
        return CasePress("")
    is_cases = payment is not None and case["run"] and payment["run"] == case["run"]
    told = _told(visit, payment["paymentId"]) if payment is not None and is_cases else ""
    return next_press(case, pos, payment, told)


def _step(press: CasePress, again: Mapping[str, Any] | None) -> str:
    if again is None:
        return press.act
    return AGAIN if again["call"] else WAIT


def _told(visit: Visit, payment_id: str) -> str:
    """Returns the state that the newest answer to a query told; empty where there is none."""
    query = {"paymentId": payment_id, "operation": "QueryPayment", "limit": LOOKED_AT}
    for each in reversed(visit.api.get("/requests", **query)["requests"]):
        if each["delivery"] == "whole" and each["answer"]["status"] == 200:
            try:
                return str(json.loads(each["answer"]["body"])["status"])
            except (ValueError, KeyError, TypeError):
                continue  # a fault made it unreadable
    return ""


def _unanswered(
    visit: Visit, case: Mapping[str, Any] | None, pos: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Returns the last call of a case, where it was not answered.

    Another one in its place would be no retry.
    """
    if case is None or case["state"] != IN_PROGRESS:
        return None
    return to_repeat(visit, max(case["requests"], default=0), pos)


def _is_tried(case: Mapping[str, Any]) -> bool:
    return case["state"] not in (NOT_TESTED, IN_PROGRESS)


def _passed(cases: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Returns the case that the last attempt passed; None where that one failed."""
    last = max(filter(_is_tried, cases), key=_last_call, default=None)
    return last if last is not None and last["state"] == PASSED else None


def _last_call(case: Mapping[str, Any]) -> int:
    return max(case["requests"], default=0)


def _failed(cases: list[dict[str, Any]], *, is_over: bool) -> dict[str, Any] | None:
    """Returns the case at which the last attempt failed; None where that one passed.

    Args:
        cases: all cases.
        is_over: whether all were tried: then the last one that failed.
    """
    tried = [each for each in cases if _is_tried(each)]
    if is_over:
        tried = [each for each in tried if each["state"] == FAILED]
    if not tried:
        return None
    last = max(tried, key=_last_call)
    # One call may end an attempt that failed, and pass another case: nobody was told between.
    ended = last["beganAt"] if len(last["requests"]) == 1 else None
    told = (each for each in tried if each is last or (ended and each["endedAt"] == ended))
    return next((each for each in told if each["state"] == FAILED), None)
