"""The sequence diagram: walked through, growing by itself, linked to, and led from to exchanges."""

import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_accessibility import problems
from tests.browser.test_focus import focused, press_key
from tests.support import Till, until

ROWS = "#sequence .flow .row"


@pytest.fixture
def payment_id(till: Till) -> str:
    """A payment with a lost answer, a retry, a refusal, a jump of the clock, and a refund."""
    till.control("PUT", "/callbacks/shop", {"url": "http://127.0.0.1:9/"})
    pos_id = till.create_pos(callbackAlias="shop")
    payment_id = till.initiate(pos_id, scenario="lost-response-capture")
    till.advance(seconds=2)
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10}, key="one")
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10}, key="one")
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 99})
    till.advance(minutes=30)
    till.refund(payment_id)
    # A notification that is sent again stands in the diagram: none is while one looks.
    till.control("PUT", "/clock", {"scale": 0})
    assert until(lambda: attempts(till) == attempts(till, after=0.3) and all(attempts(till)))
    return payment_id


def attempts(till: Till, after: float = 0.0) -> list[int]:
    """How often each notification has been sent, so many seconds later."""
    time.sleep(after)
    found = till.control("GET", "/notifications")["notifications"]
    return [len(each["attempts"]) for each in found]


@pytest.fixture
def path(payment_id: str) -> str:
    return f"/page/timeline?paymentId={payment_id}"


def moment(browser: Browser) -> str | None:
    """The moment that the URL names."""
    query = parse_qs(urlsplit(browser.driver.current_url).query)
    return query.get("moment", [None])[0]


def here(browser: Browser) -> list[str]:
    """The rows that are marked as the moment looked at."""
    return [each.get_attribute("id") for each in browser.all(f"{ROWS}.here")]


def has_grown(browser: Browser) -> bool:
    """Whether the call to cancel, and its refusal, stand in it."""
    words = [each.text for each in browser.all(ROWS)]
    return any("CancelPayment" in each for each in words) and "409" in words[-1]


def later(browser: Browser) -> int:
    return len(browser.all(f"{ROWS}.later"))


def test_a_diagram_is_what_a_timeline_shows_first_and_the_table_is_behind_it(
    browser: Browser, path: str
) -> None:
    browser.open(path)
    browser.one("#sequence svg.flow[role=group] > title")
    assert not browser.all("#entries")
    browser.press("main nav a[href*='view=table']")
    browser.one("#entries .entry.call")
    assert not browser.all("#sequence")


def test_lost_answers_ties_cuts_and_states_are_in_it(browser: Browser, path: str) -> None:
    browser.open(path)
    for what in (".answer.lost .break", ".tie", ".cut.jump", ".state .shape path", ".act .wire"):
        assert browser.all(f"#sequence .flow {what}"), what


def test_buttons_and_slider_walk_through_it(browser: Browser, path: str) -> None:
    browser.open(path)
    count = len(browser.all(ROWS))
    assert (here(browser), later(browser)) == ([], 0)
    browser.press("[data-to=first]")
    assert here(browser) == [browser.all(ROWS)[0].get_attribute("id")]
    assert later(browser) == count - 1
    browser.press("[data-to=after]")
    browser.sees("#moment-says", f"2 of {count}")
    slider = browser.one("#moment")
    slider.send_keys(Keys.ARROW_RIGHT)
    browser.sees("#moment-says", f"3 of {count}")
    assert slider.get_attribute("aria-valuetext") == browser.text("#moment-says")
    slider.send_keys(Keys.END)
    assert (here(browser), later(browser), moment(browser)) == ([], 0, None)


def test_arrow_keys_walk_through_it(browser: Browser, path: str) -> None:
    browser.open(path)
    keys = (Keys.HOME, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_UP)
    for key, place in zip(keys, (0, 1, 2, 1), strict=True):
        browser.one("body").send_keys(key)
        assert here(browser) == [browser.all(ROWS)[place].get_attribute("id")]


