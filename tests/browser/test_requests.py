"""Requests are found, chosen, passed on and returned to, by mouse and by keyboard."""

import re
from contextlib import suppress

import httpx
import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_focus import focused, press_key
from tests.support import Till


@pytest.fixture
def calls(till: Till) -> list[dict[str, object]]:
    """The calls of a payment whose first answer is lost; it is started again, captured, refused."""
    pos_id = till.create_pos(name="Till 1")
    till.control("POST", "/scenarios/next", {"scenario": "lost-response-initiate"})
    body = till.payment_body(pos_id)
    for _ in range(2):
        with suppress(httpx.RemoteProtocolError):
            till.call("POST", "/payments", body, key="the-key")
    till.advance(minutes=1)
    payment_id = till.control("GET", "/payments")["payments"][0]["paymentId"]
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 99})
    found: list[dict[str, object]] = till.control("GET", "/requests")["requests"]
    return found


def rows(browser: Browser) -> list[str]:
    """The operations in the list."""
    return [each.text for each in browser.all("#list td a[hx-get]")]


def marked(browser: Browser) -> list[str]:
    """The rows that are marked as chosen."""
    script = "return [...document.querySelectorAll('#list a[aria-current]')].map((a) => a.closest('tr').id)"
    return [str(each) for each in browser.script(script)]


@pytest.mark.parametrize("is_by_keyboard", [False, True])
def test_a_chosen_request_has_a_url_a_mark_and_a_title(
    browser: Browser, calls: list[dict[str, object]], is_by_keyboard: bool
) -> None:
    browser.open("/page/requests?status=200")
    chosen = (
        max(int(str(each["id"])) for each in calls if each["operation"] == "CapturePayment") - 1
    )
    link = f"#request-{chosen} a[hx-get]"
    if is_by_keyboard:
        browser.script("arguments[0].focus()", browser.one(link))
        browser.one(link).send_keys(Keys.ENTER)
    else:
        browser.press(link)
    browser.sees("#detail", "As curl")
    browser.until(lambda: marked(browser) == [f"request-{chosen}"])
    assert browser.driver.current_url.endswith(f"?status=200&request={chosen}")
    browser.until(lambda: browser.driver.title.startswith(f"Request {chosen}, CapturePayment"))
    # The URL alone shows the same.
    browser.driver.refresh()
    browser.sees("#detail", "As curl")
    assert marked(browser) == [f"request-{chosen}"]
    assert browser.driver.title.startswith(f"Request {chosen}, CapturePayment")


def test_back_keeps_the_filter_and_the_row(
    browser: Browser, calls: list[dict[str, object]]
) -> None:
    browser.open("/page/requests?status=200")
    first, second = (browser.all("#list tbody tr")[at].get_attribute("id") for at in (0, 1))
    for each in (first, second):
        browser.press(f"#{each} a[hx-get]")
        browser.until(lambda each=each: marked(browser) == [each])
    browser.press("#detail a[href*='/page/timeline'], nav.views a[href$='/page/clock']")
    browser.until(lambda: "/page/requests" not in browser.driver.current_url)
    browser.driver.back()
    browser.until(lambda: marked(browser) == [second])
    browser.driver.back()
    browser.until(lambda: marked(browser) == [first])
    assert browser.one("#f-status").get_attribute("value") == "200"
    assert set(rows(browser)).isdisjoint({"Unknown path"})


def test_a_mark_outlives_what_happens_meanwhile(
    browser: Browser, till: Till, calls: list[dict[str, object]]
) -> None:
    browser.open("/page/requests")
    browser.press("#request-2 a[hx-get]")
    browser.until(lambda: marked(browser) == ["request-2"])
    till.call("GET", "/payments")
    browser.sees("#list", "QueryPaymentIds")
    assert marked(browser) == ["request-2"]


def test_long_paths_keep_their_end_and_the_id_before_it(
    browser: Browser, calls: list[dict[str, object]]
) -> None:
    browser.open("/page/requests?operation=CapturePayment")
    ends = browser.script(
        "return [...document.querySelectorAll('#list .path')].map((each) => {"
        "  const tail = each.lastElementChild, card = each.closest('.card').getBoundingClientRect();"
        "  return [tail.textContent, tail.getBoundingClientRect().right <= card.right,"
        "    tail.scrollWidth <= tail.clientWidth + 1 || getComputedStyle(tail).overflow === 'visible'];"
        "})"
    )
    assert [each[1:] for each in ends] == [[True, True]] * 2
    assert all(re.fullmatch(r"/[0-9a-f]{8}/capture", each[0]) for each in ends)


