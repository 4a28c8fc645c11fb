"""A page that is open while its sandbox goes: it shows nothing of it as if it were there."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.browser.driver import Browser
from tests.support import Till, running_server

ORDER = "order-that-goes"
#: What is only said of things that are there.
SHOWN = (ORDER, "Till 9 is open", "Fault:")
PATHS = (
    "/page/scenarios",
    "/page/notifications",
    "/page/runs/R1",
    "/page/certification/C1",
    "/page/requests?request=5",
    "/page/scenarios/mine",
)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Restartable:
    """A simulator that can be stopped and started again at its address."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self, *more: str) -> Iterator[None]:
        options = ("--port", str(self.port), "--time-scale", "0", "--scenario", "manual")
        with running_server(*options, *more):
            yield

    @contextmanager
    def filled(self, name: str) -> Iterator[Till]:
        """A till in a sandbox where there is something to be seen on every page."""
        with httpx.Client(base_url=f"{self.url}/sandboxes/{name}") as http:
            till = Till(http)
            http.put("/_simulator/scenarios/mine", content=b"summary: Nobody comes.")
            till.control("POST", "/scenarios/next", {"scenario": "mine"})
            till.control("POST", "/certifications", {"systemName": "Till 9"})
            http.put("/_simulator/faults", content=b"faults: [{call: GetStores, delay: 1s}]")
            till.initiate(till.create_pos(), orderId=ORDER)
            yield till


@pytest.fixture
def place() -> Restartable:
    return Restartable()


@pytest.fixture
def looking(chromium: Browser, place: Restartable) -> Iterator[Browser]:
    """The browser; a server that goes away is told in its console."""
    before, chromium.base = chromium.base, f"{place.url}/sandboxes/qa"
    yield chromium
    chromium.driver.get("about:blank")
    chromium.driver.get_log("browser")
    chromium.base = before


def everything(browser: Browser) -> str:
    return " ".join([browser.one("#main").text, browser.one("#in-force").text])


def shows_nothing_of_before(browser: Browser) -> None:
    browser.until(lambda: not any(each in everything(browser) for each in SHOWN))


@pytest.mark.parametrize("path", ["/", "/page/till", "/page/requests"])
def test_after_a_restart_a_named_sandbox_is_said_to_be_gone(
    looking: Browser, place: Restartable, path: str
) -> None:
    with place.running(), place.filled("qa"):
        looking.open(path)
        assert any(each in everything(looking) for each in SHOWN)
    with place.running():
        looking.sees("#replaced", "There is no sandbox qa any more")
        shows_nothing_of_before(looking)
        looking.until(lambda: looking.one("#link").text == "Live")
        # The page does not bring it back.
        found = httpx.get(f"{place.url}/_simulator/sandboxes").json()["sandboxes"]
        assert [each["name"] for each in found] == ["default"]


def test_after_a_restart_the_default_sandbox_is_shown_as_it_is(
    looking: Browser, place: Restartable
) -> None:
    looking.base = place.url
    with place.running(), place.filled("default"):
        looking.open("/")
        looking.sees("#payments", ORDER)
    with place.running():
        looking.sees("#payments", "None under way.")
        shows_nothing_of_before(looking)


def test_after_a_restart_an_opened_call_is_said_to_be_of_another_sandbox(
    looking: Browser, place: Restartable
) -> None:
    looking.base = place.url
    with place.running(), place.filled("default"):
        looking.open("/page/requests")
        looking.press("#list tbody a")
        looking.sees("#detail", "Asked")
    with place.running():
        looking.sees("#replaced", "not the one this page was opened for")


def test_whatever_page_is_open_says_that_a_dropped_sandbox_is_gone(
    looking: Browser, place: Restartable
) -> None:
    with place.running():
        for path in PATHS:
            with place.filled("qa"):
                looking.open(path)
                httpx.delete(f"{place.url}/_simulator/sandboxes/qa")
                looking.sees("#replaced", "There is no sandbox qa any more")
                looking.until(lambda: not looking.one("#in-force").text.count("Till 9"))


def test_a_sandbox_that_was_made_while_it_is_looked_at_is_said_to_be_gone_as_well(
    looking: Browser, place: Restartable
) -> None:
    with place.running():
        looking.open("/")
        with place.filled("qa"):
            looking.sees("#payments", ORDER)
            assert not looking.one("#replaced").text
            httpx.delete(f"{place.url}/_simulator/sandboxes/qa")
        looking.sees("#replaced", "There is no sandbox qa any more")
        shows_nothing_of_before(looking)
        with place.filled("qa"):
            looking.sees("#payments", ORDER)
            looking.until(lambda: not looking.one("#replaced").text)


def test_a_till_whose_sandbox_is_gone_offers_what_is_there(
    looking: Browser, place: Restartable
) -> None:
    def offered() -> list[str]:
        return [each.text.partition(" (")[0] for each in looking.all("#pos option")]

    with place.running():
        with place.filled("qa"):
            looking.open("/page/till")
            assert offered() == ["Till"]
            assert looking.one("#faults-form").is_displayed()
            httpx.delete(f"{place.url}/_simulator/sandboxes/qa")
            looking.until(lambda: offered() == [])
            looking.until(lambda: not looking.one("#faults-form").is_displayed())
        with place.filled("qa") as till:
            bar = till.create_pos(name="Bar")
            looking.until(lambda: offered() == ["Bar", "Till"])
            (payment,) = till.control("GET", "/payments")["payments"]
            till.ok("POST", f"/payments/{payment['paymentId']}/cancel")
            till.ok("DELETE", f"/pointofsales/{payment['posId']}")
            looking.until(lambda: offered() == ["Choose one", "Bar"])
            looking.choose("#pos", bar)
            looking.sees("#till-title", "Bar")
            looking.until(lambda: offered() == ["Bar"])


def test_a_reset_is_said_where_something_of_before_may_be_shown(
    looking: Browser, place: Restartable
) -> None:
    with place.running():
        for path, is_told in (("/", False), ("/page/timeline", True), ("/page/till", True)):
            with place.filled("qa") as till:
                looking.open(path)
                till.control("POST", "/reset")
                if is_told:
                    looking.sees("#replaced", "not the one this page was opened for")
                else:
                    shows_nothing_of_before(looking)
                    assert not looking.one("#replaced").text


def test_a_tab_in_the_background_hears_that_a_sandbox_is_gone_when_it_is_looked_at(
    looking: Browser, place: Restartable
) -> None:
    hide = (
        "Object.defineProperty(document, 'hidden', {configurable: true, value: arguments[0]});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    with place.running():
        with place.filled("qa"), place.filled("other"):
            looking.open("/")
            looking.sees("#sandboxes", "other")
            looking.script(hide, True)
            for name in ("qa", "other"):
                httpx.delete(f"{place.url}/_simulator/sandboxes/{name}")
        looking.script(hide, False)
        looking.sees("#replaced", "There is no sandbox qa any more")
        looking.until(lambda: "other" not in looking.one("#sandboxes").text)
        shows_nothing_of_before(looking)
