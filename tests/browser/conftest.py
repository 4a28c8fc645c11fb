"""Fixtures: one browser in each process of tests, and a sandbox of its own for each of them."""

from collections.abc import Iterator

import pytest

from tests.browser.driver import Browser, open_browser, what_is_missing
from tests.support import RunningServer, Till


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves these out where there is no browser."""
    missing = what_is_missing()
    for item in items:
        if missing and "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.skip(reason=f"no browser here; missing: {missing}"))


@pytest.fixture(scope="session")
def chromium(server: RunningServer) -> Iterator[Browser]:
    """A headless Chromium."""
    with open_browser(server.url) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Browser, till: Till) -> Iterator[Browser]:
    """The browser, looking at the sandbox of the test's till; nothing may go wrong in its console."""
    till.control("POST", "/reset")
    chromium.base = str(till.http.base_url).rstrip("/")
    # What a test before has set: a size, a theme, printing.
    chromium.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    chromium.driver.get_log("browser")
    yield chromium
    said = [each["message"] for each in chromium.driver.get_log("browser")]
    assert not said, said
