"""The page's own till while a certification counts its calls."""

import pytest

from tests.browser.driver import Browser
from tests.support import CLIENT_ID, Till


def begin(till: Till, case: str = "certify-payment") -> None:
    """Begins a certification of the page's client in one case."""
    till.control("POST", "/certifications", {"cases": [case], "clientIds": [CLIENT_ID]})


def state_of(till: Till) -> str:
    """How the case stands."""
    (section,) = till.control("GET", "/certifications/C1")["sections"]
    return str(section["cases"][0]["state"])


def test_a_payment_of_the_till_counts_for_the_case_that_is_told_there(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    begin(till)
    browser.open(f"/page/till?pos={pos_id}")
    browser.sees("#case-to-do", "C1, 1. Complete a payment: Start a payment")
    assert browser.one("#scenario").get_attribute("value") == ""
    assert not browser.one("#not-counted").is_displayed()
    browser.press("#act-start")
    browser.sees("#till-result", "Start lost")
    assert state_of(till) == "in progress"
    browser.press("#case-to-do a")
    browser.sees("#case-title", "Complete a payment")
    assert not browser.all("#near-miss")


def test_a_payment_with_a_customer_of_its_own_is_told_not_to_count(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    browser.open(f"/page/till?pos={pos_id}")
    assert browser.one("#scenario").get_attribute("value") == "manual"
    begin(till)
    browser.sees("#not-counted", "does not count for C1")
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    assert state_of(till) == "not tested"
    browser.press("#case-to-do a")
    browser.sees("#near-miss", "InitiatePayment, did not count: it asked for the scenario manual")
    (call,) = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    assert browser.one("#near-miss a").text == f"Request {call['id']}"


def test_a_certification_that_counts_no_call_of_the_till_changes_nothing_there(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    till.control("POST", "/certifications", {"cases": ["certify-payment"]})
    browser.open(f"/page/till?pos={pos_id}")
    assert browser.one("#scenario").get_attribute("value") == "manual"
    assert not browser.all("#case-to-do")


@pytest.mark.parametrize("is_deleted", [False, True])
def test_the_store_of_the_last_point_of_sale_stays_chosen(
    browser: Browser, till: Till, is_deleted: bool
) -> None:
    begin(till, "certify-create-pos")
    browser.open("/page/till")
    browser.sees("#case-to-do", "Create a point of sale")
    stores = browser.all("#new-store option")
    wanted = next(each for each in stores if "MPPOSCERT1" in each.text)
    value = wanted.get_attribute("value")
    browser.choose("#new-store", str(value))
    browser.press("#create-pos")
    browser.press("#again")
    browser.press("#again")
    browser.sees("#till-result", "Send again 200")
    if is_deleted:
        browser.press("#act-delete-pos")
        browser.driver.switch_to.alert.accept()
        browser.sees("#till-result", "Delete it")
    browser.open("/page/till")
    assert browser.one("#new-store").get_attribute("value") == value
    browser.driver.delete_all_cookies()
