"""Whoever opens an empty sandbox is told how to call it, and can watch a payment."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.driver import Browser
from tests.support import Till

#: How a snippet is run: its file's name and the command, for programs that may be here.
RUNS = {
    "curl": ("token.sh", ("sh", "token.sh")),
    "php": ("token.php", ("php", "token.php")),
    "go": ("main.go", ("go", "run", "main.go")),
    "java": ("Main.java", ("java", "Main.java")),
    "javascript": ("token.mjs", ("node", "token.mjs")),
}


def test_an_empty_overview_tells_what_a_client_needs(browser: Browser, till: Till) -> None:
    browser.open("/")
    said = browser.text("section[aria-labelledby=first-title]")
    for each in (browser.base, till.client_id, till.secret, "DK12345678"):
        assert each in said


def test_each_language_has_a_tab(browser: Browser) -> None:
    browser.open("/")
    for name in ("curl", "csharp", "java", "php", "delphi", "go", "javascript"):
        browser.press(f"label[for=in-{name}]")
        shown = [each.get_attribute("id") for each in browser.all(".tab") if each.is_displayed()]
        assert shown == [f"tab-{name}"]
        assert browser.base in browser.text(f"#snippet-{name}")


@pytest.mark.parametrize("name", RUNS)
def test_a_snippet_gets_a_token(browser: Browser, tmp_path: Path, name: str) -> None:
    file, command = RUNS[name]
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    browser.open("/")
    text = browser.one(f"#snippet-{name}").get_attribute("textContent")
    (tmp_path / file).write_text(str(text), encoding="utf-8")
    env_home = {"HOME": str(tmp_path), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=env_home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(".") >= 2
    assert "eyJ" in done.stdout


def test_what_a_client_needs_is_closed_once_there_is_something(
    browser: Browser, till: Till
) -> None:
    browser.open("/")
    browser.one("#demo-payment")
    till.create_pos(name="Kiosk")
    browser.sees("#poses", "Kiosk")
    browser.until(lambda: not browser.all("#demo-payment"))
    assert not browser.one("#snippet-curl").is_displayed()
    browser.press("#connect summary")
    for each in (browser.base, till.client_id, till.secret, "DK12345678"):
        assert each in browser.text("#connect")
    browser.press("label[for=in-php]")
    till.create_pos(name="Bar")
    browser.sees("#poses", "Bar")
    assert browser.one("#snippet-php").is_displayed()


def test_the_demo_payment_plays_to_its_end_step_by_step(browser: Browser, till: Till) -> None:
    browser.open("/")
    browser.press("#demo-payment")
    browser.sees("#demo [aria-current]", "The till asks for 86.50.")
    browser.sees("#demo [aria-current]", "The customer scans")
    browser.sees("#counter .ticket", "Initiated")
    browser.sees("#demo [aria-current]", "swipes to accept")
    browser.sees("#screen", "86.50 DKK")
    browser.sees("#demo [aria-current]", "captures")
    assert "/pos/app/usersimulation/acceptpayment" in browser.text("#demo-curl")
    browser.sees("#demo", "That was all of it.")
    browser.sees("#screen", "Paid.")
    (payment,) = till.control("GET", "/payments")["payments"]
    assert (payment["state"], payment["capturedAmount"]) == ("Captured", 86.5)
    browser.press("#demo a.button")
    browser.sees("main h1", "Timeline")


def test_a_demo_that_fails_says_why_and_stops(browser: Browser, till: Till) -> None:
    browser.open("/")
    browser.press("#demo-payment")
    browser.sees("#demo [aria-current]", "The till asks for")
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "503"})
    browser.sees("#demo [role=alert]", "503")
    assert till.control("GET", "/payments")["total"] == 0
