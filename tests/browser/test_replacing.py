"""Scenarios of one name in the editor: none is replaced unasked, and own ones can be deleted."""

import pytest
from selenium.webdriver.support.expected_conditions import alert_is_present
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.driver import Browser
from tests.browser.editing import Editor
from tests.browser.screenshots import resize
from tests.browser.test_accessibility import problems
from tests.support import Till

THEIRS = "summary: Theirs.\nsteps:\n  - after: 1s\n    do: check-in\n"
MINE = "summary: Mine.\nsteps:\n  - after: 1s\n    do: check-in\n"


@pytest.fixture(autouse=True)
def theirs(browser: Browser, till: Till) -> None:
    """A scenario is in the sandbox, and nothing unsaved in the browser."""
    put(till, THEIRS)
    browser.open("/page/clock")
    browser.script("localStorage.clear()")


def put(till: Till, text: str, name: str = "taken") -> None:
    assert till.http.put(f"/_simulator/scenarios/{name}", content=text).status_code == 200


def kept(till: Till) -> str:
    return str(till.control("GET", "/scenarios/taken")["yaml"])


def test_a_new_scenario_replaces_one_of_its_name_only_once_that_is_chosen(
    browser: Browser, till: Till
) -> None:
    editor = Editor(browser)
    browser.fill("#name", "taken")
    browser.sees("#same-name", "taken")
    editor.write(MINE)
    browser.press("#save")
    browser.sees("#mistake del", "Theirs")
    browser.sees("#mistake ins", "Mine")
    assert kept(till) == THEIRS
    assert not problems(browser)
    browser.press("#replace")
    browser.sees("main h1", "taken")
    assert kept(till) == MINE


def test_what_somebody_saved_meanwhile_is_not_replaced_unasked(
    browser: Browser, till: Till
) -> None:
    editor = Editor(browser, "/page/scenarios/taken/edit")
    editor.write(MINE)
    later = THEIRS.replace("1s", "2s")
    put(till, later)
    browser.press("#save")
    browser.sees("#mistake", "changed since you opened it")
    assert kept(till) == later
    put(till, THEIRS)
    browser.press("#replace")
    browser.sees("#mistake ins", "Mine")
    assert kept(till) == THEIRS
    browser.until(lambda: "2s" not in browser.one("#mistake").text)
    browser.press("#replace")
    browser.sees("main h1", "taken")
    assert kept(till) == MINE


@pytest.mark.parametrize("width", [390, 1280])
def test_a_difference_is_shown_line_by_line_inside_its_box(
    browser: Browser, till: Till, width: int
) -> None:
    put(till, f"summary: {'Theirs. ' * 40}\nsteps: []\n\n# end\n")
    resize(browser, width, 844)
    try:
        editor = Editor(browser)
        browser.fill("#name", "taken")
        editor.write(MINE)
        browser.press("#save")
        box = browser.one("#mistake .differs")
        rows = browser.script(
            "return [...arguments[0].children].map((each) => {"
            " const r = each.getBoundingClientRect(); return [r.left, r.top, r.height]; })",
            box,
        )
        inner, outer = browser.script(
            "return [arguments[0].getBoundingClientRect().right,"
            " document.querySelector('#mistake').getBoundingClientRect().right]",
            box,
        )
        page = browser.script("return document.documentElement.scrollWidth")
        own = browser.script("return arguments[0].scrollWidth - arguments[0].clientWidth", box)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert box.text.splitlines()[0].startswith("@@")
    assert len({left for left, _, _ in rows}) == 1
    assert [top for _, top, _ in rows] == sorted({top for _, top, _ in rows})
    line = min(height for _, _, height in rows)
    # A long line is wrapped.
    assert {round(height / line, 1) % 1 for _, _, height in rows} == {0}
    assert max(height for _, _, height in rows) > line
    assert inner <= outer
    assert page <= width
    assert own == 0


