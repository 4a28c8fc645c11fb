"""The focus goes to the next step when it comes, in sight and covered by nothing."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_focus import at_till, focused, press_key, then
from tests.support import Till

SCREENS = [(1440, 900), (1024, 768), (390, 844)]

#: Whether what has the focus can be seen and pressed, up to its edges.
IS_IN_SIGHT = """
const part = document.activeElement.getClientRects()[0];
const middle = [(part.left + part.right) / 2, (part.top + part.bottom) / 2];
const edges = [[middle[0], part.top + 2], [middle[0], part.bottom - 2], [part.left + 2, middle[1]], [part.right - 2, middle[1]]];
return edges.every(([x, y]) => {
  const hit = document.elementFromPoint(x, y);
  return hit && (document.activeElement.contains(hit) || hit.contains(document.activeElement))
    && !hit.matches("main, body, html");
});
"""
AFTER_A_FRAME = """
const done = arguments[arguments.length - 1];
requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
"""


@pytest.fixture(params=SCREENS, ids=lambda size: f"{size[0]}x{size[1]}")
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Browser]:
    """The browser on screens of several sizes."""
    resize(browser, *request.param)
    yield browser
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def in_sight(browser: Browser) -> None:
    """Waits until what has the focus is in sight."""
    browser.until(
        lambda: browser.script(IS_IN_SIGHT), f"{focused(browser)} has the focus out of sight"
    )


def start_played(browser: Browser, till: Till, scenario: str = "success") -> None:
    """Starts a payment with the keyboard whose customer a scenario plays."""
    at_till(browser, till)
    browser.choose("#scenario", scenario)
    press_key(browser, "#act-start", Keys.ENTER)
    browser.sees("#counter .ticket", f"Scenario {scenario}, playing")
    then(browser, "next-step")


def test_enter_leads_from_start_to_capture_where_a_scenario_plays_the_customer(
    browser: Browser, till: Till
) -> None:
    start_played(browser, till)
    till.advance(seconds=10)
    then(browser, "act-capture", Keys.ENTER)
    browser.sees("#counter .ticket", "Captured")
    then(browser, "act-start")
    assert till.control("GET", "/payments")["total"] == 1


def test_while_time_stands_still_the_till_offers_the_jump_to_the_next_step(
    browser: Browser, till: Till
) -> None:
    till.control("PUT", "/clock", {"scale": 0})
    start_played(browser, till)
    browser.sees("#counter .ticket", "Scenario success, playing, but time stands still.")
    for words in ("Issued to user", "Reserved"):
        then(browser, "next-step", Keys.ENTER)
        browser.sees("#counter .light", words)
    browser.until(lambda: not browser.all("#next-step"))
    then(browser, "act-capture")
    assert "stands still" not in browser.text("#counter")


def test_a_clock_that_runs_lets_the_scenario_play(browser: Browser, till: Till) -> None:
    till.control("PUT", "/clock", {"scale": 0})
    start_played(browser, till, "rejection")
    browser.one("#next-step")
    till.control("PUT", "/clock", {"scale": 0.001})
    browser.until(lambda: not browser.all("#next-step"))
    assert "Scenario rejection, playing." in browser.text("#counter .ticket")


def test_the_focus_passes_over_what_a_scenario_does_on_the_phone(
    browser: Browser, till: Till
) -> None:
    start_played(browser, till)
    till.advance(seconds=1)
    browser.until(lambda: browser.one("#phone-accept").is_displayed())
    browser.driver.execute_async_script(AFTER_A_FRAME)
    assert focused(browser) == "next-step"
    till.advance(seconds=1)
    then(browser, "act-capture")


def test_a_second_start_that_is_refused_leaves_the_way_to_the_capture(
    browser: Browser, till: Till
) -> None:
    start_played(browser, till)
    press_key(browser, "#act-start", Keys.ENTER)
    browser.sees("#glance", "Start 409")
    assert focused(browser) == "act-start"
    till.advance(seconds=10)
    then(browser, "act-capture")


def test_after_a_lost_answer_the_focus_goes_on_to_the_capture(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "lost"})
    browser.choose("#scenario", "success")
    press_key(browser, "#act-start", Keys.ENTER)
    then(browser, "again", Keys.ENTER)
    browser.sees("#till-result", "Send again: InitiatePayment 200")
    till.advance(seconds=10)
    then(browser, "act-capture")


def test_who_types_meanwhile_goes_on_typing(browser: Browser, till: Till) -> None:
    start_played(browser, till)
    browser.fill("#label", "Cof")
    till.advance(seconds=10)
    browser.sees("#left", "to capture")
    browser.one(":focus").send_keys("fee")
    assert focused(browser) == "label"
    assert browser.one("#label").get_attribute("value") == "Coffee"


def test_who_has_moved_on_meanwhile_stays_there(browser: Browser, till: Till) -> None:
    start_played(browser, till)
    browser.one(":focus").send_keys(Keys.TAB)
    there = focused(browser)
    till.advance(seconds=10)
    browser.sees("#left", "to capture")
    assert focused(browser) == there != "act-capture"


@pytest.mark.parametrize("is_by_keyboard", [False, True])
def test_the_first_step_of_another_point_of_sale_is_in_sight(
    screen: Browser, till: Till, is_by_keyboard: bool
) -> None:
    at_till(screen, till)
    screen.press("#new-till summary")
    if is_by_keyboard:
        press_key(screen, "#create-pos", Keys.ENTER)
    else:
        screen.press("#create-pos")
    screen.sees("#till-result", "Create point of sale 200")
    then(screen, "act-start")
    in_sight(screen)


@pytest.mark.parametrize("is_by_keyboard", [False, True])
def test_each_next_step_is_in_sight(screen: Browser, till: Till, is_by_keyboard: bool) -> None:
    at_till(screen, till)
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "lost"})
    for step in ("act-start", "again", "phone-check-in", "phone-accept", "act-capture"):
        if is_by_keyboard:
            press_key(screen, f"#{step}", Keys.ENTER)
        else:
            screen.one(f"#{step}").click()
        following = {"act-start": "again", "again": "phone-check-in"}
        following |= {"phone-check-in": "phone-accept", "phone-accept": "act-capture"}
        then(screen, following.get(step, "act-start"))
        in_sight(screen)


def test_what_became_of_a_press_covers_no_control_that_has_the_focus(
    screen: Browser, till: Till
) -> None:
    at_till(screen, till)
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "lost"})
    press_key(screen, "#act-start", Keys.ENTER)
    then(screen, "again")
    covered = []
    for _ in range(60):
        screen.one(":focus").send_keys(Keys.TAB)
        screen.driver.execute_async_script(AFTER_A_FRAME)
        if screen.script("return document.activeElement === document.body"):
            break
        is_control = "return document.activeElement.matches('button, input, select, summary')"
        is_in_line = "return !!document.activeElement.closest('#glance')"
        if screen.script(is_control) and not screen.script(is_in_line):
            covered += [] if screen.script(IS_IN_SIGHT) else [focused(screen)]
    assert covered == []


def test_what_is_to_be_sent_again_stays_below_the_header(screen: Browser, till: Till) -> None:
    at_till(screen, till)
    for fault in ("lost", "500"):
        till.control("POST", "/faults", {"call": "CreatePos", "fault": fault})
    screen.press("#new-till summary")
    press_key(screen, "#create-pos", Keys.ENTER)
    then(screen, "again")
    in_sight(screen)
    screen.one(":focus").send_keys(Keys.ENTER)
    screen.sees("#till-result", "Send again: CreatePos 500")
    screen.until(lambda: not screen.all("#in-force li a[title*='CreatePos']"))
    assert focused(screen) == "again"
    in_sight(screen)