def test_another_call_with_the_key_of_an_earlier_one_is_not_called_a_retry(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    for order_id in ("one", "two"):
        till.call("POST", "/payments", till.payment_body(pos_id, orderId=order_id), key="same")
    browser.open("/page/requests?operation=InitiatePayment")
    (refused,) = till.control("GET", "/requests?code=1306")["requests"]
    browser.sees(f"#request-{refused['id']}", f"same key as #{refused['firstTry']}, another call")
    browser.press(f"#request-{refused['id']} a")
    browser.sees("#detail", "No retry: same key as")


def test_a_retry_names_its_first_try_and_that_its_answer_was_lost(
    browser: Browser, calls: list[dict[str, object]]
) -> None:
    first, second = (int(str(c["id"])) for c in calls if c["operation"] == "InitiatePayment")
    browser.open("/page/requests")
    browser.sees(f"#request-{second}", f"same key as #{first}, first answer lost")
    assert "same key" not in browser.text(f"#request-{first}")
    browser.sees(f"#request-{second}", "the-key")
    browser.sees(f"#request-{second}", "11111111")
    browser.press(f"#request-{second} .sub a")
    browser.until(lambda: marked(browser) == [f"request-{first}"])


def test_errors_alone_are_shown_with_one_press(
    browser: Browser, calls: list[dict[str, object]]
) -> None:
    browser.open("/page/requests")
    everything = len(rows(browser))
    browser.press("#errors-only")
    browser.until(lambda: browser.one("#errors-only").get_attribute("aria-current") == "true")
    said = [each.text.split()[0] for each in browser.all("#list .status")]
    assert said == ["409", "lost"]
    # One control alone shows all again.
    assert not browser.all("#show-all")
    for key in (Keys.ENTER, Keys.SPACE, Keys.SPACE):
        shown = len(rows(browser))
        browser.one("#errors-only").send_keys(key)
        browser.until(lambda shown=shown: len(rows(browser)) not in (0, shown))
    assert len(rows(browser)) == everything
    assert browser.script("return scrollY") == 0
    browser.open("/page/requests?status=4xx,5xx,0&operation=Capture")
    browser.press("#show-all")
    browser.until(lambda: len(rows(browser)) == everything)


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_the_filters_take_no_row_that_is_not_needed(browser: Browser, width: int) -> None:
    resize(browser, width, 860)
    try:
        browser.open("/page/requests")
        lines = browser.script(
            "return document.querySelector('label[for=f-control]').getClientRects().length"
        )
        ends = {
            each: browser.one(each).rect["y"] + browser.one(each).rect["height"]
            for each in ("#f-payment", "#filter", "#errors-only", "#f-control")
        }
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert lines == 1
    in_one_row = ["#filter", "#errors-only", "#f-control"] if width > 1000 else ["#filter"]
    in_one_row += ["#f-payment"] if width > 1400 else []
    bottoms = [ends[each] for each in in_one_row]
    assert max(bottoms) - min(bottoms) < 12


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_an_order_id_is_whole_among_the_filters(browser: Browser, width: int) -> None:
    resize(browser, width, 860)
    try:
        browser.open("/page/requests?search=bad-order-77&status=409")
        field = browser.one("#f-search")
        assert browser.script("return arguments[0].scrollWidth <= arguments[0].clientWidth", field)
        labels = browser.script(
            "return [...document.querySelectorAll('.filter > .field')].map((each) => "
            "each.scrollWidth - each.clientWidth)"
        )
        assert max(labels) == 0
        ends = [browser.one(each).rect for each in ("#f-search", "#show-all")]
        assert width < 1440 or abs(ends[0]["y"] - ends[1]["y"]) < 20
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_what_to_do_about_a_refused_call_comes_first(
    browser: Browser, calls: list[dict[str, object]]
) -> None:
    refused = max(int(str(each["id"])) for each in calls)
    browser.open(f"/page/requests?request={refused}")
    browser.sees(".why h4 + .advice", "What to do: ")
    advice, *facts = (each.text for each in browser.all(".why > .advice, .why > p"))
    assert any(each.startswith("Rule 1307") for each in facts)
    assert not any(each in advice for each in facts)


@pytest.mark.parametrize(("control", "key"), [("errors-only", Keys.ENTER), ("f-code", "1\ue007")])
def test_filtering_leaves_the_focus_where_it_is(
    browser: Browser, calls: list[dict[str, object]], control: str, key: str
) -> None:
    browser.open("/page/requests")
    browser.script("arguments[0].focus()", browser.one(f"#{control}"))
    browser.one(f"#{control}").send_keys(key)
    browser.until(lambda: "?" in browser.driver.current_url)
    browser.until(lambda: browser.script("return document.activeElement.id") == control)


def test_the_call_of_a_refused_payment_is_found_by_its_order_id(
    browser: Browser, till: Till
) -> None:
    till.call("POST", "/payments", till.payment_body(till.create_pos(), -1, orderId="Never-Made"))
    refused = till.control("GET", "/requests")["requests"][-1]["id"]
    browser.open("/page/requests")
    browser.one("#f-search").send_keys("never-made" + Keys.ENTER)
    browser.until(lambda: "search=never-made" in browser.driver.current_url)
    browser.until(lambda: rows(browser) == ["InitiatePayment"])
    browser.open("/")
    browser.press("[data-palette]")
    browser.one("#find").send_keys("never-made")
    browser.sees("#found", f"#{refused} InitiatePayment")


@pytest.mark.parametrize("width", [1280, 1440])
def test_no_column_is_cut_beside_an_open_exchange(
    browser: Browser, calls: list[dict[str, object]], width: int
) -> None:
    resize(browser, width, 860)
    try:
        browser.open("/page/requests?request=3")
        room = "const r = document.querySelector('#list .scroll'); return [r.scrollWidth, r.clientWidth]"
        needed, there = browser.script(room)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert needed <= there


def test_the_operation_is_found_by_a_part_of_its_name(
    browser: Browser, calls: list[dict[str, object]]
) -> None:
    browser.open("/page/requests")
    assert "CapturePayment" in browser.script(
        "return [...document.querySelectorAll('#operations option')].map((each) => each.value)"
    )
    browser.fill("#f-operation", "capture")
    browser.one("#f-operation").send_keys(Keys.ENTER)
    browser.until(lambda: rows(browser) == ["CapturePayment", "CapturePayment"])
    assert browser.one("#f-operation").get_attribute("value") == "capture"


@pytest.mark.parametrize("path", ["capture", "*/capture", "/captur"])
def test_the_path_is_found_by_a_part_of_it(
    browser: Browser, calls: list[dict[str, object]], path: str
) -> None:
    browser.open("/page/requests")
    browser.fill("#f-path", path)
    browser.press("#filter")
    browser.until(lambda: rows(browser) == ["CapturePayment", "CapturePayment"])
    assert browser.one("#f-path").get_attribute("value") == path


def test_a_payment_is_found_by_the_id_that_pages_show_of_it(
    browser: Browser, till: Till, calls: list[dict[str, object]]
) -> None:
    payment_id = till.control("GET", "/payments")["payments"][0]["paymentId"]
    till.captured()
    browser.open(f"/page/requests?paymentId={payment_id[:8]}&operation=capture")
    assert rows(browser) == ["CapturePayment", "CapturePayment"]
    assert browser.one("#f-payment").get_attribute("value") == payment_id[:8]


def test_a_request_that_is_not_there_is_said_beside_the_list(browser: Browser, till: Till) -> None:
    till.token()
    browser.open("/page/requests?request=4711")
    browser.sees("#detail", "4711")
    assert rows(browser) == ["Token"]


#: Where a row stands in the window, and where the head of the exchange does.
PLACES = """
const top = (selector) => Math.round(document.querySelector(selector).getBoundingClientRect().top);
return [top(arguments[0]), top(".detail h2"), top("#list"), innerHeight];
"""


def place(browser: Browser, row: str) -> tuple[int, int, int, int]:
    found: list[int] = browser.script(PLACES, row)
    return found[0], found[1], found[2], found[3]


@pytest.fixture
def many(till: Till) -> None:
    """More calls than are shown."""
    for _ in range(70):
        till.ok("GET", "/stores")


@pytest.mark.parametrize("nth", [30, 59])
def test_a_request_is_chosen_beside_a_list_that_stays_where_it_is(
    browser: Browser, many: None, nth: int
) -> None:
    resize(browser, 1440, 900)
    try:
        browser.open("/page/requests")
        row = f"#list tbody tr:nth-child({nth})"
        browser.script(
            "document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", row
        )
        browser.one(f"{row} a[hx-get]").click()
        browser.sees("#detail", "As curl")
        browser.until(lambda: place(browser, row)[1] > 90)
        top, title, _, height = place(browser, row)
        assert 0 < top < height - 40
        assert title < height / 2
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("nth", [20, 59])
@pytest.mark.parametrize("width", [390, 1440])
def test_back_and_to_the_list_lead_to_the_row_that_was_left(
    browser: Browser, many: None, nth: int, width: int
) -> None:
    resize(browser, width, 844)
    try:
        browser.open("/page/requests")
        row = "#" + str(browser.all("#list tbody tr")[nth - 1].get_attribute("id"))
        browser.script(
            "document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", row
        )
        top = place(browser, row)[0]
        browser.one(f"{row} a[hx-get]").click()
        browser.sees("#detail", "As curl")
        browser.until(lambda: marked(browser) == [row[1:]])
        if width == 390:
            browser.until(lambda: 0 < place(browser, row)[1] < 844)
            browser.press(".to-list")
            browser.until(lambda: 0 < place(browser, row)[0] < 800)
            assert "#" not in browser.driver.current_url
        browser.driver.back()
        browser.until(lambda: "request=" not in browser.driver.current_url)
        browser.until(lambda: abs(place(browser, row)[0] - top) < 3)
        in_row = "return document.querySelector(arguments[0]).contains(document.activeElement)"
        browser.until(lambda: browser.script(in_row, row))
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("width", [1280, 1440, 1680, 390])
def test_method_and_operation_of_a_call_are_whole(
    browser: Browser, till: Till, calls: list[dict[str, object]], width: int
) -> None:
    pos_id = till.create_pos()
    till.initiate(pos_id, scenario="manual")
    till.user("checkin", pos_id)
    till.user("cancelpaymentbyuser", pos_id)
    resize(browser, width, 860)
    try:
        browser.open("/page/requests")
        cut = browser.script(
            "return [...document.querySelectorAll('#list .call')].filter((call) => {"
            "  const method = call.querySelector('.path').firstElementChild, link = call.querySelector('a');"
            "  return method.scrollWidth > method.clientWidth + 1 && method.clientWidth > 0"
            "    || link.getClientRects().length > 1"
            "    || !/^(GET|POST|DELETE)/.test(method.textContent)"
            "}).map((call) => call.innerText)"
        )
        whole = browser.script(
            "const it = [...document.querySelectorAll('#list .path')].find("
            "  (each) => each.textContent.endsWith('/cancelpaymentbyuser')).querySelector('.path-head');"
            "return it.scrollWidth <= it.clientWidth + 1"
        )
        client = browser.one("#list .client").text
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert cut == []
    # In less room it depends on how long the calls took.
    assert whole or width != 1680
    assert "simulator page" not in client or " simulator page" in " ".join(client.split())


#: The fields whose hint needs more room than they have.
CUT_HINTS = """
const pen = document.createElement("canvas").getContext("2d");
return [...document.querySelectorAll(".filter input[placeholder]")].filter((each) => {
  const style = getComputedStyle(each);
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const room = each.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return pen.measureText(each.placeholder).width > room;
}).map((each) => each.id);
"""


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_no_hint_of_a_filter_is_cut(browser: Browser, width: int) -> None:
    resize(browser, width, 860)
    try:
        browser.open("/page/requests")
        cut = browser.script(CUT_HINTS)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert cut == []


def test_a_body_is_quoted_as_it_was_sent(browser: Browser, till: Till) -> None:
    payment_id = till.captured()
    till.call("POST", "/refunds", {"paymentId": payment_id}, key="one")
    (call,) = till.control("GET", "/requests?operation=CreateRefund")["requests"]
    browser.open(f"/page/requests?request={call['id']}")
    browser.sees(".why", f'"paymentId":"{payment_id}"')


def test_what_is_not_filtered_is_not_in_the_url(browser: Browser) -> None:
    browser.open("/page/requests")
    browser.fill("#f-status", "409")
    browser.press("#filter")
    browser.until(lambda: browser.driver.current_url.endswith("/page/requests?status=409"))


@pytest.mark.parametrize("width", [1440, 1280])
def test_errors_alone_move_no_field(browser: Browser, width: int) -> None:
    resize(browser, width, 800)
    try:
        browser.open("/page/requests")
        places = (
            "return [...document.querySelectorAll('.filter input, #filter')]"
            ".map((each) => each.getBoundingClientRect().left)"
        )
        before = browser.script(places)
        browser.press("#errors-only")
        browser.one("#errors-only[aria-current]")
        assert browser.script(places) == before
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_key_of_a_call_of_the_page_is_whole(browser: Browser, till: Till) -> None:
    payment_id = till.reserved(amount=10)
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10}, key="mmmm592e7dad5df0")
    browser.open("/page/requests")
    widths = "const each = document.querySelector('.key .clip'); return [each.scrollWidth, each.clientWidth]"
    needed, given = browser.script(widths)
    assert needed <= given


