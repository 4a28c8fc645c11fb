"""Forms with JavaScript: what is refused stays typed, and a press's words go with the next press."""

from pathlib import Path

import pytest
from mobilepay_simulator.testing.sweep.reports import as_json

from tests.browser.driver import Browser
from tests.support import Till
from tests.testing.sweep.test_reports import SWEPT


@pytest.fixture
def pos_id(browser: Browser, till: Till) -> str:
    """A point of sale whose till is open."""
    pos_id = till.create_pos()
    browser.open(f"/page/till?pos={pos_id}")
    return pos_id


def test_a_refused_value_stays_beside_its_error(browser: Browser, till: Till, pos_id: str) -> None:
    browser.fill("#balance", "much")
    browser.press("#set-balance")
    browser.sees("#faults-result [role=alert]", "balance")
    # Somebody else changes something, so that the conditions are fetched again.
    till.control("PUT", "/polling", {"delay": 7})
    till.control("POST", "/faults", {"call": "Token", "fault": "500"})
    browser.until(lambda: browser.one("#poll-delay").get_attribute("value") == "7")
    assert browser.one("#balance").get_attribute("value") == "much"


def test_what_a_press_said_goes_with_the_next_press(browser: Browser, pos_id: str) -> None:
    browser.press("#fault-CapturePayment-lost")
    browser.sees("#faults-result", "Done. The next CapturePayment")
    browser.press("#act-start")
    browser.sees("#till-result", "Start")
    assert browser.one("#faults-result").text == ""


def test_the_pace_that_is_set_is_marked_at_once(browser: Browser) -> None:
    browser.open("/page/clock")
    browser.press("#faster")
    browser.until(lambda: browser.one("#faster").get_attribute("aria-pressed") == "true")
    assert browser.one("#pause").get_attribute("aria-pressed") == "false"
    browser.until(lambda: browser.one("#scale").get_attribute("value") == "60")


def test_the_theme_goes_back_to_the_systems(browser: Browser) -> None:
    browser.open("/page/clock")
    theme = "return document.documentElement.dataset.theme ?? 'system'"
    for following in ("light", "dark", "system"):
        browser.press("[data-theme-switch]")
        assert browser.script(theme) == following
        browser.open("/page/clock")
        assert browser.script(theme) == following


def test_a_chosen_file_is_shown_at_once_and_can_be_cut_to_its_failures(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "sweep.json"
    file.write_text(as_json(SWEPT))
    browser.open("/page/sweep")
    browser.one("#sweep-file").send_keys(str(file))
    browser.sees("#sweep-title", "6 runs")
    rows = browser.all("#swept tbody tr")
    assert [each.is_displayed() for each in rows].count(True) == 6
    browser.press("#only-failures")
    assert [each.is_displayed() for each in rows].count(True) == 3
