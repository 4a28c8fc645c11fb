"""The page's own till while a certification counts its calls."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_focus import press_key, then
from tests.browser.test_till import primaries
from tests.browser.test_till_layout import TOPS
from tests.support import CLIENT_ID, Till

#: The colours of some buttons.
COLOURS = "return [...arguments].map((each) => getComputedStyle(document.querySelector(each)).backgroundColor)"


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
    browser.one("#case-to-do a").send_keys(Keys.ENTER)
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
    browser.one("#case-to-do a").send_keys(Keys.ENTER)
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


def test_one_request_looks_for_the_open_certification(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    browser.open(f"/page/till?pos={pos_id}")
    browser.script("performance.clearResourceTimings()")
    begin(till, "certify-create-pos")
    browser.sees("#case-to-do", "Create a point of sale")
    browser.until(lambda: primaries(browser) == ["case-create-pos"])
    asked = "return performance.getEntriesByType('resource').map(({ name }) => name)"
    parts = [each.partition("part=")[2] for each in browser.script(asked)]
    assert [each for each in parts if each.startswith(("keys", "certifying"))] == [
        f"keys&pos={pos_id}"
    ]


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
    for answered in ("500", "200"):
        browser.press("#again")
        browser.sees("#till-result", f"Send again: CreatePos {answered}")
    if is_deleted:
        browser.press("#act-delete-pos")
        browser.driver.switch_to.alert.accept()
        browser.sees("#till-result", "Delete this point of sale")
    browser.open("/page/till")
    assert browser.one("#new-store").get_attribute("value") == value
    browser.driver.delete_all_cookies()


def test_the_case_after_a_deletion_begins_where_the_focus_is(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    cases = ["certify-delete-pos", "certify-create-pos-for-the-rest"]
    till.control("POST", "/certifications", {"cases": cases, "clientIds": [CLIENT_ID]})
    browser.open(f"/page/till?pos={pos_id}")
    browser.sees("#case-to-do", "Delete a point of sale")
    assert primaries(browser) == ["case-delete-pos"]
    assert browser.all("[data-next]") == [browser.one("#case-delete-pos")]
    assert not browser.one("#create-pos").is_displayed()
    browser.press("#case-delete-pos")
    browser.driver.switch_to.alert.accept()
    then(browser, "again")
    browser.until(lambda: primaries(browser) == ["again"])
    assert not browser.one("#case-again").is_displayed()
    assert not browser.all("#case-create-pos")
    then(browser, "again", Keys.ENTER)
    browser.sees("#till-result", "500")
    then(browser, "again", Keys.ENTER)
    browser.sees("#till-result", "Send again: DeletePos 200")
    then(browser, "case-create-pos")
    assert primaries(browser) == ["case-create-pos"]
    assert browser.one("#create-pos").is_displayed()
    browser.one(":focus").send_keys(Keys.ENTER)
    browser.sees("#till-result", "Create point of sale 200")
    browser.driver.delete_all_cookies()


@pytest.mark.parametrize("is_reloaded", [False, True])
def test_a_deletion_without_an_answer_is_sent_again_from_each_browser(
    browser: Browser, till: Till, is_reloaded: bool
) -> None:
    pos_id = till.create_pos()
    begin(till, "certify-delete-pos")
    browser.open(f"/page/till?pos={pos_id}")
    browser.press("#case-delete-pos")
    browser.driver.switch_to.alert.accept()
    browser.sees("#till-result", "lost")
    for answered in ("500", "200"):
        if is_reloaded:
            # As in another browser.
            browser.driver.delete_all_cookies()
            browser.open("/page/till")
        assert browser.all("[data-next]") == [browser.one("#again")]
        assert not browser.one("#case-again").is_displayed()
        browser.press("#again")
        browser.sees("#till-result", f"Send again: DeletePos {answered}")
    browser.sees("#case-to-do", "all its cases have passed")
    assert browser.all("[data-next]") == [browser.one("#case-approve")]
    assert state_of(till) == "passed"
    deletes = till.control("GET", "/requests?operation=DeletePos")["requests"]
    assert {each["posId"] for each in deletes} == {pos_id}
    assert len(till.control("GET", "/requests?operation=CreatePos")["requests"]) == 1
    browser.driver.delete_all_cookies()


def test_a_point_of_sale_whose_answer_is_lost_is_not_made_twice(
    browser: Browser, till: Till
) -> None:
    begin(till, "certify-create-pos")
    browser.open("/page/till")
    browser.press("#case-create-pos")
    for answered in ("lost", "500"):
        browser.sees("#till-result", answered)
        browser.sees("#again", "Send again with the same key")
        colours = browser.script(COLOURS, "#again", "#create-pos")
        assert len(set(colours)) == 2, colours
        browser.press("#again")
    browser.sees("#till-result", "Send again: CreatePos 200")
    assert state_of(till) == "passed"
    assert till.control("GET", "/points-of-sale")["total"] == 1
    browser.driver.delete_all_cookies()


def test_a_case_that_failed_is_told_at_the_till_until_one_passes(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    cases = ["certify-payment", "certify-delete-pos", "certify-create-pos-for-the-rest"]
    till.control("POST", "/certifications", {"cases": cases, "clientIds": [CLIENT_ID]})
    till.control("POST", "/certifications/C1/cases/certify-payment/restart")
    browser.open(f"/page/till?pos={pos_id}")
    assert not browser.all("#case-failed")
    press_key(browser, "#act-start", Keys.ENTER)
    browser.sees("#case-to-do", "Complete a payment")
    then(browser, "again")
    assert not browser.all("#case-failed")
    till.advance(seconds=60)
    browser.sees("#case-failed", "The last attempt of 1. Complete a payment failed: ")
    browser.sees("#case-failed", "no further attempt came within 30s")
    browser.sees("#case-to-do", "Delete a point of sale")
    # What the failed case wanted again is no next step any more, and nothing else is pressed instead.
    then(browser, "case-failed")
    assert browser.all("[data-next]") == [browser.one("#case-create-pos")]
    browser.press("#case-failed a")
    browser.sees("#case-title", "Complete a payment")
    browser.sees("#case-state", "failed")
    browser.driver.back()
    assert not browser.all("#again")
    # Until its payment has expired, the point of sale is none to delete.
    till.advance(days=8)
    browser.press("#case-delete-pos")
    browser.driver.switch_to.alert.accept()
    for answered in ("lost", "500"):
        browser.sees("#till-result", answered)
        browser.press("#again")
    browser.sees("#case-to-do", "Create the point of sale for the rest")
    browser.until(lambda: not browser.all("#case-failed"))
    browser.driver.delete_all_cookies()


def test_a_call_that_fails_one_case_and_passes_another_is_told_to_fail_it(
    browser: Browser, till: Till
) -> None:
    cases = ["certify-create-pos", "certify-delete-pos", "certify-create-pos-for-the-rest"]
    till.control("POST", "/certifications", {"cases": cases, "clientIds": [CLIENT_ID]})
    browser.open("/page/till")
    browser.press("#case-create-pos")
    browser.sees("#again", "Send again with the same key")
    # By itself the form would make the same one again, which is a retry of this case.
    browser.until(lambda: browser.one("#new-id").get_attribute("value"))
    browser.fill("#new-id", "another-till")
    browser.press("#create-pos")
    browser.sees("#case-failed", "The last attempt of 1. Create a point of sale failed: ")
    browser.sees("#case-to-do", "Delete a point of sale")
    then(browser, "case-delete-pos")
    top, header = browser.script(TOPS, "#case-failed")
    assert top >= header


@pytest.mark.parametrize("width", [390, 1024])
def test_what_the_case_wants_is_in_sight_with_its_button(
    browser: Browser, till: Till, width: int
) -> None:
    pos_id = till.create_pos()
    till.captured(pos_id)
    begin(till, "certify-create-pos")
    resize(browser, width, 700)
    try:
        browser.open(f"/page/till?pos={pos_id}")
        press_key(browser, "#act-refund", Keys.ENTER)
        browser.sees("#till-result", "Refund 200")
        then(browser, "case-create-pos")
        top, header = browser.script(TOPS, "#case-to-do")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert top >= header


def test_once_a_case_has_passed_by_giving_up_the_focus_goes_on(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    begin(till, "certify-gives-up")
    browser.open(f"/page/till?pos={pos_id}")
    press_key(browser, "#act-start", Keys.ENTER)
    then(browser, "again", Keys.ENTER)
    then(browser, "case-approve")
    assert state_of(till) == "passed"


def test_at_another_point_of_sale_the_case_has_the_button_that_sends_its_call_again(
    browser: Browser, till: Till
) -> None:
    other_id, pos_id = till.create_pos(name="Till 2"), till.create_pos(name="Till 1")
    begin(till)
    browser.open(f"/page/till?pos={pos_id}")
    browser.press("#act-start")
    browser.sees("#till-result", "lost")
    browser.open(f"/page/till?pos={other_id}")
    assert browser.all("[data-next]") == [browser.one("#case-again")]
    assert not browser.all("#again")
    browser.press("#case-again")
    browser.sees("#till-result", "Send again: InitiatePayment")
    starts = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    assert [each["posId"] for each in starts] == [pos_id, pos_id]
