"""Ledger, notifications, and what a jump of the clock made happen."""

import pytest

from tests.browser.driver import Browser
from tests.support import Till


def test_a_tills_books_are_compared_with_the_ledger(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    till.captured(pos_id, 12.5, orderId="receipt-1")
    till.captured(pos_id, 7, orderId="receipt-2")
    browser.open("/page/ledger")
    browser.sees("#entries", "receipt-1")
    browser.sees("#entries", "12.50 DKK")
    browser.fill("#books", "orderId,captured\nreceipt-1,12.50\nreceipt-2,8.00\n")
    browser.press("#compare")
    browser.sees("#verdict", "1 difference, 2 rows read")
    browser.sees("#compared .list", "receipt-2")
    browser.fill("#books", "orderId,captured\nreceipt-1,12.50\nreceipt-2,7.00\n")
    browser.press("#compare")
    browser.sees("#verdict", "The books agree")


def test_books_that_are_none_are_refused_in_words(browser: Browser) -> None:
    browser.open("/page/ledger")
    browser.fill("#books", "nonsense")
    browser.press("#compare")
    browser.sees("#compared [role=alert]", "orderId")


def test_notifications_are_listed_with_their_attempts(browser: Browser, till: Till) -> None:
    till.control("PUT", "/callbacks/my-till", {"url": "http://127.0.0.1:9/"})
    pos_id = till.create_pos(callbackAlias="my-till")
    browser.open("/page/notifications")
    till.user("checkin", pos_id)
    browser.sees("#list tbody", "my-till")
    browser.sees("#list tbody", "http://127.0.0.1:9/")


@pytest.mark.parametrize(
    ("press", "words"),
    [("#expiry", "Reserved to Expired"), ("#minute", "Nothing was due on the way")],
)
def test_a_jump_lists_what_it_made_happen(
    browser: Browser, till: Till, press: str, words: str
) -> None:
    till.reserved()
    browser.open("/page/clock")
    browser.press(press)
    browser.sees("#happened", words)
