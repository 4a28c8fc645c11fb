"""The reader of both documents, in a real browser: a newcomer calls the service from it."""

import pytest

from tests.browser.driver import Browser
from tests.browser.screenshots import emulate, resize
from tests.browser.test_accessibility import AXE, RUN, problems
from tests.support import CLIENT_ID, MERCHANT, Till, running_server


def open_operation(browser: Browser, operation: str) -> str:
    """Opens an operation's part of the document; returns the selector of its block."""
    block = f"[id$='-{operation}']"
    browser.press(f"{block} .opblock-summary-control")
    browser.one(f"{block} .opblock-body")
    return block


def field(browser: Browser, block: str, name: str) -> str:
    """What is filled in for a parameter."""
    selector = f"{block} tr[data-param-name='{name}'] input"
    return str(browser.one(selector).get_attribute("value"))


def execute(browser: Browser, block: str) -> str:
    """Calls the operation as it is filled in; returns the status of the answer."""
    browser.press(f"{block} .execute")
    return browser.text(f"{block} .live-responses-table tbody .response-col_status").split()[0]


def test_one_press_authorizes_with_the_seeded_credentials(browser: Browser, till: Till) -> None:
    browser.open("/docs")
    browser.press(".auth-wrapper .authorize")
    browser.sees("#said", f"Authorized for {MERCHANT}")
    block = open_operation(browser, "GetStores")
    assert field(browser, block, "x-mobilepay-client-system-version") == "1.0.0"
    assert execute(browser, block) == "200"
    (call,) = till.control("GET", "/requests?operation=GetStores")["requests"]
    assert call["clientId"] == CLIENT_ID


def test_all_of_the_document_is_in_a_landmark(browser: Browser) -> None:
    browser.open("/docs")
    browser.one(".opblock")
    browser.script(AXE)
    assert "region" not in [each[1] for each in browser.driver.execute_async_script(RUN)]


def test_a_payment_of_this_sandbox_is_looked_up_as_it_is_filled_in(
    browser: Browser, till: Till
) -> None:
    payment_id = till.captured()
    refund_id = till.refund(payment_id)
    browser.open("/docs")
    browser.press(".auth-wrapper .authorize")
    browser.sees("#said", "Authorized")
    block = open_operation(browser, "QueryPayment")
    assert field(browser, block, "paymentid") == payment_id
    assert execute(browser, block) == "200"
    assert field(browser, open_operation(browser, "GetRefund"), "refundid") == refund_id


def test_a_point_of_sale_is_created_with_what_is_filled_in(browser: Browser, till: Till) -> None:
    browser.open("/docs")
    browser.press(".auth-wrapper .authorize")
    browser.sees("#said", "Authorized")
    assert execute(browser, open_operation(browser, "CreatePos")) == "200"
    (created,) = till.control("GET", "/points-of-sale")["pointsOfSale"]
    assert created["merchantPosId"] == "till-1"


def test_an_error_code_leads_to_what_to_do_about_it(browser: Browser, till: Till) -> None:
    browser.open("/docs")
    block = open_operation(browser, "InitiatePayment")
    link = browser.one(f"{block} a[href$='docs/errors#1301']").get_attribute("href")
    assert link == f"{browser.base}/docs/errors#1301"
    browser.driver.get(str(link))
    row = browser.text("[id='1301']")
    assert row.startswith("1301 409")
    browser.press(".reader a[href='../']")
    browser.one("#link")
    assert browser.driver.current_url == f"{browser.base}/"


def test_the_control_api_is_called_from_it(browser: Browser, till: Till) -> None:
    browser.open("/docs")
    browser.press(".reader a[href='docs?api=control']")
    assert execute(browser, open_operation(browser, "postScenariosNext")) == "200"
    (queued,) = till.control("GET", "/runs")["runs"]
    assert queued["scenario"] == "lost-response-capture"


def test_it_leads_back_to_the_page(browser: Browser) -> None:
    browser.open("/docs?api=control")
    browser.one(".opblock")
    browser.press(".reader > a")
    browser.one("#link")
    assert browser.driver.current_url == f"{browser.base}/"


@pytest.fixture(params=["light", "dark"])
def theme(browser: Browser, request: pytest.FixtureRequest) -> str:
    """What the system is set to."""
    features = [{"name": "prefers-color-scheme", "value": request.param}]
    emulate(browser, "setEmulatedMedia", features=features)
    return str(request.param)


@pytest.mark.parametrize("path", ["/docs", "/docs?api=control", "/docs/errors"])
def test_axe_finds_nothing_serious_in_it(
    browser: Browser, till: Till, path: str, theme: str
) -> None:
    browser.open(path)
    browser.one(".opblock, td")
    if path == "/docs":
        browser.press(".auth-wrapper .authorize")
        browser.sees("#said", "Authorized for")
    if "errors" not in path:
        operation = open_operation(browser, "putClock" if "control" in path else "GetStores")
        assert execute(browser, operation) == "200"
    found = problems(browser)
    assert not found, "\n".join(str(each) for rule in found for each in rule[2])


def test_one_press_authorizes_where_the_gateway_asks_for_its_header(chromium: Browser) -> None:
    with running_server("--require-ibm-client-id") as server:
        chromium.base = server.url
        chromium.open("/docs")
        chromium.press(".auth-wrapper .authorize")
        chromium.sees("#said", f"Authorized for {MERCHANT}")
        assert execute(chromium, open_operation(chromium, "GetStores")) == "200"


@pytest.mark.parametrize("path", ["/docs", "/docs/errors"])
def test_no_document_scrolls_sideways_on_a_phone(browser: Browser, path: str) -> None:
    resize(browser, 390, 844)
    try:
        browser.open(path)
        browser.one(".opblock, .errors td")
        assert browser.script("return document.documentElement.scrollWidth") == 390
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("path", ["/docs", "/docs/errors"])
def test_the_documents_are_dark_where_the_system_is(
    browser: Browser, path: str, theme: str
) -> None:
    browser.open(path)
    browser.one(".opblock, .errors td")
    red = "return Number(getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0])"
    assert (browser.script(red) < 64) is (theme == "dark")
