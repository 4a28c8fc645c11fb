"""What a press has left to do stays at hand, and nothing else is pressed by it."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_focus import press_key, then
from tests.browser.test_till import at_till, primaries
from tests.support import CREDIT, DEBIT, Till

#: Where the button ends, and where the line at the foot of the window begins.
IN_SIGHT = """
const [again, glance] = ["#again", ".glance-line"].map((each) => document.querySelector(each).getBoundingClientRect());
return [again.bottom, glance.top];
"""


def start_with_fault(browser: Browser, till: Till, what: str = "lost") -> str:
    """Starts a payment whose answer fails; returns the point of sale."""
    pos_id = at_till(browser, till)
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": what})
    browser.press("#act-start")
    browser.sees("#till-result", "Start")
    return pos_id


@pytest.mark.parametrize("what", ["lost", "500", "429", "reset"])
def test_the_call_is_sent_again_after_a_look_at_its_exchange(
    browser: Browser, till: Till, what: str
) -> None:
    start_with_fault(browser, till, what)
    browser.press("#result a[href*='/page/requests/']")
    browser.sees("main h1", "Request")
    browser.driver.back()
    browser.until(lambda: primaries(browser) == ["again"])
    browser.press("#again")
    browser.sees("#till-result", "Send again: InitiatePayment 200")
    assert "X-Simulator-Scenario: manual" in browser.text("#act-curl")
    till.advance(seconds=60)
    (payment,) = till.control("GET", "/payments")["payments"]
    assert (payment["scenario"], payment["state"]) == ("manual", "Initiated")
    browser.open("/page/till")
    assert not browser.all("#again")


@pytest.mark.parametrize("what", ["lost", "500", "429", "reset"])
def test_the_one_button_that_sends_the_call_again_is_in_sight(
    browser: Browser, till: Till, what: str
) -> None:
    start_with_fault(browser, till, what)
    then(browser, "again")
    buttons = [each for each in browser.all("button") if each.text.startswith("Send again")]
    assert [each.get_attribute("id") for each in buttons] == ["again"]
    top, foot = browser.script(IN_SIGHT)
    assert 0 < top < foot
    buttons[0].click()
    browser.sees("#glance", "Send again: InitiatePayment 200")
    then(browser, "phone-check-in")
    assert till.control("GET", "/payments")["total"] == 1


@pytest.mark.parametrize("what", ["lost", "500", "429", "reset"])
@pytest.mark.parametrize(
    ("act", "call"), [("start", "InitiatePayment"), ("refund", "CreateRefund")]
)
def test_enter_after_a_failed_call_sends_it_again_with_its_key(
    browser: Browser, till: Till, act: str, call: str, what: str
) -> None:
    pos_id = at_till(browser, till)
    if act == "refund":
        till.ok("POST", f"/payments/{till.reserved(pos_id, 10)}/capture", {"amount": 10})
        browser.sees("#left", "10.00 DKK left to refund")
    till.control("POST", "/faults", {"call": call, "fault": what})
    press_key(browser, f"#act-{act}", Keys.ENTER)
    then(browser, "again")
    assert primaries(browser) == ["again"]
    assert "with the same key" in browser.text("#result .notice")
    then(browser, "again", Keys.ENTER)
    browser.sees("#till-result", f"Send again: {call} 200")
    browser.sees("#glance", f"Send again: {call} 200")
    assert "new-key-on-retry" not in {
        each["rule"] for each in till.control("GET", "/audit")["findings"]
    }


def test_a_token_that_was_lost_offers_no_call_to_send_again(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    till.advance(days=2)
    till.control("POST", "/faults", {"call": "Token", "fault": "lost"})
    browser.press("#act-start")
    browser.sees("#glance", "Get a token lost")
    assert not browser.all("#again")
    assert browser.one("#glance a").text == "Details"


def test_the_answer_that_was_lost_is_told_not_to_have_arrived(browser: Browser, till: Till) -> None:
    start_with_fault(browser, till)
    assert "did not arrive" in browser.text("#till-result details summary")
    browser.press("#again")
    browser.sees("#till-result", "Send again: InitiatePayment 200")
    assert "arrive" not in browser.text("#till-result details summary")


def test_the_point_of_sale_of_the_list_stays_chosen(browser: Browser, till: Till) -> None:
    older, newer = till.create_pos(name="Till 1"), till.create_pos(name="Till 2")
    browser.open("/page/till")
    browser.sees("#till-title", "Till 2")
    browser.choose("#pos", older)
    browser.sees("#till-title", "Till 1")
    browser.open("/page/requests")
    browser.press("nav.views a[href$='/page/till']")
    browser.sees("#till-title", "Till 1")
    browser.choose("#pos", newer)
    browser.sees("#till-title", "Till 2")
    browser.driver.delete_all_cookies()


@pytest.mark.parametrize("typed", ["", "mine-1"])
def test_who_goes_on_after_a_lost_answer_starts_the_next_payment_for_another_order(
    browser: Browser, till: Till, typed: str
) -> None:
    at_till(browser, till)
    browser.fill("#order", typed)
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "lost"})
    browser.press("#act-start")
    browser.until(lambda: order_id(browser) != "")
    browser.press("#phone-check-in")
    browser.sees("#till-result", "Check in 200")
    assert order_id(browser) == ""


def order_id(browser: Browser) -> str:
    return str(browser.one("#order").get_attribute("value"))


def test_an_order_id_is_for_one_payment(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    browser.fill("#order", "mine-1")
    browser.fill("#amount", "-1")
    browser.press("#act-start")
    browser.sees("#till-result", "Start 400")
    assert order_id(browser) == "mine-1"
    browser.fill("#amount", "10")
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "lost"})
    browser.press("#act-start")
    browser.sees("#till-result", "The answer was lost")
    assert order_id(browser) == "mine-1"
    browser.press("#again")
    browser.until(lambda: order_id(browser) == "")
    browser.press("#act-cancel")
    browser.sees("#till-result", "Cancel 200")
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    orders = {each["orderId"] for each in till.control("GET", "/payments")["payments"]}
    assert "mine-1" in orders and len(orders) == 2
    rules = {each["rule"] for each in till.control("GET", "/audit")["findings"]}
    assert "duplicate-order-id" not in rules


def test_the_next_order_id_that_is_typed_meanwhile_stays(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    late = "summary: Late.\nfaults:\n  - {call: InitiatePayment, delay: 1500ms}\n"
    till.http.put("/_simulator/scenarios/late", content=late)
    browser.fill("#order", "mine-1")
    browser.choose("#scenario", "")
    till.control("POST", "/scenarios/next", {"scenario": "late"})
    browser.press("#act-start")
    browser.fill("#order", "mine-2")
    browser.sees("#till-result", "Start 200")
    assert order_id(browser) == "mine-2"


def test_the_till_tells_what_was_released_and_refunded(browser: Browser, till: Till) -> None:
    user = next(each for each in till.control("GET", "/users")["users"] if each["partialCapture"])
    at_till(browser, till, user["phone"])
    browser.fill("#amount", "12.34")
    browser.press("#act-start")
    browser.press("#phone-check-in")
    browser.press("#phone-accept")
    browser.sees("#left", "12.34 DKK to capture")
    browser.fill("#capture-amount", "5")
    browser.press("#act-capture")
    browser.sees("#counter .ticket", "Captured 5.00 DKK, released 7.34 DKK.")
    browser.fill("#refund-amount", "2")
    browser.press("#act-refund")
    till.advance(seconds=1)
    browser.press("#keys button[value^='capture-refund']")
    browser.sees("#counter .ticket", "Captured 5.00 DKK, released 7.34 DKK, refunded 2.00 DKK.")


def test_the_phone_says_whose_payment_it_is(browser: Browser, till: Till) -> None:
    pos_id = at_till(browser, till, DEBIT)
    assert not browser.all("#whose-payment")
    till.reserved(pos_id, 12.5, orderId="theirs")
    browser.sees("#whose-payment", f"Order theirs is the payment of {CREDIT}")
    browser.choose("#phone", CREDIT)
    browser.sees("#receipt", "Order theirs")
    assert not browser.all("#whose-payment")
    browser.driver.delete_all_cookies()


def test_what_was_said_goes_with_the_next_press_and_covers_no_button(
    browser: Browser, till: Till
) -> None:
    at_till(browser, till)
    browser.script("document.dispatchEvent(new CustomEvent('say', {detail: 'It was made.'}))")
    assert browser.one("#said").value_of_css_property("pointer-events") == "none"
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    assert browser.one("#said").text == ""


def click(browser: Browser, selector: str, count: int) -> None:
    """The mouse's click at something, the first or a later one of several in quick succession."""
    element = browser.one(selector)
    browser.script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
    x, y = browser.script(
        "const r = arguments[0].getBoundingClientRect();"
        "return [(r.left + r.right) / 2, (r.top + r.bottom) / 2]",
        element,
    )
    for kind in ("mousePressed", "mouseReleased"):
        at = {"x": x, "y": y, "button": "left", "clickCount": count}
        browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, **at})


