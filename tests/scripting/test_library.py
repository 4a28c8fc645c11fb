"""The library: folders, replacement, files that change."""

import os
from pathlib import Path

import pytest

from simulator.documents import ProblemsFound
from simulator.scripting.library import Library, Shelf, UnknownScenario
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
