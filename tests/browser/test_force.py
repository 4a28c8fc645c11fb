"""What is in force is seen on every page, and taken back there, by mouse and by keyboard."""

from collections.abc import Callable, Iterator

import pytest
from mobilepay_simulator.dashboard.navigation import VIEWS
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_accessibility import problems
from tests.browser.test_narrow import STICKS_OUT
from tests.support import Till

FAULTS = b"faults: [{call: CapturePayment, delay: 1s}, {call: GetStores, delay: 1s}]"


#: What two lines of the header have no room for.
LONG_FAULT = b"""
faults:
  - call: [UserSimulationAcceptPayment, UserSimulationCancelPayment, CapturePayment, CancelPayment, InitiatePayment]
    delay: 1s
"""
IS_WHOLE = """
const { scrollWidth, clientWidth, scrollHeight, clientHeight } = arguments[0];
return scrollWidth <= clientWidth && scrollHeight <= clientHeight;
"""

FAULTS_IN_WORDS = (
    "every CapturePayment is answered after 1s",
    "every GetStores is answered after 1s",
)


QUEUED = ["1. rejection, next payment anywhere", "2. instant, next payment anywhere"]


def chips(browser: Browser) -> list[str]:
    """What the header says is in force."""
    said = [each for each in browser.all("#in-force .force > li") if each.is_displayed()]
    return [each.find_element(By.CSS_SELECTOR, "a, summary").text for each in said]


def rest(browser: Browser) -> list[str]:
    """What else is in force, once it is opened."""
    return [each.text for each in browser.all("#in-force .rest a") if each.is_displayed()]


@pytest.fixture
def busy(till: Till) -> Till:
    """A sandbox where something of each kind is in force."""
    till.control("POST", "/certifications", {"systemName": "Till 9"})
    till.http.put("/_simulator/faults", content=FAULTS)
    for name in ("rejection", "instant"):
        till.control("POST", "/scenarios/next", {"scenario": name})
    return till


@pytest.mark.parametrize("path", [view.path for view in VIEWS])
def test_every_view_shows_what_is_in_force(browser: Browser, busy: Till, path: str) -> None:
    browser.open(path)
    said = chips(browser)
    assert said[0] == "Time stands still"
    assert said[1] == "Certification C1 of Till 9 is open"
    assert said[2:] == [*(f"Fault: {each}" for each in FAULTS_IN_WORDS), "and 2 more"]
    browser.press("#force-more summary")
    assert rest(browser) == QUEUED


def is_running(till: Till) -> bool:
    return bool(till.control("GET", "/clock")["scale"] == 1)


def is_abandoned(till: Till) -> bool:
    return bool(till.control("GET", "/certifications/C1")["stage"] == "abandoned")


def has_one_fault(till: Till) -> bool:
    return [each["id"] for each in till.control("GET", "/faults")["faults"]] == [1]


def has_one_queued(till: Till) -> bool:
    return [each["run"] for each in till.control("GET", "/scenarios")["queued"]] == ["R2"]


BACK = [
    ("Let time run", "PUT", "/clock", is_running),
    ("Abandon C1", "POST", "/certifications/C1/abandon", is_abandoned),
    (f"Remove the fault: {FAULTS_IN_WORDS[0]}", "DELETE", "/faults/0", has_one_fault),
    ("Take rejection back, run R1", "DELETE", "/scenarios/next/R1", has_one_queued),
]


@pytest.mark.parametrize("is_by_keyboard", [False, True])
@pytest.mark.parametrize(("button", "method", "call", "is_done"), BACK)
def test_what_is_in_force_is_taken_back_with_one_press(
    browser: Browser,
    busy: Till,
    button: str,
    method: str,
    call: str,
    is_done: Callable[[Till], bool],
    is_by_keyboard: bool,
) -> None:
    browser.open("/page/till")
    selector = f'#in-force button[aria-label="{button}"]'
    if not browser.one(selector).is_displayed():
        browser.press("#force-more summary")
    if is_by_keyboard:
        browser.script("arguments[0].focus()", browser.one(selector))
        browser.one(selector).send_keys(Keys.ENTER)
    else:
        browser.press(selector)
    if button.startswith("Abandon"):
        browser.driver.switch_to.alert.accept()
    browser.until(lambda: is_done(busy))
    browser.until(lambda: not browser.all(selector))
    assert chips(browser)[-1] == "and 1 more"
    command = browser.text("#force-curl")
    assert command.startswith(f"curl -X {method} {browser.base}/_simulator{call}")
    assert browser.script("return document.activeElement !== document.body")


def test_a_chip_goes_with_what_it_is_about_and_comes_by_itself(
    browser: Browser, till: Till
) -> None:
    browser.open("/")
    assert chips(browser) == ["Time stands still"]
    pos_id = till.create_pos(name="Till 7")
    till.control("POST", "/scenarios/next", {"scenario": "instant", "posId": pos_id})
    browser.until(lambda: chips(browser)[1:] == ["1. instant, next payment on Till 7"])
    till.initiate(pos_id)
    browser.until(lambda: chips(browser) == ["Time stands still"])
    till.control("PUT", "/clock", {"scale": 1})
    browser.until(lambda: chips(browser) == [])


@pytest.mark.parametrize("path", ["/", "/page/scenarios"])
def test_queued_scenarios_are_listed_whole_with_their_places(
    browser: Browser, till: Till, path: str
) -> None:
    till.control("POST", "/scenarios/next", {"scenario": "rejection", "times": 9})
    browser.open(path)
    lines = [each.text for each in browser.all("ul[aria-label='Queued scenarios'] a")]
    assert lines == [f"{place}. rejection, next payment anywhere" for place in range(1, 10)]
    browser.press("ul[aria-label='Queued scenarios'] li:nth-child(2) button")
    browser.until(lambda: len(browser.all("ul[aria-label='Queued scenarios'] a")) == 8)
    left = [each["run"] for each in till.control("GET", "/scenarios")["queued"]]
    assert left == ["R1", "R3", "R4", "R5", "R6", "R7", "R8", "R9"]


