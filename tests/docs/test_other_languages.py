"""The page for other languages: its commands run as they stand, and say what the page says."""

import pytest

from tests.defaults.machine import ALONE
from tests.defaults.pages import printed_by_page
from tests.docs.pages import Block, blocks_of
from tests.support import ROOT

PAGE = "docs/other-languages.md"
BLOCKS = [each for each in blocks_of(PAGE) if each.language == "sh"]


pytestmark = ALONE


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[Block, str]:
    """What the commands print: they start a server, use it and stop it."""
    return printed_by_page(PAGE, tmp_path_factory)


def said(printed: dict[Block, str], *words: str) -> str:
    """What the block of commands prints in which all of the words are."""
    (found,) = (each for each in BLOCKS if all(word in each.body for word in words))
    return printed[found]


def test_every_command_runs(printed: dict[Block, str]) -> None:
    assert set(BLOCKS) <= set(printed)


def test_it_waits_until_the_server_is_healthy(printed: dict[Block, str]) -> None:
    assert '"status":"ok"' in said(printed, "serve", "health")


def test_the_run_of_the_client_passes(printed: dict[Block, str]) -> None:
    assert '"runs":["R1"]' in said(printed, "scenarios/next")
    assert '"verdict":"passed"' in said(printed, "wait")
    assert 'classname="lost-response-capture"' in said(printed, "wait")


def test_the_journal_shows_the_lost_answer_and_the_retry(printed: dict[Block, str]) -> None:
    assert said(printed, "requests").count('"operation":"CapturePayment"') == 2


def test_the_calls_of_a_right_client_are_right(printed: dict[Block, str]) -> None:
    assert '"matched":2' in said(printed, "verify")


def test_a_week_passes_in_a_moment(printed: dict[Block, str]) -> None:
    assert "ExpiredAndCancelled" in said(printed, "604800")


def test_time_can_pass_faster(printed: dict[Block, str]) -> None:
    assert said(printed, '"scale"').endswith("Captured\n")


def test_the_page_leads_to_every_example() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    for folder in (each for each in (ROOT / "examples").iterdir() if each.is_dir()):
        assert f"(../examples/{folder.name}/README.md)" in text
