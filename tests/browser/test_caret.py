"""The line one writes in stays where it is on the screen, below the header."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.editing import SETTLED, Editor
from tests.browser.screenshots import resize

LINES = 40
#: Where the line with the caret is in the window, and how much of the window is free for it.
PLACE = """
const line = document.getElementById("editor").shadowRoot.querySelector(".cm-activeLine");
const { top, bottom } = line.getBoundingClientRect();
const header = document.querySelector("header.top");
const isOver = getComputedStyle(header).position === "sticky";
return [top, bottom, isOver ? header.getBoundingClientRect().bottom : 0, innerHeight];
"""
#: Scrolls the window so that the line with the caret begins so far down.
MOVE = """
const line = document.getElementById("editor").shadowRoot.querySelector(".cm-activeLine");
scrollBy({ top: line.getBoundingClientRect().top - arguments[0], behavior: "instant" });
"""
#: Draws the header as high as one of more rows.
GROW = "document.querySelector('header.top').style.minHeight = arguments[0]"
#: Waits until the page is drawn.
DRAWN = """
const [done] = arguments;
requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => done())));
"""


@pytest.fixture(autouse=True)
def no_drafts(browser: Browser) -> Iterator[None]:
    """The test begins with nothing unsaved, and ends with a window as wide as others have it."""
    browser.open("/page/clock")
    browser.script("localStorage.clear()")
    yield
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def text_with(number: int) -> str:
    """A scenario that is wrong in one line only."""
    lines = ["summary: Long.", *(f"# line {each}" for each in range(2, LINES)), "steps: []"]
    lines[number - 1] = {1: "sumary: Long.", LINES: "steps: x"}.get(number, "x: y")
    return "\n".join(lines)


def place(browser: Browser) -> tuple[float, float, float, float]:
    """Where the line with the caret begins and ends, and the window's free room does."""
    browser.driver.execute_async_script(DRAWN)
    top, bottom, begin, end = browser.script(PLACE)
    return top, bottom, begin, end


def is_whole(browser: Browser) -> bool:
    """Whether all of the line with the caret can be seen."""
    top, bottom, begin, end = place(browser)
    return begin <= top and bottom <= end


def refused(browser: Browser, number: int, high: str = "") -> Editor:
    """Saves what is wrong in one line, with the caret in the last one; the save is refused."""
    editor = Editor(browser)
    browser.script(GROW, high)
    browser.fill("#name", "mine")
    editor.write(text_with(number))
    save(browser, editor, number)
    return editor


def save(browser: Browser, editor: Editor, number: int) -> None:
    """Saves by keyboard; the save is refused, and the caret is in the wrong line then."""
    editor.press("s", Keys.CONTROL)
    browser.sees("#mistake", f"line {number} is wrong")
    browser.until(lambda: editor.line() == str(number))


def cut(editor: Editor) -> None:
    """Cuts the line up to the caret."""
    editor.press(Keys.HOME, Keys.SHIFT)
    editor.press("x", Keys.CONTROL)


WAYS: dict[str, Callable[[Editor], Any]] = {
    "a letter": lambda editor: editor.type("z"),
    "backspace": lambda editor: editor.type(Keys.BACKSPACE),
    "delete": lambda editor: editor.type(Keys.HOME, Keys.DELETE),
    "undo": lambda editor: editor.press("z", Keys.CONTROL),
    "cut": cut,
    "paste": lambda editor: editor.press("v", Keys.CONTROL),
    "a deleted word": lambda editor: editor.press(Keys.BACKSPACE, Keys.CONTROL),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_line_stays_when_the_refusal_goes(browser: Browser, way: str) -> None:
    resize(browser, 1024, 768)
    editor = refused(browser, 12)
    # For a paste there is something to be pasted, and for an undo something to be undone.
    editor.press(Keys.HOME, Keys.SHIFT)
    editor.press("c", Keys.CONTROL)
    editor.type(Keys.END, "z")
    save(browser, editor, 12)
    browser.script(MOVE, place(browser)[2] + 10)
    before, *_ = place(browser)
    WAYS[way](editor)
    browser.until(lambda: not browser.all("#mistake"))
    after, *_ = place(browser)
    assert abs(after - before) < 2
    assert is_whole(browser)


@pytest.mark.parametrize(
    ("width", "height", "high"),
    [(1024, 768, 48), (1024, 768, 136), (390, 800, 92), (1440, 900, 136)],
)
def test_a_refused_save_shows_the_whole_wrong_line(
    browser: Browser, width: int, height: int, high: int
) -> None:
    resize(browser, width, height)
    for number in (1, 12, LINES):
        editor = refused(browser, number, f"{high}px")
        assert is_whole(browser)
        # The caret is in the wrong line, and that is out of sight.
        for begin in (-300, high / 2, height - 5):
            browser.script(MOVE, begin)
            save(browser, editor, number)
            assert is_whole(browser)


def test_the_next_mistake_is_whole_below_the_header(browser: Browser) -> None:
    resize(browser, 1024, 768)
    editor = refused(browser, 12)
    # The only one, too, where one is at it already.
    for far in (-10, -30, -200):
        browser.script(MOVE, place(browser)[2] + far)
        editor.type(Keys.F8)
        assert is_whole(browser)


def test_a_refused_save_tells_in_the_line_why_it_is_wrong(browser: Browser) -> None:
    editor = refused(browser, 12)
    assert "unknown field 'x'" in browser.until(lambda: editor.all(".cm-tooltip"))[0].text
    # Where the check comes after the save, too, and where one is in the line already.
    editor.type("y")
    assert not editor.all(".cm-tooltip")
    save(browser, editor, 12)
    browser.until(lambda: editor.all(".cm-tooltip"))
    time.sleep(SETTLED)
    assert "unknown field 'xy'" in editor.all(".cm-tooltip")[0].text
    # It goes with the caret.
    editor.type(Keys.ARROW_DOWN)
    browser.until(lambda: not editor.all(".cm-tooltip"))


@pytest.mark.parametrize("key", [Keys.ESCAPE, Keys.TAB])
def test_what_is_told_in_the_line_is_put_away(browser: Browser, key: str) -> None:
    editor = refused(browser, 12)
    browser.until(lambda: editor.all(".cm-tooltip"))
    editor.type(key)
    browser.until(lambda: not editor.all(".cm-tooltip"))
    browser.one("#refusal [role=alert]")


def test_a_refused_save_leads_to_the_end_of_the_mistake(browser: Browser) -> None:
    editor = Editor(browser)
    browser.fill("#name", "mine")
    editor.write("summary: x\nsteps:\n  - do: chek-in\n    after: 1s\n")
    save(browser, editor, 3)
    editor.type(*(Keys.BACKSPACE * 4), "ck-in")
    browser.until(lambda: "do: check-in\n" in editor.text)


def test_a_refusal_out_of_sight_is_told_at_the_foot(browser: Browser) -> None:
    resize(browser, 1024, 768)
    refused(browser, 1)
    browser.sees("#said", "Nothing was saved: line 1 is wrong")
