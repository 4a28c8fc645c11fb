"""The scenario editor: what helps while one writes, by mouse and by keyboard."""

import time

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.editing import SETTLED, Editor
from tests.browser.screenshots import resize
from tests.browser.test_accessibility import problems
from tests.browser.test_focus import focused
from tests.support import Till

RIGHT = "summary: Nobody comes.\nsteps:\n  - after: 1s\n    do: check-in\n"
WRONG = "summary: Wrong.\nsteps:\n  - do: check-in\n  - do: acept\n"


@pytest.fixture(autouse=True)
def no_drafts(browser: Browser) -> None:
    """The test begins with nothing unsaved."""
    browser.open("/page/clock")
    browser.script("localStorage.clear()")


def test_lines_are_numbered_and_the_policy_of_the_page_stays_as_strict(
    browser: Browser, till: Till
) -> None:
    editor = Editor(browser)
    editor.write(RIGHT)
    numbers = [each.text for each in editor.all(".cm-lineNumbers .cm-gutterElement")]
    assert [each for each in numbers if each][-5:] == ["1", "2", "3", "4", "5"]
    policy = till.http.get("/page/new-scenario").headers["Content-Security-Policy"]
    assert "style-src 'self';" in policy


def test_a_mistake_is_marked_in_its_line_while_one_writes(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write(WRONG)
    browser.until(lambda: editor.all(".cm-lintRange-error"))
    assert len(editor.all(".cm-lint-marker-error")) == 1
    browser.sees("#checked", "Line 4")
    browser.press("#checked [data-line='4']")
    assert editor.line() == "4"
    editor.write(RIGHT)
    browser.until(lambda: not editor.all(".cm-lintRange-error"))


def test_the_keyboard_reaches_each_mistake(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write("summary: Wrong.\nsteps:\n  - do: acept\n  - do: rejekt\n")
    browser.until(lambda: len(browser.all("#checked [data-line] a")) == 2)
    for line in ("3", "4"):
        link = browser.one(f"#checked [data-line='{line}'] a")
        browser.script("arguments[0].focus()", link)
        link.send_keys(Keys.ENTER)
        assert editor.line() == line
        assert browser.script("return document.activeElement.id") == "editor"
    assert "#yaml" not in browser.driver.current_url
    for line in ("3", "4"):
        editor.type(Keys.F8)
        assert editor.line() == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("summary: x\nsteps: [", "2"),
        ("summary: x\nsteps: [\n", "2"),
        ("summary: x\nsteps:\n  - do: check-in\nfoo", "4"),
        ("steps:\n  - {do: check-in\n\n", "2"),
        ("summary: x\nsteps:\n  - do: ", "3"),
        ("summary: x\nfaults: [{call: GetPos\nsteps: []\n", "2"),
        ("summary x\nsteps: []\n", "1"),
    ],
)
def test_the_words_about_a_mistake_and_its_mark_name_one_line(
    browser: Browser, text: str, line: str
) -> None:
    editor = Editor(browser)
    editor.write(text)
    browser.sees("#checked", f"Line {line}")
    (dot,) = browser.until(lambda: editor.all(".cm-lint-marker-error"))
    beside = "[...arguments[0].querySelectorAll('.cm-lineNumbers .cm-gutterElement')]"
    at = "arguments[1].parentElement.getBoundingClientRect().top"
    find = f"return {beside}.find((each) => each.getBoundingClientRect().top === {at}).textContent"
    assert browser.script(find, editor.all(".cm-gutters")[0], dot) == line


