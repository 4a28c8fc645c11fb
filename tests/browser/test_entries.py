"""In lists that are fetched anew, the focus stays with its entry, in sight, and goes to no other entry."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.test_certified_till import begin
from tests.browser.test_focus import press_key, then
from tests.browser.test_next_step import AFTER_A_FRAME, in_sight
from tests.support import Till

FOCUSED = "return document.activeElement.textContent.trim()"
NAME = """
const focused = document.activeElement;
return focused.getAttribute("aria-label") ?? focused.textContent.trim();
"""
#: How many calls the page shows.
SHOWN = 60


def focus_on(browser: Browser, selector: str) -> None:
    """Moves the focus to something as the keyboard does, so that it shows."""
    browser.one("body").send_keys(Keys.SHIFT)
    browser.script("arguments[0].focus()", browser.one(selector))


def row_of(payment_id: str) -> str:
    """The link of a payment's row."""
    return f"#payment-{payment_id} a"


@pytest.fixture
def order_0(till: Till) -> str:
    """A reserved payment, order ov-0, that a newer one, order ov-1, stands above."""
    return till.reserved(orderId="ov-0")


@pytest.fixture
def order_1(till: Till, order_0: str) -> str:
    """The newer one."""
    return till.reserved(orderId="ov-1")


def test_the_focus_follows_a_payment_that_ends_to_where_ended_ones_are(
    browser: Browser, till: Till, order_1: str
) -> None:
    browser.open("/")
    focus_on(browser, row_of(order_1))
    till.ok("POST", f"/payments/{order_1}/capture", {"amount": 10.0})
    browser.one(f"[aria-label='Table of ended payments'] {row_of(order_1)}")
    browser.until(lambda: browser.script(FOCUSED) == "ov-1")
    in_sight(browser)


def test_the_focus_stays_on_a_payment_while_another_comes_above_it(
    browser: Browser, till: Till, order_0: str
) -> None:
    browser.open("/page/ledger")
    focus_on(browser, row_of(order_0))
    newer = till.reserved(orderId="ov-1")
    browser.one(row_of(newer))
    browser.driver.execute_async_script(AFTER_A_FRAME)
    assert browser.script(FOCUSED) == "ov-0"


def test_where_an_entry_is_gone_the_focus_is_on_its_table(browser: Browser, till: Till) -> None:
    browser.open("/page/requests")
    for _ in range(SHOWN):
        till.ok("GET", "/stores")
    browser.until(lambda: len(browser.all("#list tbody tr")) == SHOWN)
    oldest = browser.all("#list tbody tr")[-1].get_attribute("id")
    focus_on(browser, f"#{oldest} a")
    till.ok("GET", "/stores")
    browser.until(lambda: not browser.all(f"#{oldest}"))
    browser.until(lambda: browser.script(NAME) == "Table of requests")
    browser.one(":focus").send_keys(Keys.ENTER)
    assert "request=" not in browser.driver.current_url


def test_after_a_jump_past_a_timer_the_focus_is_on_the_table_of_timers(
    browser: Browser, till: Till, order_0: str
) -> None:
    till.advance(minutes=1)
    till.reserved(orderId="ov-1")
    browser.open("/page/clock")
    jumps = "[aria-label='Table of what is due'] button"
    before = len(browser.all(jumps))
    focus_on(browser, jumps)
    browser.one(":focus").send_keys(Keys.ENTER)
    browser.until(lambda: 0 < len(browser.all(jumps)) < before)
    browser.until(lambda: browser.script(NAME) == "Table of what is due")


