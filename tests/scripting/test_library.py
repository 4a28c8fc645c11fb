"""The library: folders, replacement, files that change."""

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from mobilepay_simulator.scripting import library as library_module
from mobilepay_simulator.scripting.files import amounts_folder, certification_folder, shipped_folder
from mobilepay_simulator.scripting.library import (
    CaseCatalog,
    ScenarioCatalog,
    ScenarioLibrary,
    UnknownScenario,
)
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.settings.documents import ProblemsFound


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    # The clock of the file system may be too coarse for two edits in a row.
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + len(text) * 1_000_000))
    return path


def summary(library: ScenarioLibrary, name: str) -> str:
    return ScenarioCatalog(library).get(name).summary


def test_a_later_folder_replaces_names_of_an_earlier(tmp_path: Path) -> None:
    write(tmp_path / "a", "same", "summary: first")
    write(tmp_path / "b", "same", "summary: second")
    assert summary(ScenarioLibrary([tmp_path / "a", tmp_path / "b"]), "same") == "second"


def test_folders_below_are_read_but_for_those_that_begin_with_an_underscore(
    tmp_path: Path,
) -> None:
    write(tmp_path / "theme", "seen", "summary: seen")
    write(tmp_path / "_later", "hidden", "summary: hidden")
    names = [each.name for each in ScenarioLibrary([tmp_path])]
    assert names == ["seen"]
    assert [each.name for each in ScenarioLibrary([tmp_path / "_later"])] == ["hidden"]


def test_the_lock_of_an_editor_beside_a_file_is_no_scenario(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: mine")
    (tmp_path / ".#mine.yaml").symlink_to("somebody@somewhere.1234:1")
    write(tmp_path / ".trash", "thrown-away", "summary: thrown away")
    assert [each.name for each in ScenarioLibrary([tmp_path])] == ["mine"]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a", "same", "summary: first")
    write(tmp_path / "b", "same", "summary: second")
    with pytest.raises(ProblemsFound, match="is taken by"):
        ScenarioLibrary([tmp_path])


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound, match="no such folder"):
        ScenarioLibrary([tmp_path / "nowhere"])


