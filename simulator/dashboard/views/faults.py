"""What is let go wrong beside the till: faults of the next calls, the store, the polls."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Response

from ..api import ApiError
from ..conditions import conditions
from ..curl import control_as_curl
from ..desk import Visit
from .numbers import number_of
from .scene import scene_of
from .till import path_of_till, show_with


class _ConditionChange(NamedTuple):
    method: str
    path: str
    body: Mapping[str, Any]


def show(visit: Visit) -> Response:
    """Shows what can be let go wrong at a point of sale."""
    pos, _ = scene_of(visit)
    return visit.render("till/conditions.html", **conditions(visit.api, pos))


def change(visit: Visit) -> Response:
    """Changes what goes wrong by the control API, and tells the call."""
    result: dict[str, Any]
    try:
        method, path, body = _change_of(visit)
        said = visit.api.do(method, path, body)
        curl = control_as_curl(visit.server, method, path, body)
        result = {"curl": curl, "label": "Done", "words": _told(path, body, said)}
    except ApiError as error:
        result = visit.refuse(error.message)
    if not visit.is_partial:
        # A browser without JavaScript stays there.
        path = f"{path_of_till(visit)}#faults-title"
        return visit.tell(path, lambda visit: show_with(visit, None, fault_result=result))
    answer = visit.render("till/acted.html", piece="till/fault_result.html", result=result)
    answer.headers["HX-Trigger"] = "acted"
    return answer


def _told(path: str, body: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """Returns what a change has changed.

    Args:
        path: what was changed.
        body: how.
        said: the answer of the control API.
    """
    if path == "/faults":
        return _armed(body["call"], body["fault"], said["faults"])
    if path == "/polling":
        return f"The poll delay is {body['delay']:g} s."
    if "balance" in body:
        return f"The store's balance is {body['balance']:g}."
    return f"The store is {'active' if body['active'] else 'not active'}."


def _armed(call: str, word: str, faults: Sequence[Mapping[str, Any]]) -> str:
    """Returns which of the next calls meets the fault that was armed last, behind earlier ones."""
    armed = [each for each in faults if call in each["call"] and each["left"]]
    times = sum(each["left"] for each in armed)
    if times == 1:
        return f"The next {call} meets the fault {word}."
    if {each["fault"] for each in armed} == {faults[-1]["fault"]}:
        return f"The next {times} calls of {call} meet the fault {word}: it is armed {times} times."
    return f"The next {times} calls of {call} meet a fault each, the last of them {word}."


def _change_of(visit: Visit) -> _ConditionChange:
    kind, _, what = visit.arg("change").partition(":")
    if kind not in _CHANGES:
        raise ApiError(400, f"change: there is no {kind[:60]!r}; there are: {', '.join(_CHANGES)}")
    return _CHANGES[kind](visit, what)


def _fault(visit: Visit, what: str) -> _ConditionChange:
    call, _, word = what.partition(":")
    body = {"call": call or visit.arg("other"), "fault": word, "times": 1}
    return _ConditionChange("POST", "/faults", body)


def _store(visit: Visit, body: Mapping[str, Any]) -> _ConditionChange:
    return _ConditionChange("PATCH", f"/stores/{quote(visit.arg('store'), safe='')}", body)


def _active(visit: Visit, what: str) -> _ConditionChange:
    return _store(visit, {"active": what == "on"})


def _balance(visit: Visit, _: str) -> _ConditionChange:
    return _store(visit, {"balance": number_of("balance", visit.arg("balance"))})


def _polling(visit: Visit, _: str) -> _ConditionChange:
    delay = number_of("delay", visit.arg("pollDelay"))
    return _ConditionChange(
        "PUT", "/polling", {"delay": delay, "enforce": visit.arg("enforce") == "on"}
    )


#: What the buttons change, by the word in front of the colon of their value.
_CHANGES: Mapping[str, Callable[[Visit, str], _ConditionChange]] = {
    "fault": _fault,
    "active": _active,
    "balance": _balance,
    "polling": _polling,
}