def test_after_one_thing_is_taken_back_a_second_enter_takes_back_no_other(
    browser: Browser, till: Till
) -> None:
    for name in ("rejection", "instant", "success"):
        till.control("POST", "/scenarios/next", {"scenario": name})
    browser.open("/page/till")
    focus_on(browser, "#in-force button[aria-label^='Take rejection back']")
    browser.one(":focus").send_keys(Keys.ENTER)
    browser.until(lambda: len(till.control("GET", "/scenarios")["queued"]) == 2)
    browser.until(lambda: browser.script(NAME) == "What is in force")
    browser.one(":focus").send_keys(Keys.ENTER)
    browser.driver.execute_async_script(AFTER_A_FRAME)
    assert len(till.control("GET", "/scenarios")["queued"]) == 2


def test_the_focus_is_kept_where_its_control_is_hidden_before_the_browser_draws(
    browser: Browser, till: Till
) -> None:
    browser.open(f"/page/till?pos={till.create_pos()}")
    focus_on(browser, "#act-delete-pos")
    browser.script(
        """
        const button = document.activeElement;
        button.hidden = true;
        const detail = { elt: button, target: button };
        button.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true, detail }));
        """
    )
    assert browser.script("return document.activeElement.id") == "act-start"
    browser.driver.execute_async_script(AFTER_A_FRAME)
    assert browser.script("return document.activeElement.id") == "act-start"


@pytest.mark.parametrize("case", ["", "certify-delete-pos"])
def test_after_a_point_of_sale_is_deleted_the_focus_is_on_what_is_there(
    browser: Browser, till: Till, case: str
) -> None:
    pos_id = till.create_pos()
    if case:
        begin(till, case)
    browser.open(f"/page/till?pos={pos_id}")
    control = "#case-delete-pos" if case else "#act-delete-pos"
    press_key(browser, control, Keys.ENTER)
    browser.driver.switch_to.alert.accept()
    if case:
        then(browser, "again", Keys.ENTER)
        browser.sees("#till-result", "500")
        then(browser, "again", Keys.ENTER)
    browser.sees("#counter [role=status]", "This point of sale is gone")
    place = "case-approve" if case else "to-new"
    browser.until(lambda: browser.script("return document.activeElement.id") == place)


@pytest.mark.parametrize("control", ["act-capture", "phone-check-in"])
def test_a_point_of_sale_that_is_deleted_elsewhere_is_told_at_till_and_phone(
    browser: Browser, till: Till, control: str
) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.reserved(pos_id)
    browser.open(f"/page/till?pos={pos_id}")
    focus_on(browser, f"#{control}")
    till.ok("DELETE", f"/pointofsales/{pos_id}")
    browser.sees("#counter [role=status]", "This point of sale is gone")
    browser.sees("#screen", "This point of sale is gone")
    browser.until(lambda: browser.all("#keys button") == [])
    place = {"act-capture": "to-new", "phone-check-in": "screen"}[control]
    browser.until(lambda: browser.script("return document.activeElement.id") == place)
    in_sight(browser)


def test_new_calls_push_no_row_that_has_the_focus_out_of_sight(
    browser: Browser, till: Till
) -> None:
    till.ok("GET", "/stores")
    browser.open("/page/requests")
    row = browser.one("#list tbody tr").get_attribute("id")
    focus_on(browser, f"#{row} a")
    for _ in range(SHOWN // 3):
        till.ok("GET", "/stores")
    browser.until(lambda: len(browser.all("#list tbody tr")) > SHOWN // 3)
    in_sight(browser)
    assert browser.script("return document.activeElement.closest('tr').id") == row


def test_who_has_scrolled_away_from_the_focus_is_not_taken_back_to_it(
    browser: Browser, till: Till
) -> None:
    for _ in range(SHOWN):
        till.ok("GET", "/stores")
    browser.open("/page/requests")
    focus_on(browser, "#filter")
    browser.script("scrollTo(0, document.body.scrollHeight)")
    newest = browser.one("#list tbody tr").get_attribute("id")
    till.ok("GET", "/stores")
    browser.until(lambda: browser.one("#list tbody tr").get_attribute("id") != newest)
    browser.driver.execute_async_script(AFTER_A_FRAME)
    assert browser.script("return scrollY") > 0
