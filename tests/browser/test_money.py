"""Ledger, notifications, and what a jump of the clock made happen."""

from pathlib import Path

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


def test_a_file_of_books_is_compared(browser: Browser, till: Till, tmp_path: Path) -> None:
    till.captured(amount=12.5, orderId="receipt-1")
    file = tmp_path / "books.csv"
    file.write_text("\ufefforderId,captured\nreceipt-1,11.00\n", encoding="utf-8")
    browser.open("/page/ledger")
    for amount, verdict in (("11.00", "1 difference, 1 row read"), ("12.50", "The books agree")):
        file.write_text(f"\ufefforderId,captured\nreceipt-1,{amount}\n", encoding="utf-8")
        browser.one("#books-file").send_keys(str(file))
        browser.until(lambda amount=amount: amount in browser.one("#books").get_property("value"))
        browser.press("#compare")
        browser.sees("#verdict", verdict)
    file.write_bytes(b"orderId,captured\n\xff,1\n")
    browser.one("#books-file").send_keys(str(file))
    browser.sees("#books-refusal", "books.csv is not UTF-8 text")


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


def test_the_url_of_an_alias_is_set_on_the_page(browser: Browser, till: Till) -> None:
    browser.open("/page/notifications")
    browser.sees("#list", "set the URL of the alias below")
    browser.fill("#alias", "my-till")
    browser.fill("#url", "nowhere")
    browser.press("#set-alias")
    browser.sees("#alias-result [role=alert]", "URL: ")
    marked = browser.until(lambda: browser.all("#alias-form [aria-invalid]"))
    assert [each.get_attribute("id") for each in marked] == ["url"]
    browser.fill("#url", "http://127.0.0.1:9/")
    browser.press("#set-alias")
    browser.sees("#alias-result", "Check-ins of the alias my-till go to http://127.0.0.1:9/")
    browser.sees("#list", "my-till http://127.0.0.1:9/")
    assert browser.all("#alias-form [aria-invalid]") == []


def test_the_url_of_an_alias_is_forgotten_on_the_page(browser: Browser, till: Till) -> None:
    till.control("PUT", "/callbacks/my-till", {"url": "http://127.0.0.1:9/"})
    browser.open("/page/notifications")
    browser.press("button[value=forget]")
    browser.sees("#alias-result", "The URL of the alias my-till is forgotten")
    browser.until(lambda: not browser.all("button[value=forget]"))
    assert till.control("GET", "/callbacks")["callbacks"] == {}
    assert browser.script("return document.activeElement !== document.body")


def test_the_body_of_a_notification_stays_open_while_the_list_changes(
    browser: Browser, till: Till
) -> None:
    till.control("PUT", "/callbacks/my-till", {"url": "http://127.0.0.1:9/"})
    pos_id = till.create_pos(name="Kiosk", callbackAlias="my-till")
    till.user("checkin", pos_id)
    browser.open("/page/notifications")
    browser.press("#list details summary")
    browser.sees("#list details pre", pos_id)
    till.control("PUT", "/callbacks/other", {"url": "http://127.0.0.1:9/other"})
    till.advance(seconds=1)
    browser.sees("#list", "http://127.0.0.1:9/other")
    assert browser.one("#list details pre").is_displayed()


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
