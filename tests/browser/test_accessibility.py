"""Nobody is kept out: axe finds nothing serious on any view, in light and in dark.

Headings that skip a level and landmarks of one name are no less of a fault here: with a screen
reader they are what a view is found by.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from mobilepay_simulator.dashboard.navigation import VIEWS

from tests.browser.driver import Browser
from tests.support import Till

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  (found) => done(found.violations.map((each) => [each.impact, each.id, each.nodes.map((n) => n.html)])));
"""
GRAVE = ("serious", "critical")
#: What axe holds to be moderate, and is a fault here.
ALSO = ("landmark-unique", "heading-order")


@pytest.fixture
def busy(till: Till) -> Till:
    """A sandbox where something of everything has happened."""
    pos_id = till.create_pos(name="Till 1")
    payment_id = till.initiate(pos_id, scenario="lost-response-capture")
    till.advance(seconds=3)
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 1000})
    till.refund(till.captured(pos_id))
    till.initiate(till.create_pos(name="Kiosk"), 5)
    till.control("POST", "/scenarios/next", {"scenario": "rejection"})
    certify(till)
    return till


def certify(till: Till) -> None:
    """One certification with a case that has failed, one in progress, and one that was abandoned."""
    till.control("POST", "/certifications", {"systemName": "Kiosk"})
    till.control("POST", "/certifications/C1/abandon")
    cases = ["certify-full-capture", "certify-payment", "certify-refund"]
    till.control(
        "POST",
        "/certifications",
        {
            "cases": cases,
            "systemName": "Till 9",
            "clientIds": ["11111111-2222-4333-8444-555555555555"],
        },
    )
    for case in cases[:2]:
        till.control("POST", f"/certifications/C2/cases/{case}/restart")


PATHS: dict[str, Callable[[Till], str]] = {
    **{view.name: (lambda path: lambda _: path)(view.path) for view in VIEWS},
    "scenario": lambda _: "/page/scenarios/lost-response-capture",
    "editor": lambda _: "/page/new-scenario",
    "run": lambda _: "/page/runs/R1",
    "request": lambda _: "/page/requests/3",
    "chosen request": lambda _: "/page/requests?request=3",
    "timeline as a table": lambda _: "/page/timeline?view=table",
    "preview": lambda _: "/page/scenarios/lost-response-capture/preview",
    "phone that asks": lambda till: f"/page/till?pos={asked(till)}&phone=+4520031801",
    "certification under way": lambda _: "/page/certification/C2",
    "case that failed": lambda _: "/page/certification/C2?case=certify-full-capture",
    "certification that is over": lambda _: "/page/certification/C1",
    "first run": lambda till: (till.control("POST", "/reset"), "/")[1],
    "demo": lambda till: f"/page/till?pos={till.create_pos(name='Demo')}&demo=1",
    "nothing there": lambda _: "/page/requests/999999",
}


def asked(till: Till) -> str:
    """A point of sale where a customer is asked to pay."""
    pos_id = till.create_pos(name="Asked")
    till.initiate(pos_id, 7, restrictions={"debitCardDisallowed": True})
    till.user("checkin", pos_id)
    return pos_id


def problems(browser: Browser) -> list[Any]:
    """What axe holds to be serious or worse, and what else is a fault here."""
    browser.script(AXE)
    found = browser.driver.execute_async_script(RUN)
    return [each for each in found if each[0] in GRAVE or each[1] in ALSO]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PATHS)
def test_axe_finds_nothing_serious(browser: Browser, busy: Till, name: str, theme: str) -> None:
    media = [{"name": "prefers-color-scheme", "value": theme}]
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    browser.open(PATHS[name](busy).replace("+", "%2B"))
    found = problems(browser)
    browser.driver.get_log("browser")
    assert not found, found
