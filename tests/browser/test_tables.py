"""Tables at the widths of screens: no word is torn, no pill prints over its neighbour, and what is cut says so."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mobilepay_simulator.testing.sweep.reports import as_json

from tests.browser.driver import Browser
from tests.browser.editing import Editor
from tests.browser.screenshots import resize
from tests.support import Till, until
from tests.testing.sweep.shapes import outcome, payment, swept

PHONE, TABLET, SMALL, WIDE = (390, 844), (768, 1024), (1024, 768), (1440, 900)

#: The words of tables and lists that stand on two lines; addresses may, and so may names of people.
TORN = """
const torn = [];
const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
for (let node = walk.nextNode(); node; node = walk.nextNode()) {
  if (!node.parentElement.closest("td, th, li") || node.parentElement.closest(".wrap, pre, code")) continue;
  for (const { 0: word, index } of node.data.matchAll(/[\\w#.:]+/g)) {
    const range = document.createRange();
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
    if (tops.size > 1) torn.push(word);
  }
}
return torn;
"""
#: Times and numbers that stand on two lines; the date of a time may have the first to itself.
PARTED = """
return [...document.querySelectorAll("main :is(td > time, span.nowrap)")].filter((each) => {
  const range = document.createRange();
  range.selectNodeContents(each);
  const day = each.querySelector(".day");
  if (day && getComputedStyle(day).display === "block") range.setStartAfter(day);
  return new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom / 8))).size > 1;
}).map((each) => each.textContent);
"""
#: Times of which any part, their date included, stands on a line of its own.
PARTED_TIMES = """
return [...document.querySelectorAll("main time")].filter((each) => {
  const range = document.createRange();
  range.selectNodeContents(each);
  return new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom / 8))).size > 1;
}).map((each) => each.textContent);
"""
#: Pills that reach beyond the cell they are in.
OVERPRINTING = """
return [...document.querySelectorAll("td :is(.light, .status, .tag)")].filter((each) =>
  each.getBoundingClientRect().right > each.closest("td").getBoundingClientRect().right + 1
).map((each) => each.textContent);
"""
#: What is cut sideways, and says nothing of it.
CUT = """
return [...document.querySelectorAll("main .scroll, main .differs")].filter((each) =>
  each.scrollWidth > each.clientWidth + 1
  && !getComputedStyle(each, "::before").content.includes("Scroll sideways")
).map((each) => each.getAttribute("aria-label"));
"""

#: Whether the page scrolls sideways.
WIDER = "return document.documentElement.scrollWidth > innerWidth"
Sized = Callable[[tuple[int, int]], Browser]


@pytest.fixture
def sized(browser: Browser) -> Iterator[Sized]:
    """Gives the browser a size until the test ends."""

    def give(size: tuple[int, int]) -> Browser:
        resize(browser, *size)
        return browser

    yield give
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


CALLS = ("Token#1", "GetPosWithFilter#1", "UserSimulationAcceptPayment#12", "CapturePayment#1")
FAULTS = ("lost-response", "time-out", "500", "reset", "half-answer", "500-done", "503", "html")


def results(folder: Path, faults: int) -> str:
    """The file of a sweep with so many faults, each of which leaves a reservation on each call."""
    left = outcome(payment(), payment("Reserved", order="order-2"))
    runs = {f"{call}:{fault}": left for call in CALLS for fault in FAULTS[:faults]}
    file = folder / "sweep.json"
    file.write_text(as_json(swept(runs)))
    return str(file)


def show_sweep(browser: Browser, file: str) -> None:
    browser.open("/page/sweep")
    browser.one("#sweep-file").send_keys(file)
    browser.one("#sweep-matrix")


@pytest.mark.parametrize(
    ("size", "faults"), [(WIDE, 8), (WIDE, 7), (SMALL, 8), (SMALL, 4), (TABLET, 5), (PHONE, 8)]
)
def test_calls_of_a_sweep_are_read_whatever_the_number_of_faults(
    sized: Sized, tmp_path: Path, size: tuple[int, int], faults: int
) -> None:
    browser = sized(size)
    show_sweep(browser, results(tmp_path, faults))
    assert browser.script(TORN) == []
    assert browser.until(lambda: browser.script(CUT) == [])
    assert browser.script(OVERPRINTING) == []
    assert browser.script(WIDER) is False


def test_a_wide_matrix_scrolls_under_its_calls_and_says_so(sized: Sized, tmp_path: Path) -> None:
    browser = sized(SMALL)
    show_sweep(browser, results(tmp_path, 8))
    browser.one(".scroll.wide > #sweep-matrix")
    browser.script("document.querySelector('#sweep-matrix').parentElement.scrollLeft = 300")
    scrolled, left, edge, on_top = browser.script(
        "const name = document.querySelector('#sweep-matrix tbody th');"
        "const {left, top} = name.getBoundingClientRect(), region = name.closest('.scroll');"
        "const seen = document.elementFromPoint(left + 8, top + 8);"
        "return [region.scrollLeft, left, region.getBoundingClientRect().left, seen === name]"
    )
    assert scrolled == 300
    assert 0 <= left - edge <= 20
    assert on_top


def test_a_matrix_with_room_says_nothing_of_scrolling(sized: Sized, tmp_path: Path) -> None:
    browser = sized(WIDE)
    show_sweep(browser, results(tmp_path, 3))
    assert not browser.all(".scroll.wide")


BROKEN = """
summary: Whoever waits breaks it.
steps:
  - do: check-in
