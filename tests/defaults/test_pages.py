"""The commands of every page run as they are written, one after the other, as a reader runs them."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.defaults.machine import ALONE, Machine, clone
from tests.defaults.pages import PAGES
from tests.defaults.reading import Page, commands_of, is_serving, pages_with_commands, read
from tests.docs.guides import GUIDES
from tests.support import ROOT

pytestmark = ALONE

HERE = [each for each in PAGES if not each.read_by and any(map(each.is_run, each.blocks))]
#: Pages that need no simulator and start none at the usual port, so that one may be there already.
UNCONCERNED = [
    each
    for each in PAGES
    if not each.beside
    and any(map(each.is_run, each.blocks))
    and not any(is_serving(block.body) for block in each.blocks if each.is_run(block))
]


def assert_readable(page: Page, machine: Machine, folder: Path) -> None:
    reading = read(page, machine, clone(folder / "clone"))
    assert reading.code == 0, reading.said
    assert set(reading.printed) == set(filter(page.is_run, page.blocks))
    # A page that is looked at closer elsewhere may show a refusal, and says so itself.
    assert page.read_by or '{"error":"' not in reading.said
    assert "Traceback" not in reading.said


@pytest.mark.parametrize("page", HERE, ids=lambda page: page.path)
def test_a_page_can_be_followed(machine: Machine, tmp_path: Path, page: Page) -> None:
    assert_readable(page, machine, tmp_path)


@pytest.mark.longer
@pytest.mark.parametrize("page", UNCONCERNED, ids=lambda page: page.path)
def test_a_page_can_be_followed_beside_a_running_simulator(
    machine: Machine, tmp_path: Path, page: Page
) -> None:
    assert_readable(replace(page, beside=True), machine, tmp_path)


# --- nothing is left out --------------------------------------------------------------------------


def test_every_page_with_commands_is_known() -> None:
    # Tutorials and how-tos are found by their folder, and read by tests/docs/test_guides.py.
    others = [path for path in pages_with_commands() if path not in GUIDES]
    assert sorted(each.path for each in PAGES) == sorted(others)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_what_is_not_run_is_there_and_says_why(page: Page) -> None:
    commands = [each.body for each in page.blocks if each.language == "sh"]
    for word, reason in page.elsewhere.items():
        assert any(word in each for each in commands)
        file, colon, _ = reason.partition(":")
        assert not colon or (ROOT / file).is_file()


@pytest.mark.parametrize("page", [each for each in PAGES if each.read_by], ids=lambda p: p.path)
def test_a_page_that_is_looked_at_closer_is_read_there(page: Page) -> None:
    code = (ROOT / page.read_by).read_text(encoding="utf-8")
    assert "printed_by_page(PAGE, tmp_path_factory)" in code
    assert f'PAGE = "{page.path}"' in code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_a_page_says_what_its_reader_has_to_do_first(page: Page) -> None:
    text = " ".join((ROOT / page.path).read_text(encoding="utf-8").split())
    assert not page.beside or "while `make run` serves in another terminal" in text
    named = page.before.rpartition("; ")[2].removesuffix(")")
    assert named in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_commands_stand_in_blocks_that_say_so(page: Page) -> None:
    assert commands_of(page.path) != []
