"""The library: folders, replacement, files that change."""

import os
import sys
from pathlib import Path

import pytest

from simulator.documents import ProblemsFound
from simulator.scripting.library import (
    CaseShelf,
    Library,
    Shelf,
    UnknownScenario,
    amounts_folder,
    certification_folder,
    shipped_folder,
)
from simulator.scripting.scenario import read_scenario


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    # The clock of the file system may be too coarse for two edits in a row.
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + len(text) * 1_000_000))
    return path


def summary(library: Library, name: str) -> str:
    return Shelf(library).get(name).summary


def test_a_later_folder_replaces_names_of_an_earlier(tmp_path: Path) -> None:
    write(tmp_path / "a", "same", "summary: first")
    write(tmp_path / "b", "same", "summary: second")
    assert summary(Library([tmp_path / "a", tmp_path / "b"]), "same") == "second"


def test_folders_below_are_read_but_for_those_that_begin_with_an_underscore(
    tmp_path: Path,
) -> None:
    write(tmp_path / "theme", "seen", "summary: seen")
    write(tmp_path / "_later", "hidden", "summary: hidden")
    names = [each.name for each in Library([tmp_path])]
    assert names == ["seen"]
    assert [each.name for each in Library([tmp_path / "_later"])] == ["hidden"]


def test_the_lock_of_an_editor_beside_a_file_is_no_scenario(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: mine")
    (tmp_path / ".#mine.yaml").symlink_to("somebody@somewhere.1234:1")
    write(tmp_path / ".trash", "thrown-away", "summary: thrown away")
    assert [each.name for each in Library([tmp_path])] == ["mine"]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a", "same", "summary: first")
    write(tmp_path / "b", "same", "summary: second")
    with pytest.raises(ProblemsFound, match="is taken by"):
        Library([tmp_path])


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound, match="is not a folder"):
        Library([tmp_path / "nowhere"])


