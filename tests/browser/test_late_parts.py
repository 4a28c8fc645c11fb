"""A part that was asked for before the page went on to something else is not shown any more."""

from typing import Any

from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.test_focus import press_key
from tests.support import CLIENT_ID, Till

#: From now on the keys of the till are asked for late, as on a slow connection.
LATE_KEYS = """
const { open, send } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (method, url, ...rest) {
  this.isLate = url.includes("part=keys");
  return open.call(this, method, url, ...rest);
};
window.late = 0;
XMLHttpRequest.prototype.send = function (...body) {
  if (!this.isLate) return send.apply(this, body);
  setTimeout(() => {
    window.late += 1;
    try { send.apply(this, body); } catch { /* It was given up meanwhile. */ }
  }, 1500);
};
"""
#: What the button of the case deletes, what it asks, and which till is shown.
DELETED = """
const form = document.getElementById("case-delete-pos").form;
return [form.elements.pos.value, form.dataset.confirm, document.querySelector("#till-form [name=pos]").value];
"""


def lost_twice(browser: Browser, till: Till, cases: list[str]) -> None:
    """Makes a point of sale whose answer is lost, and then fails."""
    till.create_pos()
    till.control("POST", "/certifications", {"cases": cases, "clientIds": [CLIENT_ID]})
    browser.open("/page/till")
    browser.press("#case-create-pos")
    browser.sees("#till-result", "lost")
    browser.press("#again")
    browser.sees("#till-result", "500")


def asked_and_deleted(browser: Browser) -> Any:
    """What the button of the case asks and deletes, and the point of sale that is shown."""
    return browser.script(DELETED)


def test_an_older_answer_does_not_name_another_till_in_the_question(
    browser: Browser, till: Till
) -> None:
    lost_twice(browser, till, ["certify-create-pos", "certify-delete-pos"])
    browser.script(LATE_KEYS)
    browser.script("htmx.trigger(document.getElementById('keys'), 'acted')")
    browser.press("#again")
    browser.one("#case-delete-pos")
    browser.until(lambda: browser.script("return window.late") >= 1)
    browser.until(lambda: not browser.all("#keys.htmx-request"))
    deleted, question, shown = asked_and_deleted(browser)
    (made,) = [
        each
        for each in till.control("GET", "/points-of-sale")["pointsOfSale"]
        if each["posId"] == shown
    ]
    assert deleted == shown
    assert question == f"Delete the point of sale {made['name']}?"
    browser.driver.delete_all_cookies()


def test_a_part_asked_for_before_a_press_was_answered_is_asked_for_anew(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    browser.open(f"/page/till?pos={pos_id}")
    browser.script(LATE_KEYS)
    browser.script("htmx.trigger(document.getElementById('keys'), 'acted')")
    browser.press("#act-start")
    browser.sees("#till-result", "Start 200")
    browser.until(lambda: browser.script("return window.late") >= 2)
    browser.until(lambda: not browser.all("#act-start[data-next]"))


def test_the_question_and_the_deletion_are_of_one_form(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos()
    browser.open(f"/page/till?pos={pos_id}")
    form = "const { form } = document.getElementById('act-delete-pos'); return [form.elements.pos.value, form.dataset.confirm]"
    pos, question = browser.script(form)
    name = till.control("GET", f"/points-of-sale/{pos_id}")["name"]
    assert (pos, question) == (pos_id, f"Delete the point of sale {name}?")


def test_what_is_to_be_sent_again_has_the_focus_as_soon_as_it_is_told(
    browser: Browser, till: Till
) -> None:
    pos_id = till.create_pos()
    browser.open(f"/page/till?pos={pos_id}")
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "lost"})
    browser.script(LATE_KEYS)
    press_key(browser, "#act-start", Keys.ENTER)
    browser.sees("#till-result", "lost")
    browser.until(lambda: browser.script("return document.activeElement.id") == "again")
    assert browser.script("return window.late") == 0
