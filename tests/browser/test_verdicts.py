"""A verdict reads alike on every view, and is green only where nothing was left or stopped."""

import pytest

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.support import Till

NOTES = "passed with notes"
VIEWS = [
    ("/", "#force li:has(a[href$='/page/runs/{}']) .light"),
    ("/page/runs", "#run-{} .light"),
    ("/page/runs/{}", "#verdict .light"),
    ("/page/scenarios/instant", "li:has(a[href$='/page/runs/{}']) .light"),
]


def verdicts(browser: Browser, run: str) -> set[tuple[str, str]]:
    """How the verdict on a run reads and looks on each view."""
    found = set()
    for path, selector in VIEWS:
        browser.open(path.format(run))
        light = browser.one(selector.format(run))
        found.add((light.text, str(light.get_attribute("class"))))
    return found


@pytest.fixture
def left(till: Till) -> str:
    """The run of a payment that was reserved and left until it expired."""
    till.reserved()
    till.advance(days=8)
    return "R1"


def test_a_run_whose_reservation_was_left_is_green_nowhere(
    browser: Browser, till: Till, left: str
) -> None:
    assert till.control("GET", f"/runs/{left}")["verdict"] == "passed"
    assert verdicts(browser, left) == {(NOTES, "light wait")}
    browser.open("/page/runs")
    browser.sees(f"#run-{left}", "was reserved and neither captured nor cancelled")


def test_a_run_whose_script_stopped_is_green_nowhere(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    till.control("PUT", "/clock", {"scale": 0})
    till.initiate(pos_id, scenario="rejection")
    till.user("checkin", pos_id)
    till.user("cancelpaymentbyuser", pos_id)
    run = till.control("GET", "/runs/R1")
    assert (run["verdict"], run["stopped"] is not None) == ("passed", True)
    browser.open("/page/runs")
    assert browser.text("#run-R1 .light") == NOTES
    browser.sees("#run-R1", run["remarks"][0])


def test_a_run_without_a_note_is_green_everywhere(browser: Browser, till: Till) -> None:
    till.captured()
    assert verdicts(browser, "R1") == {("passed", "light good")}


def test_what_broke_has_the_widest_column_on_a_small_screen(
    browser: Browser, till: Till, left: str
) -> None:
    resize(browser, 1024, 768)
    try:
        browser.open("/page/runs")
        widths = {each.text: each.rect["width"] for each in browser.all("#list thead th")}
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert max(widths, key=lambda each: widths[each]) == "What broke"
    assert widths["What broke"] > 225