def test_back_leaves_the_focus_at_the_filter_that_it_undoes(
    browser: Browser, calls: list[dict[str, object]]
) -> None:
    browser.open("/page/requests")
    press_key(browser, "#errors-only", Keys.ENTER)
    browser.until(lambda: browser.one("#errors-only").get_attribute("aria-current"))
    browser.driver.back()
    browser.until(lambda: not browser.one("#errors-only").get_attribute("aria-current"))
    browser.until(lambda: focused(browser) == "errors-only")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_link_to_a_first_try_leads_the_focus_there_and_back(
    browser: Browser, till: Till, width: int
) -> None:
    body = till.payment_body(till.create_pos())
    first, second = (till.call("POST", "/payments", body, key="one") for _ in range(2))
    assert first.status_code == second.status_code == 200
    before, after = (each["id"] for each in till.control("GET", "/requests")["requests"][-2:])
    resize(browser, width, 900)
    try:
        browser.open("/page/requests")
        press_key(browser, f"#request-{after} .sub a", Keys.ENTER)
        browser.until(lambda: focused(browser) == f"call-{before}")
        browser.driver.back()
        browser.until(lambda: focused(browser) == f"call-{after}")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_each_step_back_leaves_the_focus_where_it_was_taken(
    browser: Browser, calls: list[dict[str, object]]
) -> None:
    browser.open("/page/requests")
    steps = [str(browser.one("#list a[hx-get]").get_attribute("id")), "errors-only"]
    press_key(browser, f"#{steps[0]}", Keys.ENTER)
    browser.one("#detail .facts")
    press_key(browser, "#errors-only", Keys.ENTER)
    browser.until(lambda: "status=" in browser.driver.current_url)
    steps += [str(browser.one("#list a[hx-get]").get_attribute("id"))]
    press_key(browser, f"#{steps[-1]}", Keys.ENTER)
    browser.until(
        lambda: f"request={steps[-1].removeprefix('call-')}" in browser.driver.current_url
    )
    for each in reversed(steps):
        browser.driver.back()
        browser.until(lambda wanted=each: focused(browser) == wanted)


@pytest.mark.parametrize("is_opened_there", [False, True])
def test_on_a_phone_an_exchange_is_read_from_its_beginning(
    browser: Browser, calls: list[dict[str, object]], is_opened_there: bool
) -> None:
    number = calls[0]["id"]
    top = (
        "const top = document.querySelector('.detail').getBoundingClientRect().top;"
        "return document.querySelector('.detail .exchange') && top > -1 && top < 200"
    )
    resize(browser, 390, 844)
    try:
        browser.open(f"/page/requests?request={number}" if is_opened_there else "/page/requests")
        if not is_opened_there:
            browser.press(f"#call-{number}")
        browser.until(lambda: browser.script(top))
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