def test_a_preview_of_wrong_text_names_the_line_and_no_file(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write(WRONG)
    browser.press("#draw")
    browser.sees("#preview", "Nothing is drawn")
    browser.sees("#checked", "Line 4 · steps[1].do unknown action 'acept'")
    assert "unnamed" not in browser.text("main")


def test_a_refusal_goes_once_its_mistake_is_mended(browser: Browser) -> None:
    editor = Editor(browser)
    browser.fill("#name", "mended")
    editor.write(WRONG)
    browser.press("#save")
    browser.sees("#mistake", "line 4 is wrong")
    browser.press("#draw")
    browser.sees("#preview", "Nothing is drawn while there is a mistake.")
    editor.write(RIGHT)
    browser.sees("#checked", "No mistakes.")
    assert not browser.all("#mistake")
    browser.sees("#preview", "Preview draws it here")


def times(browser: Browser, words: str) -> int:
    """How often words stand in the content of the page that is shown."""
    return str(browser.script("return document.querySelector('main').innerText")).count(words)


def test_one_mistake_stands_once_whatever_is_pressed(browser: Browser) -> None:
    editor = Editor(browser)
    browser.fill("#name", "mine")
    editor.write(WRONG)
    for press, place, words in (
        ("#save", "#mistake", "Nothing was saved: line 4 is wrong."),
        ("#draw", "#preview", "Nothing is drawn while there is a mistake."),
        ("#save", "#mistake", "Nothing was saved: line 4 is wrong."),
    ):
        browser.press(press)
        browser.sees(place, words)
        browser.until(lambda: times(browser, "did you mean 'accept'") == 1)
        assert times(browser, "Nothing ") == 1
        browser.until(lambda: len(editor.all(".cm-lint-marker-error")) == 1)


def test_enter_after_a_whole_value_begins_a_new_line(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write("summary: x\nsteps:\n  - ")
    editor.type("do: check-in")
    time.sleep(1)
    assert not editor.all(".cm-tooltip-autocomplete")
    editor.type(Keys.ENTER + "when: IssuedToUser")
    assert editor.text.endswith("do: check-in\n    when: IssuedToUser")


def test_a_refused_save_names_each_line_that_is_wrong(browser: Browser) -> None:
    editor = Editor(browser)
    browser.fill("#name", "mine")
    editor.write("summary: x\nsteps:\n  - do: chek-in\n  - do: acept\n")
    browser.press("#save")
    browser.sees("#mistake", "Nothing was saved: lines 3 and 4 are wrong.")


def test_what_is_wrong_with_a_name_stands_once(browser: Browser) -> None:
    Editor(browser)
    browser.fill("#name", "Slow")
    browser.press("#save")
    browser.sees("#mistake", "the name is wrong")
    browser.sees("#name-wrong", "write it in lower case")
    browser.press("#checked [data-name] a")
    browser.until(lambda: times(browser, "write it in lower case") == 1)
    assert focused(browser) == "name"


def test_a_mistake_that_only_the_press_has_found_is_told_and_marked(
    browser: Browser, till: Till
) -> None:
    till.http.put("/_simulator/scenarios/first", content=RIGHT)
    editor = Editor(browser)
    browser.fill("#name", "second")
    editor.write("summary: x\nsteps:\n  - include: first\n")
    browser.sees("#checked", "No mistakes.")
    till.http.delete("/_simulator/scenarios/first")
    browser.press("#save")
    browser.sees("#mistake", "line 3 is wrong")
    browser.sees("#checked", "Line 3")
    browser.until(lambda: len(editor.all(".cm-lint-marker-error")) == 1)


def test_a_refused_name_goes_once_another_is_typed(browser: Browser) -> None:
    Editor(browser)
    browser.fill("#name", "a/b")
    browser.press("#save")
    browser.sees("#mistake", "the name is wrong")
    browser.fill("#name", "right")
    browser.until(lambda: not browser.all("#mistake"))
    browser.until(lambda: browser.one("#name").get_attribute("aria-invalid") is None)


def test_the_next_mistake_is_reached_by_keyboard(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write(WRONG)
    browser.until(lambda: editor.all(".cm-lintRange-error"))
    editor.press(Keys.HOME, Keys.CONTROL)
    editor.type(Keys.F8)
    assert editor.line() == "4"


def test_a_mistake_of_one_letter_marks_no_other_place(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write("summary: x\nsteps: {\n")
    browser.until(lambda: editor.all(".cm-lintRange-error"))
    editor.press(Keys.HOME, Keys.CONTROL)
    editor.press(Keys.ARROW_RIGHT, Keys.SHIFT)
    time.sleep(SETTLED)
    assert not editor.all(".cm-selectionMatch")


def test_a_wrong_name_is_told_while_it_is_typed(browser: Browser) -> None:
    Editor(browser)
    browser.fill("#name", "Slow")
    browser.sees("#name-wrong", "write it in lower case")
    assert browser.one("#name").get_attribute("aria-invalid") == "true"
    browser.fill("#name", "slow")
    browser.until(lambda: not browser.one("#name-wrong").is_displayed())
    assert browser.one("#name").get_attribute("aria-invalid") is None


@pytest.mark.parametrize(
    ("text", "word", "others"),
    [
        ("", "summary", {"steps", "faults", "expect"}),
        ("summary: x\nsteps:\n  - do: ", "check-in", {"accept", "cancel-by-user"}),
        ("summary: x\nsteps:\n  - do: accept\n    ", "when", {"after", "include"}),
        ("summary: x\nsteps:\n  - when: ", "IssuedToUser", {"Reserved"}),
        ("summary: x\nfaults:\n  - call: ", "CapturePayment", {"InitiatePayment"}),
        ("summary: x\nfaults:\n  - {call: CapturePayment, ", "answer", {"nth", "delay"}),
        ("summary: x\nexpect:\n- ", "not_called", {"final_state"}),
    ],
)
def test_words_are_those_that_the_schema_has_for_the_place(
    browser: Browser, text: str, word: str, others: set[str]
) -> None:
    editor = Editor(browser)
    editor.write(text)
    if not editor.all(".cm-completionLabel"):
        editor.press(" ", Keys.CONTROL)
    offered = editor.words()
    assert {word} | others <= set(offered)
    keys = [line.split(":")[0].strip() for line in text.splitlines()]
    assert not {each for each in keys if each in ("summary", "steps")} & set(offered)


def test_a_word_is_completed_by_keyboard(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write("summary: x\nsteps:\n  - ")
    editor.type("d")
    assert "do" in editor.words()
    editor.take()
    browser.until(lambda: "do: " in editor.text)
    browser.until(lambda: "check-in" in editor.words())
    editor.type("cancel-by-m")
    browser.until(lambda: len(editor.words()) == 1)
    editor.take()
    browser.until(lambda: "do: cancel-by-mobilepay" in editor.text)


def test_a_word_is_completed_by_mouse(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write("summary: x\nfaults:\n  - call: ")
    editor.type("Captu")
    editor.words()
    browser.until(lambda: (editor.all(".cm-completionLabel")[0].click(), True)[1])
    browser.until(lambda: editor.text.endswith("call: CapturePayment"))


def test_the_text_is_compared_with_the_saved_one(browser: Browser) -> None:
    editor = Editor(browser, "/page/scenarios/success/edit")
    browser.press("#compare")
    browser.sees("#compared", "Nothing differs")
    editor.write(editor.text.replace("do: accept", "do: cancel-by-user"))
    browser.sees("#compared", "1 place differs")
    assert "do: accept" in editor.all(".cm-deletedChunk")[0].text
    assert "do: cancel-by-user" in editor.all(".cm-changedLine")[0].text
    browser.press("#compare")
    assert not editor.all(".cm-deletedChunk")


def test_the_text_is_compared_with_what_somebody_has_saved_meanwhile(
    browser: Browser, till: Till
) -> None:
    till.http.put("/_simulator/scenarios/mine", content=RIGHT)
    editor = Editor(browser, "/page/scenarios/mine/edit")
    till.http.put("/_simulator/scenarios/mine", content=RIGHT.replace("1s", "9s"))
    browser.press("#compare")
    browser.sees("#compared", "1 place differs")
    assert "after: 9s" in editor.all(".cm-deletedChunk")[0].text


def test_no_ring_is_inside_that_of_the_focus_after_a_comparison(browser: Browser) -> None:
    editor = Editor(browser, "/page/scenarios/success/edit")
    browser.press("#compare")
    browser.sees("#compared", "Nothing differs")
    editor.all(".cm-content")[0].click()
    browser.until(lambda: editor.all(".cm-editor.cm-focused"))
    ring = "return getComputedStyle(arguments[0]).outlineStyle"
    assert browser.script(ring, editor.all(".cm-editor")[0]) == "none"


@pytest.mark.parametrize(
    ("text", "typed", "then"),
    [
        ("steps:\n  - do: check-in", "- do: accept", "\n  - do: accept"),
        ("steps:\n  - do: accept\n    when: Reserved", "- x", "\n  - x"),
        ("steps:\n  - do: accept", "after: 1s", "\n    after: 1s"),
        ("- a", "- b", "\n- b"),
        ("any:\n  - all:", "- b", None),
    ],
)
def test_a_dash_after_enter_continues_the_list(
    browser: Browser, text: str, typed: str, then: str | None
) -> None:
    editor = Editor(browser)
    editor.write(text)
    editor.press(Keys.END, Keys.CONTROL)
    editor.type(Keys.ESCAPE)
    editor.type(Keys.ENTER)
    blanks = editor.text.removeprefix(text)
    for key in typed:
        editor.type(key)
    expected = blanks + typed if then is None else then
    browser.until(lambda: editor.text == text + expected, f"{editor.text!r}")


REFUSAL = "return document.getElementById('refusal').textContent"


def test_a_save_says_so_and_a_refused_one_does_not(browser: Browser) -> None:
    editor = Editor(browser)
    browser.fill("#name", "mine")
    for text, name, refused in (
        (WRONG, "mine", "line 4 is wrong"),
        (RIGHT, "Mine", "the name is wrong"),
        (RIGHT, "success", "Nothing was saved"),
    ):
        editor.write(text)
        browser.fill("#name", name)
        browser.press("#save")
        browser.until(lambda refused=refused: refused in browser.script(REFUSAL))
        assert "is saved" not in str(browser.one("#said").get_attribute("textContent"))
        assert browser.script("return sessionStorage.getItem('mobilepay-sim-done')") is None
    browser.fill("#name", "mine")
    editor.write(RIGHT)
    browser.press("#save")
    browser.sees("#said", "The scenario is saved in this sandbox.")


def test_a_refused_save_leaves_the_caret_where_it_is_in_the_wrong_line(browser: Browser) -> None:
    editor = Editor(browser)
    browser.fill("#name", "mine")
    editor.write("summary: Mine.\nsteps:\n  - after: 1s\n    do: check-i")
    editor.press("s", Keys.CONTROL)
    browser.sees("#mistake", "line 4 is wrong")
    editor.type("n")
    browser.until(lambda: editor.text.endswith("    do: check-in"))


def test_a_refused_save_is_told_at_the_foot_where_its_notice_is_out_of_sight(
    browser: Browser,
) -> None:
    resize(browser, 1024, 500)
    editor = Editor(browser)
    browser.fill("#name", "mine")
    editor.write(WRONG)
    browser.script("document.getElementById('draw').scrollIntoView({ block: 'end' })")
    browser.one("#save").send_keys(Keys.ENTER)
    browser.sees("#said", "Nothing was saved: line 4 is wrong.")
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_lines_that_were_only_added_strike_nothing_through(browser: Browser) -> None:
    editor = Editor(browser, "/page/scenarios/success/edit")
    browser.press("#compare")
    editor.write(f"{editor.text}# mine\n# and more")
    browser.sees("#compared", "1 place differs: lines were only added")
    shown = "return getComputedStyle(arguments[0]).display"
    assert {browser.script(shown, each) for each in editor.all(".cm-deletedChunk")} == {"none"}


def test_the_gutter_is_as_high_as_the_editor(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write("summary: Short.")
    high, room = (editor.all(each)[0].size["height"] for each in (".cm-gutters", ".cm-scroller"))
    assert high == room


def test_a_new_scenario_has_nothing_to_be_compared_with(browser: Browser) -> None:
    Editor(browser)
    assert not browser.all("#compare")


def test_the_keyboard_comes_in_and_out_of_the_editor(browser: Browser) -> None:
    editor = Editor(browser)
    browser.script("arguments[0].focus()", browser.one("#name"))
    editor.type(Keys.TAB)
    assert focused(browser) == "editor"
    editor.press(" ", Keys.CONTROL)
    editor.words()
    editor.type(Keys.ESCAPE, Keys.TAB)
    assert focused(browser) == "save"
    editor.press(Keys.TAB, Keys.SHIFT)
    assert focused(browser) == "editor"


def test_a_press_on_the_label_goes_into_the_editor(browser: Browser) -> None:
    Editor(browser)
    browser.press("#yaml-label")
    assert focused(browser) == "editor"


def test_what_is_written_is_drawn_before_it_is_saved(browser: Browser, till: Till) -> None:
    editor = Editor(browser)
    editor.write(RIGHT)
    browser.press("#draw")
    browser.one("#preview svg.flow")
    browser.sees("#preview", "passed")
    editor.write(WRONG)
    browser.press("#draw")
    browser.sees("#preview", "Nothing is drawn while there is a mistake.")
    browser.sees("#checked", "did you mean 'accept'")
    assert not till.control("GET", "/payments")["payments"]


def test_back_and_reload_after_saving_ask_nothing(browser: Browser, till: Till) -> None:
    editor = Editor(browser)
    browser.fill("#name", "mine")
    editor.write(RIGHT)
    browser.press("#save")
    browser.sees("main h1", "mine")
    browser.driver.refresh()
    browser.sees("main h1", "mine")
    browser.driver.back()
    browser.sees("main h1", "Edit mine")
    assert till.control("GET", "/scenarios/mine")["yaml"] == RIGHT


def test_leaving_what_is_not_saved_is_asked_about(browser: Browser) -> None:
    # WebDriver itself answers what a browser would ask.
    ask = """
        const leaving = new Event("beforeunload", { cancelable: true });
        dispatchEvent(leaving);
        return leaving.defaultPrevented;
    """
    editor = Editor(browser)
    first = editor.text
    assert not browser.script(ask)
    editor.write(RIGHT)
    assert browser.script(ask)
    editor.write(first)
    assert not browser.script(ask)
    # It remarks that nobody really left.
    browser.driver.get_log("browser")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_legible_in_light_and_dark(browser: Browser, theme: str) -> None:
    media = [{"name": "prefers-color-scheme", "value": theme}]
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    editor = Editor(browser)
    colours = [
        browser.script(f"return getComputedStyle(arguments[0]).{name}", editor.all(selector)[0])
        for selector, name in ((".cm-editor", "backgroundColor"), (".cm-content", "color"))
    ]
    ground, ink = (sum(map(int, each[4:-1].split(","))) for each in colours)
    assert (ground > ink) == (theme == "light")
    assert abs(ground - ink) > 500
    editor.write(WRONG)
    browser.until(lambda: editor.all(".cm-lintRange-error"))
    editor.press(" ", Keys.CONTROL)
    assert not problems(browser)


def test_it_fits_on_a_telephone(browser: Browser) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        editor = Editor(browser)
        editor.write(f"summary: {'A long line of text. ' * 9}\n")
        assert browser.script("return document.documentElement.scrollWidth") <= 390
        content, form = editor.all(".cm-content")[0], browser.one("#editor-form")
        assert content.size["width"] > form.size["width"] * 0.75
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_no_other_page_loads_the_editor(till: Till) -> None:
    assert "codemirror" in till.http.get("/page/new-scenario").text
    for path in ("/", "/page/scenarios", "/page/scenarios/success"):
        page = till.http.get(path).text
        assert "codemirror" not in page
        assert "editor.js" not in page


def test_without_javascript_the_text_field_saves(browser: Browser, till: Till) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.driver.get(f"{browser.base}/page/new-scenario")
        assert not browser.all("#editor")
        browser.fill("#name", "by-hand")
        browser.fill("#yaml", "summary: Nobody comes.")
        browser.press("#save")
        browser.sees("main h1", "by-hand")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert till.control("GET", "/scenarios/by-hand")["summary"] == "Nobody comes."


def test_back_after_saving_leads_to_what_was_saved_and_a_new_one_is_empty(browser: Browser) -> None:
    editor = Editor(browser)
    first = editor.text
    browser.fill("#name", "mine")
    editor.write(RIGHT)
    browser.press("#save")
    browser.sees("main h1", "mine")
    browser.driver.back()
    browser.sees("main h1", "Edit mine")
    browser.until(lambda: browser.one("#yaml").get_attribute("value") == RIGHT)
    assert browser.one("#name").get_attribute("value") == "mine"
    assert not browser.one("#draft").is_displayed()
    assert Editor(browser).text == first
    assert browser.one("#name").get_attribute("value") == ""


def test_a_restored_draft_is_checked(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write(WRONG)
    browser.sees("#checked", "Line 4")
    browser.open("/page/clock")
    editor = Editor(browser)
    assert browser.one("#draft").is_displayed()
    browser.sees("#checked", "Line 4")
    browser.until(lambda: editor.all(".cm-lintRange-error"))
    browser.press("#checked [data-line='4']")
    assert editor.line() == "4"


def test_what_one_tab_saves_or_discards_leaves_the_draft_of_another(
    browser: Browser, till: Till
) -> None:
    driver = browser.driver
    first = driver.current_window_handle
    Editor(browser).write(RIGHT)
    driver.switch_to.new_window("tab")
    second = driver.current_window_handle
    try:
        editor = Editor(browser)
        browser.fill("#name", "another")
        editor.write(RIGHT.replace("Nobody", "Somebody"))
        driver.switch_to.window(first)
        browser.fill("#name", "mine")
        driver.switch_to.window(second)
        browser.press("#save")
        browser.sees("main h1", "another")
        driver.switch_to.window(first)
        browser.open("/page/clock")
        assert Editor(browser).text == RIGHT
        assert browser.one("#name").get_attribute("value") == "mine"
        browser.press("#draft [data-discard]")
        driver.switch_to.alert.accept()
    finally:
        driver.switch_to.window(second)
        driver.close()
        driver.switch_to.window(first)


def test_the_draft_of_a_tab_that_is_gone_is_there_in_the_next(browser: Browser) -> None:
    driver = browser.driver
    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    Editor(browser).write(RIGHT)
    browser.open("/page/clock")
    driver.close()
    driver.switch_to.window(first)
    assert Editor(browser).text == RIGHT
    browser.press("#draft [data-discard]")
    driver.switch_to.alert.accept()
    browser.open("/page/clock")
    assert Editor(browser).text.startswith("summary: The customer takes their time")


def test_it_is_saved_by_keyboard(browser: Browser, till: Till) -> None:
    editor = Editor(browser)
    browser.fill("#name", "by-keyboard")
    editor.write(RIGHT)
    editor.press("s", Keys.CONTROL)
    browser.sees("main h1", "by-keyboard")
    assert till.control("GET", "/scenarios/by-keyboard")["yaml"] == RIGHT
