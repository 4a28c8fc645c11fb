"""The next step of a refund is one that can succeed."""

import pytest
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


#: Writes down what gets the focus, one after the other.
FOCI = """
window.foci = [];
document.addEventListener("focusin", ({ target }) => window.foci.push(target.id));
"""


@pytest.mark.parametrize("act", ["refund", "capture", "cancel"])
def test_a_press_that_has_taken_effect_keeps_the_focus_until_its_answer_is_given_up(
    browser: Browser, till: Till, act: str
) -> None:
    pos_id = at_till(browser, till)
    call, button = "CreateRefund", "act-refund"
    payment = till.captured(pos_id)
    if act != "refund":
        refund = till.refund(payment)
        till.advance(seconds=1)
        call, button = f"{act.capitalize()}Refund", f"{act}-{refund}"
    browser.one(f"#{button}:enabled")
    till.control("POST", "/faults", {"call": call, "fault": "timeout"})
    browser.script(FOCI)
    press_key(browser, f"#{button}", Keys.ENTER)
    then(browser, "again")
    assert browser.script("return window.foci") == [button, "again"]
    if act == "refund":
        browser.one("#act-refund:disabled")
    else:
        browser.until(lambda: not browser.all(f"#{button}"))
    then(browser, "again", Keys.ENTER)
    browser.sees("#till-result", "200")
