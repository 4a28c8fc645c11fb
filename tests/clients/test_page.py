"""docs/clients.md shows every stack and every proxy of the table, and that it gets in."""

import pytest

from tests.clients.legs import LEGS
from tests.clients.page import PAGE, cells_of
from tests.clients.stacks import ABSENT, PROXIES, STACKS, THROUGH
from tests.clients.tools import HERE, NUMBER, Stack, Tool
from tests.docs.pages import blocks
from tests.support import ROOT


@pytest.mark.parametrize("stack", STACKS, ids=lambda each: each.key)
def test_the_page_shows_a_stack_with_its_version_and_every_leg(stack: Stack) -> None:
    (row,) = (cells for cells in cells_of(stack) if len(cells) > len(LEGS))
    assert NUMBER.fullmatch(row[1])
    for leg, went in zip(LEGS, row[2:], strict=False):
        reason = dict(stack.without).get(leg)
        assert reason in went if reason else went.startswith("ok")


@pytest.mark.parametrize("proxy", PROXIES, ids=lambda each: each.name)
def test_the_page_shows_the_stacks_that_go_through_a_proxy(proxy: Tool) -> None:
    rows = cells_of(proxy)
    assert [row[2] for row in rows] == [each.name for each in THROUGH]
    assert all(went.startswith("ok") for row in rows for went in row[3:])


def test_the_page_says_what_is_not_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| {name} | {why} |" in text for name, why in ABSENT.items())


def test_every_program_belongs_to_a_stack() -> None:
    used = {f"{stack.folder}/{word}" for stack in STACKS for word in (*stack.run, *stack.build)}
    used |= {f"{stack.folder}/{word}.java" for stack in STACKS for word in stack.run}
    programs = {
        f"{each.parent.name}/{each.name}"
        for each in HERE.glob("*/*")
        if "with" in each.name.lower()
    }
    # The one for .NET Core is built by a script, which names it.
    assert programs <= used
    assert len(programs) > 15


def test_no_two_stacks_have_one_name() -> None:
    assert len({each.key for each in STACKS}) == len(STACKS)


@pytest.mark.parametrize("page", ["README.md", "docs/other-languages.md"])
def test_the_page_is_found(page: str) -> None:
    assert "clients.md)" in (ROOT / page).read_text(encoding="utf-8")


def test_the_page_names_the_targets_that_there_are() -> None:
    targets = {word for block in blocks("docs/clients.md", "sh") for word in block.split()}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {"client-tools", "clients"} <= targets
    assert all(f"\n{name}:" in makefile for name in ("client-tools", "clients"))
