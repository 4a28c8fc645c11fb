"""The page about the fault sweep: its commands run as they stand, and say what the page says."""

import re

import pytest
from mobilepay_simulator.cli.sweep import FAILING, KINDS
from mobilepay_simulator.journal.sweeps import SweepVerdict
from mobilepay_simulator.testing.sweep import planning
from mobilepay_simulator.testing.sweep.reports import NOISY

from tests.defaults.machine import ALONE
from tests.defaults.pages import printed_by_page
from tests.docs.pages import Block, blocks_of
from tests.support import ROOT

PAGE = "docs/sweep.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
BLOCKS = [each for each in blocks_of(PAGE) if each.language in ("sh", "text")]
COMMANDS = [each for each in BLOCKS if each.language == "sh"]


pytestmark = ALONE


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[Block, str]:
    """What the commands print."""
    return printed_by_page(PAGE, tmp_path_factory)


def shown() -> list[tuple[Block, Block]]:
    """Each block of text, with the commands that print it."""
    found, commands = [], COMMANDS[0]
    for block in BLOCKS:
        if block.language == "sh":
            commands = block
        else:
            found.append((commands, block))
    return found


@pytest.mark.parametrize(("commands", "text"), shown())
def test_the_commands_print_what_is_shown(
    printed: dict[Block, str], commands: Block, text: Block
) -> None:
    lines = printed[commands].splitlines()
    assert [each for each in text.body.splitlines() if each not in lines] == []


def test_every_command_runs(printed: dict[Block, str]) -> None:
    assert set(COMMANDS) <= set(printed)


def said(printed: dict[Block, str], word: str) -> str:
    """What the block of commands prints in which the word is."""
    (found,) = (each for each in printed if word in each.body)
    return printed[found]


def test_a_shell_can_be_named(printed: dict[Block, str]) -> None:
    assert "1 run: 1 survived" in said(printed, "echo sold")


def test_a_pytest_suite_is_swept(printed: dict[Block, str]) -> None:
    assert "4 runs: " in said(printed, "pytest tests/test_till.py")


def test_a_run_leaves_its_files(printed: dict[Block, str]) -> None:
    assert said(printed, "--junit").endswith("bundle.json\ncalls.txt\noutput.txt\n")


def test_its_bundle_replays(printed: dict[Block, str]) -> None:
    assert "every answer is the same" in said(printed, "replay")


def test_a_sandbox_that_is_kept_can_be_looked_into(printed: dict[Block, str]) -> None:
    assert "Reserved" in said(printed, "--keep")


def rows(heading: str) -> list[list[str]]:
    """The cells of the last table below a heading."""
    part = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = part.rpartition("|---|---|\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines()]


def test_every_fault_is_on_the_page() -> None:
    assert rows("Which runs are made") == [
        [f"`{each.name}`", each.words] for each in planning.KINDS.values()
    ]


def test_every_verdict_is_on_the_page() -> None:
    names = [re.sub("`", "", name) for name, _ in rows("Verdicts")]
    assert set(names) == {*(each.shown for each in SweepVerdict), NOISY}


def test_the_command_line_knows_the_same_faults_and_verdicts() -> None:
    assert tuple(planning.KINDS) == KINDS
    assert KINDS[:4] == planning.USUAL
    bad = {each.value for each in SweepVerdict} - {"survived"}
    assert set(FAILING) == bad | {"noisy", "never"}
