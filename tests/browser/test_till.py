"""The till leads from step to step, and the phone shows what a customer would see."""

import pytest

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.support import CREDIT, DEBIT, Till


def at_till(browser: Browser, till: Till, phone: str = CREDIT) -> str:
    pos_id = till.create_pos(name="Till 1")
    browser.open(f"/page/till?pos={pos_id}&phone={phone.replace('+', '%2B')}")
    return pos_id


def primaries(browser: Browser) -> list[str]:
    """The buttons of the till that look like the next step: their colour is not a card's."""
    return [
        str(each.get_attribute("id"))
        for each in browser.all("section[aria-labelledby=till-title] button.primary")
        if each.is_displayed()
        and browser.script(
            "const s = document.createElement('i'); s.style.background = 'var(--surface)';"
            "document.body.append(s); const b = getComputedStyle(s).backgroundColor; s.remove();"
            "return getComputedStyle(arguments[0]).backgroundColor !== b",
            each,
        )
    ]


def test_one_button_at_each_moment_is_the_next_step(browser: Browser, till: Till) -> None:
    pos_id = at_till(browser, till)
    assert primaries(browser) == ["act-start"]
    browser.press("#act-start")
    browser.until(lambda: primaries(browser) == [])
    browser.press("#phone-check-in")
    browser.press("#phone-accept")
    browser.until(lambda: primaries(browser) == ["act-capture"])
    browser.press("#act-capture")
    browser.until(lambda: primaries(browser) == ["act-start"])
    browser.press("#act-prepare")
    browser.until(lambda: primaries(browser) == ["act-ready"])
    assert till.control("GET", f"/points-of-sale/{pos_id}")["activePayment"]


def test_a_refund_under_way_is_the_next_step(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    refund_id = till.refund(till.captured(pos_id, 12.5))
    till.advance(seconds=1)
    browser.open(f"/page/till?pos={pos_id}")
    assert primaries(browser) == [f"capture-{refund_id}"]
    till.ok("POST", f"/refunds/{refund_id}/cancel")
    browser.until(lambda: primaries(browser) == ["act-start"])


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("button", "words"),
    [
        ("#fault-Token-500", "The next Token meets the fault 500."),
        ("#act-start", "Start 200"),
        ("#phone-check-in", "Check in 200"),
        ("#act-capture", "Capture 409"),
    ],
)
def test_what_became_of_a_press_is_in_sight(
    browser: Browser, till: Till, width: int, button: str, words: str
) -> None:
    pos_id = till.create_pos(name="Till 1")
    if button == "#act-capture":
        till.initiate(pos_id)
    browser.open(f"/page/till?pos={pos_id}&phone={CREDIT.replace('+', '%2B')}")
    resize(browser, width, 844)
    try:
        browser.press(button)
        browser.sees("#glance", words)
        top, bottom = browser.script(
            "const r = document.querySelector('#glance').getBoundingClientRect();"
            "return [r.top, innerHeight - r.bottom]"
        )
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert top > 0
    assert bottom >= 0


