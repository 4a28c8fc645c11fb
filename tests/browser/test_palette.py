"""Ctrl-K goes anywhere: to pages, payments, requests and scenarios."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.test_accessibility import problems
from tests.support import Till


def open_palette(browser: Browser) -> None:
    ActionChains(browser.driver).key_down(Keys.CONTROL).send_keys("k").key_up(
        Keys.CONTROL
    ).perform()
    browser.until(lambda: browser.one("#palette").get_attribute("open"))


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("ledger", "/page/ledger"),
        ("go wrong", "#faults-title"),
        ("receipt-77", "/page/timeline?paymentId="),
        ("#2", "/page/requests/2"),
        ("lost-response-capture", "/page/scenarios/lost-response-capture"),
    ],
)
def test_enter_goes_to_what_was_typed(browser: Browser, till: Till, typed: str, path: str) -> None:
    till.captured(orderId="receipt-77")
    browser.open("/")
    open_palette(browser)
    browser.one("#find").send_keys(typed + Keys.ENTER)
    browser.until(lambda: path in browser.driver.current_url)


def test_arrows_choose_and_escape_closes(browser: Browser) -> None:
    browser.open("/page/clock")
    open_palette(browser)
    browser.one("#find").send_keys("a")
    browser.sees("#found", "Audit")
    browser.one("#find").send_keys(Keys.ARROW_DOWN)
    at = "return [...document.querySelectorAll('#found a')].indexOf(document.activeElement)"
    assert browser.script(at) == 1
    browser.one(":focus").send_keys(Keys.ARROW_UP)
    assert browser.script(at) == 0
    browser.one(":focus").send_keys(Keys.ARROW_UP)
    assert browser.script("return document.activeElement.id") == "find"
    browser.one("#find").send_keys(Keys.ESCAPE)
    browser.until(lambda: not browser.one("#palette").get_attribute("open"))


def test_it_opens_by_mouse_and_says_where_nothing_is_found(browser: Browser) -> None:
    browser.open("/")
    browser.press("[data-palette]")
    browser.one("#find").send_keys("no-such-thing <b>")
    browser.sees("#found", "Nothing is found for no-such-thing <b>.")
    assert not problems(browser)


@pytest.mark.parametrize(("typed", "path"), [("#2", "/page/requests/2"), ("clock", "/page/clock")])
def test_enter_at_once_goes_to_what_was_typed(
    browser: Browser, till: Till, typed: str, path: str
) -> None:
    till.captured()
    for _ in range(5):
        browser.open("/")
        open_palette(browser)
        browser.script(
            """
            const field = document.getElementById("find");
            field.value = arguments[0];
            field.dispatchEvent(new Event("input", { bubbles: true }));
            setTimeout(() => field.form.requestSubmit(), 102);
            """,
            typed,
        )
        browser.until(lambda: browser.driver.current_url.endswith(path))


def test_what_enter_goes_to_is_marked(browser: Browser) -> None:
    browser.open("/page/clock")
    open_palette(browser)
    browser.one("#find").send_keys("a")
    browser.sees("#found", "Audit")
    looks = (
        "return [...document.querySelectorAll('#found a')].map("
        "(each) => getComputedStyle(each).backgroundColor)"
    )
    first, *others = browser.script(looks)
    assert first not in others
    assert len(set(others)) == 1
    browser.one("#find").send_keys(Keys.ARROW_DOWN)
    marked = [look != others[0] for look in browser.script(looks)]
    assert marked == [False, True, *[False] * (len(others) - 1)]
    # Its ring is inside of what scrolls, and so is seen whole.
    assert browser.script("return getComputedStyle(document.activeElement).outlineOffset") == "-3px"


def test_enter_goes_to_the_one_that_is_marked(browser: Browser) -> None:
    browser.open("/page/clock")
    open_palette(browser)
    browser.one("#find").send_keys("led")
    browser.until(lambda: browser.text("#found li:first-child a").endswith("Ledger"))
    browser.one("#find").send_keys(Keys.ENTER)
    browser.until(lambda: browser.driver.current_url.endswith("/page/ledger"))
