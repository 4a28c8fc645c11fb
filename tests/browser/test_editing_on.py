"""The scenario editor while one goes on writing: clicks beside the text, and the preview of what was written before."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains

from tests.browser.driver import Browser
from tests.browser.editing import Editor

RIGHT = "summary: Nobody comes.\nsteps:\n  - after: 1s\n    do: check-in\n"

#: What has the focus in the editor.
WITHIN = "return document.getElementById('editor').shadowRoot.activeElement?.className ?? ''"
OUTDATED = "This is the preview of an earlier text."


@pytest.fixture(autouse=True)
def no_drafts(browser: Browser) -> None:
    """The test begins with nothing unsaved."""
    browser.open("/page/clock")
    browser.script("localStorage.clear()")


def click(browser: Browser, editor: Editor, part: str, *, from_bottom: bool) -> None:
    """Clicks into a part of the editor, near its lower end or in its middle."""
    element = editor.all(part)[0]
    browser.script("arguments[0].scrollIntoView({block: 'end', behavior: 'instant'})", element)
    down = element.size["height"] // 2 - 12 if from_bottom else 0
    ActionChains(browser.driver).move_to_element_with_offset(element, 0, down).click().perform()


@pytest.mark.parametrize("part", [".cm-scroller", ".cm-gutters"])
def test_a_click_beside_the_text_leaves_the_caret_in_the_editor(
    browser: Browser, part: str
) -> None:
    editor = Editor(browser)
    editor.write("summary: ")
    for letter in "qrs":
        click(browser, editor, part, from_bottom=True)
        assert "cm-content" in browser.script(WITHIN)
        editor.type(letter)
    # Beside a line the browser may set the caret to where the line begins.
    assert sorted(editor.text) == sorted("summary: qrs")


def test_a_preview_says_that_the_text_has_changed_until_it_is_drawn_anew(browser: Browser) -> None:
    editor = Editor(browser)
    editor.write(RIGHT)
    browser.press("#draw")
    browser.sees("#preview", "passed")
    assert not browser.all("#outdated")
    editor.write(RIGHT.replace("Nobody comes", "Somebody comes"))
    browser.sees("#outdated", f"{OUTDATED} Press Preview to draw what is written now.")
    editor.write(RIGHT)
    browser.until(lambda: not browser.all("#outdated"))
    editor.write("summary: Wrong.\nsteps:\n  - do: acept\n")
    browser.sees("#outdated", OUTDATED)
    editor.write(RIGHT.replace("1s", "2s"))
    browser.press("#draw")
    browser.until(lambda: not browser.all("#outdated"))
    browser.sees("#preview", "passed")
