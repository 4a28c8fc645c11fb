"""A scenario as it goes with the model client, drawn as the timeline draws a payment."""

from typing import Any

from flask import Response

from ..api import ApiError, below
from ..curl import control_as_curl
from ..desk import Visit
from ..sequence import played_drawn
from .editor import Mistake, checked, sent, tell_editor, yaml_of


def show(visit: Visit, name: str) -> Response:
    """Plays a scenario and draws it."""
    path = f"{below('/scenarios', name)}/preview"
    values = _drawn(visit.api.get(path), name, control_as_curl(visit.server, "GET", path))
    if visit.is_partial:
        return visit.render("scenarios/preview.html", **values)
    around = visit.around("scenarios", lambda: {"scenario": visit.api.get("/scenarios", name)})
    return visit.render("scenarios/preview_page.html", **around, **values)


def show_text(visit: Visit) -> Response:
    """Plays what is written in the editor and draws it."""
    yaml, path, name = yaml_of(visit), "/scenarios/preview", visit.arg("name")
    try:
        played = visit.api.do("POST", path, yaml, name=name)
    except ApiError as error:
        shown = checked(visit, sent(visit))
        visit.is_refused = True
        if not visit.is_partial:
            is_valid = shown["checked"]["valid"]
            why = error.message if is_valid else "Nothing is drawn while there is a mistake."
            return tell_editor(visit, sent(visit), Mistake(why))
        if shown["checked"]["valid"]:
            raise
        return visit.render("scenarios/refused.html", mistake=None, **shown)
    curl = control_as_curl(visit.server, "POST", f"{path}?name={name}" if name else path, yaml)
    drawn = _drawn(played, "", curl)
    if not visit.is_partial:
        return tell_editor(visit, sent(visit), preview=drawn)
    return visit.render("scenarios/preview.html", **drawn)


def _drawn(played: dict[str, Any], name: str, curl: str) -> dict[str, Any]:
    title = f"Scenario {name}" if name else "What is written"
    line = played["timeline"]
    sequence = played_drawn(line, title) if line is not None else None
    return {"name": name, "title": title, "curl": curl, "played": played, "sequence": sequence}
