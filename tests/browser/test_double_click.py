"""A double click at the till or on the phone is one press."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains

from tests.browser.driver import Browser
from tests.support import Till

PAUSE = 0.13


def double_click(browser: Browser, selector: str) -> None:
    """Clicks twice, so far apart that the first call is answered before the second click."""
    element = browser.one(selector)
    browser.script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
    # A script between two clicks of Selenium makes them two single ones.
    ActionChains(browser.driver).move_to_element(element).click().pause(PAUSE).click().perform()


def calls(till: Till, operation: str) -> list[int]:
    """The statuses of the calls of an operation."""
    found = till.control("GET", f"/requests?operation={operation}")["requests"]
    return [each["answer"]["status"] for each in found]


def test_a_double_click_on_start_and_on_accept_sends_one_call_each(
    browser: Browser, till: Till
) -> None:
    browser.open(f"/page/till?pos={till.create_pos()}")
    double_click(browser, "#act-start")
    browser.sees("#till-result", "Start 200")
    browser.press("#phone-check-in")
    browser.one("#phone-accept")
    double_click(browser, "#phone-accept")
    browser.sees("#till-result", "Accept 200")
    browser.script("return new Promise((done) => setTimeout(done, 500))")
    assert "200" in browser.text("#glance")
    assert calls(till, "InitiatePayment") == [200]
    assert calls(till, "UserSimulationAcceptPayment") == [200]


@pytest.mark.parametrize("is_new", [True, False])
def test_a_double_click_makes_one_point_of_sale_or_refund(
    browser: Browser, till: Till, is_new: bool
) -> None:
    pos_id = till.create_pos()
    till.captured(pos_id)
    browser.open(f"/page/till?pos={pos_id}")
    if is_new:
        browser.press("#new-till summary")
    before = len(calls(till, "CreatePos"))
    double_click(browser, "#create-pos" if is_new else "#act-refund")
    browser.sees("#till-result", "Create point of sale 200" if is_new else "Refund 200")
    browser.script("return new Promise((done) => setTimeout(done, 500))")
    made = calls(till, "CreatePos")[before:]
    assert [*made, *calls(till, "CreateRefund")] == [200]


def start_twice_in_vain(browser: Browser, till: Till, fault: str) -> None:
    """Clicks twice on a start that is to be sent again."""
    browser.open(f"/page/till?pos={till.create_pos()}")
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": fault})
    double_click(browser, "#act-start")
    browser.sees("#result", "A right client sends it again")


@pytest.mark.parametrize("fault", ["lost", "timeout", "500"])
def test_a_double_click_on_a_call_whose_answer_is_lost_is_one_call(
    browser: Browser, till: Till, fault: str
) -> None:
    start_twice_in_vain(browser, till, fault)
    assert len(calls(till, "InitiatePayment")) == 1


@pytest.mark.parametrize("fault", ["lost", "500"])
def test_a_second_click_after_the_answer_leaves_the_focus_on_send_again(
    browser: Browser, till: Till, fault: str
) -> None:
    start_twice_in_vain(browser, till, fault)
    browser.until(lambda: browser.script("return document.activeElement.id") == "again")


def test_two_single_clicks_are_two_presses(browser: Browser, till: Till) -> None:
    browser.open(f"/page/till?pos={till.create_pos()}")
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    browser.script("return new Promise((done) => setTimeout(done, 700))")
    browser.press("#act-start")
    browser.sees("#till-result", "Start 409")


def test_a_double_click_in_a_field_of_the_till_chooses_its_word(
    browser: Browser, till: Till
) -> None:
    browser.open(f"/page/till?pos={till.create_pos()}")
    browser.fill("#label", "Coffee")
    double_click(browser, "#label")
    assert browser.script("return getSelection().toString()") == "Coffee"
