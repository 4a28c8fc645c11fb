"""The tour: its commands run as they stand, and say what the page says."""

import pytest
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioLibrary
from mobilepay_simulator.scripting.scenario import read_scenario

from tests.defaults.machine import ALONE
from tests.defaults.pages import printed_by_page
from tests.docs.pages import Block, blocks

PAGE = "docs/tour.md"

pytestmark = ALONE


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[Block, str]:
    """What the commands print, after its till has paid."""
    return printed_by_page(PAGE, tmp_path_factory)


def said_by(printed: dict[Block, str], word: str) -> str:
    """What the one block of commands prints that has a word."""
    (output,) = (output for block, output in printed.items() if word in block.body)
    return output


def test_it_queues_a_scenario_and_reads_its_runs(printed: dict[Block, str]) -> None:
    said = said_by(printed, "_simulator/runs?format=junit")
    assert '"scenario":"cancelled-by-mobilepay"' in said
    assert "<testsuite" in said


def test_it_looks_at_what_the_client_did(printed: dict[Block, str]) -> None:
    assert '"operation":"CapturePayment"' in said_by(printed, "_simulator/requests?operation")
    judged = said_by(printed, "mobilepay-sim audit")
    assert "Request 2: GetPosWithFilter" in judged
    assert '"matched":1' in judged
    assert "nothing wrong in " in judged


def test_it_replays_what_happened(printed: dict[Block, str]) -> None:
    assert "every answer is the same" in said_by(printed, "mobilepay-sim replay")


def test_the_scenario_it_shows_is_shipped_and_plays(printed: dict[Block, str]) -> None:
    shown = read_scenario(blocks(PAGE, "yaml")[0], "lost-response-initiate")
    shipped = ScenarioLibrary([shipped_folder()]).scenarios["lost-response-initiate"]
    assert (shown.summary, shown.faults) == (shipped.summary, shipped.faults)
    assert set(shown.expect) <= set(shipped.expect)
    assert said_by(printed, "scenario play").endswith("passed\n")
