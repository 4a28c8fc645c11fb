"""Makes the pictures of `docs/screens/`: `make screenshots`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.browser.driver import Browser, open_browser, what_is_missing
from tests.support import ROOT, Till, running_server

FOLDER = ROOT / "docs" / "screens"
WIDE, WIDEST, NARROW = (1280, 860), (1440, 860), (390, 844)
TALLEST = 1500

#: A sandbox of its own for the certification, so that its failures are in no other picture.
EXAM_SANDBOX = "/sandboxes/till-9"
EXAM = f"{EXAM_SANDBOX}/page/certification"

#: Name, path, light or dark, and how large; words in capitals stand for ids.
SHOTS: tuple[tuple[str, str, str, tuple[int, int]], ...] = (
    ("overview", "/", "light", WIDE),
    ("overview-dark", "/", "dark", WIDE),
    ("till-and-phone", "/page/till?pos=POS", "light", WIDE),
    ("phone-width", "/page/till?pos=POS", "light", NARROW),
    ("timeline", "/page/timeline?paymentId=PAYMENT", "light", WIDEST),
    ("timeline-dark", "/page/timeline?paymentId=PAYMENT", "dark", WIDEST),
    ("timeline-narrow", "/page/timeline?paymentId=PAYMENT", "light", NARROW),
    ("scenario", "/page/scenarios/lost-response-capture", "light", WIDE),
    ("editor", "/page/new-scenario", "dark", WIDE),
    ("run", "/page/runs/RUN", "light", WIDE),
    ("clock", "/page/clock", "light", WIDE),
    ("requests", "/page/requests", "light", WIDE),
    ("audit", "/page/audit", "dark", WIDE),
    ("certification-begin", f"{EXAM}?sections=payments", "light", WIDE),
    ("certification", f"{EXAM}/C1", "light", WIDE),
    ("certification-failed", f"{EXAM}/C1?case=certify-payment", "dark", WIDE),
)


def play(till: Till) -> dict[str, str]:
    """Lets happen what the pictures show; returns the ids in the paths."""
    kiosk, bar, pos_id = (till.create_pos(name=name) for name in ("Kiosk", "Bar", "Till 1"))
    till.refund(till.captured(kiosk, 349.0, orderId="2024-0131"), 49.5)
    till.reserved(bar, 86.0, orderId="table-7")
    payment_id = till.initiate(
        pos_id, 129.5, scenario="lost-response-capture", orderId="receipt-1042"
    )
    till.advance(seconds=2)
    till.advance(minutes=3)
    for amount, key in ((129.5, "capture-1042"), (129.5, "capture-1042"), (200, "capture-more")):
        with suppress(httpx.RemoteProtocolError):
            till.call("POST", f"/payments/{payment_id}/capture", {"amount": amount}, key=key)
    till.control("POST", "/scenarios/next", {"scenario": "rejection"})
    till.initiate(kiosk, 42, scenario="rejection", orderId="2024-0132")
    till.advance(seconds=4)
    body = till.payment_body(pos_id, 18.75, orderId="receipt-1043", merchantPaymentLabel="Coffee")
    till.ok("POST", "/payments", {**body, "restrictions": {"debitCardDisallowed": True}})
    till.user("checkin", pos_id)
    run = till.control("GET", f"/payments/{payment_id}")["run"]
    return {"POS": pos_id, "PAYMENT": payment_id, "RUN": run}


def certify(till: Till) -> None:
    """A certification where a case has passed, one has failed, and the client is at a third."""
    client_id = "11111111-2222-4333-8444-555555555555"
    sections = ["payments", "refunds"]
    wanted = {"sections": sections, "systemName": "Till 9", "clientIds": [client_id]}
    till.control("POST", "/certifications", wanted)
    restart = "/certifications/C1/cases/{}/restart".format
    till.control("POST", restart("certify-create-pos-for-the-rest"))
    pos_id = till.create_pos(name="Till 9")
    till.control("POST", restart("certify-payment"))
    body = till.payment_body(pos_id, 59.5, orderId="receipt-7")
    with suppress(httpx.ReadTimeout):
        till.call("POST", "/payments", body, key="first", timeout=2)
    # A till that takes a new key for each try.
    for key in ("second", "third"):
        till.call("POST", "/payments", body, key=key)
    till.control("POST", restart("certify-full-capture"))
    payment_id = till.initiate(till.create_pos(name="Till 10"), 74)
    till.advance(seconds=5)
    till.payment(payment_id)


def emulate(browser: Browser, command: str, **values: Any) -> None:
    browser.driver.execute_cdp_cmd(f"Emulation.{command}", values)


def resize(browser: Browser, width: int, height: int) -> None:
    emulate(
        browser,
        "setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=width < 600,
    )


def shoot(browser: Browser, path: str, theme: str, size: tuple[int, int], file: Path) -> None:
    """Takes one picture, of as much of a page as there is, but not endlessly."""
    features = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
    emulate(
        browser, "setEmulatedMedia", features=[{"name": n, "value": v} for n, v in features.items()]
    )
    resize(browser, *size)
    browser.open(path)
    if path.startswith(("/page/timeline", "/page/requests")):
        browser.press("#sequence .answer.lost .label, #list tr:has(.bad) a")
        browser.sees("#detail", "As curl")
    if path.endswith("/edit"):
        browser.one("#editor[data-ready]")
        browser.press("#draw")
    if path.startswith("/page/scenarios/"):
        browser.one("#preview svg.flow")
    height = browser.script("return document.documentElement.scrollHeight")
    resize(browser, size[0], min(height, TALLEST))
    browser.script("scrollTo(0, 0); document.activeElement.blur()")
    browser.driver.save_screenshot(str(file))


@contextmanager
def stage() -> Iterator[tuple[Browser, dict[str, str]]]:
    options = ("--time-scale", "0", "--scenario", "manual", "--start-time", "2024-01-31T12:00:00Z")
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        ids = play(Till(http))
        with httpx.Client(base_url=server.url + EXAM_SANDBOX) as exam:
            certify(Till(exam))
        with open_browser(server.url) as browser:
            yield browser, ids


def main() -> None:
    missing = what_is_missing()
    if missing:
        sys.exit(f"no browser here; missing: {missing}")
    FOLDER.mkdir(exist_ok=True)
    with stage() as (browser, ids):
        for name, path, theme, size in SHOTS:
            for word, value in ids.items():
                path = path.replace(word, value)
            shoot(browser, path, theme, size, FOLDER / f"{name}.png")
            sys.stdout.write(f"docs/screens/{name}.png\n")


if __name__ == "__main__":
    main()
