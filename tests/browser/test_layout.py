"""Nothing wraps or is cut where there is room, and labels stand on the line of their values."""

from collections.abc import Iterator

import pytest
from mobilepay_simulator.dashboard.navigation import VIEWS

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_narrow import CUT_LISTS, name_long
from tests.support import Till

SCREENS = [(1440, 900), (1024, 768), (390, 844)]

#: The buttons whose words stand in several lines.
WRAPPED = """
const lines = (each) => {
  const words = document.createRange();
  words.selectNodeContents(each);
  return new Set([...words.getClientRects()].filter((part) => part.height > 8).map((part) => Math.round(part.bottom / 6))).size;
};
return [...document.querySelectorAll("main :is(button, .button)")].filter((each) => each.checkVisibility() && lines(each) > 1).map((each) => each.outerHTML);
"""

#: The states, answers and tags that are higher than one line of their words.
STATES_IN_LINES = """
return [...document.querySelectorAll("main :is(.light, .status, .tag)")].filter((each) =>
  each.getBoundingClientRect().height > 2 * parseFloat(getComputedStyle(each).lineHeight)).map((each) => each.outerHTML);
"""

#: How far the words of each label are above or below those of its value; a label of a small list is made real.
APART = """
const line = (text) => {
  const [words, mark] = ["span", "span"].map((name) => document.createElement(name));
  mark.style.display = "inline-block";
  text.replaceWith(words);
  words.append(mark, text);
  return mark.getBoundingClientRect().bottom;
};
const first = (each) => {
  const texts = document.createTreeWalker(each, NodeFilter.SHOW_TEXT, (text) => text.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP);
  return texts.nextNode();
};
const unlabelled = new CSSStyleSheet();
unlabelled.replaceSync("td[data-label].bare::before { content: none !important; }");
document.adoptedStyleSheets.push(unlabelled);
const pairs = [...document.querySelectorAll("main dl.facts dt")].map((each) => [each, each.nextElementSibling]);
for (const value of document.querySelectorAll("main td[data-label]")) {
  const label = document.createElement("span");
  const style = getComputedStyle(value, "::before");
  if (style.display !== "table-cell") continue;
  label.style.cssText = `display: table-cell; font: ${style.font}`;
  label.textContent = value.dataset.label;
  const words = first(value);
  value.classList.add("bare");
  value.prepend(label);
  pairs.push([label, words]);
}
return pairs.map(([label, value]) => {
  const text = value.nodeType === Node.TEXT_NODE ? value : first(value);
  const [a, b] = [line(first(label)), line(text)];
  return [label.textContent, Math.round(a - b)];
});
"""


@pytest.fixture(params=SCREENS, ids=lambda size: f"{size[0]}x{size[1]}")
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Browser]:
    """The browser on screens of several sizes."""
    resize(browser, *request.param)
    yield browser
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_no_button_stands_in_two_lines(screen: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.refund(till.captured(pos_id), 1)
    wrapped = []
    for view in VIEWS:
        screen.open(view.path)
        if view.name == "till":
            screen.press("#new-till summary")
        wrapped += screen.script(WRAPPED)
    assert wrapped == []


def test_the_keys_of_the_till_stand_in_two_lines(screen: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.reserved(pos_id)
    screen.open(f"/page/till?pos={pos_id}")
    tops = screen.script(
        "return [...document.querySelectorAll('#keys .keys')].map((row) => "
        "[...row.querySelectorAll('button')].map((each) => each.getBoundingClientRect().top))"
    )
    is_narrow = screen.script("return innerWidth < 600")
    assert [len(set(row)) for row in tops] == [1, 2 if is_narrow else 1]


def test_the_next_step_of_a_reserved_payment_is_above_the_fold(screen: Browser, till: Till) -> None:
    if screen.script("return innerWidth < 600"):
        pytest.skip("the phone comes first there")
    pos_id = till.create_pos(name="Till 1")
    till.reserved(pos_id)
    screen.open(f"/page/till?pos={pos_id}")
    bottom = "return document.querySelector('#act-capture').getBoundingClientRect().bottom"
    assert screen.script(bottom) <= screen.script("return innerHeight")


def test_the_lists_of_the_till_show_their_longest_choice(screen: Browser, till: Till) -> None:
    till.create_pos(name="Wrong till")
    screen.open("/page/till")
    screen.press("#new-till summary")
    is_narrow = screen.script("return innerWidth < 600")
    lists = "#scenario" if is_narrow else "#scenario, #delay, #phone, #pos, #new-store"
    assert screen.script(CUT_LISTS, lists) == []


def test_a_choice_that_has_no_room_ends_before_the_arrow(browser: Browser, till: Till) -> None:
    till.create_pos()
    for view in VIEWS:
        browser.open(view.path)
        ends = browser.script(
            "return [...document.querySelectorAll('select')].map("
            "(each) => getComputedStyle(each).textOverflow)"
        )
        assert set(ends) <= {"ellipsis"}


@pytest.mark.parametrize("is_first_run", [False, True])
def test_labels_stand_on_the_line_of_their_values(
    screen: Browser, till: Till, is_first_run: bool
) -> None:
    if not is_first_run:
        pos_id = till.create_pos(name="Till 1")
        till.captured(pos_id)
        till.initiate(pos_id, scenario="success")
    screen.open("/" if is_first_run else "/page/runs")
    is_narrow = screen.script("return innerWidth < 600")
    apart = screen.script(APART)
    assert apart or not (is_narrow or is_first_run)
    assert [each for each in apart if abs(each[1]) > 1] == []


def test_what_belongs_to_an_entry_of_a_list_stays_beside_it(screen: Browser, till: Till) -> None:
    name_long(till)
    screen.open("/")
    below = screen.script(
        "return [...document.querySelectorAll('.entry-row')].filter((row) => {"
        "  const [words, last] = [row.querySelector('.words'), row.lastElementChild].map((each) => each.getBoundingClientRect());"
        "  return last.left < words.right - 1 && row.lastElementChild !== row.querySelector('.words');"
        "}).map((row) => row.textContent)"
    )
    assert screen.all("section[aria-labelledby=force-title] .entry-row .light")
    assert below == []


def test_a_payment_takes_three_lines_at_most(screen: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.captured(pos_id, orderId="receipt-1042")
    till.initiate(pos_id, scenario="lost-response-capture")
    screen.open("/")
    lines = screen.script(
        "return [...document.querySelectorAll('#payments tbody tr')].map("
        "(row) => row.offsetHeight / parseFloat(getComputedStyle(row).lineHeight))"
    )
    assert len(lines) == 2
    assert max(lines) < 4


def test_no_state_stands_in_two_lines(screen: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.initiate(pos_id, 1234.5, scenario="rejection")
    till.advance(seconds=30)
    till.reserved(pos_id)
    till.advance(days=8)
    for path in ("/", f"/page/till?pos={pos_id}", "/page/ledger", "/page/runs"):
        screen.open(path)
        assert screen.all("main .light")
        assert screen.script(STATES_IN_LINES) == []
