"""A scenario being written: checked with every pause, saved to the sandbox."""

from typing import Any

from flask import Response

from simulator.dashboard.api import ApiError
from simulator.dashboard.desk import Visit
from simulator.dashboard.views.scenarios import with_moments

__all__ = ["check", "save", "show"]

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
        return _editor(visit, "", FIRST)
    scenario = visit.api.get(f"/scenarios/{name}")
    return _editor(visit, name, scenario["yaml"])


def _editor(visit: Visit, name: str, yaml: str, mistake: str = "") -> Response:
    return visit.page(
        "scenarios",
        "scenarios/edit.html",
        lambda: {"name": name, "yaml": yaml, "mistake": mistake, **_checked(visit, yaml)},
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
    name, yaml = visit.arg("name"), _yaml(visit)
    try:
        if not name:
            raise ApiError(400, "Give it a name, such as slow-rejection.")
        if "/" in name:
            raise ApiError(400, f"{name!r} is no scenario name: a slash can't be in it.")
        visit.api.do("PUT", f"/scenarios/{name}", yaml)
    except ApiError as error:
        return _editor(visit, name, yaml, error.message)
    return visit.go(f"/page/scenarios/{name}")


def _yaml(visit: Visit) -> str:
    # Forms end their lines as no YAML file does.
    return visit.request.form.get("yaml", "").replace("\r\n", "\n")
