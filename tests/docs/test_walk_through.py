"""The walk-through: its commands run, print what the page shows, and its scenarios play."""

import re
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from mobilepay_simulator.playing.play import Played
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.play import play

from tests.defaults.machine import ALONE
from tests.defaults.pages import printed_by_page
from tests.docs.pages import Block, blocks_of

PAGE = "docs/writing-scenarios.md"
BLOCKS = blocks_of(PAGE)
SERVE = next(each for each in BLOCKS if each.body.startswith("mobilepay-sim serve"))
#: What the page shows of an output, and the commands that print it.
SHOWN = [
    (commands, shown)
    for commands, shown in pairwise(BLOCKS)
    if commands.language == "sh" and shown.language in ("text", "xml")
]
SCENARIOS = [each for each in BLOCKS if each.language == "yaml"]
pytestmark = ALONE

MISTAKEN, TOO_MUCH = "typo.yaml", "my-scenarios/too-much.yaml"

TIME = re.compile(r"\b\d\d:\d\d:\d\d\.\d{3,6}\b")
DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
GUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[Block, str]:
    """What the page's commands print."""
    return printed_by_page(PAGE, tmp_path_factory)


def comparable(output: str, *, is_played: bool) -> str:
    """An output without what differs from run to run: ids, days, and times, or when they began.

    Args:
        output: what a command prints.
        is_played: whether its times are those of a play, which are the same in each.
    """
    output = DAY.sub("DAY", GUID.sub("ID", output)).strip()
    if not is_played:
        return TIME.sub("TIME", output)
    begun: datetime | None = None

    def since(match: "re.Match[str]") -> str:
        nonlocal begun
        at = datetime.strptime(match[0], "%H:%M:%S.%f")
        begun = begun or at
        return str((at - begun) % timedelta(days=1))

    return TIME.sub(since, output)


def test_the_page_shows_what_its_important_commands_print() -> None:
    commands = " ".join(commands.body for commands, _ in SHOWN)
    for word in ("check", "explain", "play", "capture", "verdict", "junit"):
        assert word in commands


@pytest.mark.parametrize("number", range(len(SHOWN)))
def test_a_command_prints_what_the_page_shows(printed: dict[Block, str], number: int) -> None:
    commands, shown = SHOWN[number]
    is_played = BLOCKS.index(commands) < BLOCKS.index(SERVE)
    expected = comparable(shown.body, is_played=is_played)
    assert comparable(printed[commands], is_played=is_played) == expected


def test_every_command_of_the_page_was_run(printed: dict[Block, str]) -> None:
    commands = {each for each in BLOCKS if each.language == "sh"}
    assert set(printed) == commands


def test_every_scenario_of_the_page_says_which_file_it_is() -> None:
    assert all(each.file for each in SCENARIOS)


def played(block: Block) -> Played:
    catalog = ScenarioCatalog(ScenarioLibrary([shipped_folder()]))
    catalog.put(read_scenario(block.body, "example"))
    return play(catalog.get("example"), Settings(time_scale=0))


@pytest.mark.parametrize(
    "block",
    [each for each in SCENARIOS if each.file not in (MISTAKEN, TOO_MUCH)],
    ids=lambda block: block.file,
)
def test_the_model_client_passes_the_scenarios_of_the_page(block: Block) -> None:
    result = played(block)
    assert result.gave_up is None
    assert {each.verdict for each in result.findings} == {"passed"}


def test_the_scenario_that_asks_for_too_much_fails() -> None:
    (block,) = (each for each in SCENARIOS if each.file == TOO_MUCH)
    assert not played(block).has_passed


def test_the_first_scenario_takes_ten_lines() -> None:
    assert len(SCENARIOS[0].body.splitlines()) == 10


def test_the_file_for_the_editor_names_the_schema_that_the_command_writes() -> None:
    command = next(each.body for each in BLOCKS if "scenario schema" in each.body)
    written = command.rpartition("> ")[2].strip()
    assert any(f"$schema={written}\n" in each.body for each in SCENARIOS)
