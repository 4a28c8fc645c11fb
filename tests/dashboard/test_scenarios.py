"""Scenarios on the page without a browser: search, previews, and how they are saved."""

import re

import pytest
from mobilepay_simulator.dashboard.sealing import POLICY

from tests.dashboard.conftest import HTMX, Reader
from tests.support import Till

WRONG = "summary: x\nsteps:\n  - do: acept"


def names(page: str) -> list[str]:
    """The scenarios that a list shows."""
    return re.findall(r'href="[^"]*/page/scenarios/([^"/]+)"', page)


def test_words_are_looked_for_in_names_summaries_and_themes(reader: Reader) -> None:
    shown = names(reader.text("/page/scenarios?search=LOST+capture"))
    assert shown == ["lost-response-capture"]
    assert "refund-slow" in names(reader.text("/page/scenarios?theme=refund"))
    assert not names(reader.text("/page/scenarios?search=nothing-of-this-name"))


def test_only_the_list_comes_while_one_searches(reader: Reader) -> None:
    answer = reader.get("/page/scenarios?part=list&search=lost+capture&theme=", **HTMX)
    assert answer.headers["HX-Replace-Url"].endswith("/page/scenarios?search=lost+capture")
    assert "<html" not in answer.text
    assert names(answer.text) == ["lost-response-capture"]


def test_a_preview_is_a_page_or_a_part_of_one(reader: Reader) -> None:
    path = "/page/scenarios/rejection/preview"
    answer = reader.get(path)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "<h1>" in answer.text
    part = reader.text(path, **HTMX)
    assert "<html" not in part
    for each in (answer.text, part):
        assert 'class="flow"' in each
        assert "/_simulator/scenarios/rejection/preview" in each


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_preview_of_a_text_with_mistakes_tells_them(
    reader: Reader, headers: dict[str, str]
) -> None:
    answer = reader.post("/page/scenarios/preview", headers=headers, yaml=WRONG)
    assert answer.text.count("did you mean") == 1
    assert answer.status_code == 200


def test_no_preview_is_there_of_what_is_not_there(reader: Reader) -> None:
    assert reader.get("/page/scenarios/nothing/preview").status_code == 404


def test_a_scenario_without_a_payment_has_nothing_to_draw(reader: Reader) -> None:
    text = "summary: x\ntill: [create-pos]"
    assert "nothing to draw" in reader.post("/page/scenarios/preview", headers=HTMX, yaml=text).text


def test_saving_leads_to_the_scenario(reader: Reader, till: Till) -> None:
    form = {"name": "mine", "yaml": "summary: Mine."}
    answer = reader.post("/page/scenarios/save", headers=HTMX, **form)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["HX-Redirect"].endswith("/page/scenarios/mine")
    assert till.control("GET", "/scenarios/mine")["summary"] == "Mine."
    assert reader.post("/page/scenarios/save", **form).url.path.endswith("/scenarios/mine")


@pytest.mark.parametrize(
    "name", ["new", "new-scenario", "check", "save", "queue", "preview", "edit", "delete"]
)
def test_a_scenario_can_have_the_name_of_a_word_of_the_pages_own_paths(
    reader: Reader, till: Till, name: str
) -> None:
    till.http.put(f"/_simulator/scenarios/{name}", content=b"summary: Of this name.")
    for path in ("", "/edit", "/preview"):
        shown = reader.text(f"/page/scenarios/{name}{path}")
        assert "Of this name." in shown or "nothing to draw" in shown
    form = {"name": name, "origin": name, "yaml": "summary: Changed.", "replace": ""}
    opened = re.search(r'name="opened" value="(\w+)"', reader.text(f"/page/scenarios/{name}/edit"))
    assert opened
    reader.post("/page/scenarios/save", **form, opened=opened[1])
    assert till.control("GET", f"/scenarios/{name}")["summary"] == "Changed."
    reader.post(f"/page/scenarios/{name}/delete", headers=HTMX)
    assert till.http.get(f"/_simulator/scenarios/{name}").status_code == 404


