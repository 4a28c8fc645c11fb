"""A control token: who logs out in one tab is led to the login by a press in another, and back."""

from collections.abc import Iterator

import pytest

from tests.browser.driver import Browser, open_browser
from tests.support import RunningServer, running_server

TOKEN = "a-token"


@pytest.fixture
def guarded() -> Iterator[RunningServer]:
    """A server with a control token."""
    env = {"MOBILEPAY_SIM_CONTROL_TOKEN": TOKEN}
    with running_server("--time-scale", "0", "--scenario", "manual", env=env) as server:
        yield server


@pytest.fixture
def visitor(guarded: RunningServer) -> Iterator[Browser]:
    """A browser that is asked for the token."""
    with open_browser(guarded.url) as browser:
        yield browser


def enter(browser: Browser, token: str) -> None:
    """Gives a token on the page that asks for it."""
    browser.fill("#token", token)
    browser.press("main form button")


def test_after_a_wrong_token_back_asks_nothing(visitor: Browser) -> None:
    visitor.open("/page/clock")
    enter(visitor, "wrong")
    visitor.sees("#mistake", "not the control token")
    enter(visitor, TOKEN)
    visitor.sees("h1", "Clock")
    visitor.driver.back()
    visitor.sees("h1", "Clock")
    assert not visitor.all("#token")


def test_a_press_after_a_logout_in_another_tab_leads_to_the_login_and_back(
    visitor: Browser,
) -> None:
    visitor.open("/page/till")
    enter(visitor, TOKEN)
    visitor.sees("h1", "Till and phone")
    if visitor.all("#make-sandbox"):
        visitor.press("#make-sandbox")
    visitor.press("#create-pos")
    visitor.fill("#amount", "12.34")
    till = visitor.driver.current_window_handle
    here = visitor.driver.current_url
    visitor.driver.switch_to.new_window("tab")
    visitor.open("/page/clock")
    visitor.press("form[action$='/page/logout'] button")
    visitor.one("#token")
    visitor.driver.switch_to.window(till)
    visitor.sees("#link", "Logged out")
    visitor.press("#act-start")
    visitor.one("#token")
    assert not visitor.all("#till-form")
    enter(visitor, TOKEN)
    visitor.one("#till-form")
    assert visitor.driver.current_url == here
    assert visitor.one("#amount").get_attribute("value") == "12.34"


def test_what_was_written_and_not_saved_is_there_after_the_login(visitor: Browser) -> None:
    visitor.open("/page/new-scenario")
    enter(visitor, TOKEN)
    visitor.fill("#name", "mine")
    visitor.driver.delete_all_cookies()
    visitor.press("#save")
    enter(visitor, TOKEN)
    visitor.until(lambda: visitor.one("#name").get_attribute("value") == "mine")
    assert "is saved" not in visitor.text("#said")
