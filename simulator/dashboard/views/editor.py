"""A scenario being written: checked with every pause, saved to the sandbox."""

from typing import Any, NamedTuple

from flask import Response

from ..api import ApiError, below
from ..desk import Visit
from .scenarios import with_moments

NEW = "new"
FIRST = """summary: The customer takes their time and rejects.
steps:
  - after: 1s
    do: check-in
  - when: IssuedToUser
    after: 5s
    do: cancel-by-user
expect:
  - not_called: CapturePayment
  - final_state: CancelledByUser
"""


def show(visit: Visit, name: str) -> Response:
    """Shows a scenario's YAML, to be changed; a new one begins with an example."""
    if name == NEW:
        return _editor(visit, Draft("", "", FIRST))
    scenario = visit.api.get("/scenarios", name)
    return _editor(visit, Draft(name, name, scenario["yaml"]))


class Draft(NamedTuple):
    """What is in the editor.

    Args:
        origin: the scenario that was opened; empty for a new one.
        name: the name it is to be saved under.
        yaml: its text.
    """

    origin: str
    name: str
    yaml: str


class Mistake(NamedTuple):
    """Why a scenario was not saved: `line` is 0 where no line of the text is wrong."""

    message: str
    line: int = 0
    is_name_wrong: bool = False


def _editor(visit: Visit, draft: Draft, mistake: Mistake | None = None) -> Response:
    return visit.page(
        "scenarios",
        "scenarios/edit.html",
        lambda: {
            **draft._asdict(),
            "mistake": mistake,
            "saved": _saved(visit, draft.origin),
            **_checked(visit, draft.yaml, draft.name),
        },
    )


def _saved(visit: Visit, origin: str) -> str | None:
    """Returns the text that was opened; None for a new scenario, or one that is gone."""
    found = visit.api.find("/scenarios", origin) if origin else None
    return None if found is None else found["yaml"]


def _checked(visit: Visit, yaml: str, name: str) -> dict[str, Any]:
    found = visit.api.do("POST", "/scenarios/check", yaml, name=name)
    lines = [with_moments(script) for script in found.get("scripts", ())]
    return {"checked": found, "lines": lines}


def check(visit: Visit) -> Response:
    """Says what is wrong with what is written so far, or what it does."""
    found = _checked(visit, yaml_of(visit), visit.arg("name"))
    return visit.render("scenarios/checked.html", **found)


def save(visit: Visit) -> Response:
    """Takes the scenario into the sandbox; where it is wrong, says what and in which line."""
    draft = Draft(visit.arg("origin"), visit.arg("name"), yaml_of(visit))
    mistake = _mistake(visit, draft)
    path = f"/page/scenarios/{draft.name}"
    if mistake is None:
        if not visit.is_partial:
            return visit.go(path)
        # htmx would load what a 303 leads to into the place of the mistake.
        return Response(b"", 204, {"HX-Redirect": visit.url(path)})
    if visit.is_partial:
        return visit.render("scenarios/mistake.html", mistake=mistake)
    return _editor(visit, draft, mistake)


def _mistake(visit: Visit, draft: Draft) -> Mistake | None:
    """Saves the scenario unless something is wrong with it; returns what is."""
    if not draft.name:
        return Mistake("Give it a name, such as slow-rejection.", is_name_wrong=True)
    problems = visit.api.do("POST", "/scenarios/check", draft.yaml, name=draft.name)["problems"]
    if problems:
        first = problems[0]
        if first["field"] == "name":
            return Mistake(f"Name: {first['message']}", is_name_wrong=True)
        return Mistake(f"Line {first['line']}: {first['message']}", first["line"])
    try:
        visit.api.do("PUT", below("/scenarios", draft.name), draft.yaml)
    except ApiError as error:
        return Mistake(error.message)
    return None


def yaml_of(visit: Visit) -> str:
    """Returns the text that the editor has sent."""
    # Forms end their lines as no YAML file does.
    return visit.request.form.get("yaml", "").replace("\r\n", "\n")
