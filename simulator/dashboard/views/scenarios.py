"""Scenarios: by theme, each explained as a time line, to be queued for the next payment."""

from itertools import groupby
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response

from ..api import ApiError
from ..curl import control_as_curl
from ..desk import Visit
from ..standing import in_force

CHOICE = 50
#: So many runs of a scenario are shown, of so many of the newest runs.
SHOWN, LOOKED_AT = 10, 200
#: The sandbox's own first.
OWN = "sandbox"


def show(visit: Visit) -> Response:
    """Shows all scenarios, by theme; or those that wait for payments."""
    part = visit.arg("part")
    if part == "queued":
        return visit.render("parts/queued.html", standing=in_force(visit.api))
    if part == "list":
        answer = visit.render("scenarios/list.html", **_all(visit))
        asked = {name: visit.arg(name) for name in ("search", "theme") if visit.arg(name)}
        query = f"?{urlencode(asked)}" if asked else ""
        answer.headers["HX-Replace-Url"] = visit.url("/page/scenarios") + query
        return answer
    return visit.page("scenarios", "scenarios/page.html", lambda: _all(visit))


def _all(visit: Visit) -> dict[str, Any]:
    listed, search, theme = visit.api.get("/scenarios"), visit.arg("search"), visit.arg("theme")
    themes = scenarios_by_theme(listed)
    found = [
        (name, [each for each in scenarios if _is_meant(each, search)])
        for name, scenarios in themes
        if theme in ("", name)
    ]
    return {
        "themes": [(name, scenarios) for name, scenarios in found if scenarios],
        "all_themes": [(name, len(scenarios)) for name, scenarios in themes],
        "in_force": listed,
        "search": search,
        "theme": theme,
    }


def _is_meant(scenario: dict[str, Any], search: str) -> bool:
    """Whether a scenario has all words that are looked for."""
    text = f"{scenario['name']} {scenario['theme']} {scenario['summary']}".casefold()
    return all(word in text for word in search.casefold().split())


def scenarios_by_theme(listed: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Returns the themes with their scenarios, the sandbox's own first.

    Args:
        listed: what the control API answers to `GET /scenarios`.
    """

    def place(each: dict[str, Any]) -> tuple[bool, str]:
        return each["theme"] != OWN, each["theme"]

    ordered = sorted(listed["scenarios"], key=place)
    return [(theme, list(each)) for (_, theme), each in groupby(ordered, key=place)]


def show_one(visit: Visit, name: str, result: dict[str, Any] | None = None) -> Response:
    """Shows one scenario, or its runs."""
    if visit.arg("part") == "runs":
        return visit.render("scenarios/its_runs.html", runs=_runs(visit, name))
    return visit.page("scenarios", "scenarios/one.html", lambda: _one(visit, name, result))


def _one(visit: Visit, name: str, result: dict[str, Any] | None) -> dict[str, Any]:
    scenario = visit.api.get("/scenarios", name)
    return {
        "scenario": scenario,
        "lines": [with_moments(script) for script in scenario["scripts"]],
        "runs": _runs(visit, name),
        "poses": visit.api.get("/points-of-sale", limit=CHOICE)["pointsOfSale"],
        "result": result,
    }


def _runs(visit: Visit, name: str) -> list[dict[str, Any]]:
    """Returns the newest runs of a scenario."""
    runs = visit.api.get("/runs", limit=LOOKED_AT)["runs"]
    return [each for each in runs if each["scenario"] == name][: -SHOWN - 1 : -1]


def with_moments(script: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the steps of a script, each with the seconds since the last thing it waited for."""
    moment, steps = 0.0, []
    for step in script:
        moment = step["after"] if step["when"] else moment + step["after"]
        steps.append({**step, "moment": moment})
    return steps


def queue(visit: Visit) -> Response:
    """Lets the next payment play a scenario."""
    name, pos_id = visit.arg("scenario"), visit.arg("pos")
    body: dict[str, Any] = {"scenario": name, **({"posId": pos_id} if pos_id else {})}
    times = visit.arg("times")
    if times:
        body["times"] = int(times) if times.isascii() and times.isdecimal() else times
    try:
        queued = visit.api.do("POST", "/scenarios/next", body)
        curl = control_as_curl(visit.server, "POST", "/scenarios/next", body)
        result = {"name": name, "runs": queued["runs"], "curl": curl, "pos": pos_id}
    except ApiError as error:
        result = visit.refuse(error.message)
    if visit.is_partial:
        return visit.render("scenarios/queued.html", result=result)
    # What is not there has no page that could tell of it.
    visit.api.get("/scenarios", name)
    path = f"/page/scenarios/{quote(name, safe='')}"
    return visit.tell(path, lambda visit: show_one(visit, name, result))