def test_the_keyboard_gets_the_words_that_the_header_has_no_room_for(
    browser: Browser, busy: Till
) -> None:
    busy.http.put("/_simulator/faults", content=LONG_FAULT)
    resize(browser, 1024, 768)
    try:
        browser.open("/")
        links = browser.all("#in-force li a")
        assert browser.script(IS_WHOLE, links[0])
        assert not browser.script(IS_WHOLE, links[2])
        browser.one("body").send_keys(Keys.SHIFT)
        beside = "return getComputedStyle(arguments[0], '::after').content"
        for each in (links[2], browser.all("#in-force li button")[2]):
            assert browser.script(beside, each) == "none"
            browser.script("arguments[0].focus()", each)
            assert browser.script(beside, each) == f'"{each.get_attribute("title")}"'
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture(params=[(1440, 900), (1024, 768), (390, 844)], ids=lambda size: str(size[0]))
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Browser]:
    """The browser on screens of several sizes."""
    resize(browser, *request.param)
    yield browser
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_faults_of_one_call_are_told_apart_in_the_header(screen: Browser, till: Till) -> None:
    for word in ("lost", "timeout", "500"):
        till.control("POST", "/faults", {"call": "CapturePayment", "fault": word})
    screen.open("/")
    links = [each for each in screen.all("#in-force .force > .chip a") if each.is_displayed()]
    assert len({each.text for each in links}) == len(links) > 2
    assert all(screen.script(IS_WHOLE, each) for each in links)


def test_what_the_header_has_no_room_for_is_taken_back_from_the_list_that_it_opens(
    screen: Browser, busy: Till
) -> None:
    busy.control("POST", "/scenarios/next", {"scenario": "rejection", "times": 3})
    screen.open("/page/till")
    shown = chips(screen)[:-1]
    screen.script("arguments[0].focus()", screen.one("#force-more summary"))
    screen.one(":focus").send_keys(Keys.ENTER)
    screen.until(lambda: len(rest(screen)) == 9 - len(shown))
    assert rest(screen)[-5:-3] == QUEUED
    assert screen.script(STICKS_OUT, screen.script("return innerWidth")) == []
    assert problems(screen) == []
    button = ".rest button[aria-label='Take instant back, run R2']"
    screen.script("arguments[0].focus()", screen.one(button))
    screen.one(":focus").send_keys(Keys.ENTER)
    screen.until(lambda: not screen.all(button))
    # The list stays open, and a second Enter takes back nothing else.
    name = "return document.activeElement.getAttribute('aria-label')"
    screen.until(lambda: screen.script(name) == "What else is in force")
    assert len(rest(screen)) == 8 - len(shown)
    screen.one(":focus").send_keys(Keys.ESCAPE)
    screen.until(lambda: rest(screen) == [])
    assert screen.script("return document.activeElement.matches('#force-more summary')")
    left = [each["run"] for each in busy.control("GET", "/scenarios")["queued"]]
    assert left == ["R1", "R3", "R4", "R5"]


def test_a_press_beside_the_opened_list_closes_it(browser: Browser, busy: Till) -> None:
    browser.open("/page/clock")
    browser.press("#force-more summary")
    browser.until(lambda: rest(browser) == QUEUED)
    browser.press("main h1")
    browser.until(lambda: rest(browser) == [])


def test_what_became_of_taking_something_back_is_in_sight_wherever_one_has_scrolled(
    browser: Browser, till: Till
) -> None:
    for _ in range(12):
        till.captured()
    till.control("POST", "/faults", {"call": "CapturePayment", "fault": "lost"})
    resize(browser, 1024, 600)
    try:
        browser.open("/page/ledger")
        browser.script("scrollTo(0, 427)")
        place = "return document.querySelector('#books-title').getBoundingClientRect().top"
        before = browser.script(place)
        browser.script(
            "document.querySelector('#in-force button[aria-label=\"Let time run\"]').click()"
        )
        browser.sees("#force-result", "Taken back.")
        top = "return document.querySelector('#force-curl').getBoundingClientRect().top"
        assert 0 < browser.script(top) < 600
        assert abs(browser.script(place) - before) < 1
        # What is scrolled to stays below it, and it is closed once it is read.
        browser.script(
            "document.querySelector('#entries tbody tr:nth-child(2) a').scrollIntoView()"
        )
        told, link = browser.script(
            "return ['#force-result', '#entries tbody tr:nth-child(2) a']"
            ".map((each) => document.querySelector(each).getBoundingClientRect())"
            ".map(({ top, bottom }) => [top, bottom])"
        )
        assert link[0] >= told[1]
        browser.one("#force-result [data-closes]").click()
        assert browser.text("#force-result") == " "
        assert browser.script("return document.activeElement.matches('#in-force ul')")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_escape_puts_away_what_was_taken_back_and_leaves_the_focus(
    browser: Browser, till: Till
) -> None:
    till.control("POST", "/faults", {"call": "CapturePayment", "fault": "lost"})
    browser.open("/page/ledger")
    browser.press("#in-force .take-back button")
    browser.sees("#force-result", "Taken back.")
    browser.one("#to-books").send_keys(Keys.ESCAPE)
    browser.until(lambda: browser.text("#force-result") == " ")
    assert browser.script("return document.activeElement.id") == "to-books"
