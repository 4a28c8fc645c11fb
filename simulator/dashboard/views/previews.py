"""A scenario as it goes with the model client, drawn as the timeline draws a payment."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from ..api import ApiError, below
from ..curl import control_as_curl
from ..desk import Visit
from ..sequence import played_drawn
from .editor import checked, sent, yaml_of


def show(visit: Visit, name: str) -> Response:
    """Plays a scenario and draws it."""
    path = f"{below('/scenarios', name)}/preview"
    values = _drawn(visit.api.get(path), name, control_as_curl(visit.origin, "GET", path))
    return _answer(visit, values, lambda: {"scenario": visit.api.get("/scenarios", name)})


def show_text(visit: Visit) -> Response:
    """Plays what is written in the editor and draws it."""
    yaml, path, name = yaml_of(visit), "/scenarios/preview", visit.arg("name")
    try:
        played = visit.api.do("POST", path, yaml, name=name)
    except ApiError:
        shown = checked(visit, sent(visit))
        if shown["checked"]["valid"] or not visit.is_partial:
            raise
        visit.is_refused = True
        return visit.render("scenarios/refused.html", mistake=None, **shown)
    curl = control_as_curl(visit.origin, "POST", f"{path}?name={name}" if name else path, yaml)
    return _answer(visit, _drawn(played, "", curl), dict)


def _drawn(played: dict[str, Any], name: str, curl: str) -> dict[str, Any]:
    title = f"Scenario {name}" if name else "What is written"
    line = played["timeline"]
    sequence = played_drawn(line, title) if line is not None else None
    return {"name": name, "title": title, "curl": curl, "played": played, "sequence": sequence}


def _answer(
    visit: Visit, values: dict[str, Any], read: Callable[[], Mapping[str, Any]]
) -> Response:
    if visit.is_partial:
        return visit.render("scenarios/preview.html", **values)
    around = visit.around("scenarios", read)
    return visit.render("scenarios/preview_page.html", **around, **values)
