"""The focus stays where people work, by keyboard and by mouse, and nothing they wrote is lost."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.browser.editing import Editor
from tests.support import CREDIT, Till

OTHER_PHONE = "+4520031802"


def focused(browser: Browser) -> str:
    """The id of what has the focus."""
    return str(browser.script("return document.activeElement.id || document.activeElement.tagName"))


def at_till(browser: Browser, till: Till, **payment: object) -> str:
    """Opens the till of a new point of sale; returns its id."""
    pos_id = till.create_pos(name="Till 1")
    if payment:
        till.initiate(pos_id, **payment)
    browser.open(f"/page/till?pos={pos_id}&phone={CREDIT}")
    return pos_id


def press_key(browser: Browser, selector: str, key: str) -> None:
    """Moves the focus to something, and presses a key there."""
    element = browser.one(selector)
    browser.script("arguments[0].focus()", element)
    element.send_keys(key)


def test_enter_in_a_field_of_the_till_starts_no_payment(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    for field in ("#amount", "#order", "#label"):
        press_key(browser, field, Keys.ENTER)
    press_key(browser, "#act-start", Keys.ENTER)
    browser.sees("#till-result", "Start 200")
    assert till.control("GET", "/payments")["total"] == 1


def then(browser: Browser, control: str, *keys: str) -> None:
    """Waits until a control has the focus, and presses keys there."""
    browser.until(lambda: focused(browser) == control, f"the focus never was on {control}")
    for key in keys:
        browser.one(":focus").send_keys(key)


def test_the_focus_goes_from_step_to_step_of_a_payment(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    press_key(browser, "#act-start", Keys.ENTER)
    then(browser, "phone-check-in", Keys.ENTER)
    then(browser, "phone-accept", Keys.ENTER)
    then(browser, "act-capture", Keys.ENTER)
    browser.sees("#counter .ticket", "Captured")
    then(browser, "act-start")
    press_key(browser, "#act-refund", Keys.ENTER)
    browser.until(lambda: focused(browser).startswith("reserve-"))
    (payment,) = till.control("GET", "/payments")["payments"]
    (refund,) = till.control("GET", f"/payments/{payment['paymentId']}")["refunds"]
    till.advance(seconds=5)
    then(browser, f"capture-{refund['refundId']}", Keys.ENTER)
    browser.sees("#keys ul", "Captured")
    then(browser, "act-start")


def test_after_a_lost_answer_the_focus_is_on_sending_it_again(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "lost"})
    press_key(browser, "#act-start", Keys.ENTER)
    then(browser, "again", Keys.ENTER)
    then(browser, "phone-check-in")
    assert till.control("GET", "/payments")["total"] == 1


def test_after_a_lost_point_of_sale_the_focus_is_on_sending_it_again(
    browser: Browser, till: Till
) -> None:
    till.control("POST", "/faults", {"call": "CreatePos", "fault": "lost"})
    browser.open("/page/till")
    press_key(browser, "#create-pos", Keys.ENTER)
    then(browser, "again", Keys.ENTER)
    browser.sees("#till-result", "Send again: CreatePos 200")
    then(browser, "act-start")
    assert till.control("GET", "/payments")["total"] == 0
    assert till.control("GET", "/points-of-sale")["total"] == 1


@pytest.mark.parametrize("control", ["phone-reject", "act-cancel"])
def test_after_a_cancelled_payment_the_focus_is_on_the_next_start(
    browser: Browser, till: Till, control: str
) -> None:
    at_till(browser, till, amount=12.5)
    press_key(browser, "#phone-check-in", Keys.ENTER)
    then(browser, "phone-accept")
    press_key(browser, f"#{control}", Keys.ENTER)
    browser.sees("#counter .ticket", "Cancelled by")
    then(browser, "act-start", Keys.ENTER)
    browser.until(lambda: till.control("GET", "/payments")["total"] == 2)


def test_after_an_expiry_the_focus_is_on_the_next_start(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.reserved(pos_id)
    browser.open(f"/page/till?pos={pos_id}")
    press_key(browser, "#let-expire", Keys.ENTER)
    browser.sees("#counter .ticket", "Expired")
    then(browser, "act-start")


def test_more_enters_after_a_capture_capture_no_more(browser: Browser, till: Till) -> None:
    pos_id = till.create_pos(name="Till 1")
    till.reserved(pos_id)
    browser.open(f"/page/till?pos={pos_id}")
    press_key(browser, "#act-capture", Keys.ENTER)
    browser.sees("#counter .ticket", "Captured")
    then(browser, "act-start")
    assert len(till.control("GET", "/requests?operation=CapturePayment")["requests"]) == 1


def test_a_second_press_shows_that_it_was_one(browser: Browser, till: Till) -> None:
    at_till(browser, till, amount=12.5)
    said = []
    for _ in range(2):
        before = browser.one("#glance").text
        press_key(browser, "#act-capture", Keys.ENTER)
        browser.sees("#glance", "Capture 409")
        browser.until(lambda before=before: browser.one("#glance").text != before)
        said.append(browser.text("#till-result"))
    assert said[0] != said[1]
    assert focused(browser) == "act-capture"


def test_a_refused_press_leaves_the_focus_where_it_is(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    press_key(browser, "#amount", Keys.CONTROL + "a")
    browser.one("#amount").send_keys("-1")
    press_key(browser, "#act-start", Keys.ENTER)
    browser.sees("#till-result", "400")
    assert focused(browser) == "act-start"


def test_a_press_with_the_mouse_leaves_the_focus_on_the_phone(browser: Browser, till: Till) -> None:
    at_till(browser, till, amount=12.5)
    browser.press("#phone-check-in")
    browser.until(lambda: focused(browser) == "phone-accept")
    browser.press("#phone-reject")
    browser.sees("#screen", "Cancelled by user")
    browser.until(lambda: focused(browser) == "act-start")


def test_a_sandbox_that_was_made_begins_with_a_point_of_sale(browser: Browser, till: Till) -> None:
    browser.driver.get(str(till.http.base_url).rstrip("/") + "-begun/page/till")
    press_key(browser, "#make-sandbox", Keys.ENTER)
    then(browser, "create-pos", Keys.ENTER)
    browser.sees("#till-result", "Create point of sale 200")


def test_the_focus_is_at_the_till_once_its_point_of_sale_was_made(browser: Browser) -> None:
    browser.open("/page/till")
    press_key(browser, "#new-name", Keys.ENTER)
    browser.sees("#till-result", "Create point of sale 200")
    browser.until(lambda: focused(browser) == "act-start")


def test_a_point_of_sale_is_deleted_only_after_a_question(browser: Browser, till: Till) -> None:
    at_till(browser, till)
    for key in (None, Keys.ENTER):
        if key is None:
            browser.press("#act-delete-pos")
        else:
            press_key(browser, "#act-delete-pos", key)
        question = browser.driver.switch_to.alert
        assert "Till 1" in question.text
        question.dismiss()
        assert focused(browser) == "act-delete-pos"
    assert till.control("GET", "/points-of-sale")["total"] == 1
    browser.press("#act-delete-pos")
    browser.driver.switch_to.alert.accept()
    browser.sees("#till-result", "200")
    assert till.control("GET", "/points-of-sale")["total"] == 0


def test_a_faulty_save_keeps_the_text_and_the_focus(browser: Browser) -> None:
    editor = Editor(browser)
    browser.fill("#name", "wrong")
    editor.write("summary: Wrong.\nsteps:\n  - do: acept")
    press_key(browser, "#save", Keys.ENTER)
    browser.sees("#mistake", "line 3 is wrong")
    browser.until(lambda: focused(browser) == "editor")
    assert editor.line() == "3"
    browser.fill("#name", "a/b")
    browser.press("#save")
    browser.sees("#mistake", "the name is wrong")
    browser.until(lambda: focused(browser) == "name")
    assert "acept" in editor.text
    # It is still there after one looked elsewhere.
    browser.open("/page/runs")
    editor = Editor(browser)
    assert "acept" in editor.text
    browser.press("[data-discard]")
    browser.driver.switch_to.alert.accept()


def test_what_was_written_and_not_saved_is_there_again(browser: Browser) -> None:
    editor = Editor(browser, "/page/scenarios/success/edit")
    saved = editor.text
    editor.write(f"{saved}# mine")
    browser.press("nav.views a[href$='/page/clock']")
    browser.sees("main h1", "Clock")
    browser.open("/page/scenarios/rejection/edit")
    assert not browser.one("#draft").is_displayed()
    editor = Editor(browser, "/page/scenarios/success/edit")
    assert "# mine" in editor.text
    assert "# mine" in editor.all(".cm-content")[0].text
    press_key(browser, "#draft [data-discard]", Keys.ENTER)
    browser.driver.switch_to.alert.dismiss()
    assert "# mine" in editor.text
    press_key(browser, "#draft [data-discard]", Keys.ENTER)
    browser.driver.switch_to.alert.accept()
    assert editor.text == saved
    assert "# mine" not in editor.all(".cm-content")[0].text
    assert focused(browser) == "editor"
    editor = Editor(browser, "/page/scenarios/success/edit")
    assert editor.text == saved


def test_nothing_is_left_of_a_draft_that_was_saved(browser: Browser) -> None:
    editor = Editor(browser)
    first = editor.text
    browser.fill("#name", "mine")
    editor.write("summary: Mine.\nsteps:\n  - after: 5m\n    do: check-in")
    browser.press("#save")
    browser.sees("main h1", "mine")
    assert Editor(browser).text == first


def test_the_chosen_phone_stays_chosen(browser: Browser, till: Till) -> None:
    pos_id = at_till(browser, till)
    browser.choose("#phone", OTHER_PHONE)
    browser.sees("#screen .carrier", OTHER_PHONE)
    browser.open("/page/clock")
    browser.open(f"/page/till?pos={pos_id}")
    assert browser.one("#phone").get_attribute("value") == OTHER_PHONE
    browser.sees("#screen .carrier", OTHER_PHONE)
    browser.driver.delete_all_cookies()


def test_ticking_all_sections_keeps_what_was_written(browser: Browser, till: Till) -> None:
    browser.open("/page/certification")
    browser.fill("#version", "2.4.0")
    press_key(browser, "#tick-all", Keys.ENTER)
    browser.until(lambda: focused(browser) == "begin")
    assert browser.one("#version").get_attribute("value") == "2.4.0"
    assert all(each.is_selected() for each in browser.all("input[id^='section-']"))
    press_key(browser, "#begin", Keys.ENTER)
    browser.sees("main h1", "Certification C1")
    assert len(till.control("GET", "/certifications")["certifications"]) == 1


def test_the_keyboard_passes_the_faults_on_its_way_to_the_phone(
    browser: Browser, till: Till
) -> None:
    at_till(browser, till)
    press_key(browser, "#past-faults", Keys.ENTER)
    then(browser, "phone", Keys.TAB)
    assert focused(browser) == "phone-check-in"


def test_the_keyboard_passes_the_payments_on_its_way_to_the_books(browser: Browser) -> None:
    browser.open("/page/ledger")
    press_key(browser, "#to-books", Keys.ENTER)
    then(browser, "books")


def test_a_fault_is_armed_and_met_in_few_presses_of_the_keyboard(
    browser: Browser, till: Till
) -> None:
    at_till(browser, till)
    press_key(browser, "#to-faults", Keys.ENTER)
    browser.until(lambda: focused(browser).startswith("fault-"))
    press_key(browser, "#fault-InitiatePayment-500", Keys.ENTER)
    browser.until(lambda: focused(browser) == "to-next")
    browser.one(":focus").send_keys(Keys.ENTER)
    assert focused(browser) == "act-start"


def test_where_no_press_is_the_next_one_the_focus_is_on_the_first_key(
    browser: Browser, till: Till
) -> None:
    # Where time stands still, the jump to the scenario's next step is next.
    till.control("PUT", "/clock", {"scale": 0.001})
    at_till(browser, till, scenario="success")
    assert browser.all("[data-next]") == []
    press_key(browser, "#fault-CapturePayment-500", Keys.ENTER)
    browser.until(lambda: focused(browser) == "to-next")
    browser.one(":focus").send_keys(Keys.ENTER)
    assert focused(browser).startswith("act-")


def test_a_fault_that_is_armed_by_mouse_leaves_the_focus_there(
    browser: Browser, till: Till
) -> None:
    at_till(browser, till)
    browser.press("#fault-InitiatePayment-500")
    browser.sees("#faults-result", "Done.")
    assert focused(browser) == "fault-InitiatePayment-500"
