"""On a phone no view scrolls sideways, however long the names are, and no column is out of reach."""

from collections.abc import Callable, Iterator

import pytest
from mobilepay_simulator.dashboard.navigation import VIEWS

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_accessibility import problems
from tests.support import CLIENT_ID, CREDIT, Till

WIDTH = 390
#: As long as the service allows, and nowhere to break.
LONG = "o" * 36
SCENARIO = "s" * 60
SYSTEM = "n" * 36

#: What sticks out to the right, unless it is in something that scrolls or cuts on purpose.
STICKS_OUT = """
const cuts = (each) => ["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(each).overflowX);
const isCut = (each) => each && each !== document.body && (cuts(each) || isCut(each.parentElement));
return [...document.querySelectorAll("body *")].filter((each) =>
  each.getBoundingClientRect().right > arguments[0] + 1 && !isCut(each.parentElement)
).map((each) => each.outerHTML.slice(0, 120));
"""
#: The tables whose columns end beyond the edge of what they scroll in.
CUT_TABLES = """
return [...document.querySelectorAll(".scroll")].filter((each) =>
  each.querySelector("table") && each.scrollWidth > each.clientWidth + 1
).map((each) => each.getAttribute("aria-label"));
"""


@pytest.fixture
def long_names(till: Till) -> str:
    """A sandbox where everything that has a name has a long one; returns a point of sale's id."""
    return name_long(till)


def name_long(till: Till) -> str:
    """Gives everything that has a name a long one; returns a point of sale's id."""
    till.control("POST", "/reset")
    till.http.put(f"/_simulator/scenarios/{SCENARIO}", content=f"summary: {'a' * 40}.\nsteps: []\n")
    pos_id = till.create_pos(name=LONG, merchantPosId=LONG, callbackAlias="a" * 30)
    till.initiate(pos_id, 9_999_999.5, orderId=LONG, scenario=SCENARIO)
    till.user("checkin", pos_id, CREDIT)
    till.user("acceptpayment", pos_id, CREDIT)
    done = till.captured(till.create_pos(name="b" * 36), 9_999_999, orderId="p" * 36)
    till.refund(done, 7_000_000, refundOrderId="r" * 36)
    till.call("POST", f"/payments/{done}/capture", {"amount": 1}, key="k" * 64)
    till.control("POST", "/faults", {"call": "UserSimulationAcceptPayment", "fault": "lost"})
    till.control("POST", "/scenarios/next", {"scenario": SCENARIO})
    begun = {"systemName": SYSTEM, "clientIds": [CLIENT_ID], "version": "1.2"}
    till.control("POST", "/certifications", begun)
    return pos_id


def newest(till: Till, what: str) -> str:
    """The id of the newest payment, or run."""
    found = till.control("GET", f"/{what}")[what]
    return str(found[0]["paymentId"] if what == "payments" else found[-1]["id"])


PATHS: dict[str, Callable[[Till, str], str]] = {
    **{view.name: (lambda path: lambda *_: path)(view.path) for view in VIEWS},
    "till with a reserved payment": lambda _, pos: f"/page/till?pos={pos}",
    "timeline of a point of sale": lambda _, pos: f"/page/timeline?posId={pos}",
    "timeline as a table": lambda _, pos: f"/page/timeline?posId={pos}&view=table",
    "scenario": lambda *_: f"/page/scenarios/{SCENARIO}",
    "run": lambda till, _: f"/page/runs/{newest(till, 'runs')}",
    "chosen request": lambda *_: "/page/requests?request=3",
    "one request": lambda *_: "/page/requests/3",
    "one certification": lambda *_: "/page/certification/C1",
}


