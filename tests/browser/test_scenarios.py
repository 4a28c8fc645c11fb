"""The list of scenarios: looked through, previewed and queued, by mouse and by keyboard."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_accessibility import problems
from tests.browser.test_focus import press_key
from tests.support import Till

PREVIEW = "[aria-label='Preview rejection']"
#: Where the preview is in the window.
SPACE = "const {top, bottom} = document.getElementById('preview').getBoundingClientRect()"


def test_the_list_is_searched_while_one_types_and_the_url_keeps_it(browser: Browser) -> None:
    browser.open("/page/scenarios")
    browser.fill("#search", "lost capture")
    browser.sees("#scenarios", "1 scenario")
    assert browser.text("#scenarios li a") == "lost-response-capture"
    browser.until(lambda: browser.driver.current_url.endswith("?search=lost+capture"))
    browser.driver.refresh()
    browser.sees("#scenarios", "1 scenario")
    browser.fill("#search", "nothing-of-this-name")
    browser.sees("#scenarios", "No scenario has these words.")


def test_a_theme_is_chosen(browser: Browser) -> None:
    browser.open("/page/scenarios")
    browser.choose("#theme", "refund")
    browser.until(lambda: len(browser.all("#scenarios h2")) == 1)
    assert browser.text("#scenarios h2") == "Refund"


def test_a_scenario_is_queued_from_the_list(browser: Browser, till: Till) -> None:
    browser.open("/page/scenarios?search=rejection")
    press_key(browser, "button[aria-label='Queue rejection for the next payment']", Keys.ENTER)
    browser.sees(".outcome:not(:empty)", "Queued: R1")
    browser.sees("#queued", "rejection")
    assert [each["scenario"] for each in till.control("GET", "/scenarios")["queued"]] == [
        "rejection"
    ]


@pytest.mark.parametrize("width", [1360, 390])
@pytest.mark.parametrize("place", ["start", "center", "end", "alone"])
def test_the_list_stays_under_the_pointer_when_a_scenario_is_queued(
    browser: Browser, till: Till, width: int, place: str
) -> None:
    queue = "button[aria-label='Queue lost-response-refund for the next payment']"
    resize(browser, width, 860)
    try:
        search = "?search=lost-response-refund" if place == "alone" else ""
        browser.open(f"/page/scenarios{search}")
        button = browser.one(queue)
        if place != "alone":
            browser.script(f"arguments[0].scrollIntoView({{block: '{place}'}})", button)
            # The header, which shows what is queued, covers nothing then.
            browser.script("scrollBy(0, arguments[0])", -100 if place == "start" else 0)
        at = "return arguments[0].getBoundingClientRect().top"
        before = browser.script(at, button)
        for number in (1, 2):
            button.click()
            browser.sees(".outcome:not(:empty)", f"Queued: R{number}")
            browser.until(lambda number=number: len(browser.all("#queued li")) == number)
            browser.until(lambda: browser.all("#in-force li"))
            browser.until(lambda: abs(browser.script(at, button) - before) < 2)
        outcome = "const {top, bottom} = document.querySelector('.outcome:not(:empty)').getBoundingClientRect()"
        assert browser.script(f"{outcome}; return top >= 0 && bottom <= innerHeight")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_queued_run_is_among_the_runs_of_its_scenario_at_once(browser: Browser) -> None:
    browser.open("/page/scenarios/rejection")
    browser.sees("#its-runs", "It was neither queued nor played yet.")
    browser.press("#queue")
    browser.sees("#queued", "Queued: R1")
    browser.sees("#its-runs", "R1 waiting")


def test_a_scenario_is_drawn_beside_the_list(browser: Browser, till: Till) -> None:
    browser.open("/page/scenarios?search=lost-response")
    browser.press("a[aria-label='Preview lost-response-capture']")
    browser.sees("#preview h2", "Preview of lost-response-capture")
    assert browser.one("#preview svg.flow").is_displayed()
    assert browser.all("#preview svg .lost")
    press_key(browser, "a[aria-label='Preview lost-response-refund']", Keys.ENTER)
    browser.sees("#preview h2", "Preview of lost-response-refund")
    assert not till.control("GET", "/payments")["payments"]


def test_a_scenario_is_drawn_on_its_page(browser: Browser) -> None:
    browser.open("/page/scenarios/rejection")
    browser.one("#preview svg.flow")
    browser.sees("#preview", "passed")
    assert not browser.all("#preview svg a")


def test_on_a_phone_a_preview_opens_in_its_row_and_closes_to_its_button(browser: Browser) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.open("/page/scenarios")
        button = "[aria-label='Preview rejection']"
        browser.press(button)
        browser.until(lambda: browser.all(f".scenario:has({button}) > #preview svg.flow"))
        is_led = "return document.activeElement.matches('#preview h2')"
        browser.until(lambda: browser.script(is_led))
        browser.press("#preview [data-close]")
        assert browser.script("return document.activeElement.getAttribute('aria-label')") == (
            "Preview rejection"
        )
        assert not browser.all("#preview svg.flow")
        assert not problems(browser)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_search_keeps_the_preview_that_is_open_in_a_row(browser: Browser) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.open("/page/scenarios")
        browser.press("[aria-label='Preview rejection']")
        browser.one(".scenario > #preview svg.flow")
        browser.one("#search").send_keys("lost capture")
        browser.sees("#scenarios [role='status']", "1 scenario")
        browser.press("[aria-label='Preview lost-response-capture']")
        browser.sees("#preview h2", "lost-response-capture")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_a_preview_says_at_once_that_it_comes_and_is_in_sight(browser: Browser, width: int) -> None:
    resize(browser, width, 768)
    try:
        browser.open("/page/scenarios")
        browser.script("arguments[0].scrollIntoView({block: 'end'})", browser.one(PREVIEW))
        # The answer is held back until what stands there before it is seen.
        browser.script(
            "const real = XMLHttpRequest.prototype.send;"
            "XMLHttpRequest.prototype.send = function (...given) {"
            "  window.go = () => real.apply(this, given); }"
        )
        browser.one(PREVIEW).click()
        browser.sees("#preview [role=status]", "Drawing rejection ...")
        assert browser.script(f"{SPACE}; return top >= 0 && bottom <= innerHeight")
        browser.script("window.go()")
        browser.one("#preview svg.flow")
        browser.until(lambda: browser.script(f"{SPACE}; return bottom <= innerHeight || top < 200"))
        assert browser.script(f"{SPACE}; return top >= 0")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("width", [1440, 390])
def test_without_room_below_what_was_queued_stands_between_its_name_and_its_buttons(
    browser: Browser, width: int
) -> None:
    resize(browser, width, 768)
    try:
        browser.open("/page/scenarios")
        queue = browser.one("button[aria-label='Queue rejection for the next payment']")
        browser.script("arguments[0].scrollIntoView({block: 'end'})", queue)
        queue.click()
        browser.one(".outcome.above .result")
        tops = browser.script(
            "return [...document.querySelector('.scenario:has(.above)').children]"
            ".map((each) => each.getBoundingClientRect().top)"
        )
        name, preview, queue_form, outcome = tops
        assert name < outcome < preview
        assert preview == queue_form
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_words_of_a_drawing_that_has_no_room_are_scrolled_to(browser: Browser) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.open("/page/scenarios/lost-response-capture/preview")
        browser.one(".sequence.wide[tabindex='0'][role='region'][aria-label]")
        cut = browser.script(
            """
            const box = document.querySelector(".sequence");
            const end = box.getBoundingClientRect().left + box.scrollWidth - box.scrollLeft;
            const texts = [...box.querySelectorAll(".flow text")];
            return texts.filter((each) => each.getBoundingClientRect().right > end + 1)
              .map((each) => each.textContent);
            """
        )
        assert not cut
        assert browser.script("return document.documentElement.scrollWidth") <= 390
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("width", [1024, 1280, 1440])
def test_the_preview_of_a_scenario_is_whole_beside_what_it_does(
    browser: Browser, width: int
) -> None:
    try:
        resize(browser, width, 900)
        browser.open("/page/scenarios/lost-response-capture")
        browser.one("#preview .sequence svg.flow")
        assert not browser.all("#preview .sequence.wide")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
