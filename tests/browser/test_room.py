"""Where there is little room nothing is cut or covered, and what changes moves nothing else."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.editing import Editor
from tests.browser.screenshots import resize
from tests.browser.test_logged_out import TOKEN, enter, guarded, visitor
from tests.browser.test_till import at_till
from tests.support import CLIENT_ID, Till

__all__ = ["guarded", "visitor"]

#: The lower edge of the header, and the upper one of the ring around what has the focus.
RING = """
const { outlineOffset, outlineWidth } = getComputedStyle(document.activeElement);
const top = document.activeElement.getBoundingClientRect().top - parseFloat(outlineOffset) - parseFloat(outlineWidth);
return [document.querySelector("header.top").getBoundingClientRect().bottom, top];
"""
#: Scrolls until what has the focus begins so many pixels below the header.
TO_HEADER = """
const header = document.querySelector("header.top").getBoundingClientRect();
scrollBy({ top: document.activeElement.getBoundingClientRect().top - header.bottom - arguments[0], behavior: "instant" });
"""
#: How far the states of the steps are from their titles.
BETWEEN = """
return [...document.querySelectorAll("#steps li")].map((step) =>
  step.querySelector("div").getBoundingClientRect().left - step.querySelector(".light").getBoundingClientRect().right);
"""
#: Whether the words at the foot are cut.
FOOT = """
const words = document.querySelector(".glance-words");
return words.scrollHeight > words.clientHeight + 1;
"""
#: The right edges of the grid of faults and of the form above it.
ENDS = """
return ["#fault-other-reset", "#till-form"].map((each) => document.querySelector(each).getBoundingClientRect().right);
"""
#: Where everything in the header stands.
PLACES = """
return [...document.querySelectorAll(".top > *")].map((each) => {
  const { left, right, top } = each.getBoundingClientRect();
  return [Math.round(left), Math.round(right), Math.round(top)];
});
"""
LOST = """
document.getElementById("link").dataset.live = "lost";
document.querySelector("#link [data-says]").textContent = "Reconnecting";
"""


@pytest.fixture(params=[1440, 1024, 390])
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Browser]:
    """The browser on screens of several widths."""
    resize(browser, request.param, 768)
    yield browser
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def tablet(browser: Browser) -> Iterator[Browser]:
    """The browser on a screen of 1024 pixels, of which a scroll bar takes 15."""
    resize(browser, 1009, 768)
    yield browser
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def certification(till: Till) -> str:
    made = till.control("POST", "/certifications", {"clientIds": [CLIENT_ID]})
    return str(made["id"])


#: The upper edges of the first payment's order and of its state.
BESIDE = """
return [".paid td a", ".paid .light"].map((each) => document.querySelector(`#payments ${each}`).getBoundingClientRect())
  .map(({ top, height }) => top + height / 2);
"""
#: Where the columns of each table of payments begin.
COLUMNS = """
return [...document.querySelectorAll("#payments thead tr")].map((row) =>
  [...row.children].map((cell) => Math.round(cell.getBoundingClientRect().left)));
