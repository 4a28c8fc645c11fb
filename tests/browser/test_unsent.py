"""What is typed at the till stays, whatever else is pressed, and at whichever till or other view one looks."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.test_focus import at_till, press_key, then
from tests.support import Till


def value(browser: Browser, field: str) -> str:
    """What a field says."""
    return str(browser.script("return document.querySelector(arguments[0]).value", field))


@pytest.fixture
def other_till(till: Till) -> str:
    """A second point of sale."""
    return till.create_pos(name="Till 2")


def test_amounts_that_are_typed_ahead_stay_until_they_are_sent(
    browser: Browser, till: Till
) -> None:
    at_till(browser, till)
    browser.fill("#capture-amount", "10.5")
    browser.fill("#refund-amount", "3")
    steps = ("act-start", "phone-check-in", "phone-accept", "act-capture")
    for step, following in zip(steps, (*steps[1:], "act-start"), strict=True):
        press_key(browser, f"#{step}", Keys.ENTER)
        then(browser, following)
        assert value(browser, "#refund-amount") == "3"
        assert value(browser, "#capture-amount") == ("" if step == "act-capture" else "10.5")
    press_key(browser, "#act-refund", Keys.ENTER)
    browser.sees("#keys ul", "3.00 DKK")
    browser.until(lambda: value(browser, "#refund-amount") == "7.50")


def test_what_is_typed_stays_while_one_looks_at_another_point_of_sale(
    browser: Browser, till: Till, other_till: str
) -> None:
    first = at_till(browser, till)
    fields = {"#amount": "7.25", "#order": "mine", "#label": "Coffee"}
    for field, text in fields.items():
        browser.fill(field, text)
    browser.choose("#scenario", "rejection")
    browser.press("#no-debit")
    for pos_id, name in ((other_till, "Till 2"), (first, "Till 1"), (other_till, "Till 2")):
        browser.choose("#pos", pos_id)
        browser.sees("#till-title", name)
        browser.until(lambda: value(browser, "#order") == "mine")
        assert {field: value(browser, field) for field in fields} == fields
        assert value(browser, "#scenario") == "rejection"
        assert browser.one("#no-debit").is_selected()


def test_what_is_typed_stays_once_another_point_of_sale_is_made(
    browser: Browser, till: Till
) -> None:
    at_till(browser, till)
    browser.fill("#amount", "7.25")
    browser.press("#new-till summary")
    browser.fill("#new-name", "Bar")
    browser.press("#create-pos")
    browser.sees("#till-title", "Bar")
    browser.until(lambda: value(browser, "#amount") == "7.25")
    assert value(browser, "#new-name") != "Bar"


def test_an_amount_to_capture_is_not_taken_to_another_point_of_sale(
    browser: Browser, till: Till, other_till: str
) -> None:
    at_till(browser, till)
    browser.fill("#capture-amount", "5.00")
    browser.choose("#pos", other_till)
    browser.sees("#till-title", "Till 2")
    assert value(browser, "#capture-amount") == ""


def test_the_till_is_as_it_was_left_after_a_look_at_other_views(
    browser: Browser, till: Till
) -> None:
    at_till(browser, till)
    fields = {"#amount": "7.25", "#label": "Coffee", "#order": ""}
    for field, text in fields.items():
        browser.fill(field, text or "once")
    browser.choose("#scenario", "rejection")
    browser.press("#no-debit")
    press_key(browser, "#act-start", Keys.ENTER)
    browser.sees("#till-result", "Start 200")
    for path in ("/page/scenarios", "/"):
        browser.press(f".views a[href='{till.http.base_url.path.rstrip('/')}{path}']")
        browser.until(lambda: not browser.all("#till-form"))
        browser.open("/page/till")
        assert {field: value(browser, field) for field in fields} == fields
        assert value(browser, "#scenario") == "rejection"
        assert browser.one("#no-debit").is_selected()
    browser.base = f"{browser.base}-other"
    till.http.post(f"{browser.base}/_simulator/reset")
    browser.open("/page/till")
    browser.press("#create-pos")
    browser.one("#till-form")
    assert value(browser, "#amount") == "10.50"


def test_a_customer_that_is_not_offered_any_more_is_not_chosen(
    browser: Browser, till: Till
) -> None:
    till.http.put("/_simulator/scenarios/mine", content=b"summary: Nobody comes.")
    at_till(browser, till)
    browser.choose("#scenario", "mine")
    till.http.delete("/_simulator/scenarios/mine")
    browser.open("/page/till")
    assert value(browser, "#scenario") == "manual"


@pytest.mark.parametrize("is_reload", [False, True])
def test_an_order_that_is_being_typed_stays_through_a_reload_and_other_views(
    browser: Browser, till: Till, is_reload: bool
) -> None:
    at_till(browser, till)
    fields = {"#amount": "7.25", "#label": "Coffee", "#order": "mine-1"}
    for field, text in fields.items():
        browser.fill(field, text)
    if is_reload:
        browser.driver.refresh()
    else:
        browser.press(".views a[href$='/page/clock']")
        browser.until(lambda: not browser.all("#till-form"))
        browser.press(".views a[href$='/page/till']")
    browser.one("#till-form")
    browser.until(lambda: {field: value(browser, field) for field in fields} == fields)