def test_the_phone_tells_the_time_after_each_change(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    shown = browser.text("#phone-clock")
    assert shown == till.control("GET", "/clock")["now"][11:16]
    browser.press("#act-start")
    browser.press("#phone-check-in")
    browser.one("#phone-accept")
    assert browser.text("#phone-clock") == shown
    till.advance(hours=1)
    browser.until(lambda: browser.text("#phone-clock") != shown)


def test_after_a_lost_answer_the_next_step_is_the_same_key_again(
    browser: Browser, till: Till
) -> None:
    at_till(browser, till)
    browser.press("#fault-InitiatePayment-lost")
    browser.sees("#faults-result", "Done")
    browser.press("#act-start")
    browser.sees("#till-result", "The answer was lost")
    browser.until(lambda: primaries(browser) == ["again"])
    browser.press("#again")
    browser.sees("#till-result", "Send again: InitiatePayment 200")
    assert till.control("GET", "/payments")["total"] == 1
    browser.until(lambda: primaries(browser) == [])


def test_no_script_beats_a_person_to_it(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    options = [each.get_attribute("value") for each in browser.all("#scenario option")]
    assert options[:2] == ["manual", ""]
    assert options.count("rejection") == 1
    browser.press("#act-start")
    browser.sees("#counter .ticket", "Initiated")
    assert "X-Simulator-Scenario: manual" in browser.text("#act-curl")
    till.advance(seconds=60)
    (payment,) = till.control("GET", "/payments")["payments"]
    assert (payment["scenario"], payment["state"]) == ("manual", "Initiated")


def test_a_chosen_scenario_plays_the_customer(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    browser.choose("#scenario", "rejection")
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    till.advance(seconds=60)
    browser.sees("#counter .ticket", "Cancelled by user")


def test_a_part_is_refunded_and_what_is_left_is_told(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.captured(pos_id, 12.5)
    browser.open(f"/page/till?pos={pos_id}")
    assert browser.one("#refund-amount").get_attribute("value") == "12.50"
    browser.sees("#left", "12.50 DKK left to refund of 12.50 DKK")
    browser.fill("#refund-amount", "4")
    browser.press("#act-refund")
    browser.sees("#left", "8.50 DKK left to refund of 12.50 DKK")
    browser.until(lambda: browser.one("#refund-amount").get_attribute("value") == "8.50")


def test_where_nothing_is_left_to_refund_the_till_says_so(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.captured(pos_id, 12.5)
    browser.open(f"/page/till?pos={pos_id}")
    browser.press("#act-refund")
    browser.sees("#left", "Nothing is left to refund of 12.50 DKK")
    browser.until(lambda: not browser.one("#act-refund").is_enabled())
    assert browser.one("#act-refund").get_attribute("aria-describedby") == "left"
    assert browser.one("#refund-amount").get_attribute("value") == ""
    assert not browser.one("#refund-amount").is_enabled()
    browser.press("[id^='cancel-']")
    browser.sees("#left", "12.50 DKK left to refund of 12.50 DKK")
    browser.until(lambda: browser.one("#act-refund").is_enabled())
    assert browser.one("#refund-amount").get_attribute("value") == "12.50"


def test_what_is_typed_stays_while_the_till_is_refreshed(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    payment_id = till.captured(pos_id, 12.5)
    browser.open(f"/page/till?pos={pos_id}")
    browser.fill("#refund-amount", "3")
    till.refund(payment_id, 2)
    browser.sees("#keys", "Refunds")
    assert browser.one("#refund-amount").get_attribute("value") == "3"


def test_a_card_that_can_capture_a_part_captures_what_is_typed(
    browser: Browser, till: Till
) -> None:
    user = next(each for each in till.control("GET", "/users")["users"] if each["partialCapture"])
    at_till(browser, till, user["phone"])
    browser.press("#act-start")
    browser.press("#phone-check-in")
    browser.press("#phone-accept")
    browser.sees("#left", "10.50 DKK to capture")
    browser.fill("#capture-amount", "7.25")
    browser.press("#act-capture")
    browser.sees("#left", "7.25 DKK left to refund of 7.25 DKK")


def test_the_phone_shows_shop_card_and_receipt(browser: Browser, till: Till) -> None:
    at_till(browser, till, DEBIT)
    browser.fill("#order", "receipt-7")
    browser.press("#act-start")
    browser.press("#phone-check-in")
    browser.sees("#phone-pays-with", "Your debit card")
    assert browser.all("#screen .app svg")
    browser.press("#phone-other-card")
    browser.sees("#phone-pays-with", "Your credit card")
    browser.press("#phone-accept")
    browser.press("#act-capture")
    browser.sees("#receipt", "Order receipt-7 Card credit Paid")


@pytest.mark.parametrize(("width", "is_first"), [(390, True), (1440, False)])
def test_the_phone_comes_first_on_a_narrow_screen(
    browser: Browser, till: Till, width: int, is_first: bool
) -> None:
    at_till(browser, till)
    resize(browser, width, 844)
    try:
        tops = browser.script(
            "return ['.phone-side', '#till-form'].map("
            "(each) => document.querySelector(each).getBoundingClientRect().top)"
        )
        overflow = browser.script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        side = browser.script(
            "return document.querySelector('.paper').getBoundingClientRect().width"
        )
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert (tops[0] + 400 < tops[1]) is is_first
    assert overflow <= 0
    assert side < 120


def test_the_fields_of_a_new_point_of_sale_lie_beside_each_other(browser: Browser) -> None:
    size = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.open("/page/till")
        overlapping = browser.script(
            """
            const parts = [...document.querySelectorAll("#new-pos :is(label, button)")];
            const boxes = parts.map((each) => [each.textContent, each.getBoundingClientRect()]);
            const overlap = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
              && a.top < b.bottom - 1 && b.top < a.bottom - 1;
            return boxes.flatMap(([name, box], place) => boxes.slice(place + 1)
              .filter(([, other]) => overlap(box, other)).map(([other]) => `${name} ${other}`));
            """
        )
        assert not overlapping
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_store_is_offered_with_its_brand_and_location(browser: Browser) -> None:
    browser.open("/page/till")
    offered = browser.one("#new-store option").get_attribute("textContent") or ""
    assert "brand " in offered
    assert "location " in offered


@pytest.mark.parametrize(("field", "named"), [("#new-name", "name"), ("#new-id", "merchantPosId")])
def test_a_long_name_or_id_is_typed_whole_and_refused_by_the_service(
    browser: Browser, till: Till, field: str, named: str
) -> None:
    browser.open(f"/page/till?pos={till.create_pos()}")
    browser.press("#new-till summary")
    browser.fill(field, "x" * 37)
    assert browser.one(field).get_attribute("value") == "x" * 37
    browser.press("#create-pos")
    browser.sees("#till-result", "Create point of sale 400")
    assert named in browser.text("#till-result")
    assert browser.one(field).get_attribute("value") == "x" * 37


def test_no_field_of_the_page_cuts_what_is_typed(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    for path in (f"/page/till?pos={pos_id}", "/page/new-scenario", "/page/certification"):
        browser.open(path)
        assert not browser.all("[maxlength]")
    browser.fill("#sandbox-name", "x" * 101)
    assert browser.script("return document.querySelector('#sandbox-name').validity.patternMismatch")
