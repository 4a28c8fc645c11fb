"""Till and phone show one payment, and say what can still be done with it."""

from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.test_focus import then
from tests.support import CREDIT, Till


def open_older(browser: Browser, till: Till) -> str:
    """Opens an older payment of a point of sale by its link; returns that point of sale."""
    pos_id = till.create_pos(name="Till 1")
    older = till.reserved(pos_id, 12.5, orderId="order-a")
    till.reserved(pos_id, 99, orderId="order-b")
    browser.open(f"/page/till?pos={pos_id}&payment={older}&phone={CREDIT.replace('+', '%2B')}")
    return pos_id


def test_the_phone_stays_with_the_payment_that_the_till_shows(browser: Browser, till: Till) -> None:
    open_older(browser, till)
    browser.sees("#receipt", "Order order-a")
    browser.press("#act-capture")
    browser.sees("#till-result", "Capture 200")
    browser.sees("#counter .ticket", "Order order-a")
    browser.sees("#receipt", "Paid")
    browser.sees("#screen", "12.50 DKK Paid.")
    browser.sees("#receipt", "Order order-a")
    browser.choose("#phone", "+4520031802")
    browser.sees("#screen .carrier", "+4520031802")
    browser.choose("#phone", CREDIT)
    browser.sees("#receipt", "Order order-a")
    browser.driver.delete_all_cookies()


def test_a_payment_that_is_started_beside_an_older_one_is_shown(
    browser: Browser, till: Till
) -> None:
    pos_id = open_older(browser, till)
    browser.fill("#order", "order-c")
    browser.fill("#label", "Coffee")
    browser.press("#act-start")
    browser.sees("#counter .ticket", "Order order-c")
    assert "payment=" not in browser.driver.current_url
    assert pos_id in browser.driver.current_url
    assert browser.one("#label").get_attribute("value") == "Coffee"
    then(browser, "phone-check-in", Keys.ENTER)
    then(browser, "phone-accept", Keys.ENTER)
    then(browser, "act-capture", Keys.ENTER)
    browser.sees("#receipt", "Order order-c")
    browser.driver.back()
    browser.sees("#counter .ticket", "Order order-a")


def test_the_other_payments_are_named_for_what_they_are(browser: Browser, till: Till) -> None:
    open_older(browser, till)
    assert browser.text("#others") == "Other payments here: order-b (reserved)"


def test_a_reload_shows_the_point_of_sale_of_the_last_press(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    browser.open("/page/till")
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    assert pos_id in browser.driver.current_url
    till.create_pos(name="Till 2")
    browser.driver.refresh()
    browser.sees("#till-title", "Till 1")
