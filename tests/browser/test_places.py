"""Pages that are not there, sandboxes, names, and what the clock jumps past."""

import httpx
import pytest

from tests.browser.driver import Browser
from tests.browser.test_focus import focused, press_key
from tests.browser.test_next_step import in_sight
from tests.support import RunningServer, Till, fresh


def names(till: Till) -> set[str]:
    return {each["name"] for each in till.control("GET", "/sandboxes")["sandboxes"]}


def test_a_page_that_is_not_there_answers_whole_with_a_way_back(browser: Browser) -> None:
    browser.open("/page/runs")
    browser.script(
        "const a = document.createElement('a'); a.href = arguments[0]; a.id = 'lost';"
        "a.textContent = 'lost'; document.querySelector('main').append(a)",
        f"{browser.base}/page/nowhere",
    )
    browser.press("#lost")
    browser.sees("main h1", "not there")
    widths = browser.script("return [document.querySelector('main').offsetWidth, innerWidth]")
    assert widths[0] > widths[1] * 0.7
    assert len(browser.all("nav.views a")) > 5
    assert browser.one("#sandbox-name").get_attribute("value") in browser.base
    assert browser.one("#now time")
    assert browser.one("[data-palette]").is_displayed()
    press_key(browser, "#back", "\ue007")
    browser.sees("main h1", "Runs")
    browser.driver.get_log("browser")


def test_the_view_of_a_thing_that_is_not_there_is_marked(browser: Browser) -> None:
    browser.driver.get(f"{browser.base}/page/runs/R99")
    browser.sees("main h1", "not there")
    assert browser.text("nav.views [aria-current]") == "Runs"
    browser.driver.get_log("browser")


def test_looking_at_a_sandbox_does_not_make_it_and_a_press_does(
    browser: Browser, till: Till, server: RunningServer
) -> None:
    name = fresh("looked-at")
    browser.open("/")
    browser.fill("#sandbox-name", name)
    browser.one("#sandbox-name").submit()
    browser.until(lambda: f"/sandboxes/{name}/" in browser.driver.current_url)
    browser.sees("#first", f"There is no sandbox {name} yet")
    for view in ("clock", "till"):
        browser.press(f"nav.views a[href$='/page/{view}']")
        browser.until(lambda view=view: browser.driver.current_url.endswith(f"/page/{view}"))
        browser.sees("main h1", "")
    assert name not in names(till)
    browser.press("#make-sandbox")
    browser.one("#create-pos")
    assert name in names(till)
    httpx.delete(f"{server.url}/_simulator/sandboxes/{name}")
    browser.driver.get("about:blank")


@pytest.mark.parametrize("is_by_keyboard", [False, True])
def test_a_sandbox_is_dropped_after_a_question(
    browser: Browser, till: Till, server: RunningServer, is_by_keyboard: bool
) -> None:
    name = fresh("dropped")
    httpx.post(f"{server.url}/sandboxes/{name}/_simulator/reset")
    browser.open("/")
    selector = f"button[aria-label='Drop the sandbox {name}']"
    if is_by_keyboard:
        press_key(browser, selector, "\ue007")
    else:
        browser.press(selector)
    assert name in browser.driver.switch_to.alert.text
    browser.driver.switch_to.alert.dismiss()
    assert name in names(till)
    browser.press(selector)
    browser.driver.switch_to.alert.accept()
    browser.until(lambda: name not in names(till))
    browser.sees("main h1", "Overview")
    browser.sees("#said", f"The sandbox {name} was dropped.")
    # A second Enter drops no other one.
    browser.until(lambda: focused(browser) == "sandboxes-title")
    in_sight(browser)
    assert not browser.all(selector)


def test_a_sandbox_that_is_gone_already_is_told_beside_the_list(
    browser: Browser, server: RunningServer
) -> None:
    name = fresh("gone-first")
    httpx.post(f"{server.url}/sandboxes/{name}/_simulator/reset")
    browser.open("/")
    # As though its list had not been fetched anew yet.
    browser.script(
        "document.body.addEventListener('htmx:beforeRequest', (event) => {"
        "  if (event.target.id === 'sandboxes') event.preventDefault(); })"
    )
    httpx.delete(f"{server.url}/_simulator/sandboxes/{name}")
    browser.press(f"button[aria-label='Drop the sandbox {name}']")
    browser.driver.switch_to.alert.accept()
    browser.sees("#drop-refusal [role=alert]", name)
    assert browser.one("#said").text == ""


def test_dropping_the_sandbox_that_is_looked_at_leads_to_the_default_one(
    browser: Browser, server: RunningServer
) -> None:
    name = fresh("left")
    httpx.post(f"{server.url}/sandboxes/{name}/_simulator/reset")
    browser.driver.get(f"{server.url}/sandboxes/{name}/")
    browser.press(f"button[aria-label='Drop the sandbox {name}']")
    browser.driver.switch_to.alert.accept()
    browser.until(lambda: browser.driver.current_url == f"{server.url}/")
    browser.sees("#said", f"The sandbox {name} was dropped.")
    assert focused(browser) == "main"
    browser.driver.get("about:blank")