def test_arrow_keys_in_a_field_are_left_alone(browser: Browser, path: str) -> None:
    browser.open(path)
    browser.one("#sandbox-name").send_keys(Keys.ARROW_LEFT, Keys.HOME)
    assert here(browser) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_slider_and_words_stay_in_sight_while_a_long_diagram_is_walked_through(
    browser: Browser, till: Till, width: int
) -> None:
    payment_id = till.reserved()
    for _ in range(20):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 99})
        till.payment(payment_id)
    resize(browser, width, 800)
    try:
        browser.open(f"/page/timeline?paymentId={payment_id}")
        assert browser.script("return document.documentElement.scrollHeight") > 1600
        place = "return document.querySelector(arguments[0]).getBoundingClientRect().top"
        browser.press("#scrubber [data-to=before]")
        for what in ("#scrubber [data-to=before]", "#moment-says", ".row.here"):
            assert 0 <= browser.script(place, what) < 800, what
        before = browser.script(place, "#scrubber [data-to=before]")
        browser.press("#scrubber [data-to=before]")
        assert browser.script(place, "#scrubber [data-to=before]") == before
        hit = "const at = document.querySelector('.row.here').getBoundingClientRect(); return document.querySelector('#scrubber').getBoundingClientRect().bottom <= at.top"
        assert browser.script(hit)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_moment_has_a_url_that_leads_back_to_it(browser: Browser, path: str) -> None:
    browser.open(path)
    browser.press("[data-to=before]")
    browser.press("[data-to=before]")
    chosen, url, said = here(browser), browser.driver.current_url, browser.text("#moment-says")
    assert chosen == [f"m-{moment(browser)}"]
    browser.open("/")
    browser.driver.get(url)
    browser.sees("#moment-says", said)
    assert here(browser) == chosen


def test_the_url_of_a_moment_leads_to_its_payment_after_newer_ones(
    browser: Browser, till: Till
) -> None:
    payment_id = till.captured(orderId="older")
    browser.open("/page/timeline")
    browser.one("body").send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    chosen, url, said = here(browser), browser.driver.current_url, browser.text("#moment-says")
    assert chosen
    till.captured(orderId="newer")
    browser.driver.get(url)
    browser.sees("#moment-says", said)
    assert here(browser) == chosen
    assert payment_id in browser.driver.current_url


@pytest.mark.parametrize("view", ["", "?view=table"])
def test_the_url_of_a_timeline_from_the_menu_leads_to_its_payment_after_newer_ones(
    browser: Browser, till: Till, view: str
) -> None:
    payment_id = till.captured(orderId="older")
    browser.open(f"/page/timeline{view}")
    browser.press("#entries a[hx-get]" if view else "#sequence a[id^='m-r']")
    browser.until(lambda: "request=" in browser.driver.current_url)
    till.captured(orderId="newer")
    browser.driver.refresh()
    browser.sees("#axis-title", "older")
    browser.one("#detail .facts")
    assert f"paymentId={payment_id}" in browser.driver.current_url


def test_a_moment_that_is_not_there_is_told(browser: Browser, path: str) -> None:
    browser.open(f"{path}&moment=e99999")
    browser.sees("#moment-says", "is not here")
    browser.press("[data-to=first]")
    assert "is not here" not in browser.text("#moment-says")
    browser.press("[data-to=now]")
    assert moment(browser) is None
    assert "is not here" not in browser.text("#moment-says")


def test_a_moment_is_marked_without_scripts_too(browser: Browser, till: Till, path: str) -> None:
    browser.open(path)
    key = str(browser.all(ROWS)[1].get_attribute("id"))
    page = till.http.get(f"{path}&moment={key.removeprefix('m-')}").text
    drawn = page[page.index(f'id="{key}"') :]
    assert drawn.split('class="')[1].split('"')[0].endswith(" here")
    assert page.count(" later") == len(browser.all(ROWS)) - 2


def test_it_grows_by_itself(browser: Browser, till: Till, payment_id: str, path: str) -> None:
    browser.open(path)
    till.call("POST", f"/payments/{payment_id}/cancel")
    browser.until(lambda: has_grown(browser))
    count = len(browser.all(ROWS))
    browser.sees("#moment-says", f"{count} of {count}")


