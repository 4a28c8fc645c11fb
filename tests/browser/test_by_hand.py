"""What people do on the page, in a real browser."""

import subprocess
import sys

import httpx
import pytest

from tests.browser.driver import Browser
from tests.browser.editing import Editor
from tests.support import ROOT, Till, running_server, stop


def make_pos(browser: Browser) -> None:
    """Makes the sandbox's first point of sale."""
    browser.open("/page/till")
    browser.press("#create-pos")
    browser.sees("#till-result", "Create point of sale")
    browser.until(lambda: "?pos=" in browser.driver.current_url)


def payment_is(browser: Browser, state: str) -> None:
    """Waits until the till shows the payment in a state."""
    browser.sees("#counter .ticket", state)


def start(browser: Browser, amount: str = "12.50") -> None:
    """Starts a payment, as the till."""
    browser.fill("#amount", amount)
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")


def check_in(browser: Browser) -> None:
    """Checks in, as the customer."""
    browser.press("#phone-check-in")
    browser.sees("#counter", "Checked in")


def test_a_first_payment_is_made_by_hand_from_point_of_sale_to_refund(
    browser: Browser, till: Till
) -> None:
    make_pos(browser)
    start(browser)
    payment_is(browser, "Initiated")
    check_in(browser)
    browser.sees("#screen", "12.50 DKK")
    browser.press("#phone-accept")
    payment_is(browser, "Reserved")
    browser.sees("#screen", "Accepted")
    browser.press("#act-capture")
    payment_is(browser, "Captured")
    browser.press("#act-refund")
    browser.sees("#keys", "Refunds")
    browser.open("/page/clock")
    browser.press("#next")
    browser.sees("#clock-result", "It was")
    browser.open("/page/till")
    browser.press("#keys button[value^='capture-refund']")
    browser.sees("#till-result", "Capture refund 200")
    ledger = till.control("GET", "/ledger")["payments"]
    assert [(each["captured"], each["refunded"]) for each in ledger] == [(12.5, 12.5)]


def test_every_press_shows_the_call_as_a_command(browser: Browser) -> None:
    make_pos(browser)
    start(browser)
    command = browser.text("#act-curl")
    assert command.startswith(f"curl -X POST {browser.base}/pos/v10/payments")
    assert "Authorization: Bearer $TOKEN" in command


def test_the_customer_rejects_on_the_phone(browser: Browser) -> None:
    make_pos(browser)
    start(browser)
    check_in(browser)
    browser.press("#phone-reject")
    payment_is(browser, "Cancelled by user")
    browser.sees("#screen", "Cancelled by user")
    browser.press("#act-capture")
    browser.sees("#till-result", "1304")


def test_the_customer_swipes_to_accept(browser: Browser) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    make_pos(browser)
    start(browser)
    check_in(browser)
    knob = browser.one("#phone-accept")
    browser.script("arguments[0].scrollIntoView({block: 'center'})", knob)
    ActionChains(browser.driver).drag_and_drop_by_offset(knob, 60, 0).perform()
    browser.sees("#screen", "Swipe to accept")
    payment_is(browser, "Issued to user")
    way = browser.script("return document.querySelector('[data-swipe]').clientWidth")
    knob = browser.one("#phone-accept")
    ActionChains(browser.driver).drag_and_drop_by_offset(knob, way, 0).perform()
    payment_is(browser, "Reserved")


def test_a_prepared_payment_is_made_ready(browser: Browser) -> None:
    make_pos(browser)
    browser.press("#act-prepare")
    payment_is(browser, "Prepared")
    check_in(browser)
    payment_is(browser, "Paired")
    browser.press("#act-ready")
    payment_is(browser, "Issued to user")
    browser.press("#act-cancel")
    payment_is(browser, "Cancelled by client")


def test_a_debit_card_that_is_not_allowed_is_told_on_the_phone(browser: Browser) -> None:
    make_pos(browser)
    browser.press("#no-debit")
    start(browser)
    browser.choose("#phone", "+4520031802")
    check_in(browser)
    browser.sees("#phone-refused", "MobilePay refuses your debit card")
    payment_is(browser, "Issued to user")
    browser.press("#phone-card")
    browser.press("#phone-accept")
    payment_is(browser, "Reserved")


