"""What is in force is seen on every page, and taken back there, by mouse and by keyboard."""

from collections.abc import Callable

import pytest
from mobilepay_simulator.dashboard.navigation import VIEWS
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.support import Till

FAULTS = b"faults: [{call: CapturePayment, delay: 1s}, {call: GetStores, delay: 1s}]"


FAULTS_IN_WORDS = (
    "every CapturePayment is answered after 1s",
    "every GetStores is answered after 1s",
)


def chips(browser: Browser) -> list[str]:
    """What the header says is in force."""
    return [each.text.split("\n")[0] for each in browser.all("#in-force li")]


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
    assert said[2:4] == [f"Fault: {each}" for each in FAULTS_IN_WORDS]
    assert said[4:] == ["1. rejection, next payment anywhere", "and 1 more"]
    assert all(each.is_displayed() for each in browser.all("#in-force li"))


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
    if is_by_keyboard:
        browser.script("arguments[0].focus()", browser.one(selector))
        browser.one(selector).send_keys(Keys.ENTER)
    else:
        browser.press(selector)
    if button.startswith("Abandon"):
        browser.driver.switch_to.alert.accept()
    browser.until(lambda: is_done(busy))
    browser.until(lambda: "2. instant" in chips(browser)[-1] or "1. instant" in chips(browser)[-1])
    command = browser.text("#force-curl")
    assert command.startswith(f"curl -X {method} {browser.base}/_simulator{call}")
    assert browser.script("return document.activeElement !== document.body")


def test_a_chip_goes_with_what_it_is_about_and_comes_by_itself(
    browser: Browser, till: Till
) -> None:
    browser.open("/")
    assert chips(browser) == ["Time stands still"]
    pos_id = till.create_pos()
    till.control("POST", "/scenarios/next", {"scenario": "instant", "posId": pos_id})
    browser.until(lambda: chips(browser)[1:] == [f"1. instant, next payment on {pos_id[:8]}"])
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
    resize(browser, 1024, 768)
    try:
        browser.open("/")
        is_whole = "return arguments[0].scrollWidth <= arguments[0].clientWidth"
        links = browser.all("#in-force li a")
        assert browser.script(is_whole, links[0])
        assert not browser.script(is_whole, links[2])
        browser.one("body").send_keys(Keys.SHIFT)
        beside = "return getComputedStyle(arguments[0], '::after').content"
        for each in (links[2], browser.all("#in-force li button")[2]):
            assert browser.script(beside, each) == "none"
            browser.script("arguments[0].focus()", each)
            assert browser.script(beside, each) == f'"{each.get_attribute("title")}"'
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
