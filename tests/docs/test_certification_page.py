"""The page about certifications: its commands run as they stand, and print what the page shows."""

import re

import pytest
from mobilepay_simulator.scripting.cases import SECTIONS

from tests.defaults.machine import ALONE
from tests.defaults.pages import printed_by_page
from tests.docs.pages import Block, blocks_of
from tests.support import ROOT

PAGE = "docs/certification.md"
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
    def plain(line: str) -> str:
        return re.sub(r"\[request \d+\]|at \d+:\d+:\d+\.\d+", "", line).rstrip()

    lines = [plain(each) for each in printed[commands].splitlines()]
    assert [each for each in text.body.splitlines() if plain(each) not in lines] == []


def test_every_command_runs(printed: dict[Block, str]) -> None:
    assert set(COMMANDS) == set(printed)


def test_a_client_that_has_still_to_come_is_waited_for(printed: dict[Block, str]) -> None:
    (waiting,) = (each for each in COMMANDS if "--timeout 30m" in each.body)
    assert "It begins with: Create a point of sale" in printed[waiting]


def test_each_section_is_spoken_of_by_its_right_name() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    named = set(re.findall(r"--section ([\w-]+)", text))
    assert named <= {each.name for each in SECTIONS}
