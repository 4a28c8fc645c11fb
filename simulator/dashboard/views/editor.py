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


def _editor(
    visit: Visit, draft: Draft, mistake: str = "", *, is_name_wrong: bool = False
) -> Response:
    return visit.page(
        "scenarios",
        "scenarios/edit.html",
        lambda: {
            **draft._asdict(),
            "mistake": mistake,
            "is_name_wrong": is_name_wrong,
            **_checked(visit, draft.yaml),
        },
    )


def _checked(visit: Visit, yaml: str) -> dict[str, Any]:
    found = visit.api.do("POST", "/scenarios/check", yaml)
    lines = [with_moments(script) for script in found.get("scripts", ())]
    return {"checked": found, "lines": lines}


def check(visit: Visit) -> Response:
    """Says what is wrong with what is written so far, or what it does."""
    return visit.render("scenarios/checked.html", **_checked(visit, _yaml(visit)))


def save(visit: Visit) -> Response:
    """Takes the scenario into the sandbox."""
    draft = Draft(visit.arg("origin"), visit.arg("name"), _yaml(visit))
    wrong = _wrong_name(draft.name)
    if wrong:
        return _editor(visit, draft, wrong, is_name_wrong=True)
    try:
        visit.api.do("PUT", below("/scenarios", draft.name), draft.yaml)
    except ApiError as error:
        return _editor(visit, draft, error.message)
    return visit.go(f"/page/scenarios/{draft.name}")


def _wrong_name(name: str) -> str:
    if not name:
        return "Give it a name, such as slow-rejection."
    if "/" in name:
        return f"{name!r} can't be a scenario's name: it must not contain a slash."
    return ""


def _yaml(visit: Visit) -> str:
    # Forms end their lines as no YAML file does.
    return visit.request.form.get("yaml", "").replace("\r\n", "\n")