def test_the_moment_looked_at_stays_while_it_grows(
    browser: Browser, till: Till, payment_id: str, path: str
) -> None:
    browser.open(path)
    browser.press("[data-to=first]")
    chosen, count = here(browser), later(browser)
    till.call("POST", f"/payments/{payment_id}/cancel")
    browser.until(lambda: has_grown(browser))
    assert later(browser) >= count + 2
    assert here(browser) == chosen


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_an_arrow_opens_its_exchange_and_why(browser: Browser, path: str, how: str) -> None:
    browser.open(path)
    selector = "#sequence .answer.bad"
    if how == "mouse":
        browser.press(f"{selector} .label")
    else:
        browser.script("document.querySelector(arguments[0]).focus()", selector)
        browser.one(selector).send_keys(Keys.ENTER)
    browser.sees("#detail", "1307")
    browser.sees("#detail", "curl -X POST")
    assert "/page/timeline" in browser.driver.current_url
    assert browser.all(f"{selector}[aria-current=true]")


#: What has the focus, and whether it is in the window.
FOCUS = """
const it = document.activeElement, {top, bottom} = it.getBoundingClientRect();
return [it.id || it.tagName, top >= 0 && bottom <= innerHeight];
"""


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
@pytest.mark.parametrize("width", [390, 1024])
def test_where_the_exchange_stands_above_one_is_led_to_it_and_back(
    browser: Browser, path: str, how: str, width: int
) -> None:
    selector = "#sequence .answer.bad"
    try:
        resize(browser, width, 800)
        browser.open(path)
        browser.script("document.querySelector(arguments[0]).focus()", selector)
        arrow, _ = browser.script(FOCUS)
        if how == "mouse":
            browser.press(f"{selector} .label")
        else:
            browser.one(selector).send_keys(Keys.ENTER)
        browser.sees("#detail", "1307")
        browser.until(lambda: browser.script(FOCUS) == ["H3", True])
        browser.press("#detail-card .to-list")
        browser.until(lambda: browser.script(FOCUS) == [arrow, True])
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_chosen_arrow_stays_marked_while_it_grows(
    browser: Browser, till: Till, payment_id: str, path: str
) -> None:
    browser.open(path)
    browser.press("#sequence .answer.lost .label")
    till.call("POST", f"/payments/{payment_id}/cancel")
    browser.until(lambda: has_grown(browser))
    browser.one("#sequence .answer.lost[aria-current=true]")


def test_every_call_is_reached_by_tab_and_named(browser: Browser, path: str) -> None:
    browser.open(path)
    names = browser.script(
        "return [...document.querySelectorAll('#sequence .flow a')]"
        ".map((each) => [each.tabIndex, each.textContent.trim()])"
    )
    assert len(names) >= 10
    assert [each for each in names if each[0] != 0 or not each[1]] == []


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_it_fits_and_its_text_is_not_small(browser: Browser, path: str, width: int) -> None:
    try:
        resize(browser, width, 900)
        browser.open(path)
        assert browser.script("return document.documentElement.scrollWidth") <= width
        sizes = browser.script(
            "return [...document.querySelectorAll('#sequence svg text')]"
            ".map((each) => parseFloat(getComputedStyle(each).fontSize))"
        )
        assert min(sizes) >= 12
        overlaps = browser.script(OVERLAPS)
        assert overlaps == []
        assert browser.script(SPILLING) == []
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