def test_unchanged_files_are_not_read_again(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    assert Library([tmp_path]).refresh() is False


def test_changed_new_and_removed_files_are_noticed(tmp_path: Path) -> None:
    path = write(tmp_path, "mine", "summary: first")
    library = Library([tmp_path])
    write(tmp_path, "mine", "summary: second edit")
    write(tmp_path, "new", "summary: new")
    assert library.refresh() is True
    assert summary(library, "mine") == "second edit"
    path.unlink()
    assert library.refresh() is True
    assert [each.name for each in library] == ["new"]


@pytest.mark.skipif(sys.platform == "win32", reason="makes a link")
def test_a_file_that_is_gone_when_it_is_looked_at_is_no_change(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    library = Library([tmp_path])
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert library.refresh() is False


def test_a_broken_edit_keeps_the_last_good_ones_and_is_told_once(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    library = Library([tmp_path])
    write(tmp_path, "mine", "sumary: broken")
    with pytest.raises(ProblemsFound, match="did you mean 'summary'"):
        library.refresh()
    assert library.refresh() is False
    assert summary(library, "mine") == "first"


def test_shelves_see_what_the_library_reads_again(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    library = Library([tmp_path])
    shelf = Shelf(library)
    assert shelf.is_plain
    write(
        tmp_path,
        "mine",
        "summary: choosy\napplies_to: {order_id: A*}\nexpect: [{final_state: Captured}]",
    )
    library.refresh()
    assert shelf.get("mine").summary == "choosy"
    assert not shelf.is_plain
    assert shelf.first_that(lambda _: True) is shelf.get("mine")
    assert shelf.first_that(lambda _: False) is None


def test_an_upload_wins_and_may_include_what_is_there(tmp_path: Path) -> None:
    write(tmp_path, "base", "summary: base\nsteps:\n  - do: check-in")
    shelf = Shelf(Library([tmp_path]))
    shelf.put(read_scenario("summary: mine\nsteps:\n  - include: base\n  - do: accept", "mine"))
    assert [step.do.word for step in shelf.get("mine").scripts[0] if step.do] == [
        "check-in",
        "accept",
    ]
    assert [each.name for each in shelf] == ["base", "mine"]


def test_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    with pytest.raises(UnknownScenario, match="did you mean 'mine'"):
        Shelf(Library([tmp_path])).get("mien")


def test_of_a_long_name_that_is_unknown_the_beginning_is_told(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    with pytest.raises(UnknownScenario, match=f"no scenario '{'x' * 80}';"):
        Shelf(Library([tmp_path])).get("x" * 81)


INCLUDES = [
    ({"two": "summary: x\npayments: [{}, {}]", "a": "summary: x\nsteps: [{include: two}]"}, "several payments"),
    ({"a": "summary: x\nsteps: [{include: b}]", "b": "summary: x\nsteps: [{include: a}]"}, "circle"),
    ({"a": "summary: x\nsteps: [{include: c}]"}, "no scenario 'c'"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "said"), INCLUDES)
def test_what_can_not_be_included_is_refused(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    for name, text in files.items():
        write(tmp_path, name, text)
    with pytest.raises(ProblemsFound, match=said):
        Library([tmp_path])


@pytest.mark.parametrize("name", ["Upper", "with space", "ümlaut", "x" * 65, "dot.dot"])
def test_a_file_whose_name_is_no_scenario_name_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "summary: x")
    with pytest.raises(ProblemsFound, match="no scenario name"):
        Library([tmp_path])


def test_too_many_steps_by_includes_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a", "summary: x\nsteps:\n" + "  - do: leave\n" * 100)
    for name, included in (("b", "a"), ("c", "b")):
        write(tmp_path, name, "summary: x\nsteps:\n" + f"  - include: {included}\n" * 20)
    with pytest.raises(ProblemsFound, match="more than 1000 steps"):
        Library([tmp_path])


def case(section: str, number: int, title: str = "x") -> str:
    about = f"section: {section}, number: {number}, title: {title}, task: x"
    return f"summary: x\ncase: {{{about}, opens_with: {{call: GetPos}}}}\npayments: []\n"


def test_cases_are_kept_apart_from_what_payments_play(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: x")
    write(tmp_path, "my-case", case("payments", 99))
    library = Library([tmp_path])
    assert (list(library.scenarios), list(library.cases)) == (["mine"], ["my-case"])
    (tmp_path / "my-case.yaml").unlink()
    library.refresh()

    assert list(library.cases) == []


def test_cases_stand_in_the_order_of_their_sections_the_shipped_and_ones_own(
    tmp_path: Path,
) -> None:
    write(tmp_path, "last", case("refunds", 99))
    write(tmp_path, "twin-b", case("onboarding", 98))
    write(tmp_path, "twin-a", case("onboarding", 98))
    write(tmp_path, "certify-create-pos", case("onboarding", 1, title="mine"))
    library = Library([tmp_path])
    shelf = CaseShelf(library)
    cases = list(shelf())
    shipped = Library([certification_folder()]).cases

    assert cases[0] == "certify-create-pos" and cases[-1] == "last"
    assert cases.index("twin-b") == cases.index("twin-a") + 1
    assert {*cases} == {*shipped, "last", "twin-a", "twin-b"}
    mine = shelf()["certify-create-pos"].case
    assert mine is not None and mine.title == "mine"


def test_cases_are_put_together_anew_only_where_a_file_has_changed(tmp_path: Path) -> None:
    write(tmp_path, "mine", case("payments", 99))
    library = Library([tmp_path])
    shelf = CaseShelf(library)
    before = shelf()
    assert shelf() is before
    write(tmp_path, "another", case("payments", 98))
    library.refresh()

    assert {*shelf()} - {*before} == {"another"}


def test_the_shipped_scenarios_are_those_for_payments_alone() -> None:
    names = {*Library([shipped_folder()]).scenarios}
    with_amounts = {*Library([shipped_folder(), amounts_folder()]).scenarios}

    assert names < with_amounts
    assert names.isdisjoint(Library([certification_folder()]).cases)
    assert not Library([shipped_folder()]).cases


def test_a_folder_of_ones_own_may_be_called_certification(tmp_path: Path) -> None:
    write(tmp_path / "certification", "mine", "summary: x")
    assert list(Library([tmp_path]).scenarios) == ["mine"]


def test_scenarios_are_told_by_name_and_in_both_endings(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("summary: x")
    for name in ("d", "later/a", "b"):
        write(tmp_path, name, "summary: x")
    assert [each.name for each in Library([tmp_path])] == ["a", "b", "c", "d"]


def test_an_upload_that_chooses_by_itself_is_seen_at_once(tmp_path: Path) -> None:
    write(tmp_path, "base", "summary: x")
    shelf = Shelf(Library([tmp_path]))
    assert shelf.first_that(lambda _: True) is None
    shelf.put(read_scenario("summary: x\napplies_to: {order_id: A*}", "picky"))

    assert shelf.first_that(lambda _: True) is shelf.get("picky")
    assert "picky" in shelf and "nothing" not in shelf


@pytest.mark.parametrize(
    ("file", "text"), [("a.yaml", "summary: x"), ("nowhere", None)], ids=["twin", "no folder"]
)
def test_a_mistake_of_a_whole_file_is_told_at_its_beginning(
    tmp_path: Path, file: str, text: str | None
) -> None:
    folder = tmp_path
    if text is None:
        folder = tmp_path / file
    else:
        for below in ("1", "2"):
            write(tmp_path / below, "a", text)
    with pytest.raises(ProblemsFound) as found:
        Library([folder])
    (problem,) = found.value.problems

    assert (problem.line, problem.column, problem.field) == (1, 1, "")
    assert problem.file.endswith(file)