@pytest.fixture
def phone(browser: Browser) -> Iterator[Browser]:
    """The browser, as wide as a phone."""
    resize(browser, WIDTH, 844)
    yield browser
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("name", PATHS)
def test_no_view_scrolls_sideways(phone: Browser, till: Till, long_names: str, name: str) -> None:
    phone.open(PATHS[name](till, long_names))
    assert phone.script("return Math.max(innerWidth, document.documentElement.scrollWidth)") == 390
    assert phone.script(STICKS_OUT, WIDTH) == []
    assert phone.script(CUT_TABLES) == []


def test_a_diagram_that_is_wider_than_a_phone_says_that_it_scrolls(phone: Browser) -> None:
    phone.open("/page/scenarios/lost-response-capture/preview")
    phone.until(lambda: phone.all(".sequence.wide"))
    hint = "return getComputedStyle(document.querySelector('.sequence'), '::before').content"
    assert "Scroll sideways" in phone.script(hint)


def top_of(browser: Browser, selector: str) -> float:
    """Where something is in the window; below it while it is not there."""
    script = "return document.querySelector(arguments[0])?.getBoundingClientRect().top ?? 1e9"
    return float(browser.script(script, selector))


def test_a_chosen_request_is_in_sight(phone: Browser, till: Till, long_names: str) -> None:
    phone.open("/page/requests?request=3")
    assert top_of(phone, ".detail") < top_of(phone, "#list")
    phone.open("/page/requests")
    phone.press("#request-2 a[hx-get]")
    phone.until(lambda: 0 <= top_of(phone, "#detail h3") < 800)
    phone.press(".detail .to-list")
    phone.until(lambda: 0 <= top_of(phone, "#request-2") < 800)


@pytest.mark.parametrize("path", ["/", "/page/requests?request=3", "/page/ledger"])
def test_axe_finds_nothing_serious_on_a_phone(phone: Browser, long_names: str, path: str) -> None:
    phone.open(path)
    assert problems(phone) == []


@pytest.mark.parametrize("width", [1024, 1150, 1440])
def test_the_ledger_is_not_cut_at_the_width_of_a_small_screen(
    browser: Browser, till: Till, width: int
) -> None:
    pos_id = till.create_pos()
    till.captured(pos_id, 12345.5, orderId="order-wrong-1")
    resize(browser, width, 900)
    browser.open("/page/ledger")
    browser.sees("#entries", "order-wrong-1")
    cut, lines = (
        browser.script(CUT_TABLES),
        browser.script("return document.querySelector('#entries td a').getClientRects().length"),
    )
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert (cut, lines) == ([], 1)


def test_labels_of_lists_are_as_high_as_those_of_fields(browser: Browser, till: Till) -> None:
    till.create_pos()
    browser.open("/page/till")
    tops = browser.script(
        "return ['scenario', 'amount'].map((id) => "
        "document.querySelector(`label[for=${id}]`).getBoundingClientRect().top)"
    )
    assert tops[0] == tops[1]


def test_the_number_of_a_chosen_request_is_clear_of_the_bar(browser: Browser, till: Till) -> None:
    till.create_pos()
    browser.open("/page/requests?request=1")
    padding = "return getComputedStyle(document.querySelector('#request-1 td')).paddingLeft"
    assert browser.script(padding) not in ("0px", "3px")


#: The lists whose chosen text needs more room than they have.
CUT_LISTS = """
const pen = document.createElement("canvas").getContext("2d");
return [...document.querySelectorAll(arguments[0])].filter((each) => {
  const style = getComputedStyle(each);
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const widest = Math.max(...[...each.options].map(({ text }) => pen.measureText(text).width));
  return widest + 20 > each.clientWidth;
}).map((each) => each.id);
"""


def test_lists_with_room_beside_them_are_not_cut(browser: Browser, till: Till) -> None:
    till.create_pos()
    resize(browser, 1440, 900)
    browser.open("/page/till")
    browser.press("#new-till summary")
    cut = browser.script(CUT_LISTS, "#new-store, #other")
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert cut == []


