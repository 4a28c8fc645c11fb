"""A list that is walked through by its keys: one step of the history, to which Back and Forward lead again."""

from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_focus import focused
from tests.support import Till

HREF = "return document.activeElement.getAttribute('href') ?? ''"


def walk(browser: Browser, till: Till) -> tuple[str, str]:
    """Walks from the newest of three payments to the oldest; returns the order ids of both."""
    pos_id = till.create_pos(name="Till 1")
    for order in ("first", "second", "third"):
        till.captured(pos_id, orderId=order)
    browser.open("/page/clock")
    browser.open("/page/timeline")
    browser.script("document.querySelector('#of').focus()")
    for order in ("second", "first"):
        browser.one(":focus").send_keys(Keys.ARROW_DOWN)
        browser.sees("#axis-title", f"Order {order}")
    return "third", "first"


def test_a_walk_by_keys_is_one_step_and_back_leads_to_the_list(
    browser: Browser, till: Till
) -> None:
    newest, oldest = walk(browser, till)
    browser.driver.back()
    browser.sees("#axis-title", f"Order {newest}")
    browser.until(lambda: focused(browser) == "of")
    browser.driver.forward()
    browser.sees("#axis-title", f"Order {oldest}")
    browser.until(lambda: focused(browser) == "of")
    browser.driver.back()
    browser.driver.back()
    browser.sees("main h1", "Clock")


def test_what_is_chosen_after_other_work_is_a_step_of_its_own(browser: Browser, till: Till) -> None:
    walk(browser, till)
    browser.one("#of").send_keys(Keys.TAB)
    browser.one("#of").send_keys(Keys.ARROW_UP)
    browser.sees("#axis-title", "Order second")
    browser.driver.back()
    browser.sees("#axis-title", "Order first")


def test_forward_to_a_chosen_call_has_the_focus_on_it(browser: Browser, till: Till) -> None:
    payment_id = till.captured(till.create_pos())
    for view, selector in (("", "#sequence a[id^='m-r']"), ("&view=table", "#entries a[hx-get]")):
        browser.open(f"/page/timeline?paymentId={payment_id}{view}")
        href = str(browser.one(selector).get_dom_attribute("href"))
        browser.script(
            "document.querySelector(arguments[0])"
            ".dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))",
            selector,
        )
        browser.until(lambda: "request=" in browser.driver.current_url)
        browser.sees("#detail", "As curl")
        browser.driver.back()
        browser.sees("#detail", "Choose a call")
        browser.until(lambda href=href: browser.script(HREF) == href)
        browser.driver.forward()
        browser.sees("#detail", "As curl")
        browser.until(lambda href=href: browser.script(HREF) == href)


def test_forward_to_a_call_that_is_read_above_its_list_has_the_focus_there(
    browser: Browser, till: Till
) -> None:
    resize(browser, 390, 844)
    for _ in range(30):
        till.ok("GET", "/stores")
    browser.open("/page/requests")
    link = browser.all("#list a[hx-get]")[20]
    browser.script("arguments[0].focus()", link)
    link.send_keys(Keys.ENTER)
    browser.sees("#detail", "As curl")
    browser.driver.back()
    browser.until(lambda: not browser.all("#detail .exchange"))
    browser.driver.forward()
    browser.sees("#detail", "As curl")
    browser.until(
        lambda: bool(browser.script("return document.activeElement.matches('[data-focus]')"))
    )
    top = browser.script("return document.activeElement.getBoundingClientRect().top")
    assert 0 < top < 844
