"""Till and phone: what was just told is in sight, and in line with what is around it."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_focus import focused, press_key, then
from tests.browser.test_till import at_till
from tests.support import CREDIT, Till

HEIGHT = "return document.querySelector('#glance').getBoundingClientRect().height"
#: Where an element begins on the page.
TOP_OF = "return document.querySelector(arguments[0]).getBoundingClientRect().top + scrollY"
#: Where an element begins, and where the header ends.
TOPS = """
const top = document.querySelector(arguments[0]).getBoundingClientRect().top;
return [top, document.querySelector('header.top').getBoundingClientRect().bottom];
"""
#: How far right of its column's begin the words of a button are.
INDENT = """
const button = document.querySelector(arguments[0]);
const words = document.createRange();
words.selectNodeContents(button);
return words.getBoundingClientRect().left - document.querySelector(arguments[1]).getBoundingClientRect().left;
"""
#: The controls of the till whose ring, once they have the focus, covers something beside them in their row.
COVERING = """
const found = [];
const overlaps = (one, other) =>
  Math.min(one.right, other.right) - Math.max(one.left, other.left) > 0.5 &&
  Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 0.5;
for (const row of document.querySelectorAll("#till-result .row, .scan .row, .matrix tr, .with-amount, .keys")) {
  const all = [...row.querySelectorAll("button, a, select, input:not([type=hidden]), span")];
  const shown = all.filter((each) => each.checkVisibility() && !each.matches(".visually-hidden"));
  for (const control of shown.filter((each) => each.matches(":enabled, a"))) {
    control.focus({ preventScroll: true });
    const { outlineOffset, outlineWidth } = getComputedStyle(control);
    const wide = parseFloat(outlineOffset) + parseFloat(outlineWidth);
    const { left, right, top, bottom } = control.getBoundingClientRect();
    const ring = { left: left - wide, right: right + wide, top: top - wide, bottom: bottom + wide };
    const others = shown.filter((each) => !each.contains(control) && !control.contains(each));
    const under = others.filter((each) => overlaps(ring, each.getBoundingClientRect()));
    found.push(...under.map((each) => `${control.id || control.textContent}: ${each.textContent}`));
  }
}
return found;
"""


@pytest.fixture(params=[(1440, 900), (1024, 768), (390, 844)], ids=lambda size: str(size[0]))
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Browser]:
    """The browser on screens of several sizes."""
    resize(browser, *request.param)
    yield browser
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_foot_line_takes_four_rows_at_the_most(screen: Browser, till: Till) -> None:
    at_till(screen, till)
    till.control("PUT", "/clock", {"scale": 0})
    screen.press("#act-start")
    screen.sees("#till-result", "Start 200")
    screen.press("#act-start")
    screen.sees("#glance", "Start 409")
    assert screen.script(HEIGHT) <= 112


def test_no_key_moves_when_a_payment_is_captured(screen: Browser, till: Till) -> None:
    pos_id = at_till(screen, till)
    screen.press("#act-start")
    till.user("checkin", pos_id)
    screen.sees("#counter", "Issued to user")
    till.user("acceptpayment", pos_id)
    screen.sees("#counter", "Jump past its expiry")
    before = screen.script(TOP_OF, "#act-capture")
    screen.press("#act-capture")
    screen.sees("#keys", "left to refund")
    assert abs(screen.script(TOP_OF, "#act-capture") - before) < 2


def test_no_ring_of_the_focus_covers_what_is_beside_it(screen: Browser, till: Till) -> None:
    at_till(screen, till)
    screen.press("#act-start")
    screen.sees("#till-result", "Start 200")
    assert screen.one("#again").get_attribute("class") == "quiet"
    # Only the keyboard has a ring.
    screen.one("body").send_keys(Keys.SHIFT)
    assert screen.script(COVERING) == []


def test_why_a_call_is_to_be_sent_again_is_in_sight_with_its_button(
    screen: Browser, till: Till
) -> None:
    at_till(screen, till)
    till.control("POST", "/faults", {"call": "CreatePos", "fault": "lost"})
    screen.press("#new-till summary")
    press_key(screen, "#create-pos", Keys.ENTER)
    then(screen, "again")
    top, header = screen.script(TOPS, "#result .notice")
    assert top >= header


def test_the_words_of_frameless_buttons_stand_in_their_column(screen: Browser, till: Till) -> None:
    at_till(screen, till)
    screen.press("#act-start")
    screen.sees("#till-result", "Start 200")
    assert abs(screen.script(INDENT, "#act-delete-pos", ".scan .stack")) < 1


def test_nothing_is_left_to_pay_at_a_point_of_sale_that_is_gone(
    browser: Browser, till: Till
) -> None:
    pos_id = at_till(browser, till)
    assert browser.one(".scan").is_displayed()
    till.ok("DELETE", f"/pointofsales/{pos_id}")
    browser.sees("#counter", "This point of sale is gone.")
    assert not browser.one(".scan").is_displayed()
    assert not browser.one("#till-form").is_displayed()


@pytest.mark.parametrize("fault", [None, "lost"])
def test_after_a_point_of_sale_is_deleted_the_next_step_is_another_one(
    browser: Browser, till: Till, fault: str | None
) -> None:
    pos_id = at_till(browser, till)
    if fault:
        till.control("POST", "/faults", {"call": "DeletePos", "fault": fault})
    press_key(browser, "#act-delete-pos", Keys.ENTER)
    browser.driver.switch_to.alert.accept()
    if fault:
        then(browser, "again", Keys.ENTER)
    then(browser, "to-new", Keys.ENTER)
    then(browser, "new-name", Keys.ENTER)
    browser.sees("#till-result", "Create point of sale 200")
    assert pos_id not in browser.driver.current_url


def test_a_payment_that_has_ended_says_when(browser: Browser, till: Till) -> None:
    pos_id = at_till(browser, till)
    payment_id = till.initiate(pos_id)
    till.ok("POST", f"/payments/{payment_id}/cancel")
    ended = till.control("GET", f"/payments/{payment_id}")["endedAt"]
    browser.sees("#counter .ticket", f"Ended {ended[:10]} {ended[11:19]}")


#: Whether the words of one thing are printed over another.
COVERS = """
const words = document.createRange();
words.selectNodeContents(document.querySelector(arguments[0]));
const [a, b] = [words.getBoundingClientRect(), document.querySelector(arguments[1]).getBoundingClientRect()];
return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
"""


def test_what_was_refunded_covers_no_amount(screen: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.captured(pos_id, 125.5)
    refund_id = till.refund(payment_id, 25)
    till.advance(seconds=5)
    till.ok("POST", f"/refunds/{refund_id}/capture")
    screen.open(f"/page/till?pos={pos_id}")
    screen.sees("#counter .ticket", "25.00 DKK refunded")
    assert not screen.script(COVERS, ".ticket .big", ".ticket-state .light:last-of-type")


def test_the_amounts_to_capture_and_to_refund_are_as_wide(screen: Browser, till: Till) -> None:
    at_till(screen, till)
    widths = [screen.one(f"#{each}-amount").rect["width"] for each in ("capture", "refund")]
    assert abs(widths[0] - widths[1]) < 1


def test_which_refund_is_next_is_in_sight_with_its_button(screen: Browser, till: Till) -> None:
    till.control("PUT", "/clock", {"scale": 0})
    till.captured(at_till(screen, till))
    screen.sees("#left", "10.00 DKK left to refund")
    till.control("POST", "/faults", {"call": "CreateRefund", "fault": "500"})
    press_key(screen, "#act-refund", Keys.ENTER)
    then(screen, "again", Keys.ENTER)
    screen.until(lambda: focused(screen).startswith("reserve-"))
    top, header = screen.script(TOPS, "#keys li .light")
    assert top >= header


def test_an_amount_that_is_offered_is_replaced_by_what_is_typed(
    browser: Browser, till: Till
) -> None:
    till.captured(at_till(browser, till), 125.5)
    browser.sees("#left", "125.50 DKK left to refund")
    field = browser.one("#refund-amount")
    field.click()
    field.send_keys("25")
    assert field.get_property("value") == "25"
    field.click()
    field.send_keys("7")
    assert "25" in str(field.get_property("value"))


def test_the_knob_ends_within_its_track(browser: Browser, till: Till) -> None:
    pos_id = at_till(browser, till)
    till.initiate(pos_id)
    till.user("checkin", pos_id, CREDIT)
    knob = browser.one("#phone-accept")
    browser.script("arguments[0].scrollIntoView({block: 'center'})", knob)
    way = browser.script("return document.querySelector('[data-swipe]').clientWidth")
    actions = ActionChains(browser.driver)
    actions.click_and_hold(knob).move_by_offset(way, 0).perform()
    knob_end, track_end = (
        browser.script("return arguments[0].getBoundingClientRect().right", each)
        for each in (knob, browser.one("[data-swipe]"))
    )
    actions.reset_actions()
    ActionChains(browser.driver).release().perform()
    assert knob_end < track_end


@pytest.mark.parametrize(
    ("width", "ways"), [(390, ["to-phone", "to-below", "phone"]), (1440, ["scenario", "amount"])]
)
def test_the_keyboard_goes_the_way_of_the_eye(
    browser: Browser, till: Till, width: int, ways: list[str]
) -> None:
    pos_id = till.create_pos()
    resize(browser, width, 900)
    try:
        browser.open(f"/page/till?pos={pos_id}")
        browser.script("document.getElementById('pos').focus()")
        for each in ways:
            browser.driver.switch_to.active_element.send_keys(Keys.TAB)
            assert browser.script("return document.activeElement.id") == each
        if width == 390:
            browser.script("document.getElementById('to-phone').focus()")
            browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
            assert browser.script("return document.activeElement.id") == "phone"
            browser.press("#to-below")
            start = "return document.getElementById('act-start').getBoundingClientRect().bottom < innerHeight"
            browser.until(lambda: browser.script(start))
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_table_whose_buttons_are_all_in_sight_asks_for_no_scrolling(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    resize(browser, 1024, 900)
    try:
        browser.open(f"/page/till?pos={pos_id}")
        is_cut, is_said = browser.script(
            "const box = document.querySelector('.faults .scroll'), end = box.getBoundingClientRect().right;"
            "return [[...box.querySelectorAll('button')].some((b) => b.getBoundingClientRect().right > end),"
            "box.classList.contains('wide')]"
        )
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert is_said is is_cut


def test_no_empty_strip_is_below_what_became_of_a_payment(screen: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.captured(pos_id)
    screen.open(f"/page/till?pos={pos_id}")
    left = screen.script(
        "const ticket = document.querySelector('.ticket');"
        "const end = ticket.getBoundingClientRect().bottom - parseFloat(getComputedStyle(ticket).paddingBottom);"
        "return end - Math.max(...[...ticket.children].map((each) => each.getBoundingClientRect().bottom))"
    )
    assert left < 3


def test_an_amount_of_thousands_is_on_one_line_of_the_phone(screen: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.captured(pos_id, 5000.5)
    screen.open(f"/page/till?pos={pos_id}")
    lines = (
        "const { height } = document.querySelector('#screen .sum').getBoundingClientRect();"
        "return height / parseFloat(getComputedStyle(document.querySelector('#screen .sum')).fontSize)"
    )
    assert screen.script(lines) < 2


#: By how many pixels a payment reaches out of the till.
BEYOND = """
const [ticket, till] = [".ticket", "#counter"].map((each) => document.querySelector(each).getBoundingClientRect());
return ticket.right - till.right;
"""


@pytest.mark.parametrize("width", [1440, 1200, 1100, 1024, 980, 390])
def test_the_longest_states_have_room_beside_a_large_amount(
    browser: Browser, till: Till, width: int
) -> None:
    resize(browser, width, 800)
    for state in ("ExpiredAndCancelled", "CancelledByMobilePay"):
        wanted = {"what": "payment", "state": state, "amount": 12345.67}
        arranged = till.control("POST", "/arrange", wanted)
        browser.open(f"/page/till?pos={arranged['posId']}")
        browser.sees("#counter .ticket", "12,345.67 DKK")
        assert browser.script(BEYOND) <= 0


def test_the_foot_line_of_what_was_done_goes_and_of_what_was_not_stays(
    browser: Browser, till: Till
) -> None:
    browser.open(f"/page/till?pos={till.create_pos()}")
    # Time passes sixteen times as fast for what is set from now on.
    browser.script(
        "const set = window.setTimeout; window.setTimeout = (work, ms) => set(work, ms / 16)"
    )
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    browser.until(
        lambda: browser.script("return document.getElementById('glance').matches(':empty')")
    )
    browser.press("#act-start")
    browser.sees("#glance", "Start 409")
    browser.script("return new Promise((done) => setTimeout(done, 16 * 1500))")
    assert "There is an active payment" in browser.text("#glance")