def test_a_scenario_with_a_fault_is_run_to_its_verdict(browser: Browser) -> None:
    make_pos(browser)
    browser.open("/page/scenarios/lost-response-initiate")
    browser.press("#queue")
    browser.sees("#queued", "Queued: R1")
    browser.open("/page/till")
    browser.press("#act-start")
    browser.sees("#till-result", "The answer was lost")
    browser.press("#again")
    browser.sees("#till-result", "Send again: InitiatePayment 200")
    browser.open("/page/clock")
    browser.press("#minute")
    browser.sees("#clock-result", "It was")
    browser.open("/page/till")
    payment_is(browser, "Reserved")
    browser.press("#act-capture")
    payment_is(browser, "Captured")
    browser.open("/page/runs/R1")
    browser.sees("#verdict", "passed")


def test_the_clock_is_moved_until_a_reservation_expires(browser: Browser, till: Till) -> None:
    payment_id = till.reserved()
    browser.open("/page/clock")
    browser.sees("#due", "The reservation expires")
    browser.press("#expiry")
    browser.sees("#due", "Nothing is due")
    browser.open(f"/page/timeline?paymentId={payment_id}&view=table")
    browser.sees("#entries", "Expired and cancelled")
    assert browser.all("#states .state.here text")[0].text == "ExpiredAndCancelled"


def test_the_clock_is_slowed_hurried_and_stopped(browser: Browser, till: Till) -> None:
    browser.open("/page/clock")
    for button, scale in (("#faster", 60), ("#run", 1), ("#pause", 0)):
        browser.press(button)
        browser.until(lambda scale=scale: till.control("GET", "/clock")["scale"] == scale)
    browser.sees("#now", "paused")


def test_the_timeline_shows_a_call_whole_and_why_it_was_answered_so(
    browser: Browser, till: Till
) -> None:
    payment_id = till.reserved()
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 99})
    browser.open(f"/page/timeline?paymentId={payment_id}&view=table")
    browser.press("#entries .entry.call:last-child a")
    browser.sees("#detail", "1305")
    browser.sees("#detail", "curl -X POST")
    assert browser.script("return document.activeElement.hasAttribute('data-focus')")


def test_what_other_clients_do_appears_by_itself(browser: Browser, till: Till) -> None:
    browser.open("/")
    browser.sees("#poses", "No point of sale yet")
    pos_id = till.create_pos(name="Kiosk")
    browser.sees("#poses", "Kiosk")
    till.initiate(pos_id, 99)
    browser.sees("#poses", "99.00 DKK")
    browser.sees("#payments", "Initiated")


def test_requests_appear_by_themselves_and_are_filtered(browser: Browser, till: Till) -> None:
    browser.open("/page/requests?status=4xx")
    browser.sees("#list", "No such call was made.")
    till.call("GET", "/payments")
    browser.sees("#list", "QueryPaymentIds")
    assert "Token" not in browser.text("#list")


def test_the_audit_names_the_exchanges(browser: Browser, till: Till) -> None:
    browser.open("/page/audit")
    browser.sees("#findings", "No client has called yet.")
    till.create_pos()
    browser.sees("#findings", "x-ibm-client-id missing")
    browser.press("#findings article a[href*='/page/requests/']")
    browser.sees("main h1", "Request")


def test_a_scenario_is_checked_while_it_is_written_and_saved(browser: Browser, till: Till) -> None:
    editor = Editor(browser)
    browser.fill("#name", "slow")
    editor.write("summary: Slow.\nsteps:\n  - do: acept")
    browser.sees("#checked", "Line 3")
    browser.sees("#checked", "did you mean 'accept'")
    editor.write("summary: Slow.\nsteps:\n  - after: 5m\n    do: check-in")
    browser.sees("#checked", "No mistakes.")
    browser.press("#save")
    browser.sees("main h1", "slow")
    assert "slow" in {each["name"] for each in till.control("GET", "/scenarios")["scenarios"]}