expect:
  - call: CapturePayment
    when: Reserved
    within: 5s
  - final_state: Captured
  - not_called: CancelPayment
  - call: GetCheckIn
    within: 1s
"""


@pytest.fixture
def broken(till: Till) -> str:
    """The newest of a dozen runs; it has failed in several ways, after several calls."""
    till.http.put("/_simulator/scenarios/certify-create-pos-for-the-rest", content=BROKEN)
    pos_id = till.create_pos()
    for _ in range(12):
        payment_id = till.initiate(pos_id, scenario="certify-create-pos-for-the-rest")
        till.user("acceptpayment", pos_id)
        till.payment(payment_id)
        till.control("POST", "/faults", {"call": "QueryPayment", "fault": "500"})
        till.call("GET", f"/payments/{payment_id}")
        till.advance(seconds=10)
        till.call("POST", f"/payments/{payment_id}/cancel")
    return str(till.control("GET", "/runs")["runs"][-1]["id"])


@pytest.mark.parametrize("size", [PHONE, TABLET, SMALL, WIDE])
def test_findings_calls_and_ids_of_runs_are_whole(
    sized: Sized, broken: str, size: tuple[int, int]
) -> None:
    browser = sized(size)
    for path in ("/page/runs", f"/page/runs/{broken}", "/page/requests", "/page/ledger", "/"):
        browser.open(path)
        assert browser.script(TORN) == [], path
        assert browser.script(PARTED) == [], path
        assert browser.script(CUT) == [], path


def test_several_findings_stand_one_below_the_other(sized: Sized, broken: str) -> None:
    browser = sized(PHONE)
    browser.open("/page/runs")
    rows = browser.script(
        "return [...document.querySelectorAll(`#run-${arguments[0]} [data-label='What broke'] span`)]"
        ".map((each) => each.getBoundingClientRect()).map(({top, width}) => [top, width])",
        broken,
    )
    tops = [top for top, _ in rows]
    assert len(rows) > 2
    assert tops == sorted(set(tops))
    assert min(width for _, width in rows) > 150


def attempts(till: Till) -> int:
    """How often the only notification was tried, a few seconds later."""
    till.advance(seconds=5)
    return len(till.control("GET", "/notifications")["notifications"][0]["attempts"])


@pytest.mark.parametrize("size", [PHONE, TABLET, SMALL, WIDE])
def test_attempts_of_a_notification_stand_one_below_the_other(
    sized: Sized, till: Till, size: tuple[int, int]
) -> None:
    till.control("PUT", "/callbacks/my-till", {"url": "http://127.0.0.1:9/"})
    till.user("checkin", till.create_pos(callbackAlias="my-till"))
    assert until(lambda: attempts(till) > 2)
    browser = sized(size)
    browser.open("/page/notifications")
    assert browser.script(TORN) == []
    boxes = browser.script(
        "return [...document.querySelectorAll('[data-label=Attempts] .sub')]"
        ".map((each) => each.getBoundingClientRect().top)"
    )
    assert len(boxes) > 2
    assert boxes == sorted(set(boxes))


@pytest.mark.parametrize("size", [PHONE, (480, 844), TABLET, SMALL, WIDE])
def test_the_state_of_a_payment_prints_over_nothing(
    sized: Sized, till: Till, size: tuple[int, int]
) -> None:
    till.reserved(orderId="left")
    till.advance(days=8)
    browser = sized(size)
    browser.open("/page/ledger")
    browser.sees("#entries", "the reservation expired")
    assert browser.script(OVERPRINTING) == []
    assert browser.script(TORN) == []


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/page/ledger", WIDE),
        ("/page/ledger", TABLET),
        ("/page/ledger", PHONE),
        ("/page/runs", WIDE),
        ("/page/runs", PHONE),
    ],
)
def test_a_date_and_its_time_stand_on_one_line_where_there_is_room(
    sized: Sized, till: Till, path: str, size: tuple[int, int]
) -> None:
    payment_id = till.captured(amount=12345.5)
    till.refund(payment_id, 25)
    till.refund(payment_id, 30)
    till.advance(seconds=5)
    (refund, *_) = till.control("GET", f"/payments/{payment_id}")["refunds"]
    till.ok("POST", f"/refunds/{refund['refundId']}/capture")
    browser = sized(size)
    browser.open(path)
    browser.one("main td time")
    assert browser.script(PARTED_TIMES) == []
    assert browser.script(CUT) == []
    assert not browser.script(WIDER)


def test_what_differs_in_a_conflict_is_whole_on_a_phone(sized: Sized, till: Till) -> None:
    text = "summary: {} rather long summary that goes on and on, beyond any phone.\nsteps: []\n"
    till.http.put("/_simulator/scenarios/taken", content=text.format("Theirs, a"))
    browser = sized(PHONE)
    browser.open("/page/clock")
    browser.script("localStorage.clear()")
    editor = Editor(browser, "/page/scenarios/taken/edit")
    till.http.put("/_simulator/scenarios/taken", content=text.format("Meanwhile a"))
    editor.write(text.format("Mine, a"))
    browser.press("#save")
    browser.sees("#mistake ins", "Mine")
    assert browser.script(CUT) == []


@pytest.mark.parametrize("size", [(768, 500), (1024, 500), (1440, 500)])
@pytest.mark.parametrize("in_force", [False, True])
def test_nothing_shows_between_the_header_and_the_names_of_a_diagram(
    sized: Sized, till: Till, size: tuple[int, int], in_force: bool
) -> None:
    till.captured()
    if in_force:
        till.control("POST", "/scenarios/next", {"scenario": "rejection"})
    browser = sized(size)
    browser.open("/page/timeline")
    browser.one("#sequence svg.flow")
    header, scrubber, names = browser.script(
        "const names = document.querySelector('.sequence-heads');"
        "scrollTo({top: names.getBoundingClientRect().top + 60, behavior: 'instant'});"
        "const top = document.querySelector('.top').getBoundingClientRect();"
        "const way = document.querySelector('#scrubber').getBoundingClientRect();"
        "return [Math.max(0, top.bottom), [way.top, way.bottom], names.getBoundingClientRect().top]"
    )
    assert header - 2 <= scrubber[0] <= header
    assert scrubber[1] - 2 <= names <= scrubber[1]
