"""The scenario editor, as somebody writes in it."""

import time

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.driver import Browser

# Seconds; CodeMirror's interactionDelay is 0.075.
SETTLED = 0.5


class Editor:
    """The editor of the page that is open, once it is there."""

    def __init__(self, browser: Browser, path: str = "/page/new-scenario") -> None:
        self._browser = browser
        browser.open(path)
        browser.until(lambda: browser.one("#editor").get_attribute("data-ready"))

    @property
    def text(self) -> str:
        """What is sent when it is saved."""
        return str(self._browser.one("#yaml").get_attribute("value"))

    def all(self, selector: str) -> list[WebElement]:
        """The elements there are in the editor now."""
        return self._browser.one("#editor").shadow_root.find_elements(By.CSS_SELECTOR, selector)

    def write(self, text: str) -> None:
        """Replaces the text, as pasting does."""
        self._browser.until(lambda: (self.all(".cm-content")[0].click(), True)[1])
        self.press("a", Keys.CONTROL)
        self.type(Keys.DELETE)
        self._browser.driver.execute_cdp_cmd("Input.insertText", {"text": text})

    def type(self, *keys: str) -> None:
        """Presses keys, wherever the focus is."""
        ActionChains(self._browser.driver).send_keys(*keys).perform()

    def press(self, key: str, held: str) -> None:
        """Presses a key while another is held."""
        ActionChains(self._browser.driver).key_down(held).send_keys(key).key_up(held).perform()

    def words(self) -> list[str]:
        """The words that are offered."""
        self._browser.until(lambda: self.all(".cm-completionLabel"))
        return [each.text for each in self.all(".cm-completionLabel")]

    def take(self) -> None:
        """Takes the first word that is offered, by keyboard.

        CodeMirror leaves the key to the text, as a new line, until a list has stood for a moment.
        """
        time.sleep(SETTLED)
        self.words()
        self.type(Keys.ENTER)

    def line(self) -> str:
        """The number of the line in which the cursor is."""
        return self.all(".cm-activeLineGutter")[0].text