def test_two_tills_have_two_names(browser: Browser, till: Till) -> None:
    browser.open("/page/till")
    browser.press("#create-pos")
    browser.sees("#till-result", "Create point of sale 200")
    browser.press("#new-till summary")
    browser.press("#create-pos")
    browser.until(lambda: till.control("GET", "/points-of-sale")["total"] == 2)
    made = till.control("GET", "/points-of-sale")["pointsOfSale"]
    assert {each["name"] for each in made} == {"Till 1", "Till 2"}


def states(till: Till, *payments: str) -> list[str]:
    return [str(till.control("GET", f"/payments/{each}")["state"]) for each in payments]


def test_the_expiry_that_is_jumped_past_is_the_one_that_is_meant(
    browser: Browser, till: Till
) -> None:
    # The capture of a refund comes before every expiry, and the first expiry is another payment's.
    till.refund(till.captured())
    first = till.reserved()
    till.advance(minutes=30)
    pos_id = till.create_pos()
    second = till.reserved(pos_id)
    till.advance(minutes=10)
    third = till.reserved()
    browser.open("/page/clock")
    browser.press("#expiry")
    browser.sees("#clock-result", "It was")
    assert states(till, first, second) == ["ExpiredAndCancelled", "Reserved"]
    browser.open(f"/page/till?pos={pos_id}")
    press_key(browser, "#let-expire", "\ue007")
    browser.sees("#counter .ticket", "Expired and cancelled")
    browser.sees("#till-result", "It was")
    assert states(till, second, third) == ["ExpiredAndCancelled", "Reserved"]
    browser.open("/page/clock")
    browser.press(f"#due tr:has(a[href*='{third}']) button")
    browser.until(lambda: states(till, third) == ["ExpiredAndCancelled"])


def test_the_ways_a_payment_is_cancelled_look_and_read_apart(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    till.initiate(pos_id, scenario="rejection")
    till.advance(seconds=30)
    till.ok("POST", f"/payments/{till.initiate(pos_id)}/cancel")
    till.initiate(pos_id, scenario="manual")
    till.advance(minutes=30)
    till.reserved(pos_id)
    till.advance(days=8)
    browser.open("/")
    browser.sees("#payments", "Expired and cancelled")
    looks = browser.script(
        "return [...document.querySelectorAll('#payments tbody .light')].map((each) => ["
        "getComputedStyle(each).color, each.textContent.trim(), each.firstElementChild.outerHTML])"
    )
    assert len(looks) == 4
    for column in range(3):
        assert len({look[column] for look in looks}) == 4


@pytest.mark.parametrize(
    "path", ["/page/timeline", "/page/certification", "/page/certification/C1", "/page/clock"]
)
def test_no_word_is_cut_or_sticks_out_on_a_phone(browser: Browser, till: Till, path: str) -> None:
    till.reserved()
    till.advance(days=8)
    till.control("POST", "/certifications", {"systemName": "Till 9"})
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        browser.open(path)
        out = browser.script(
            "const out = [];"
            "for (const each of document.querySelectorAll('.stages li, .entry .what, .entry .when, .band')) {"
            "  if (each.scrollWidth > each.clientWidth + 1) out.push(each.textContent.trim()); }"
            "for (const text of document.querySelectorAll('.diagram .state text')) {"
            "  const word = text.getBBox(), box = text.previousSibling.getBBox();"
            "  if (word.width > box.width - 8) out.push(text.textContent); }"
            "if (document.documentElement.scrollWidth > innerWidth) out.push('the page');"
            "return out"
        )
        assert out == []
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_browsers_find_an_icon_where_no_page_names_one(till: Till) -> None:
    answer = till.http.get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        "image/svg+xml; charset=utf-8",
    )
    assert till.control("GET", "/requests")["requests"] == []


def test_that_a_sandbox_was_made_is_said_once(browser: Browser, till: Till) -> None:
    base = till.http.base_url
    browser.driver.get(str(base).rstrip("/") + "-to-be-made/page/till")
    browser.press("#make-sandbox")
    browser.sees("#said", "was made")
    assert not browser.all("#done")


def test_no_reset_is_offered_of_a_sandbox_that_is_not_there(browser: Browser, till: Till) -> None:
    browser.open("/")
    assert browser.one("#reset").is_displayed()
    browser.driver.get(str(till.http.base_url).rstrip("/") + "-not-made/")
    browser.sees("#first", "There is no sandbox")
    assert not browser.one("#reset").is_displayed()