def test_light_and_dark_are_switched_and_kept(browser: Browser) -> None:
    def look() -> tuple[str, str]:
        code = "return [document.documentElement.dataset.theme, getComputedStyle(document.body)"
        return tuple(browser.script(f"{code}.backgroundColor]"))

    browser.open("/")
    browser.press("[data-theme-switch]")
    browser.until(lambda: look()[0] == "light")
    light = look()[1]
    browser.press("[data-theme-switch]")
    browser.until(lambda: look()[0] == "dark" and look()[1] != light)
    browser.open("/page/clock")
    assert look()[0] == "dark"
    browser.driver.delete_all_cookies()


def test_the_keyboard_reaches_everything(browser: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.open("/")
    browser.one("body").send_keys(Keys.TAB)
    assert browser.script("return document.activeElement.textContent") == "Skip to the content"
    browser.one(":focus").send_keys(Keys.ENTER)
    assert browser.script("return document.activeElement.id") == "main"


NARROW = [
    "/",
    "/page/till",
    "/page/timeline",
    "/page/requests",
    "/page/certification",
    "/page/certification/C1",
    "/page/certification/C1?case=certify-create-pos",
]


@pytest.mark.parametrize("path", NARROW)
def test_nothing_is_wider_than_a_small_phone(browser: Browser, till: Till, path: str) -> None:
    till.captured()
    till.control(
        "POST",
        "/certifications",
        {"systemName": "Till 9", "clientIds": ["11111111-2222-4333-8444-555555555555"]},
    )
    for case in ("certify-create-pos", "certify-delete-pos"):
        till.control("POST", f"/certifications/C1/cases/{case}/restart")
    phone = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        browser.open(path)
        assert browser.script("return document.documentElement.scrollWidth") <= 360
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_many_tabs_do_not_use_up_the_connections_and_catch_up(browser: Browser, till: Till) -> None:
    till.create_pos(name="Kiosk")
    first = browser.driver.current_window_handle
    browser.open("/")
    for _ in range(8):
        browser.driver.switch_to.new_window("tab")
        browser.open("/")
    pos_id = till.create_pos(name="Later")
    browser.sees("#poses", "Later")
    for handle in browser.driver.window_handles:
        if handle != first:
            browser.driver.switch_to.window(handle)
            browser.driver.close()
    browser.driver.switch_to.window(first)
    till.initiate(pos_id, 33)
    browser.sees("#poses", "33.00 DKK")


def test_the_page_comes_back_with_its_server(browser: Browser) -> None:
    with running_server("--time-scale", "0") as server:
        browser.base = server.url
        browser.open("/")
    browser.sees("#link", "Reconnecting")
    again = ["-m", "simulator", "serve", "--port", str(server.port), "--log-format", "none"]
    with subprocess.Popen([sys.executable, *again], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            browser.sees("#link", "Live")
            with httpx.Client(base_url=server.url) as http:
                Till(http).create_pos(name="Back")
            browser.sees("#poses", "Back")
        finally:
            browser.driver.get("about:blank")
            browser.driver.get_log("browser")
            stop(process)


def test_the_control_token_is_asked_for_once(browser: Browser) -> None:
    env = {"MOBILEPAY_SIM_CONTROL_TOKEN": "a-token"}
    with running_server("--time-scale", "0", env=env) as server:
        browser.base = server.url
        browser.open("/page/clock")
        browser.fill("#token", "a-tokem")
        browser.press("main button")
        browser.sees("#mistake", "That is not the control token.")
        browser.driver.get_log("browser")
        browser.fill("#token", "a-token")
        browser.press("main button")
        browser.sees("main h1", "Clock")
        browser.sees("#link", "Live")
        browser.press("#minute")
        browser.sees("#clock-result", "It was")
        assert "mobilepay_sim_session" not in browser.script("return document.cookie")
        browser.driver.get("about:blank")
        browser.driver.delete_all_cookies()
