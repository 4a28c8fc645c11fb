"""Certification by hand, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.support import CLIENT_ID, Till, running_server

#: The shipped onboarding without its time-outs: what is looked at is the page.
CASES = {
    "certify-create-pos": """
summary: A point of sale is created and looked at.
case:
  section: onboarding
  number: 1
  title: Create it
  task: Create a point of sale, and look at it.
  opens_with: {call: CreatePos}
payments: []
expect:
  - {step: It is created, call: CreatePos}
  - {step: It is looked at, call: GetPos}
""",
    "certify-delete-pos": """
summary: A point of sale is deleted.
case:
  section: onboarding
  number: 2
  title: Delete it
  task: Delete the point of sale.
  opens_with: {call: DeletePos}
payments: []
expect: [{step: It is deleted, call: DeletePos}]
""",
}


@pytest.fixture
def shop(browser: Browser, tmp_path: Path) -> Iterator[Till]:
    """A till at a server whose cases take no time; the browser looks at it."""
    for name, text in CASES.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    options = ("--time-scale", "0", "--scenario", "manual", "--scenarios", str(tmp_path))
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        browser.base = server.url
        yield Till(http)
        browser.driver.get("about:blank")


def begin(browser: Browser) -> None:
    """Begins a certification of whoever calls first, in onboarding."""
    browser.open("/page/certification")
    browser.fill("#otherClient", CLIENT_ID)
    browser.fill("#systemName", "Till 9")
    browser.press("#begin")
    browser.sees("main h1", "Certification C1")
    browser.until(lambda: browser.one("#link").get_attribute("data-live") == "on")
    # What is replaced by a new page would be empty.
    browser.script("window.wasHere = true")


@pytest.mark.parametrize("field", ["version", "systemName", "otherClient"])
def test_enter_in_a_field_begins_nothing(browser: Browser, shop: Till, field: str) -> None:
    browser.open("/page/certification")
    browser.fill(f"#{field}", CLIENT_ID if field == "otherClient" else "2.0.0")
    browser.one(f"#{field}").send_keys(Keys.ENTER)
    browser.press("#tick-all")
    browser.sees("#begin:focus", "Begin")
    assert shop.control("GET", "/certifications")["certifications"] == []


def test_a_client_is_certified_by_hand(browser: Browser, shop: Till) -> None:
    begin(browser)
    browser.sees("#task", "Create a point of sale, and look at it.")
    shop.create_pos()
    browser.sees("#steps li:first-child", "done It is created")
    browser.sees("#steps li:last-child", "to come It is looked at")
    browser.sees("#news", "Create it: in progress, 1 of 2 steps done.")

    # The client goes on too early.
    shop.create_pos()
    browser.sees("#counts", "1 passed")
    browser.sees("#case-certify-create-pos", "the client went on to Create the point of sale for")
    browser.press("#case-certify-create-pos a")
    browser.sees("#why", "It is looked at")
    browser.sees("#steps li:last-child", "missed")
    browser.press("#restart")
    browser.sees("#case-result", "“Create it” begins")
    browser.sees("#case-state", "in progress")
    assert not browser.one("#approve").is_enabled()
    browser.sees("#lack", "Not passed yet: Onboarding Create it")

    browser.script("window.wasHere = true")
    pos_id = shop.create_pos()
    shop.ok("GET", f"/pointofsales/{pos_id}")
    browser.sees("#case-state", "passed")
    browser.until(lambda: not browser.all("#case-result *"))
    shop.ok("DELETE", f"/pointofsales/{pos_id}")
    browser.sees("#news", "3 of 3 cases passed.")
    browser.press("#approve")
    browser.sees("#approval", "Version 1.2")
    browser.sees("#approval", "11111111-2222-4333-8444-555555555555")
    assert browser.script("return window.wasHere")
    browser.press("#report")
    browser.sees("h1", "Till 9")
    browser.open("/page/certification")
    browser.sees("#certification-C1", "approved")


def test_it_is_certified_with_the_pages_own_till(browser: Browser, shop: Till) -> None:
    begin(browser)
    browser.open("/page/till")
    browser.press("#create-pos")
    browser.sees("#till-result", "Create point of sale")
    browser.open("/page/certification/C1")
    browser.sees("#steps li:first-child", "done")
    browser.press("#steps a[href*='/page/requests/']")
    browser.sees("main h1", "Request")


def test_a_till_that_can_not_be_told_of_a_check_in_is_no_mystery(
    browser: Browser, shop: Till
) -> None:
    wanted = {"cases": ["certify-notified", "certify-create-pos"], "clientIds": [CLIENT_ID]}
    shop.control("POST", "/certifications", wanted)
    shop.token()
    browser.open("/page/certification/C1?case=certify-notified")
    browser.press("#callback")
    browser.sees("#case-result", "create one with a callbackAlias")
    gap = (
        "const [button, box] = ['#callback', '#case-result'].map((each) => "
        "document.querySelector(each).getBoundingClientRect()); return box.top - button.bottom"
    )
    browser.until(lambda: 0 <= browser.script(gap) < 40)
    # What follows at the cases does not take it away.
    shop.create_pos()
    browser.sees("#case-certify-create-pos", "in progress")
    browser.sees("#case-result", "create one with a callbackAlias")


def test_no_callback_is_offered_where_a_case_wants_none(browser: Browser, shop: Till) -> None:
    begin(browser)
    browser.one("#restart")
    assert not browser.all("#callback")


def test_a_wrong_client_id_is_told_at_its_field_which_has_the_focus(
    browser: Browser, till: Till
) -> None:
    browser.open("/page/certification")
    browser.fill("#otherClient", "somebody")
    browser.press("#begin")
    browser.sees("#mistake", "Client ids: expected a GUID, got 'somebody'")
    assert browser.script("return document.activeElement.id") == "otherClient"
    field, mistake = browser.one("#otherClient"), browser.one("#mistake")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.get_attribute("aria-describedby") == "mistake"
    assert abs(mistake.rect["y"] - field.rect["y"]) < 100
    assert browser.script(
        "const { top, bottom } = arguments[0].getBoundingClientRect();"
        "return top >= 0 && bottom <= innerHeight",
        mistake,
    )


def test_one_is_abandoned_once_that_is_confirmed(browser: Browser, shop: Till) -> None:
    begin(browser)
    browser.press("#abandon")
    browser.driver.switch_to.alert.dismiss()
    assert shop.control("GET", "/certifications/C1")["stage"] == "open"
    browser.press("#case-certify-delete-pos a")
    browser.until(lambda: "?case=certify-delete-pos" in browser.driver.current_url)
    browser.sees("#case-title", "Delete it")
    browser.press("#abandon")
    browser.driver.switch_to.alert.accept()
    browser.sees("#approval", "without a certificate")
    assert browser.driver.current_url.endswith("?case=certify-delete-pos")
    browser.sees("#case-title", "Delete it")
    assert browser.text("#task").startswith("What was to be done")
    assert not browser.all(".stages :is(.here, [aria-current])")
    browser.until(lambda: browser.script("return document.activeElement.closest('#approval')"))


def test_the_form_of_an_open_page_is_unfolded_once_no_certification_is_open(
    browser: Browser, shop: Till
) -> None:
    for _ in range(2):
        shop.control("POST", "/certifications", {"clientIds": []})
    browser.open("/page/certification")
    browser.until(lambda: browser.one("#link").get_attribute("data-live") == "on")
    browser.press("#another > summary")
    browser.fill("#systemName", "Till 9")
    browser.press("#another > summary")
    is_unfolded = "return document.querySelector('#another').open"
    shop.control("POST", "/certifications/C1/abandon")
    browser.until(lambda: "C1" not in browser.text("#open"))
    assert not browser.script(is_unfolded)
    shop.control("POST", "/certifications/C2/abandon")
    browser.until(lambda: browser.script(is_unfolded))
    assert browser.one("#systemName").get_attribute("value") == "Till 9"


def test_the_focus_stays_on_a_button_while_steps_are_lit(browser: Browser, shop: Till) -> None:
    begin(browser)
    browser.script("document.querySelector('#restart').focus()")
    shop.create_pos()
    browser.sees("#steps li:first-child", "done")
    assert browser.script("return document.activeElement.id") == "restart"
