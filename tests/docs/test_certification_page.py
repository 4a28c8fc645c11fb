"""The page about certifications: its commands run as they stand, and print what the page shows."""

import re
import shutil
from pathlib import Path

import pytest

from simulator.scripting.cases import SECTIONS
from tests.docs.pages import Block, as_program, blocks_of, printed_by
from tests.support import ROOT, running_server

PAGE = "docs/certification.md"
BLOCKS = [each for each in blocks_of(PAGE) if each.language in ("sh", "text")]
#: What starts a server is started by the test itself.
COMMANDS = [
    each
    for each in BLOCKS
    if each.language == "sh" and "serve" not in each.body and "--target" not in each.body
]
URL = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[Block, str]:
    """What the commands print."""
    folder: Path = tmp_path_factory.mktemp("page")
    shutil.copytree(ROOT / "examples", folder / "examples")
    as_program(folder)
    with running_server() as server:
        moved = {
            each: Block("sh", each.body.replace(URL, server.url), each.file) for each in COMMANDS
        }
        settle = Block("sh", "unset -f mobilepay-sim; PATH=$PWD:$PATH\n")
        found = printed_by([settle, *moved.values()], folder)
    assert (folder / "certification.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    return {each: found[moved[each]] for each in COMMANDS}


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


def test_each_section_is_spoken_of_by_its_right_name() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    named = set(re.findall(r"--section ([\w-]+)", text))
    assert named <= {each.name for each in SECTIONS}
