"""Till and phone make one call at a time, so that what became of each is told."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.test_double_click import calls
from tests.browser.test_focus import at_till, focused, press_key, then
from tests.browser.test_till import primaries
from tests.support import CREDIT, Till

#: The colour of the first element that a selector finds.
BACKGROUND = "return getComputedStyle(document.querySelector(arguments[0])).backgroundColor"


def let_fail(till: Till, call: str, fault: str = "timeout") -> None:
    """Arms a fault for the next call of an operation."""
    till.control("POST", "/faults", {"call": call, "fault": fault})


def test_no_other_call_is_made_while_one_is_awaited(browser: Browser, till: Till) -> None:
    till.reserved(at_till(browser, till))
    browser.sees("#counter .ticket", "Reserved")
    let_fail(till, "CapturePayment")
    press_key(browser, "#act-capture", Keys.ENTER)
    browser.until(lambda: calls(till, "CapturePayment") != [])
    browser.script("document.getElementById('act-query').click()")
    browser.sees("#said", "Waiting for the answer")
    then(browser, "again")
    assert "Capture" in browser.text("#result")
    assert calls(till, "QueryPayment") == []
    browser.press("#act-query")
    browser.sees("#till-result", "Query 200")


def test_a_press_while_one_is_awaited_is_made_once_that_has_succeeded(
    browser: Browser, till: Till
) -> None:
    late = "summary: Late.\nfaults:\n  - {call: InitiatePayment, delay: 1500ms}\n"
    till.http.put("/_simulator/scenarios/late", content=late)
    at_till(browser, till)
    browser.choose("#scenario", "")
    till.control("POST", "/scenarios/next", {"scenario": "late"})
    press_key(browser, "#act-start", Keys.ENTER)
    browser.one("#phone-check-in").click()
    browser.sees("#till-result", "Check in 200")
    assert calls(till, "UserSimulationCheckin") == [200]


def test_nor_is_one_of_the_phone(browser: Browser, till: Till) -> None:
    pos_id = at_till(browser, till, amount=10.5)
    let_fail(till, "UserSimulationCheckin")
    press_key(browser, "#phone-check-in", Keys.ENTER)
    browser.one("#phone-accept").send_keys(Keys.ENTER)
    browser.sees("#till-result", "Check in")
    assert calls(till, "UserSimulationAcceptPayment") == []
    browser.press("#phone-accept")
    browser.sees("#till-result", "Accept 200")
    assert till.control("GET", f"/points-of-sale/{pos_id}")["checkIn"] is None


def test_who_loads_the_till_anew_while_a_call_is_awaited_is_told_so(
    browser: Browser, till: Till
) -> None:
    pos_id = at_till(browser, till)
    let_fail(till, "InitiatePayment")
    press_key(browser, "#act-start", Keys.ENTER)
    browser.open(f"/page/till?pos={pos_id}")
    browser.sees("#till-result", "Waiting for the answer to the last press")
    press_key(browser, "#act-query", Keys.ENTER)
    browser.sees("#said", "Waiting for the answer")
    browser.sees("#result", "A right client sends it again")
    browser.sees("#glance", "Start lost")
    assert calls(till, "QueryPayment") == []
    (payment,) = till.control("GET", "/payments")["payments"]
    assert browser.one("#order").get_attribute("value") == payment["orderId"]


@pytest.mark.parametrize("is_soon", [True, False])
def test_who_leaves_while_a_call_is_awaited_is_told_of_its_loss(
    browser: Browser, till: Till, is_soon: bool
) -> None:
    pos_id = at_till(browser, till)
    till.reserved(pos_id)
    browser.sees("#counter .ticket", "Reserved")
    let_fail(till, "CapturePayment")
    press_key(browser, "#act-capture", Keys.ENTER)
    browser.until(lambda: calls(till, "CapturePayment") != [])
    browser.open("/page/requests")
    if not is_soon:
        browser.sees("#list", "lost")
    browser.open(f"/page/till?pos={pos_id}")
    browser.sees("#result", "A right client sends it again")
    assert browser.text("#result").startswith("Capture")
    assert not browser.text("#result").startswith("CapturePayment")
    browser.until(lambda: primaries(browser) == ["again"])
    then(browser, "again", Keys.ENTER)
    browser.sees("#till-result", "Send again: CapturePayment 200")
    browser.open(f"/page/till?pos={pos_id}")
    assert not browser.all("#again")


def test_another_point_of_sale_takes_presses_at_once(browser: Browser, till: Till) -> None:
    other = till.create_pos(name="Till 2")
    pos_id = at_till(browser, till)
    let_fail(till, "InitiatePayment")
    press_key(browser, "#act-start", Keys.ENTER)
    browser.until(lambda: calls(till, "InitiatePayment") != [])
    browser.choose("#pos", other)
    browser.sees("#till-title", "Till 2")
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    assert len(till.control("GET", f"/payments?posId={other}")["payments"]) == 1
    browser.until(lambda: not browser.text("#said").strip())
    assert "lost" not in browser.text("#glance")
    assert len({each["orderId"] for each in till.control("GET", "/payments")["payments"]}) == 2
    assert len(till.control("GET", f"/payments?posId={pos_id}")["payments"]) == 1


def test_what_was_lost_at_a_point_of_sale_is_told_once_it_is_shown_again(
    browser: Browser, till: Till
) -> None:
    other = till.create_pos(name="Till 2")
    pos_id = at_till(browser, till)
    let_fail(till, "InitiatePayment")
    press_key(browser, "#act-start", Keys.ENTER)
    browser.until(lambda: calls(till, "InitiatePayment") != [])
    for each, name in ((other, "Till 2"), (pos_id, "Till 1")):
        browser.choose("#pos", each)
        browser.sees("#till-title", name)
    browser.sees("#result", "A right client sends it again")
    (payment,) = till.control("GET", "/payments")["payments"]
    browser.until(lambda: browser.one("#order").get_attribute("value") == payment["orderId"])


@pytest.mark.parametrize("is_awaited", [True, False])
def test_what_was_lost_at_a_point_of_sale_is_told_there_after_a_press_at_another(
    browser: Browser, till: Till, is_awaited: bool
) -> None:
    other = till.create_pos(name="Till 2")
    pos_id = at_till(browser, till)
    let_fail(till, "InitiatePayment", "timeout" if is_awaited else "lost")
    press_key(browser, "#act-start", Keys.ENTER)
    browser.until(lambda: calls(till, "InitiatePayment") != [])
    if not is_awaited:
        then(browser, "again")
    browser.choose("#pos", other)
    browser.sees("#till-title", "Till 2")
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    browser.choose("#pos", pos_id)
    browser.sees("#till-title", "Till 1")
    browser.sees("#result", "A right client sends it again")
    browser.press("#again")
    browser.sees("#till-result", "Send again: InitiatePayment 200")
    (payment,) = till.control("GET", f"/payments?posId={pos_id}")["payments"]
    assert payment["state"] == "Initiated"


@pytest.mark.parametrize("fault", ["lost", "timeout", "reset", "500"])
@pytest.mark.parametrize("tap", ["check-in", "accept"])
def test_after_a_tap_that_failed_the_next_step_is_what_the_phone_or_the_till_shows(
    browser: Browser, till: Till, tap: str, fault: str
) -> None:
    pos_id = at_till(browser, till, amount=10.5)
    if tap == "accept":
        till.user("checkin", pos_id, CREDIT)
    call, following = {
        "check-in": ("UserSimulationCheckin", "phone-accept"),
        "accept": ("UserSimulationAcceptPayment", "act-capture"),
    }[tap]
    let_fail(till, call, fault)
    press_key(browser, f"#phone-{tap}", Keys.ENTER)
    browser.sees("#till-result", "The phone shows what became of it.")
    assert not browser.all("#again")
    next_step = following if fault in ("lost", "timeout") else f"phone-{tap}"
    browser.until(lambda: focused(browser) == next_step)


def test_after_a_lost_deletion_was_sent_again_a_new_point_of_sale_is_next(
    browser: Browser, till: Till
) -> None:
    pos_id = at_till(browser, till)
    let_fail(till, "DeletePos", "lost")
    browser.press("#act-delete-pos")
    browser.driver.switch_to.alert.accept()
    browser.sees("#till-result", "lost")
    browser.open("/page/till")
    then(browser, "again", Keys.ENTER)
    browser.sees("#till-result", "Send again: DeletePos")
    then(browser, "create-pos")
    plain = browser.script(BACKGROUND, ".card")
    browser.until(lambda: browser.script(BACKGROUND, "#create-pos") != plain)
    assert {
        each["posId"] for each in till.control("GET", "/requests?operation=DeletePos")["requests"]
    } == {pos_id}
