"""The next step of a refund is one that can succeed."""

from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.test_focus import press_key, then
from tests.browser.test_till import at_till, primaries
from tests.support import Till


def start_refund(browser: Browser, till: Till) -> str:
    """Refunds a payment by the keyboard; returns the refund."""
    till.captured(at_till(browser, till))
    browser.sees("#left", "10.00 DKK left to refund")
    press_key(browser, "#act-refund", Keys.ENTER)
    browser.sees("#till-result", "Refund 200")
    (payment,) = till.control("GET", "/payments")["payments"]
    (refund,) = till.control("GET", f"/payments/{payment['paymentId']}")["refunds"]
    return str(refund["refundId"])


def test_while_time_stands_still_a_refund_is_reserved_by_the_clock_first(
    browser: Browser, till: Till
) -> None:
    till.control("PUT", "/clock", {"scale": 0})
    refund = start_refund(browser, till)
    then(browser, f"reserve-{refund}")
    assert primaries(browser) == [f"reserve-{refund}"]
    then(browser, f"reserve-{refund}", Keys.ENTER)
    then(browser, f"capture-{refund}", Keys.ENTER)
    browser.sees("#till-result", "Capture refund 200")


def test_while_time_runs_a_refund_says_what_it_waits_for(browser: Browser, till: Till) -> None:
    till.control("PUT", "/clock", {"scale": 0.001})
    refund = start_refund(browser, till)
    browser.sees("#keys", "MobilePay is about to reserve it.")
    assert primaries(browser) == []
    till.advance(seconds=1)
    then(browser, f"capture-{refund}")
    assert primaries(browser) == [f"capture-{refund}"]
