"""A headless Chromium, and what tests and screenshots do with it."""

import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

__all__ = ["Browser", "open_browser", "what_is_missing"]

T = TypeVar("T")

PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "chromedriver": ("chromedriver",),
}
#: Whether pages may run scripts; 2 is no.
SCRIPTS = "profile.managed_default_content_settings.javascript"
#: Scrolls to an element; returns where its middle is then.
SHOW = """
arguments[0].scrollIntoView({block: 'center', behavior: 'instant'});
const { left, top, width, height } = arguments[0].getBoundingClientRect();
return [left + width / 2, top + height / 2];
"""
#: Clicks are a double click within so many pixels and real seconds, and a bit more.
NEAR, TWICE = 10, 0.6
#: Real seconds a page may take to show something.
PATIENCE = 30.0
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def _find(program: str) -> str | None:
    return next(filter(None, map(shutil.which, PROGRAMS[program])), None)


def what_is_missing() -> str:
    """Says which programs are not there; empty where all are."""
    return " and ".join(program for program in PROGRAMS if _find(program) is None)


class Browser:
    """A browser that looks at one sandbox.

    Args:
        driver: Selenium's.
        base: the URL of the sandbox.
    """

    def __init__(self, driver: webdriver.Chrome, base: str) -> None:
        self.driver = driver
        self.base = base
        self._clicked = ([0.0, 0.0], 0.0)

    def open(self, path: str = "/") -> None:
        """Opens a page, and waits until changes are told to it."""
        self.driver.get(self.base + path)
        if self.driver.find_elements(By.ID, "link"):
            self.until(lambda: self.one("#link").get_attribute("data-live") == "on")

    def one(self, selector: str) -> WebElement:
        """Returns an element that is there, or will be."""
        return self.until(lambda: self.driver.find_element(By.CSS_SELECTOR, selector))

    def all(self, selector: str) -> list[WebElement]:
        """Returns the elements that are there now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def press(self, selector: str) -> None:
        """Presses a button or a link once it can be."""

        def click() -> bool:
            element = self.driver.find_element(By.CSS_SELECTOR, selector)
            place = self.driver.execute_script(SHOW, element)
            if not element.is_enabled():
                return False
            self._wait_after_click(place)
            element.click()
            self._clicked = (place, time.monotonic())
            return True

        self.until(click)

    def _wait_after_click(self, place: list[float]) -> None:
        """Waits until a click at a place is no second click of a double click."""
        before, moment = self._clicked
        if math.dist(before, place) < NEAR:
            time.sleep(max(0.0, moment + TWICE - time.monotonic()))

    def fill(self, selector: str, text: str) -> None:
        """Writes into a field."""
        element = self.one(selector)
        element.clear()
        element.send_keys(text)

    def choose(self, selector: str, value: str) -> None:
        """Chooses an option by its value."""
        self.one(f"{selector} option[value='{value}']").click()

    def text(self, selector: str) -> str:
        """Returns what an element says."""
        return self.until(lambda: self.driver.find_element(By.CSS_SELECTOR, selector).text or " ")

    def sees(self, selector: str, words: str) -> None:
        """Waits until an element says something."""

        def is_said() -> bool:
            said = self.driver.find_element(By.CSS_SELECTOR, selector).text
            return words in " ".join(said.split())

        self.until(is_said, f"{selector} never said {words!r}")

    def script(self, code: str, *arguments: Any) -> Any:
        """Runs JavaScript in the page."""
        return self.driver.execute_script(code, *arguments)

    def until(self, look: Callable[[], T], message: str = "") -> T:
        """Returns what a look gives once that is something."""
        ignored = (
            # What covers it for good is still there in the end.
            ElementClickInterceptedException,
            ElementNotInteractableException,
            StaleElementReferenceException,
        )
        wait = WebDriverWait(self.driver, PATIENCE, 0.05, ignored)
        return wait.until(lambda _: look(), message)


@contextmanager
def open_browser(
    base: str, *, width: int = 1360, height: int = 900, has_scripts: bool = True
) -> Iterator[Browser]:
    """Starts a browser with a profile of its own, with JavaScript or without, and ends it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = Options()
        for each in (*OPTIONS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(each)
        if not has_scripts:
            options.add_experimental_option("prefs", {SCRIPTS: 2})
        options.binary_location = _find("chromium") or ""
        driver = webdriver.Chrome(options, Service(_find("chromedriver")))
        try:
            yield Browser(driver, base)
        finally:
            driver.quit()