def test_the_second_click_of_a_double_click_presses_nothing_new(
    browser: Browser, till: Till
) -> None:
    browser.open("/page/till")
    click(browser, "#create-pos", 1)
    browser.one("#fault-CreateRefund-lost")
    click(browser, "#fault-CreateRefund-lost", 2)
    click(browser, "#fault-CapturePayment-lost", 1)
    browser.sees("#faults-result", "Done. The next CapturePayment")
    (fault,) = till.control("GET", "/faults")["faults"]
    assert fault["call"] == ["CapturePayment"]


def test_a_double_click_on_one_control_is_two_clicks(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    label = browser.one("label[for='no-debit']")
    browser.script("arguments[0].scrollIntoView({block: 'center'})", label)
    ActionChains(browser.driver).double_click(label).perform()
    assert not browser.one("#no-debit").is_selected()
    ActionChains(browser.driver).double_click(browser.one("#no-debit")).click().perform()
    assert browser.one("#no-debit").is_selected()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_foot_line_has_its_ends_at_the_right(browser: Browser, till: Till, width: int) -> None:
    at_till(browser, till)
    resize(browser, width, 844)
    places = "return ['#close-glance', '.glance-line'].map((each) => document.querySelector(each).getBoundingClientRect().right)"
    try:
        browser.press("#act-start")
        browser.sees("#glance", "Start 200")
        ends = [browser.script(places)]
        browser.press("#act-start")
        browser.sees("#glance", "Start 409")
        ends.append(browser.script(places))
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert all(line - close < 20 for close, line in ends)


def test_a_fault_set_by_hand_is_told_in_sentences(browser: Browser, till: Till) -> None:
    start_with_fault(browser, till, "500")
    browser.sees("#result .notice", "fail. A right client sends it again")


def test_another_start_without_an_answer_is_for_the_same_order(
    browser: Browser, till: Till
) -> None:
    start_with_fault(browser, till, "500")
    browser.until(lambda: browser.one("#order").get_attribute("value"))
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    calls = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    bodies = {each["request"]["body"] for each in calls}
    keys = {dict(each["request"]["headers"])["x-mobilepay-idempotency-key"] for each in calls}
    assert (len(calls), len(bodies), len(keys)) == (2, 1, 2)
    browser.until(lambda: not browser.one("#order").get_attribute("value"))
    rules = {each["rule"] for each in till.control("GET", "/audit?format=json")["findings"]}
    assert "new-key-on-retry" in rules
