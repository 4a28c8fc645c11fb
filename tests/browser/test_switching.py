"""What is chosen in a list is shown at once, and what is shown is what is pressed at."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import emulate
from tests.browser.test_focus import focused
from tests.support import Till

NAMES = ("Till 1", "Kiosk", "Bar", "Wrong till")


@pytest.fixture
def poses(till: Till, browser: Browser) -> dict[str, str]:
    """The ids of some points of sale; the page of the last one is open."""
    ids = {name: till.create_pos(name=name) for name in NAMES}
    browser.open(f"/page/till?pos={ids['Wrong till']}")
    return ids


def chosen(browser: Browser, selector: str) -> str:
    """What a list says that is chosen."""
    script = "return document.querySelector(arguments[0]).selectedOptions[0].text"
    return str(browser.script(script, selector)).rpartition(" (")[0]


def agrees(browser: Browser, selector: str, title: str) -> bool:
    """Whether the heading names what the list says."""
    return chosen(browser, selector) in browser.text(title)


def test_a_payment_is_started_at_the_point_of_sale_that_was_chosen(
    browser: Browser, till: Till, poses: dict[str, str]
) -> None:
    browser.choose("#pos", poses["Till 1"])
    browser.sees("#till-title", "Till 1")
    assert poses["Till 1"] in browser.driver.current_url
    assert "Till" in browser.driver.title
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    (payment,) = till.control("GET", "/payments")["payments"]
    assert payment["posId"] == poses["Till 1"]


def test_the_live_parts_follow_the_point_of_sale_that_was_chosen(
    browser: Browser, till: Till, poses: dict[str, str]
) -> None:
    browser.choose("#pos", poses["Kiosk"])
    browser.sees("#till-title", "Kiosk")
    till.initiate(poses["Wrong till"], orderId="elsewhere")
    till.initiate(poses["Kiosk"], orderId="here")
    browser.sees("#counter .ticket", "Order here")


def test_arrow_keys_go_through_the_points_of_sale_and_stay_in_the_list(
    browser: Browser, poses: dict[str, str]
) -> None:
    browser.script("document.querySelector('#pos').focus()")
    for _ in range(2):
        browser.one(":focus").send_keys(Keys.ARROW_DOWN)
        browser.until(lambda: agrees(browser, "#pos", "#till-title"))
        assert focused(browser) == "pos"
    assert browser.text("#till-title") == "Kiosk"
    browser.one(":focus").send_keys(Keys.ARROW_UP, Keys.ARROW_UP, Keys.ARROW_DOWN)
    browser.until(lambda: agrees(browser, "#pos", "#till-title"))
    assert focused(browser) == "pos"
    # htmx tells the console of a request that a newer one replaced.
    browser.driver.get_log("browser")


def test_after_back_the_list_and_the_heading_agree(browser: Browser, poses: dict[str, str]) -> None:
    browser.choose("#pos", poses["Bar"])
    browser.sees("#till-title", "Bar")
    browser.driver.back()
    browser.sees("#till-title", "Wrong till")
    browser.until(lambda: chosen(browser, "#pos") == "Wrong till")


def test_nothing_is_pressed_at_the_point_of_sale_before_while_the_chosen_one_is_fetched(
    browser: Browser, poses: dict[str, str]
) -> None:
    is_held = browser.script(
        "const list = document.querySelector('#pos'); list.value = arguments[0];"
        "list.dispatchEvent(new Event('change', {bubbles: true}));"
        "return document.querySelector('.bench').inert",
        poses["Till 1"],
    )
    assert is_held
    browser.sees("#till-title", "Till 1")
    assert not browser.script("return document.querySelector('.bench').inert")


@pytest.fixture
def unplugged(browser: Browser, poses: dict[str, str]) -> Iterator[dict[str, str]]:
    """The points of sale, out of reach."""
    browser.driver.execute_cdp_cmd("Network.enable", {})
    down = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    emulated = "Network.emulateNetworkConditions"
    browser.driver.execute_cdp_cmd(emulated, {"offline": True, **down})
    yield poses
    browser.driver.execute_cdp_cmd(emulated, {"offline": False, **down})
    browser.driver.execute_cdp_cmd("Network.disable", {})
    browser.driver.get_log("browser")


def test_a_choice_that_can_not_be_shown_is_taken_back(
    browser: Browser, unplugged: dict[str, str]
) -> None:
    browser.choose("#pos", unplugged["Till 1"])
    browser.sees("#said", "The simulator does not answer")
    assert chosen(browser, "#pos") == browser.text("#till-title") == "Wrong till"
    assert not browser.script("return document.querySelector('.bench').inert")


def test_the_timeline_shows_at_once_what_is_chosen_and_can_be_walked_through(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos(name="Till 1")
    ids = [till.captured(pos_id, orderId=order) for order in ("first", "second")]
    browser.open("/page/timeline")
    browser.sees("#axis-title", "Order second")
    browser.choose("#of", f"paymentId:{ids[0]}")
    browser.sees("#axis-title", "Order first")
    assert agrees(browser, "#of", "#axis-title")
    browser.press("#scrubber [data-to=first]")
    browser.until(lambda: "moment=" in browser.driver.current_url)
    browser.sees("#moment-says", "1 of")
    browser.press("#sequence a[id^='m-a']")
    browser.sees("#detail", "As curl")
    till.refund(ids[0], 1)
    browser.until(lambda: "CreateRefund" in browser.text("#sequence"))


def test_arrow_keys_go_through_the_payments_of_the_timeline(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    for order in ("first", "second", "third"):
        till.captured(pos_id, orderId=order)
    browser.open("/page/timeline")
    browser.script("document.querySelector('#of').focus()")
    for order in ("second", "first"):
        browser.one(":focus").send_keys(Keys.ARROW_DOWN)
        browser.sees("#axis-title", f"Order {order}")
        assert focused(browser) == "of"


def test_the_button_is_only_for_browsers_without_javascript(
    browser: Browser, poses: dict[str, str]
) -> None:
    emulate(browser, "setScriptExecutionDisabled", value=True)
    try:
        browser.driver.get(f"{browser.base}/page/till?pos={poses['Bar']}")
        show = browser.driver.find_element(By.XPATH, "//button[text()='Show']")
        assert show.is_displayed()
    finally:
        emulate(browser, "setScriptExecutionDisabled", value=False)
    browser.open(f"/page/till?pos={poses['Bar']}")
    assert not [each for each in browser.all("main > header button") if each.is_displayed()]


def test_back_leads_to_the_point_of_sale_that_was_shown(browser: Browser, till: Till) -> None:
    first, second = till.create_pos(name="Till 1"), till.create_pos(name="Till 2")
    browser.open("/page/till")
    browser.sees("#till-title", "Till 2")
    assert second in browser.driver.current_url
    browser.choose("#pos", first)
    browser.sees("#till-title", "Till 1")
    browser.driver.back()
    browser.sees("#till-title", "Till 2")
    assert second in browser.driver.current_url
    browser.driver.forward()
    browser.sees("#till-title", "Till 1")


def offered(browser: Browser) -> list[str]:
    """The payments that the timeline offers."""
    return [each.text for each in browser.all("#of optgroup[label=Payments] option")]


def test_the_timeline_offers_payments_that_start_while_it_is_open(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    first = till.initiate(pos_id, orderId="first")
    browser.open(f"/page/timeline?paymentId={first}")
    till.ok("POST", f"/payments/{first}/cancel")
    browser.until(lambda: offered(browser) == ["first (cancelled by client)"])
    till.initiate(pos_id, orderId="second")
    browser.until(lambda: len(offered(browser)) == 2)
    assert chosen(browser, "#of") == "first"
    browser.one("#of").send_keys(Keys.ARROW_UP)
    browser.sees("#axis-title", "Order second")
    assert focused(browser) == "of"


def test_a_timeline_without_a_payment_shows_the_first_one(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Kiosk")
    browser.open("/page/timeline")
    browser.sees("#none", "No payment was made yet")
    assert browser.text("#of option:checked") == "Choose one"
    browser.script("arguments[0].focus()", browser.one("#of"))
    till.initiate(pos_id, orderId="first")
    browser.sees("#axis-title", "Order first")
    assert chosen(browser, "#of") == "first"
    browser.until(lambda: focused(browser) == "of")


def test_a_point_of_sale_can_be_chosen_before_there_is_a_payment(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos(name="Kiosk")
    browser.open("/page/timeline")
    browser.choose("#of", f"posId:{pos_id}")
    browser.sees("#axis-title", "Kiosk")