def test_unchanged_files_are_not_read_again(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    assert ScenarioLibrary([tmp_path]).refresh() is False


def test_changed_new_and_removed_files_are_noticed(tmp_path: Path) -> None:
    path = write(tmp_path, "mine", "summary: first")
    library = ScenarioLibrary([tmp_path])
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
    library = ScenarioLibrary([tmp_path])
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert library.refresh() is False


def test_a_broken_edit_keeps_the_last_good_ones_and_is_told_once(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    library = ScenarioLibrary([tmp_path])
    write(tmp_path, "mine", "sumary: broken")
    with pytest.raises(ProblemsFound, match="did you mean 'summary'"):
        library.refresh()
    assert library.refresh() is False
    assert summary(library, "mine") == "first"


def test_files_that_could_not_be_read_are_read_again_until_they_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "mine", "summary: first")
    library = ScenarioLibrary([tmp_path])
    write(tmp_path, "mine", "summary: second edit")
    with monkeypatch.context() as broken:
        broken.setattr(library_module, "read_folder", lambda _: {}[""])
        for _ in range(2):
            with pytest.raises(KeyError):
                library.refresh()
    assert library.refresh() is True
    assert summary(library, "mine") == "second edit"


def test_shelves_see_what_the_library_reads_again(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    library = ScenarioLibrary([tmp_path])
    catalog = ScenarioCatalog(library)
    assert catalog.is_plain
    write(
        tmp_path,
        "mine",
        "summary: choosy\napplies_to: {order_id: A*}\nexpect: [{final_state: Captured}]",
    )
    library.refresh()
    assert catalog.get("mine").summary == "choosy"
    assert not catalog.is_plain
    assert catalog.first_that(lambda _: True) is catalog.get("mine")
    assert catalog.first_that(lambda _: False) is None


def test_an_upload_wins_and_may_include_what_is_there(tmp_path: Path) -> None:
    write(tmp_path, "base", "summary: base\nsteps:\n  - do: check-in")
    catalog = ScenarioCatalog(ScenarioLibrary([tmp_path]))
    catalog.put(read_scenario("summary: mine\nsteps:\n  - include: base\n  - do: accept", "mine"))
    assert [step.do.word for step in catalog.get("mine").scripts[0] if step.do] == [
        "check-in",
        "accept",
    ]
    assert [each.name for each in catalog] == ["base", "mine"]


def test_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    with pytest.raises(UnknownScenario, match="did you mean 'mine'"):
        ScenarioCatalog(ScenarioLibrary([tmp_path])).get("mien")


def test_of_a_long_name_that_is_unknown_the_beginning_is_told(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: first")
    with pytest.raises(UnknownScenario, match=f"no scenario '{'x' * 80}';"):
        ScenarioCatalog(ScenarioLibrary([tmp_path])).get("x" * 81)


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
        ScenarioLibrary([tmp_path])


@pytest.mark.parametrize("name", ["Upper", "with space", "ümlaut", "x" * 65, "dot.dot"])
def test_a_file_whose_name_is_no_scenario_name_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "summary: x")
    with pytest.raises(ProblemsFound, match="not a scenario name"):
        ScenarioLibrary([tmp_path])


def test_too_many_steps_by_includes_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a", "summary: x\nsteps:\n" + "  - do: leave\n" * 100)
    for name, included in (("b", "a"), ("c", "b")):
        write(tmp_path, name, "summary: x\nsteps:\n" + f"  - include: {included}\n" * 20)
    with pytest.raises(ProblemsFound, match="more than 1000 steps"):
        ScenarioLibrary([tmp_path])


def case(section: str, number: int, title: str = "x") -> str:
    about = f"section: {section}, number: {number}, title: {title}, task: x"
    return f"summary: x\ncase: {{{about}, opens_with: {{call: GetPos}}}}\npayments: []\n"


def test_cases_are_kept_apart_from_what_payments_play(tmp_path: Path) -> None:
    write(tmp_path, "mine", "summary: x")
    write(tmp_path, "my-case", case("payments", 99))
    library = ScenarioLibrary([tmp_path])
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
    library = ScenarioLibrary([tmp_path])
    catalog = CaseCatalog(library)
    cases = list(catalog())
    shipped = ScenarioLibrary([certification_folder()]).cases

    assert cases[0] == "certify-create-pos" and cases[-1] == "last"
    assert cases.index("twin-b") == cases.index("twin-a") + 1
    assert {*cases} == {*shipped, "last", "twin-a", "twin-b"}
    mine = catalog()["certify-create-pos"].case
    assert mine is not None and mine.title == "mine"


def test_cases_are_put_together_anew_only_where_a_file_has_changed(tmp_path: Path) -> None:
    write(tmp_path, "mine", case("payments", 99))
    library = ScenarioLibrary([tmp_path])
    catalog = CaseCatalog(library)
    before = catalog()
    assert catalog() is before
    write(tmp_path, "another", case("payments", 98))
    library.refresh()

    assert {*catalog()} - {*before} == {"another"}


def test_the_shipped_scenarios_are_those_for_payments_alone() -> None:
    names = {*ScenarioLibrary([shipped_folder()]).scenarios}
    with_amounts = {*ScenarioLibrary([shipped_folder(), amounts_folder()]).scenarios}

    assert names < with_amounts
    assert names.isdisjoint(ScenarioLibrary([certification_folder()]).cases)
    assert not ScenarioLibrary([shipped_folder()]).cases


def test_a_folder_of_ones_own_may_be_called_certification(tmp_path: Path) -> None:
    write(tmp_path / "certification", "mine", "summary: x")
    assert list(ScenarioLibrary([tmp_path]).scenarios) == ["mine"]


def test_scenarios_are_told_by_name_and_in_both_endings(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("summary: x")
    for name in ("d", "later/a", "b"):
        write(tmp_path, name, "summary: x")
    assert [each.name for each in ScenarioLibrary([tmp_path])] == ["a", "b", "c", "d"]


def test_an_upload_that_chooses_by_itself_is_seen_at_once(tmp_path: Path) -> None:
    write(tmp_path, "base", "summary: x")
    catalog = ScenarioCatalog(ScenarioLibrary([tmp_path]))
    assert catalog.first_that(lambda _: True) is None
    catalog.put(read_scenario("summary: x\napplies_to: {order_id: A*}", "picky"))

    assert catalog.first_that(lambda _: True) is catalog.get("picky")
    assert "picky" in catalog and "nothing" not in catalog


def test_a_mistake_of_a_whole_file_is_told_at_its_beginning(tmp_path: Path) -> None:
    for below in ("1", "2"):
        write(tmp_path / below, "a", "summary: x")
    with pytest.raises(ProblemsFound) as found:
        ScenarioLibrary([tmp_path])
    (problem,) = found.value.problems

    assert (problem.line, problem.column, problem.field) == (1, 1, "")
    assert problem.file.endswith("a.yaml")


def test_a_folder_that_is_not_there_has_no_line(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        ScenarioLibrary([tmp_path / "nowhere"])
    assert str(found.value) == f"{tmp_path / 'nowhere'}: no such folder"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE])
def test_a_file_that_could_not_be_read_for_a_moment_is_read_again_although_it_has_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    write(tmp_path, "mine", "summary: Before.")
    library = ScenarioLibrary([tmp_path])
    write(tmp_path, "mine", "summary: Afterwards.")

    def refuse(path: Path, *_: Any, **__: Any) -> bytes:
        raise OSError(number, os.strerror(number), str(path))

    with monkeypatch.context() as patched:
        patched.setattr("mobilepay_simulator.settings.documents.read_file", refuse)
        with pytest.raises((ProblemsFound, OSError)):
            library.refresh()
    assert library.refresh()
    assert library.scenarios["mine"].summary == "Afterwards."
