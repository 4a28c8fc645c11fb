"""One certification: its cases with their steps as the client makes them, and what it comes to."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response

from ..api import ApiError
from ..case_presses import NOTIFIED, cases_in
from ..curl import control_as_curl
from ..desk import Visit
from ..questions import abandon

#: The point of sale is looked for among so many of a case's oldest calls, and of its newest.
LOOKED_AT = 20
FAILED, PASSED, IN_PROGRESS = "failed", "passed", "in progress"


def show(visit: Visit, certification_id: str, result: dict[str, Any] | None = None) -> Response:
    """Shows how a certification stands."""
    if visit.arg("part") == "stand":
        return visit.render("certification/stand.html", **_read(visit, certification_id))

    def read() -> dict[str, Any]:
        return {**_read(visit, certification_id), "result": result}

    return visit.page("certification", "certification/one.html", read)


def _read(visit: Visit, certification_id: str) -> dict[str, Any]:
    shown = visit.api.get("/certifications", certification_id)
    cases = {each["name"]: each for section in shown["sections"] for each in section["cases"]}
    wanted = visit.arg("case")
    focus = cases.get(wanted) or _focus(shown, cases)
    return {
        "certification": shown,
        "chosen": wanted if wanted in cases else "",
        "focus": focus,
        "total": len(cases),
        "missing": _missing(shown),
        # Time alone can fail a case that somebody is at, and nobody tells of that.
        "is_watched": shown["stage"] == "open"
        and any(each["state"] == IN_PROGRESS for each in cases.values()),
        "payments": _payments(visit, focus),
        "pos": _pos(visit, focus),
        "is_notified": focus in cases_in(shown, NOTIFIED),
        "near_miss": focus["nearMiss"] if focus is not None else None,
        "certificates": _certificates(visit, shown),
    }


def _missing(shown: Mapping[str, Any]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Returns the cases that an open certification needs and that have not passed, by section."""
    found = [
        (section, [each for each in section["cases"] if each["state"] != PASSED])
        for section in shown["sections"]
    ]
    return [(section, cases) for section, cases in found if cases] if shown["lack"] else []


def _certificates(visit: Visit, shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns what an approved certification has given and no newer one has replaced."""
    if shown["stage"] != "approved":
        return []
    given = visit.api.get("/certifications")["certificates"]
    return [each for each in given if each["certification"] == shown["id"]]


def _focus(shown: Mapping[str, Any], cases: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Returns the case to look at: the current case, else the next, else a failed one.

    A case that fails under the client's hands stays in sight until it goes on to another one.
    """
    current = cases.get(shown["current"])
    if current is not None and current["state"] != PASSED:
        return current
    failed = next((each for each in cases.values() if each["state"] == FAILED), None)
    following = cases.get(shown["next"])
    # Nothing follows once it is closed: what failed is what there is to see.
    return following or failed if shown["stage"] == "open" else failed or following


def _payments(visit: Visit, case: Mapping[str, Any] | None) -> list[str]:
    """Returns the ids of the payments a case was gone through with."""
    run = visit.api.find("/runs", case["run"]) if case is not None and case["run"] else None
    return list(dict.fromkeys(each["paymentId"] for each in run["states"])) if run else []


def _pos(visit: Visit, case: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Returns the point of sale that a case is about: that of the call it began with.

    A client may make others meanwhile. Where that call is no longer kept, it is that of the newest
    call that is about one.
    """
    requests = case["requests"] if case is not None else []
    opening = case["opensWith"] if case is not None else ()
    for call in _calls(visit, requests[:LOOKED_AT]):
        if call["operation"] in opening and call["posId"]:
            return _named(visit, call["posId"])
    for call in _calls(visit, requests[: -LOOKED_AT - 1 : -1]):
        if call["posId"]:
            return _named(visit, call["posId"])
    return None


def _calls(visit: Visit, requests: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Yields the calls of these numbers that are still kept."""
    found = (visit.api.find("/requests", str(each)) for each in requests)
    return (each for each in found if each is not None)


def _named(visit: Visit, pos_id: str) -> dict[str, Any]:
    """Returns a point of sale; of one that is deleted its id, and its name where that is known."""
    pos: dict[str, Any] | None = visit.api.find("/points-of-sale", pos_id)
    if pos is not None:
        return pos
    made = visit.api.get("/requests", posId=pos_id, operation="CreatePos", limit=1)["requests"]
    try:
        asked = json.loads(made[0]["request"]["body"]) if made else {}
    except ValueError:
        asked = {}  # of a long body the journal keeps the beginning only
    return {"posId": pos_id, "name": asked.get("name", pos_id[:8]), "isDeleted": True}


class CertificationAct(NamedTuple):
    """Something to press: its path in the control API, and what is said once it is done."""

    path: str
    words: Callable[[Mapping[str, Any]], str]


ACTS: Mapping[str, CertificationAct] = {
    "restart": CertificationAct(
        "/cases/{case}/restart",
        lambda case: f"“{case['title']}” begins with the client's next matching call.",
    ),
    "callback": CertificationAct(
        "/callback",
        lambda told: (
            f"A check-in notification is sent to the alias {told['alias']}, "
            f"at point of sale {told['posId'][:8]}."
        ),
    ),
    "approve": CertificationAct("/approve", lambda shown: f"{shown['id']} is approved."),
    "abandon": CertificationAct("/abandon", lambda shown: f"{shown['id']} is abandoned."),
}


def act(visit: Visit, certification_id: str) -> Response:
    """Does what was pressed, by the control API, and tells what became of it."""
    name, _, case = visit.arg("act").partition(":")
    if name not in ACTS:
        return visit.error(400, f"Unknown action {name[:60]!r}.")
    if name == "abandon" and (asking := visit.ask(abandon(certification_id))):
        return asking
    path = f"/certifications/{certification_id}{ACTS[name].path.format(case=case)}"
    try:
        said = visit.api.do("POST", path)
        curl = control_as_curl(visit.server, "POST", path)
        result = {"words": ACTS[name].words(said), "curl": curl}
    except ApiError as error:
        result = visit.refuse(error.message)
    if visit.is_partial:
        answer = visit.render("certification/result.html", result=result)
        answer.headers["HX-Trigger"] = "acted"
        return answer
    page = f"/page/certification/{certification_id}"
    chosen = visit.arg("case")
    page += f"?{urlencode({'case': chosen})}" if chosen else ""
    return visit.tell(page, lambda visit: show(visit, certification_id, result))
