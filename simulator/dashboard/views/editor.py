"""A scenario being written: checked with every pause, saved to the sandbox."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Response

from ...scripting.expectations import listed
from ..api import ApiError, below
from ..desk import Visit
from ..questions import delete_scenario
from ..suggestions import parts_of
from .same_names import Draft, Replacement, digest_of, notice_of, replaced_by
from .scenarios import with_moments

#: Where a new scenario is written: below the path of the others, a scenario could have its name.
NEW = "/page/new-scenario"
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


def show_new(visit: Visit) -> Response:
    """Shows the editor for a new scenario, which begins with an example."""
    return _editor(visit, Draft("", "", FIRST, ""))


def show(visit: Visit, name: str) -> Response:
    """Shows a scenario's YAML, to be changed; where it is gone, an example."""
    try:
        scenario = visit.api.get("/scenarios", name)
    except ApiError as error:
        if error.status != 404:
            raise
        # A restart takes the scenario, not what the browser keeps of it unsaved.
        answer = _editor(visit, Draft(name, name, FIRST, ""), gone=error.message)
        answer.status_code = 404
        return answer
    return _editor(visit, Draft(name, name, scenario["yaml"], digest_of(scenario["yaml"])))


class Mistake(NamedTuple):
    """Why a scenario was not saved: `line` is 0 where no line of the text is wrong.

    What is wrong of the text or its name is told by the check, so `message` does not repeat it.
    """

    message: str
    line: int = 0
    is_name_wrong: bool = False
    replaced: Replacement | None = None


def _editor(
    visit: Visit,
    draft: Draft,
    mistake: Mistake | None = None,
    gone: str = "",
    preview: Mapping[str, Any] | None = None,
) -> Response:
    return visit.page(
        "scenarios",
        "scenarios/edit.html",
        lambda: {
            **draft._asdict(),
            "mistake": mistake,
            "preview": preview,
            "gone": parts_of(visit.api, gone) if gone else (),
            **_saved(visit, draft.origin),
            **checked(visit, draft),
        },
    )


def tell_editor(
    visit: Visit,
    draft: Draft,
    mistake: Mistake | None = None,
    preview: Mapping[str, Any] | None = None,
) -> Response:
    """Leads to the editor with what was sent, and what became of it.

    Args:
        visit: what was pressed.
        draft: what was sent.
        mistake: why it was not saved or drawn.
        preview: how it goes, where it was drawn.
    """
    path = f"/page/scenarios/{quote(draft.origin, safe='')}/edit" if draft.origin else NEW
    return visit.tell(path, lambda visit: _editor(visit, draft, mistake, preview=preview))


def _saved(visit: Visit, origin: str) -> dict[str, Any]:
    """Returns the text that was opened; None for a new scenario, or one that is gone."""
    found = visit.api.find("/scenarios", origin) if origin else None
    if found is None:
        return {"saved": None, "is_own": False}
    return {"saved": found["yaml"], "is_own": found["uploaded"]}


def checked(visit: Visit, draft: Draft) -> dict[str, Any]:
    """Returns what a template says of a text: its mistakes, or what it does."""
    found = visit.api.do("POST", "/scenarios/check", draft.yaml, name=draft.name)
    lines = [with_moments(script) for script in found.get("scripts", ())]
    there = _there(visit, draft.name)
    notice = notice_of(draft.name, draft.origin, there, _default(visit))
    return {"checked": found, "lines": lines, "notice": notice}


def _there(visit: Visit, name: str) -> dict[str, Any] | None:
    """Returns the scenario of a name; None where there is none."""
    found: dict[str, Any] | None = visit.api.find("/scenarios", name) if name else None
    return found


def _default(visit: Visit) -> str:
    """Returns the name of the scenario that payments play by default."""
    return str(visit.api.get("/scenarios")["default"])


def check(visit: Visit) -> Response:
    """Says what is wrong with what is written so far, or what it does."""
    return visit.render("scenarios/checked.html", **checked(visit, sent(visit)))


def sent(visit: Visit) -> Draft:
    """Returns what the editor has sent."""
    return Draft(visit.arg("origin"), visit.arg("name"), yaml_of(visit), visit.arg("opened"))


def save(visit: Visit) -> Response:
    """Takes the scenario into the sandbox; where it is wrong, says what and in which line."""
    draft = sent(visit)
    shown = checked(visit, draft)
    mistake = _mistake(visit, draft, shown["checked"]["problems"])
    path = f"/page/scenarios/{draft.name}"
    if mistake is None:
        return visit.go(path, "The scenario is saved in this sandbox.")
    visit.is_refused = True
    if visit.is_partial:
        return visit.render("scenarios/refused.html", mistake=mistake, **shown)
    return tell_editor(visit, draft, mistake)


def _mistake(visit: Visit, draft: Draft, problems: list[dict[str, Any]]) -> Mistake | None:
    """Saves the scenario unless something is wrong with it; returns what is."""
    if not draft.name:
        return Mistake("Give it a name, such as slow-rejection.", is_name_wrong=True)
    if problems:
        first = problems[0]
        if first["field"] == "name":
            return Mistake("Nothing was saved: the name is wrong.", is_name_wrong=True)
        lines = list(dict.fromkeys(each["line"] for each in problems if each["field"] != "name"))
        wrong = f"line {lines[0]} is" if len(lines) == 1 else f"lines {listed(lines)} are"
        return Mistake(f"Nothing was saved: {wrong} wrong.", first["line"])
    seen = visit.arg("replace") or (draft.opened if draft.name == draft.origin else "")
    replaced = replaced_by(draft, seen, _there(visit, draft.name), _default(visit))
    if replaced is not None:
        return Mistake("", replaced=replaced)
    try:
        visit.api.do("PUT", below("/scenarios", draft.name), draft.yaml)
    except ApiError as error:
        return Mistake(error.message)
    return None


def remove(visit: Visit, name: str) -> Response:
    """Deletes a scenario of the sandbox."""
    if asking := visit.ask(delete_scenario(name)):
        return asking
    visit.api.do("DELETE", below("/scenarios", name))
    return visit.go("/page/scenarios", f"The scenario {name} was deleted.")


def yaml_of(visit: Visit) -> str:
    """Returns the text that the editor has sent."""
    # Forms end their lines as no YAML file does.
    return visit.request.form.get("yaml", "").replace("\r\n", "\n")
