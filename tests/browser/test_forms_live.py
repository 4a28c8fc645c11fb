"""Forms with JavaScript: what is refused stays typed, and a press's words go with the next press."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from mobilepay_simulator.testing.sweep.reports import as_json
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.screenshots import resize
from tests.browser.test_next_step import AFTER_A_FRAME, in_sight
from tests.support import Till
from tests.testing.sweep.test_reports import SWEPT


@pytest.fixture
def pos_id(browser: Browser, till: Till) -> str:
    """A point of sale whose till is open."""
    pos_id = till.create_pos()
    browser.open(f"/page/till?pos={pos_id}")
    return pos_id


def test_a_refused_value_stays_beside_its_error(browser: Browser, till: Till, pos_id: str) -> None:
    browser.fill("#balance", "much")
    browser.press("#set-balance")
    browser.sees("#faults-result [role=alert]", "Balance")
    # Somebody else changes something, so that the conditions are fetched again.
    till.control("PUT", "/polling", {"delay": 7})
    till.control("POST", "/faults", {"call": "Token", "fault": "500"})
    browser.until(lambda: browser.one("#poll-delay").get_attribute("value") == "7")
    assert browser.one("#balance").get_attribute("value") == "much"


@pytest.mark.parametrize(("field", "button"), [("#scale", "#set-scale"), ("#seconds", "#advance")])
def test_a_refused_value_and_its_error_are_marked_and_go_together(
    browser: Browser, field: str, button: str
) -> None:
    browser.open("/page/clock")
    before = browser.one(field).get_attribute("value")
    browser.fill(field, "abc")
    browser.press(button)
    browser.sees("#clock-result [role=alert]", "expected a")
    browser.until(lambda: browser.one(field).get_attribute("aria-invalid") == "true")
    assert browser.one(field).get_attribute("aria-describedby") == "clock-result"
    browser.press("#pause")
    browser.sees("#clock-result", "time stood still")
    browser.until(lambda: browser.one(field).get_attribute("aria-invalid") is None)
    assert browser.one(field).get_attribute("value") in (before, "0")


def test_the_error_of_a_refused_value_goes_once_another_is_typed(browser: Browser) -> None:
    browser.open("/page/clock")
    browser.fill("#seconds", "-3")
    browser.press("#advance")
    browser.sees("#clock-result [role=alert]", "How far")
    browser.one("#seconds").send_keys("0")
    browser.until(lambda: browser.one("#clock-result").text == "")
    assert browser.one("#seconds").get_attribute("aria-invalid") is None


def test_an_answer_that_is_late_is_told_to_be_awaited(
    browser: Browser, till: Till, pos_id: str
) -> None:
    late = "summary: Late.\nfaults:\n  - {call: InitiatePayment, delay: 2s}\n"
    till.http.put("/_simulator/scenarios/late", content=late)
    till.control("POST", "/scenarios/next", {"scenario": "late"})
    browser.press("#act-start")
    browser.sees("#said", "Waiting for the answer")
    browser.sees("#till-result", "Start")
    browser.until(lambda: browser.one("#said").text == "")


def test_one_press_is_sent_however_often_enter_is_pressed_before_its_answer(
    browser: Browser, till: Till, pos_id: str
) -> None:
    late = "summary: Late.\nfaults:\n  - {call: InitiatePayment, delay: 1500ms}\n"
    till.http.put("/_simulator/scenarios/late", content=late)
    till.control("POST", "/scenarios/next", {"scenario": "late"})
    browser.script("arguments[0].focus()", browser.one("#act-start"))
    for _ in range(3):
        browser.one("#act-start").send_keys(Keys.ENTER)
    browser.sees("#said", "Waiting for the answer")
    browser.sees("#glance", "Start 200")
    # Its answer is there, so the next press is another one.
    browser.until(lambda: browser.one("#said").text == "")
    browser.press("#act-start")
    browser.sees("#glance", "Start 409")
    calls = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    assert sorted(each["answer"]["status"] for each in calls) == [200, 409]


def test_a_reset_says_so_and_leaves_the_focus_at_the_content(browser: Browser, till: Till) -> None:
    till.create_pos()
    browser.open("/")
    browser.press("form[action$='/page/sandbox/reset'] button")
    browser.driver.switch_to.alert.accept()
    browser.sees("#said", "was reset")
    assert browser.script("return document.activeElement.id") == "main"


def test_a_reset_that_is_not_confirmed_says_nothing(browser: Browser, till: Till) -> None:
    till.create_pos()
    browser.open("/")
    browser.press("form[action$='/page/sandbox/reset'] button")
    browser.driver.switch_to.alert.dismiss()
    browser.open("/")
    assert browser.one("#said").text == ""


def test_what_a_press_said_goes_with_the_next_press(browser: Browser, pos_id: str) -> None:
    browser.press("#fault-CapturePayment-lost")
    browser.sees("#faults-result", "Done. The next CapturePayment")
    browser.press("#act-start")
    browser.sees("#till-result", "Start")
    assert browser.one("#faults-result").text == ""


def test_the_pace_that_is_set_is_marked_at_once(browser: Browser) -> None:
    browser.open("/page/clock")
    browser.press("#faster")
    browser.until(lambda: browser.one("#faster").get_attribute("aria-pressed") == "true")
    assert browser.one("#pause").get_attribute("aria-pressed") == "false"
    browser.until(lambda: browser.one("#scale").get_attribute("value") == "60")


def test_the_theme_goes_back_to_the_systems(browser: Browser) -> None:
    browser.open("/page/clock")
    theme = "return document.documentElement.dataset.theme ?? 'system'"
    for following in ("light", "dark", "system"):
        browser.press("[data-theme-switch]")
        assert browser.script(theme) == following
        browser.sees("#said", f"Theme: {following}")
        browser.open("/page/clock")
        assert browser.script(theme) == following


def test_a_chosen_file_is_shown_at_once_and_can_be_cut_to_its_failures(
    browser: Browser, tmp_path: Path
) -> None:
    open_sweep(browser, tmp_path)
    rows = browser.all("#swept .swept tbody tr")
    assert [each.is_displayed() for each in rows].count(True) == 6
    browser.press("#only-failures")
    assert [each.is_displayed() for each in rows].count(True) == 3


@pytest.fixture
def tab(browser: Browser) -> Iterator[Browser]:
    """The browser with a tab of its own: a full history loses places that nobody has clicked at."""
    driver, first = browser.driver, browser.driver.current_window_handle
    driver.switch_to.new_window("tab")
    yield browser
    driver.close()
    driver.switch_to.window(first)


def test_back_and_a_reload_show_the_sweep_again(tab: Browser, tmp_path: Path) -> None:
    open_sweep(tab, tmp_path, scenario="instant")
    path = "/page/sweep/"
    tab.press("#swept a[href$='/page/scenarios/instant']")
    tab.sees("h1", "instant")
    tab.driver.back()
    tab.sees("#sweep-title", "6 runs")
    tab.driver.refresh()
    tab.sees("#sweep-title", "6 runs")
    assert path in tab.driver.current_url
    tab.driver.back()
    tab.until(lambda: path not in tab.driver.current_url)
    tab.sees("h1", "Sweep results")
    assert not tab.all("#sweep-title")


def test_the_matrix_of_a_sweep_leads_to_a_run_and_its_calls(
    browser: Browser, tmp_path: Path
) -> None:
    open_sweep(browser, tmp_path)
    browser.press("#sweep-matrix a")
    browser.press("#run-1:target details summary")
    assert browser.one("#run-1 .calls, #run-1 details p").is_displayed()


@pytest.mark.parametrize("is_by_keyboard", [False, True])
def test_back_from_a_run_leads_to_the_verdict_that_was_left_in_sight(
    tab: Browser, tmp_path: Path, is_by_keyboard: bool
) -> None:
    resize(tab, 1024, 500)
    try:
        open_sweep(
            tab, tmp_path, requestLog=["#9 POST /pos/v10/payments -> 200"], advice="See request 9."
        )
        verdict = "#sweep-matrix a[href='#run-1']"
        if is_by_keyboard:
            tab.one(verdict).send_keys(Keys.ENTER)
        else:
            tab.press(verdict)
        tab.until(lambda: focused(tab) == "run-1")
        tab.press("a[href='#run-1-call-9']")
        tab.until(lambda: focused(tab) == "run-1-call-9")
        href = "return document.activeElement.getAttribute('href')"
        for left in ("#run-1-call-9", "#run-1"):
            tab.driver.back()
            tab.until(lambda left=left: tab.script(href) == left)
            tab.driver.execute_async_script(AFTER_A_FRAME)
            in_sight(tab)
        assert tab.script("return document.activeElement.closest('#sweep-matrix') !== null")
        tab.driver.forward()
        tab.until(lambda: tab.script(href) == "#run-1-call-9")
        in_sight(tab)
    finally:
        tab.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_filter_gives_way_to_the_run_that_a_cell_leads_to(
    browser: Browser, tmp_path: Path
) -> None:
    open_sweep(browser, tmp_path)
    for _ in range(2):
        # The second time the URL leads to the run already.
        browser.press("#only-failures")
        assert not browser.one("#run-3").is_displayed()
        browser.press("#sweep-matrix a[href='#run-3']")
        browser.until(lambda: focused(browser) == "run-3")
        assert browser.one("#run-3").is_displayed()
        assert not browser.one("#only-failures").is_selected()
        browser.sees("#said", "“Only failures” is off")
    browser.press("#only-failures")
    browser.press("#sweep-matrix a[href='#run-1']")
    browser.until(lambda: focused(browser) == "run-1")
    assert browser.one("#only-failures").is_selected()


def test_the_number_of_a_call_opens_the_calls_and_leads_to_it(
    browser: Browser, tmp_path: Path
) -> None:
    open_sweep(
        browser, tmp_path, requestLog=["#9 POST /pos/v10/payments -> 200"], advice="See request 9."
    )
    browser.press("a[href='#run-1-call-9']")
    browser.until(lambda: focused(browser) == "run-1-call-9")
    assert browser.one("#run-1-call-9").is_displayed()


def test_no_rule_is_below_the_last_row_of_the_matrix(browser: Browser, tmp_path: Path) -> None:
    open_sweep(browser, tmp_path)
    ruled = (
        "return [...arguments[0].children].map((each) => getComputedStyle(each).borderBottomWidth)"
    )
    rows = browser.all("#sweep-matrix tbody tr")
    assert set(browser.script(ruled, rows[0])) == {"1px"}
    assert set(browser.script(ruled, rows[-1])) == {"0px"}


def test_a_file_that_is_too_large_is_named_with_its_limit(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "huge sweep.json"
    file.write_text(" " * 1_100_000)
    browser.open("/page/sweep")
    browser.one("#sweep-file").send_keys(str(file))
    browser.sees("#sweep-refusal [role=alert]", "huge sweep.json is too large: 1,100,")
    browser.sees("#sweep-refusal [role=alert]", "reads at most 1,048,576")


def test_results_stay_while_another_file_is_refused(browser: Browser, tmp_path: Path) -> None:
    open_sweep(browser, tmp_path)
    assert not browser.one("#sweep-file").is_displayed()
    browser.press("#another-file > summary")
    file = tmp_path / "other.json"
    file.write_text("{}")
    browser.one("#sweep-file").send_keys(str(file))
    browser.sees("#sweep-refusal [role=alert]", "other.json: simulator: is missing")
    browser.sees("#sweep-title", "6 runs")


def open_sweep(browser: Browser, folder: Path, **of_first_run: object) -> None:
    """Shows the results of a sweep; `scenario` is the sweep's, all else is of its first run."""
    results = json.loads(as_json(SWEPT))
    results["scenario"] = of_first_run.pop("scenario", None)
    results["runs"][0].update(of_first_run)
    file = folder / "sweep.json"
    file.write_text(json.dumps(results))
    browser.open("/page/sweep")
    browser.one("#sweep-file").send_keys(str(file))
    browser.sees("#sweep-title", "6 runs")


def focused(browser: Browser) -> str:
    """The id of what has the focus."""
    return str(browser.script("return document.activeElement.id"))
