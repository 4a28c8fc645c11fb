"""Times are read with their days, and what lies between them is told."""

import re

import pytest

from tests.browser.driver import Browser
from tests.support import Till, running_server

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@pytest.fixture
def expired(till: Till) -> str:
    """A payment whose reservation has run out, after a jump of the clock."""
    payment_id = till.reserved()
    till.advance(days=8)
    return payment_id


def test_seven_days_on_a_timeline_look_like_seven_days(browser: Browser, expired: str) -> None:
    browser.open(f"/page/timeline?paymentId={expired}&view=table")
    days = [each.text for each in browser.all("#entries .band.day .when")]
    assert len(days) == 2
    assert days[0] < days[1]
    assert "+7 days" in [each.text for each in browser.all("#entries .band.gap")]
    browser.sees("#entries .axis-head", "Sandbox time Real time")


def test_a_jump_of_the_clock_is_a_band_with_its_length(browser: Browser, expired: str) -> None:
    browser.open(f"/page/timeline?paymentId={expired}&view=table")
    browser.sees("#entries .entry.clock", "moved by 8 days")
    colours = [
        browser.script(
            "return getComputedStyle(document.querySelector(arguments[0])).background", s
        )
        for s in ("#entries .entry.clock", "#entries .entry.call")
    ]
    assert colours[0] != colours[1]


def test_what_happened_at_one_instant_shows_its_time_once(browser: Browser, expired: str) -> None:
    browser.open(f"/page/timeline?paymentId={expired}&view=table")
    widths = browser.script(
        "return [...document.querySelectorAll('#entries .entry')]"
        ".map((each) => [each.classList.contains('same'), each.querySelector('time').offsetWidth])"
    )
    assert [True for is_same, width in widths if is_same and width > 1] == []
    assert [True for is_same, width in widths if not is_same and width <= 1] == []
    assert [is_same for is_same, _ in widths].count(True) >= 2


@pytest.mark.parametrize(
    ("path", "selector"),
    [
        ("/", "#payments tbody .sub"),
        ("/page/requests", "#list tbody time"),
        ("/page/runs", "#list tbody time"),
        ("/page/runs/R1", "#run time"),
    ],
)
def test_every_list_tells_days(browser: Browser, expired: str, path: str, selector: str) -> None:
    browser.open(path)
    browser.one(selector)
    assert [each.text for each in browser.all(selector) if not DAY.search(each.text)] == []


def test_real_times_of_another_day_are_told(browser: Browser) -> None:
    with running_server("--time-scale", "0", "--start-time", "2024-01-31T12:00:00Z") as server:
        import httpx

        with httpx.Client(base_url=server.url) as http:
            payment_id = Till(http).reserved()
        browser.base = server.url
        browser.open(f"/page/timeline?paymentId={payment_id}&view=table")
        day = browser.text("#entries .band.day")
        assert day.startswith("2024-01-31")
        assert len(DAY.findall(day)) == 2
        browser.driver.get("about:blank")


def test_a_moment_of_the_payment_tells_its_state_once(browser: Browser, expired: str) -> None:
    browser.open(f"/page/timeline?paymentId={expired}")
    browser.press("[data-to=now]")
    said = browser.one("#moment-says").text
    assert said.endswith("Expired and cancelled")
    browser.press("[data-to=first]")
    browser.sees("#moment-says", "InitiatePayment")


def test_the_chosen_line_of_a_timeline_is_marked(browser: Browser, expired: str) -> None:
    browser.open(f"/page/timeline?paymentId={expired}&view=table")
    colour = (
        "return getComputedStyle(document.querySelector('#entries .entry.call')).backgroundColor"
    )
    before = browser.script(colour)
    browser.press("#entries .entry.call a")
    browser.one("#entries .entry.call a[aria-current]")
    assert browser.script(colour) != before


def test_back_from_the_table_leads_to_the_way_that_was_left(browser: Browser, expired: str) -> None:
    browser.open(f"/page/timeline?paymentId={expired}")
    browser.press("#way-table")
    browser.one("#entries .entry")
    browser.driver.back()
    browser.until(lambda: browser.script("return document.activeElement.id") == "way-table")


def test_on_a_phone_the_letters_of_a_diagram_of_states_are_as_large_as_elsewhere(
    browser: Browser, expired: str
) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.open(f"/page/timeline?paymentId={expired}")
        shown = "const {width} = document.querySelector('.diagram').getBoundingClientRect(); return width"
        drawn = "return document.querySelector('.diagram').viewBox.baseVal.width"
        assert browser.script(shown) == browser.script(drawn)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
