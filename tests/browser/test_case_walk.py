"""The cases of a certification pass where the coloured next step alone is pressed."""

import time
from contextlib import suppress
from typing import Any

from selenium.common.exceptions import NoAlertPresentException

from tests.browser.driver import Browser
from tests.support import CLIENT_ID, Till

#: Seconds that a section may take.
PATIENCE = 240
#: The next step in sight that can be pressed: what became of the last press comes first.
NEXT = """
const found = ["till-result", "keys", "screen", "certifying"].flatMap((id) =>
  [...document.querySelectorAll(`#${id} [data-next]`)]);
return found.filter((each) => each.checkVisibility() && !each.disabled && each.matches(".primary, #phone-accept"))[0]?.id ?? "";
"""
IS_QUIET = "return !document.querySelector('.htmx-request')"


def cases_of(till: Till) -> list[dict[str, Any]]:
    """The cases of the certification, as they stand."""
    sections = till.control("GET", "/certifications/C1")["sections"]
    return [case for section in sections for case in section["cases"]]


def press_next(browser: Browser) -> str:
    """Presses the coloured next step once there is one; returns its id."""
    browser.until(lambda: browser.script(IS_QUIET))
    step = str(browser.script(NEXT))
    if step:
        browser.press(f"[id='{step}']")
        with suppress(NoAlertPresentException):
            browser.driver.switch_to.alert.accept()
    time.sleep(0.3)
    return step


def test_the_payments_pass_by_the_coloured_step_alone(browser: Browser, till: Till) -> None:
    till.control("PUT", "/clock", {"scale": 1})
    pos_id = till.create_pos()
    cases = [
        each["name"]
        for section in till.control("GET", "/certifications")["sections"]
        if section["name"] == "payments"
        for each in section["cases"]
    ]
    till.control("POST", "/certifications", {"cases": cases, "clientIds": [CLIENT_ID]})
    browser.open(f"/page/till?pos={pos_id}")
    pressed, until = [], time.monotonic() + PATIENCE
    while time.monotonic() < until:
        pressed.append(press_next(browser))
        if all(each["state"] in ("passed", "failed") for each in cases_of(till)):
            break
    browser.driver.delete_all_cookies()
    found = {each["name"]: (each["state"], each["why"]) for each in cases_of(till)}
    assert found == dict.fromkeys(cases, ("passed", "")), [each for each in pressed if each]