def test_a_draft_of_a_scenario_that_was_changed_since_asks_as_well(
    browser: Browser, till: Till
) -> None:
    Editor(browser, "/page/scenarios/taken/edit").write(MINE)
    browser.open("/page/clock")
    later = THEIRS.replace("1s", "2s")
    put(till, later)
    Editor(browser, "/page/scenarios/taken/edit")
    browser.press("#save")
    browser.sees("#mistake", "changed since you opened it")
    assert kept(till) == later


def test_the_scenario_that_was_opened_is_saved_without_a_question(
    browser: Browser, till: Till
) -> None:
    editor = Editor(browser, "/page/scenarios/taken/edit")
    assert not browser.all("#same-name")
    editor.write(MINE)
    browser.press("#save")
    browser.sees("main .axis", "the client starts the payment")
    assert kept(till) == MINE


def test_a_shipped_scenario_is_hidden_only_once_that_is_chosen(
    browser: Browser, till: Till
) -> None:
    editor = Editor(browser)
    browser.fill("#name", "rejection")
    browser.sees("#same-name", "hides the shipped scenario")
    assert browser.one("#name").get_attribute("aria-invalid") is None
    editor.write(MINE)
    browser.press("#save")
    browser.sees("#mistake", "hides it in this sandbox")
    assert not till.control("GET", "/scenarios/rejection")["uploaded"]
    browser.press("#replace")
    browser.sees("main h1", "rejection")
    browser.sees("#hides", "It hides the shipped scenario")
    assert till.control("GET", "/scenarios/rejection")["uploaded"]
    browser.open("/page/scenarios/taken")
    assert not browser.all("#hides")


def test_the_default_scenario_is_hidden_only_once_that_is_chosen(
    browser: Browser, till: Till
) -> None:
    default = till.control("GET", "/scenarios")["default"]
    shipped = till.control("GET", f"/scenarios/{default}")["yaml"]
    editor = Editor(browser)
    browser.fill("#name", default)
    browser.sees("#same-name", "by default")
    editor.write(MINE)
    browser.press("#save")
    browser.sees("#mistake ins", "Mine")
    browser.sees("#mistake", "by default")
    assert till.control("GET", f"/scenarios/{default}")["yaml"] == shipped
    browser.press("#replace")
    browser.sees("main h1", default)
    assert till.control("GET", f"/scenarios/{default}")["uploaded"]


def test_runs_of_what_had_the_name_before_are_told_as_such(browser: Browser, till: Till) -> None:
    till.initiate(till.create_pos(), scenario="rejection")
    put(till, MINE, "rejection")
    browser.open("/page/scenarios/rejection")
    browser.sees("#its-runs", "R1")
    browser.sees("section[aria-labelledby=runs-title]", "Runs of this name")
    browser.open("/page/scenarios/success")
    browser.sees("#runs-title", "Its runs")


def test_without_javascript_it_is_asked_as_well(browser: Browser, till: Till) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.driver.get(f"{browser.base}/page/new-scenario")
        browser.fill("#name", "taken")
        browser.fill("#yaml", MINE)
        browser.press("#save")
        browser.sees("#mistake ins", "Mine")
        assert kept(till) == THEIRS
        browser.press("#replace")
        browser.sees("main h1", "taken")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert kept(till) == MINE


@pytest.mark.parametrize("path", ["/page/scenarios/taken", "/page/scenarios/taken/edit"])
def test_a_scenario_of_the_sandbox_is_deleted_once_that_is_confirmed(
    browser: Browser, till: Till, path: str
) -> None:
    browser.open(path)
    browser.press("#delete")
    WebDriverWait(browser.driver, 10).until(alert_is_present())
    browser.driver.switch_to.alert.dismiss()
    assert kept(till) == THEIRS
    browser.press("#delete")
    WebDriverWait(browser.driver, 10).until(alert_is_present())
    browser.driver.switch_to.alert.accept()
    browser.sees("main h1", "Scenarios")
    assert till.http.get("/_simulator/scenarios/taken").status_code == 404


def test_a_shipped_scenario_has_nothing_to_delete_it_with(browser: Browser) -> None:
    browser.open("/page/scenarios/success")
    assert not browser.all("#delete")