def test_the_drafts_of_a_scenario_are_not_those_of_a_new_one(reader: Reader, till: Till) -> None:
    till.http.put("/_simulator/scenarios/new", content=b"summary: Of this name.")
    paths = ("/page/new-scenario", "/page/scenarios/new/edit")
    drafts = {re.search(r'data-draft="([^"]+)"', reader.text(path)) for path in paths}
    assert len({found[1] for found in drafts if found}) == 2


def test_the_editor_says_which_name_no_upload_can_have(reader: Reader) -> None:
    form = {"name": "next", "yaml": "summary: x"}
    answer = reader.post("/page/scenarios/save", headers=HTMX, **form)
    assert "data-name" in answer.text
    assert "is no name for an upload" in answer.text


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({"name": "mine", "yaml": WRONG}, 'data-line="3"'),
        ({"name": "Mine", "yaml": "summary: x"}, "data-name"),
        ({"name": "", "yaml": "summary: x"}, "data-name"),
    ],
)
def test_what_is_not_saved_says_where_it_is_wrong(
    reader: Reader, form: dict[str, str], place: str
) -> None:
    part = reader.post("/page/scenarios/save", headers=HTMX, **form)
    assert part.status_code == 200
    whole = reader.post("/page/scenarios/save", **form).text
    for each in (part.text, whole):
        assert re.search(rf'role="alert"[^>]*{place}', each)
    assert form["yaml"].splitlines()[0] in whole


def test_a_scenario_of_the_name_is_replaced_only_by_who_has_seen_it(
    reader: Reader, till: Till
) -> None:
    theirs, mine = "summary: Theirs.", "summary: Mine."
    till.http.put("/_simulator/scenarios/taken", content=theirs)
    form = {"name": "taken", "yaml": mine}
    page = reader.post("/page/scenarios/save", **form).text
    assert "Theirs." in page
    assert till.control("GET", "/scenarios/taken")["yaml"] == theirs
    seen = re.search(r'name="replace" value="([^"]+)"', page)
    assert seen
    later = "summary: Later."
    till.http.put("/_simulator/scenarios/taken", content=later)
    assert "Later." in reader.post("/page/scenarios/save", replace=seen[1], **form).text
    till.http.put("/_simulator/scenarios/taken", content=theirs)
    answer = reader.post("/page/scenarios/save", replace=seen[1], **form)
    assert answer.url.path.endswith("/scenarios/taken")
    assert till.control("GET", "/scenarios/taken")["yaml"] == mine


@pytest.mark.parametrize(
    ("name", "origin", "is_told"),
    [("taken", "", True), ("rejection", "", True), ("taken", "taken", False), ("free", "", False)],
)
def test_a_name_that_is_there_already_is_told_while_it_is_typed(
    reader: Reader, till: Till, name: str, origin: str, is_told: bool
) -> None:
    till.http.put("/_simulator/scenarios/taken", content="summary: Theirs.")
    form = {"name": name, "origin": origin, "yaml": "summary: Mine."}
    answer = reader.post("/page/scenarios/check", headers=HTMX, **form)
    assert ('id="same-name"' in answer.text) == is_told
    assert "No mistakes." in answer.text


def test_a_scenario_of_the_sandbox_is_deleted_and_a_shipped_one_is_not(
    reader: Reader, till: Till
) -> None:
    till.http.put("/_simulator/scenarios/mine", content="summary: Mine.")
    answer = reader.post("/page/scenarios/mine/delete", asked="page")
    assert "The scenario mine was deleted." in answer.text
    assert till.http.get("/_simulator/scenarios/mine").status_code == 404
    answer = reader.post("/page/scenarios/success/delete", asked="page")
    assert (answer.status_code, "in a file" in answer.text) == (400, True)