#: The states whose words are wider than their shape.
SPILLING = """
return [...document.querySelectorAll('#sequence .name')].filter((each) => {
  const [words, pill] = [each, each.parentElement.querySelector('.pill')].map((e) => e.getBoundingClientRect());
  return words.left < pill.left || words.right > pill.right;
}).map((each) => each.textContent);
"""
#: The pairs of labels that cover one another.
OVERLAPS = """
const boxes = [...document.querySelectorAll('#sequence text')]
  .filter((each) => each.textContent && getComputedStyle(each).display !== 'none')
  .map((each) => [each.textContent, each.getBoundingClientRect()]);
const found = [];
boxes.forEach(([one, a], index) => boxes.slice(index + 1).forEach(([other, b]) => {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (across > 1 && down > 4) found.push([one, other, across, down]);
}));
return found;
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", ["", "&moment=MIDDLE", "&view=table"])
def test_axe_finds_nothing_serious_in_any_view_of_it(
    browser: Browser, path: str, view: str, theme: str
) -> None:
    media = [{"name": "prefers-color-scheme", "value": theme}]
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    browser.open(path)
    middle = str(browser.all(ROWS)[4].get_attribute("id")).removeprefix("m-")
    browser.open(path + view.replace("MIDDLE", middle))
    found = problems(browser)
    browser.driver.get_log("browser")
    assert not found, found


def test_it_is_printed_light_and_alone(browser: Browser, path: str) -> None:
    browser.open(path)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        for hidden in (".top", ".views", "#scrubber", "#detail-card"):
            assert not browser.one(hidden).is_displayed()
        assert browser.one("#sequence svg.flow").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_three_hundred_events_are_still_a_small_page(till: Till) -> None:
    payment_id = till.reserved()
    for number in range(150):
        till.call("GET", f"/payments/{payment_id}")
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 1000 + number})
    for view in ("", "&view=table"):
        page = till.http.get(f"/page/timeline?paymentId={payment_id}{view}").content
        assert len(page) < 200_000, (view, len(page))
    assert (
        b"The newest 240 entries" in till.http.get(f"/page/timeline?paymentId={payment_id}").content
    )


def test_a_chosen_call_is_in_the_url_and_stays_in_the_other_way_to_look(
    browser: Browser, path: str
) -> None:
    browser.open(path)
    row = browser.one("#sequence .answer.bad")
    number = str(row.get_attribute("id")).removeprefix("m-a")
    browser.press("[data-to=before]")
    looked_at = moment(browser)
    browser.press("#sequence .answer.bad .label")
    browser.until(lambda: f"request={number}" in browser.driver.current_url)
    browser.press(".ways a[href*='view=table']")
    browser.sees("#detail", "1307")
    browser.one(f"#entries a[aria-current][href$='/requests/{number}']")
    browser.press("#entries .entry.call a")
    browser.sees("#detail", "InitiatePayment")
    first = browser.text("#entries .entry.call a .mono").removeprefix("#")
    assert f"request={first}" in browser.driver.current_url
    assert len(browser.all("#entries a[aria-current]")) == 1
    browser.press(".ways a:first-child")
    browser.one(f"#sequence #m-r{first}[aria-current]")
    browser.sees("#detail", "InitiatePayment")
    assert moment(browser) == looked_at


#: Where the chosen row stands in the window, and whether it has the focus.
PLACE = """
const it = document.querySelector(arguments[0]);
return [Math.round(it.getBoundingClientRect().top), it.contains(document.activeElement)];
"""


CLICK = """
const click = new MouseEvent("click", {bubbles: true, cancelable: true});
document.querySelector(arguments[0]).dispatchEvent(click);
"""


@pytest.mark.parametrize("width", [1024, 1440])
@pytest.mark.parametrize("view", ["", "&view=table"])
def test_back_undoes_the_choice_of_a_call_and_moments_are_no_steps(
    browser: Browser, path: str, view: str, width: int
) -> None:
    try:
        resize(browser, width, 500)
        browser.open("/page/runs")
        browser.open(path + view)
        row = "#sequence .answer.bad"
        if view:
            last = "return [...document.querySelectorAll('#entries a[hx-get]')].at(-1)"
            href = browser.script(f"{last}.getAttribute('href')")
            row = f"#entries a[href='{href}']"
        else:
            browser.press("[data-to=before]")
        browser.script(
            "document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", row
        )
        url = browser.driver.current_url
        top, _ = browser.script(PLACE, row)
        # A driver's own press scrolls before.
        browser.script(CLICK, row)
        browser.until(lambda: "request=" in browser.driver.current_url)
        browser.sees("#detail", "As curl")
        browser.driver.back()
        browser.until(lambda: browser.driver.current_url == url)
        browser.until(lambda: browser.script(PLACE, row) == [top, True])
        browser.sees("#detail", "Choose a call")
        browser.driver.forward()
        browser.sees("#detail", "As curl")
        browser.driver.back()
        browser.sees("#detail", "Choose a call")
        browser.driver.back()
        browser.sees("main h1", "Runs")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("view", ["", "&view=table"])
def test_each_step_back_leaves_the_focus_at_the_call_that_was_chosen(
    browser: Browser, path: str, view: str
) -> None:
    browser.open(path + view)
    links = browser.all("#entries a[hx-get]" if view else "#sequence a[id^='m-r']")[:2]
    chosen = [str(each.get_attribute("id")) for each in links]
    for each in chosen:
        press_key(browser, f"#{each}", Keys.ENTER)
        number = each.rpartition("-")[2].removeprefix("r")
        browser.until(lambda wanted=number: f"request={wanted}" in browser.driver.current_url)
        browser.one("#detail .facts")
    for each in reversed(chosen):
        browser.driver.back()
        browser.until(lambda wanted=each: focused(browser) == wanted)


def test_a_walk_through_the_moments_keeps_the_call_in_the_url(browser: Browser, path: str) -> None:
    browser.open(path)
    browser.press("#sequence .answer.bad .label")
    browser.until(lambda: "request=" in browser.driver.current_url)
    browser.press("[data-to=first]")
    assert "request=" in browser.driver.current_url
    browser.sees("#detail", "1307")


def test_a_chosen_call_that_is_gone_is_said(browser: Browser, path: str) -> None:
    browser.open(f"{path}&request=4711")
    browser.sees("#detail", "4711")
    browser.one("#sequence svg.flow")


def test_keys_go_on_from_the_buttons(browser: Browser, path: str) -> None:
    browser.open(path)
    browser.press("[data-to=first]")
    button = browser.one("[data-to=first]")
    assert browser.script("return document.activeElement === arguments[0]", button)
    button.send_keys(Keys.ARROW_RIGHT)
    assert here(browser) == [browser.all(ROWS)[1].get_attribute("id")]
    button.send_keys(Keys.END)
    assert (here(browser), later(browser)) == ([], 0)


@pytest.mark.parametrize("of", ["payment", "point of sale"])
def test_it_needs_no_more_room_than_there_is(
    browser: Browser, till: Till, payment_id: str, path: str, of: str
) -> None:
    pos_id = till.control("GET", f"/timeline?paymentId={payment_id}")["posId"]
    try:
        resize(browser, 1440, 900)
        browser.open(path if of == "payment" else f"/page/timeline?posId={pos_id}")
        browser.one("#sequence svg.flow")
        assert not browser.all("#sequence .sequence.wide")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_states_at_a_point_of_sale_are_told_by_their_order_ids(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    payment_id = till.captured(pos_id, orderId="A-17")
    till.refund(payment_id, refundOrderId="R-17")
    till.reserved(pos_id, orderId="2026-11-29/till-1/0001")
    browser.open(f"/page/timeline?posId={pos_id}")
    names = [each.text for each in browser.all("#sequence .name")]
    assert "Order A-17: Captured" in names
    assert "Order 2026-11-…l-1/0001: Reserved" in names
    browser.open(f"/page/timeline?paymentId={payment_id}")
    names = [each.text for each in browser.all("#sequence .name")]
    assert "Captured" in names
    assert [each for each in names if each.startswith("Refund R-17: ")]
    svg = till.http.get(f"/_simulator/timeline?paymentId={payment_id}&format=svg").text
    assert f'<title id="seq-title">Order A-17, payment {payment_id}</title>' in svg


#: The first row whose text has several lines, and its lines.
LINES = """
const rows = [...document.querySelectorAll('#sequence .flow .row')]
  .map((row) => [row.id, [...row.querySelectorAll(".label")].filter((each) => !each.querySelector("tspan"))])
  .filter(([, lines]) => lines.length > 1);
return rows.map(([id, lines]) => [id, lines.map((each) => each.textContent).join("|")])[0];
"""


def test_the_lines_of_one_text_are_told_as_one_sentence(browser: Browser, till: Till) -> None:
    name = "the-customer-takes-their-time-and-pays"
    text = b"summary: Slow.\nsteps:\n  - {after: 9s, do: check-in}\n"
    assert till.http.put(f"/_simulator/scenarios/{name}", content=text).is_success
    payment_id = till.initiate(till.create_pos(), scenario=name)
    path = f"/page/timeline?paymentId={payment_id}"
    browser.open(path)
    browser.until(lambda: browser.script(LINES))
    row, lines = browser.script(LINES)
    assert "-|" in lines
    browser.open(f"{path}&moment={row.removeprefix('m-')}")
    browser.sees("#moment-says", f"· scenario {name} starts · ")
