"""With 10,000 payments and 100 events a second the page answers, and grows no further."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.engine import payments
from mobilepay_simulator.settings.settings import Settings

from tests.browser.driver import Browser
from tests.support import RunningServer, Shop, Till, fresh, running_server

PAYMENTS = 10_000
POSES = 40
#: Between two calls of the load, each of which makes two events and more.
PAUSE = 0.02
#: What the page may hold, once it has settled.
MOST_ELEMENTS = 2_500
MOST_HEAP = 40 * 1024 * 1024
MOST_GROWTH = 4 * 1024 * 1024
MOST_SERVER_GROWTH = 48 * 1024 * 1024
VIEWS = ["/", "/page/requests", "/page/runs", "/page/clock"]


def full_snapshot() -> bytes:
    """A sandbox with 10,000 payments, forty of them active."""
    app = create_app(Settings(time_scale=0, scenario="manual"))
    sandbox = app.context.sandboxes.get("default")
    shop = Shop(sandbox.world)
    poses = [shop.create_pos() for _ in range(POSES)]
    with sandbox.world:
        for number in range(PAYMENTS):
            payment_id = shop.initiate(poses[number % POSES])
            if number < PAYMENTS - POSES:
                payments.cancel(sandbox.world, shop.caller, payment_id)
    return app.test_client().get("/_simulator/snapshot").data


@pytest.fixture(scope="module")
def full() -> Iterator[RunningServer]:
    """A server whose default sandbox is full."""
    with running_server("--time-scale", "0", "--scenario", "manual") as server:
        answer = httpx.put(f"{server.url}/_simulator/snapshot", content=full_snapshot(), timeout=60)
        assert answer.json()["payments"] == PAYMENTS
        yield server


class Load:
    """Clients that start and cancel payments all the time."""

    def __init__(self, server: RunningServer) -> None:
        self._http = httpx.Client(base_url=server.url, timeout=30)
        self._till = Till(self._http)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.calls = 0

    def __enter__(self) -> "Load":
        self._pos = self._till.create_pos(name="Busy")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._http.close()

    def _run(self) -> None:
        while not self._stop.wait(PAUSE):
            payment_id = self._till.initiate(self._pos, orderId=fresh("busy"))
            self._till.ok("POST", f"/payments/{payment_id}/cancel")
            self.calls += 2


@contextmanager
def at(browser: Browser, server: RunningServer, path: str) -> Iterator[Browser]:
    """The browser at a page of the full sandbox."""
    browser.base = server.url
    browser.open(path)
    yield browser
    browser.driver.get("about:blank")
    browser.driver.get_log("browser")


def heap(browser: Browser) -> float:
    """How much memory the page's scripts hold, in bytes."""
    browser.driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    found = browser.driver.execute_cdp_cmd("Runtime.getHeapUsage", {})
    return float(found["usedSize"])


def memory(server: RunningServer) -> int:
    """How much memory the server holds, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def goes_on(browser: Browser, load: Load, calls: int) -> None:
    """Waits until so many calls more were made."""
    before = load.calls
    browser.until(lambda: load.calls >= before + calls)


@pytest.mark.parametrize("path", VIEWS)
def test_a_page_under_load_stays_small_and_answers(
    chromium: Browser, full: RunningServer, path: str
) -> None:
    with Load(full) as load, at(chromium, full, path) as browser:
        goes_on(browser, load, 100)
        before = heap(browser)
        goes_on(browser, load, 300)
        assert browser.script("return document.getElementsByTagName('*').length") < MOST_ELEMENTS
        assert heap(browser) < MOST_HEAP
        assert heap(browser) - before < MOST_GROWTH
        assert browser.one("#link").get_attribute("data-live") == "on"


def test_one_can_work_while_much_goes_on(chromium: Browser, full: RunningServer) -> None:
    with Load(full), at(chromium, full, "/page/till") as browser:
        browser.press("#new-till summary")
        browser.press("#create-pos")
        browser.sees("#till-result", "Create point of sale 200")
        browser.press("#act-start")
        browser.sees("#till-result", "Start 200")
        browser.press("#phone-check-in")
        browser.press("#phone-accept")
        browser.sees("#counter .ticket", "Reserved")


def test_a_request_that_moves_down_the_list_can_be_chosen(
    chromium: Browser, full: RunningServer
) -> None:
    with Load(full) as load, at(chromium, full, "/page/requests") as browser:
        goes_on(browser, load, 20)
        browser.press("#list tbody tr:nth-child(3) a")
        browser.sees("#detail", "As curl")


def test_listeners_cost_the_server_no_memory(full: RunningServer) -> None:
    with Load(full) as load:
        before = memory(full)
        with httpx.Client(base_url=full.url, timeout=30) as http:
            streams = [
                http.send(http.build_request("GET", "/_simulator/stream"), stream=True)
                for _ in range(50)
            ]
            goal = load.calls + 500
            done = threading.Event()
            while load.calls < goal:
                done.wait(0.05)
            for each in streams:
                each.close()
        assert memory(full) - before < MOST_SERVER_GROWTH