"""
#: Where the verdicts of the last runs begin.
VERDICTS = """
return [...document.querySelectorAll(".last-runs .light")].map((each) => Math.round(each.getBoundingClientRect().left));
"""
#: Whether an amount is wider than the field that it is written in.
CUT = """
const field = document.getElementById("refund-amount");
field.disabled = false;
field.value = "123456.67";
return field.scrollWidth > field.clientWidth;
"""
#: On how many lines the time of the first payment stands.
LINES = """
const boxes = document.querySelector("#payments .paid time").getClientRects();
return new Set([...boxes].map(({ top }) => top)).size;
"""


def test_the_ring_around_a_pressed_button_is_in_sight_whatever_changes_above_it(
    tablet: Browser, till: Till
) -> None:
    made = certification(till)
    tablet.open(f"/page/certification/{made}")
    tablet.script("document.getElementById('restart').focus()")
    tablet.one("#restart").send_keys(Keys.ENTER)
    tablet.sees("#restart", "Restart this case")
    for below in (1, 3, 5):
        tablet.script(TO_HEADER, below)
        till.control("POST", f"/certifications/{made}/cases/certify-create-pos/restart")
        tablet.until(lambda: tablet.script("return document.activeElement.id") == "restart")
        tablet.until(lambda: tablet.script(RING)[0] <= tablet.script(RING)[1])


@pytest.mark.parametrize("is_open", [True, False])
def test_a_steps_state_keeps_off_its_title(screen: Browser, till: Till, is_open: bool) -> None:
    made = certification(till)
    if not is_open:
        till.control("POST", f"/certifications/{made}/abandon")
    screen.open(f"/page/certification/{made}?case=certify-payment")
    screen.sees("#steps", "to come" if is_open else "not tested")
    if screen.script("return innerWidth") > 640:
        assert min(screen.script(BETWEEN)) >= 12


def test_the_words_at_the_foot_are_whole(screen: Browser, till: Till) -> None:
    at_till(screen, till)
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "lost"})
    screen.press("#act-start")
    screen.sees("#glance", "The answer was lost")
    assert not screen.script(FOOT)


def test_a_payments_time_is_on_one_line_beside_a_long_state(screen: Browser, till: Till) -> None:
    till.reserved()
    till.advance(days=8)
    screen.open("/")
    screen.sees("#payments", "Expired and cancelled")
    assert screen.script(LINES) == 1


def test_a_payments_longest_state_is_beside_its_order(screen: Browser, till: Till) -> None:
    till.reserved()
    till.advance(days=8)
    screen.open("/")
    screen.sees("#payments", "Expired and cancelled")
    order, state = screen.script(BESIDE)
    assert abs(order - state) < 20


def test_the_columns_of_payments_are_the_same_whatever_is_in_them(
    browser: Browser, till: Till
) -> None:
    resize(browser, 1440, 768)
    till.reserved()
    till.advance(days=8)
    Till(till.http).reserved(amount=12345.67)
    browser.open("/")
    browser.sees("#payments", "Expired and cancelled")
    active, ended = browser.script(COLUMNS)
    assert active == ended


def test_the_verdicts_of_the_last_runs_stand_below_each_other(screen: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    for scenario in ("instant", "lost-response-capture"):
        till.control("POST", "/scenarios/next", {"scenario": scenario, "posId": pos_id})
    screen.open("/")
    screen.sees("#force", "lost-response-capture")
    verdicts = screen.script(VERDICTS)
    assert (len(verdicts), len(set(verdicts))) == (2, 1)


@pytest.mark.parametrize("width", [1440, 1024, 1009, 390])
def test_a_refund_of_six_digits_is_whole_in_its_field(
    browser: Browser, till: Till, width: int
) -> None:
    resize(browser, width, 768)
    at_till(browser, till)
    assert not browser.script(CUT)


def test_the_grid_of_faults_ends_where_the_form_above_it_does(tablet: Browser, till: Till) -> None:
    at_till(tablet, till)
    grid, form = tablet.script(ENDS)
    assert abs(grid - form) < 1


@pytest.mark.parametrize("width", [1440, 1024, 1009, 390])
def test_that_the_page_reconnects_moves_nothing_in_the_header(visitor: Browser, width: int) -> None:
    resize(visitor, width, 768)
    visitor.open("/page/clock")
    enter(visitor, TOKEN)
    visitor.sees("#link", "Live")
    before = visitor.script(PLACES)
    visitor.script(LOST)
    assert visitor.script(PLACES) == before
    if width > 960:
        logout, theme = (
            visitor.one(f"form[action$='/page/{each}']").rect["y"] for each in ("logout", "theme")
        )
        assert abs(logout - theme) < 5


def test_what_is_scrolled_to_stays_below_a_header_of_any_height(
    tablet: Browser, till: Till
) -> None:
    at_till(tablet, till)
    tablet.script("document.querySelector('header.top').style.paddingBottom = '60px'")
    reaches = "return parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop)"
    height = "return document.querySelector('header.top').getBoundingClientRect().height"
    tablet.until(lambda: tablet.script(reaches) >= tablet.script(height))


def test_the_days_of_a_timeline_are_whole(screen: Browser, till: Till) -> None:
    payment_id = till.captured()
    screen.open(f"/page/timeline?paymentId={payment_id}")
    left = (
        "const [day, frame] = ['.flow .day', '.sequence'].map((each) => document.querySelector(each).getBoundingClientRect());"
        "return day.left - frame.left"
    )
    assert screen.script(left) >= 0


def test_no_words_at_the_foot_are_over_a_control(tablet: Browser) -> None:
    tablet.open("/page/ledger")
    tablet.one("#compare")
    tablet.script(
        "document.dispatchEvent(new CustomEvent('say', { detail: { words: 'books-of-the-till.csv was read', lasts: 5000 } }));"
        "document.querySelector('#compare').scrollIntoView({ block: 'end' })"
    )
    over = (
        "const { left, top, right, bottom } = document.getElementById('said').getBoundingClientRect();"
        "return [...document.querySelectorAll('a, button, input, textarea')].filter((each) => {"
        "  const it = each.getBoundingClientRect();"
        "  return each.checkVisibility() && it.left < right && it.right > left && it.top < bottom && it.bottom > top;"
        "}).map((each) => each.outerHTML)"
    )
    assert tablet.one("#said").is_displayed()
    assert tablet.script(over) == []


def test_a_refused_save_keeps_the_notice_of_the_name_off_the_mistakes(browser: Browser) -> None:
    editor = Editor(browser)
    browser.fill("#name", "rejection")
    editor.write("summery: Wrong.")
    browser.press("#save")
    browser.sees("#refusal", "Nothing was saved")
    between = (
        "const [notice, mistakes] = ['#same-name', '.problems'].map((each) => document.querySelector(each).getBoundingClientRect());"
        "return mistakes.top - notice.bottom"
    )
    browser.until(lambda: browser.script(between) >= 8)


def test_no_button_is_over_a_command(screen: Browser) -> None:
    screen.open("/")
    between = (
        "const [words, copy] = ['#snippet-curl', '#tab-curl .copy'].map((each) => document.querySelector(each).getBoundingClientRect());"
        "return copy.left - words.right"
    )
    assert screen.script(between) >= 0


def test_a_mistake_in_the_name_moves_nothing(screen: Browser) -> None:
    screen.open("/page/new-scenario")
    screen.one("#editor[data-ready]")
    place = "return document.querySelector('#editor').getBoundingClientRect().top + scrollY"
    before = screen.script(place)
    screen.fill("#name", "Slow")
    screen.sees("#name-wrong", "write it in lower case")
    assert screen.script(place) == before


def test_the_marked_row_of_what_is_due_reaches_beyond_its_words(
    screen: Browser, till: Till
) -> None:
    till.reserved()
    screen.open("/page/clock")
    painted = (
        "const row = document.querySelector('tr.lit');"
        "return [row, row.firstElementChild].map((each) => getComputedStyle(each).boxShadow)"
    )
    assert any("-8px" in each for each in screen.script(painted))