#: The cells of a row whose words are printed over those of another cell.
OVERPRINTED = """
const hides = (each) => getComputedStyle(each).overflowX !== "visible";
const words = (cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    range.selectNodeContents(texts.currentNode);
    let box = texts.currentNode.parentElement;
    while (box !== cell && !hides(box)) box = box.parentElement;
    // What is cut with an ellipsis is printed nowhere.
    const [from, to] = hides(box) ? [box.getBoundingClientRect().left, box.getBoundingClientRect().right] : [0, 1e9];
    for (const {left, right, top, bottom, height} of range.getClientRects()) {
      const seen = {left: Math.max(left, from), right: Math.min(right, to), top, bottom};
      if (seen.right - seen.left > 1 && height > 1) found.push(seen);
    }
  }
  return found;
};
const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
return [...document.querySelectorAll("tbody tr")].flatMap((row) => {
  const cells = [...row.children].map(words);
  return cells.flatMap((one, at) => cells.slice(at + 1)
    .filter((other) => one.some((a) => other.some((b) => over(a, b)))).map(() => row.textContent));
});
"""


@pytest.mark.parametrize("path", ["ledger", "runs", "requests", "notifications"])
def test_no_cell_is_printed_over_another(
    browser: Browser, till: Till, long_names: str, path: str
) -> None:
    till.control("PUT", f"/callbacks/{'a' * 30}", {"url": f"http://127.0.0.1:9/{LONG}"})
    till.reserved(long_names, 86, orderId="table-7")
    till.user("checkin", long_names)
    till.advance(days=8)
    try:
        for width in (1440, 1024, 800, 600):
            resize(browser, width, 800)
            browser.open(f"/page/{path}")
            assert browser.one("tbody tr")
            assert browser.script(OVERPRINTED) == [], width
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


ID_LINES = "return document.querySelector('#payments td a').getClientRects().length"


@pytest.mark.parametrize("width", [390, 1024])
def test_the_id_of_a_partly_refunded_payment_is_whole(
    browser: Browser, till: Till, width: int
) -> None:
    payment_id = till.captured(amount=125.5, orderId="order-3566aa")
    till.refund(payment_id, 25)
    till.advance(seconds=5)
    (refund,) = till.control("GET", f"/payments/{payment_id}")["refunds"]
    till.ok("POST", f"/refunds/{refund['refundId']}/capture")
    resize(browser, width, 844)
    try:
        browser.open("/")
        browser.sees("#payments", "25.00 DKK refunded")
        lines = browser.script(ID_LINES)
        cut = browser.script(CUT_TABLES)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert (lines, cut) == (1, [])


#: Whether an element has one line of text only.
LINES = """
const range = document.createRange();
range.selectNodeContents(document.querySelector(arguments[0]));
return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
"""


def test_the_row_of_the_next_expiry_is_marked_as_a_whole(phone: Browser, till: Till) -> None:
    till.reserved(till.create_pos())
    phone.open("/page/clock")
    row = phone.one("tr.lit")
    assert row.value_of_css_property("background-color") != "rgba(0, 0, 0, 0)"
    cells = {each.value_of_css_property("background-color") for each in phone.all("tr.lit td")}
    assert cells == {"rgba(0, 0, 0, 0)"}


def test_an_amount_of_six_digits_stays_on_one_line_with_its_currency(
    phone: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    till.initiate(pos_id, 123_456.78)
    till.user("checkin", pos_id, CREDIT)
    phone.open(f"/page/till?pos={pos_id}")
    phone.sees("#phone-sum", "123,456.78 DKK")
    assert phone.script(LINES, "#phone-sum") == 1


def test_a_key_is_whole_in_the_list_of_requests(phone: Browser, till: Till) -> None:
    key = "till-7-of-the-kiosk-" + "k" * 40
    till.call("POST", "/payments", till.payment_body(till.create_pos()), key=key)
    phone.open("/page/requests")
    cell = next(each for each in phone.all(".requests .key") if key in each.text)
    assert phone.script("return arguments[0].scrollWidth <= arguments[0].clientWidth", cell)
