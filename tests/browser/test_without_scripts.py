"""A browser with JavaScript switched off: what is pressed, asked, typed and loaded again."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from tests.browser.driver import Browser, open_browser
from tests.support import RunningServer, Till

WRONG = "summary: What was typed.\nsteps:\n  - do: chek-in\n"


@pytest.fixture(scope="module")
def plain_chromium(server: RunningServer) -> Iterator[Browser]:
    """A headless Chromium without JavaScript."""
    with open_browser(server.url, has_scripts=False) as browser:
        yield browser


@pytest.fixture
def plain(plain_chromium: Browser, till: Till) -> Browser:
    """The browser without JavaScript, looking at the sandbox of the test's till."""
    till.control("POST", "/reset")
    plain_chromium.base = str(till.http.base_url).rstrip("/")
    return plain_chromium


def opened(browser: Browser, path: str = "/") -> None:
    """Opens a page; nothing tells it of changes."""
    browser.driver.get(browser.base + path)


def press(browser: Browser, selector: str) -> None:
    """Presses a button, and waits for the page that follows."""
    before = browser.one("html")
    browser.driver.find_element(By.CSS_SELECTOR, selector).click()
    browser.until(lambda: browser.one("html") != before)


def test_what_was_pressed_is_not_repeated_by_a_reload(plain: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    opened(plain, f"/page/till?pos={pos_id}")
    press(plain, "#act-start")
    for _ in range(3):
        assert "/pos/v10/payments" in plain.text("#till-result")
        plain.driver.refresh()
    assert till.control("GET", "/payments")["total"] == 1
    plain.driver.back()
    plain.driver.forward()
    assert till.control("GET", "/payments")["total"] == 1


def test_a_reset_is_asked_for_and_can_be_left(plain: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    opened(plain)
    press(plain, "form[action$='/sandbox/reset'] button")
    assert "All its data is deleted" in plain.text("#asking-title")
    press(plain, "#back")
    assert plain.driver.current_url == f"{plain.base}/"
    press(plain, "form[action$='/sandbox/reset'] button")
    assert till.control("GET", f"/points-of-sale/{pos_id}")
    press(plain, "#do-it")
    assert "was reset" in plain.text("#done")
    assert till.control("GET", "/points-of-sale")["total"] == 0


def test_a_point_of_sale_is_deleted_after_a_question(plain: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    opened(plain, f"/page/till?pos={pos_id}")
    press(plain, "#act-delete-pos")
    assert till.control("GET", "/points-of-sale")["total"] == 1
    press(plain, "#do-it")
    assert "DELETE" in plain.text("#till-result")
    assert till.control("GET", "/points-of-sale")["total"] == 0


@pytest.mark.parametrize("button", ["#draw", "#save"])
def test_the_editor_keeps_what_was_typed(plain: Browser, button: str) -> None:
    opened(plain, "/page/new-scenario")
    plain.fill("#name", "mine")
    plain.fill("#yaml", WRONG)
    press(plain, button)
    assert plain.one("#yaml").get_attribute("value") == WRONG
    assert plain.one("#name").get_attribute("value") == "mine"
    assert "Line 3" in plain.text("#checked")
    if button == "#save":
        assert ">    3    - do: chek-in" in plain.text("pre.body.excerpt")
    plain.fill("#yaml", "summary: What was typed.")
    press(plain, "#draw")
    assert plain.one("#yaml").get_attribute("value") == "summary: What was typed."
    assert plain.all("#preview .flow")
    press(plain, "#save")
    assert plain.driver.current_url.startswith(f"{plain.base}/page/scenarios/mine?")


@pytest.mark.parametrize("path", ["/", "/page/till", "/page/scenarios", "/page/clock"])
def test_what_needs_a_script_is_not_shown(plain: Browser, till: Till, path: str) -> None:
    till.create_pos()
    opened(plain, path)
    shown = [each for each in plain.all("button[type=button], #link, .copy") if each.is_displayed()]
    assert not shown


def test_the_editor_says_when_it_is_checked(plain: Browser) -> None:
    opened(plain, "/page/new-scenario")
    # WebDriver takes no text of this element for shown.
    header = plain.one("main > header").get_attribute("innerText")
    assert header is not None
    assert "Checked when you press Save or Preview." in header
    assert "while you write" not in header
