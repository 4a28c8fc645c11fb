"""One press beside the till lets the next call go wrong, and the header takes it back."""

from typing import Any

import pytest

from tests.browser.driver import Browser
from tests.support import Till


def chips(browser: Browser) -> list[str]:
    """What the header says is armed, without the clock."""
    said = [each.text.split("\n")[0] for each in browser.all("#in-force li")]
    return [each for each in said if each != "Time stands still"]


def armed(till: Till) -> list[dict[str, Any]]:
    faults = till.control("GET", "/faults")["faults"]
    return [each for each in faults if each["left"] != 0]


@pytest.fixture
def pos_id(till: Till, browser: Browser) -> str:
    pos_id = till.create_pos(name="Till 1")
    browser.open(f"/page/till?pos={pos_id}")
    return pos_id


WORDS = {
    "lost": "its response is lost",
    "timeout": "comes after the client's time-out",
    "500": "returns 500",
    "429": "returns 429",
    "reset": "(reset)",
}


@pytest.mark.parametrize("word", WORDS)
def test_one_press_arms_a_fault_and_a_chip_says_so(
    browser: Browser, till: Till, pos_id: str, word: str
) -> None:
    button = f"#fault-CapturePayment-{word}"
    assert browser.text(button) == word
    browser.press(button)
    browser.until(lambda: len(chips(browser)) == 1)
    assert WORDS[word] in chips(browser)[0]
    (fault,) = armed(till)
    assert (fault["call"], fault["left"]) == (["CapturePayment"], 1)
    assert "/_simulator/faults" in browser.text("#fault-curl")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("500", "500"),
            "The next 2 calls of CapturePayment meet the fault 500: it is armed 2 times.",
        ),
        (
            ("lost", "500"),
            "The next 2 calls of CapturePayment meet a fault each, the last of them 500.",
        ),
    ],
)
def test_a_fault_behind_another_of_its_call_is_told_to_come_after_it(
    browser: Browser, till: Till, pos_id: str, words: tuple[str, str], told: str
) -> None:
    first, second = words
    browser.press(f"#fault-CapturePayment-{first}")
    browser.sees("#faults-result", f"Done. The next CapturePayment meets the fault {first}.")
    browser.press(f"#fault-CapturePayment-{second}")
    browser.sees("#faults-result", f"Done. {told}")
    browser.until(lambda: len(chips(browser)) == 2)


def test_any_other_operation_can_be_chosen(browser: Browser, till: Till, pos_id: str) -> None:
    browser.choose("#other", "GetCheckIn")
    browser.press("#fault-other-500")
    browser.until(lambda: len(chips(browser)) == 1)
    assert till.call("GET", f"/pointofsales/{pos_id}/checkin").status_code == 500
    browser.until(lambda: chips(browser) == [])


def test_one_of_several_faults_is_removed_by_itself(
    browser: Browser, till: Till, pos_id: str
) -> None:
    for call in ("CapturePayment", "CreateRefund"):
        browser.press(f"#fault-{call}-lost")
        browser.sees("#in-force", call)
    assert len(chips(browser)) == 2
    browser.press("#in-force button[aria-label*='CapturePayment']")
    browser.until(lambda: len(chips(browser)) == 1)
    assert [each["call"] for each in armed(till)] == [["CreateRefund"]]
    assert "/_simulator/faults/0" in browser.text("#force-curl")


def test_a_fault_that_has_struck_is_armed_no_more(
    browser: Browser, till: Till, pos_id: str
) -> None:
    browser.press("#fault-InitiatePayment-lost")
    browser.until(lambda: len(chips(browser)) == 1)
    browser.press("#act-start")
    browser.sees("#till-result", "The answer was lost")
    browser.until(lambda: chips(browser) == [])
    assert till.control("GET", "/faults")["faults"][0]["left"] == 0


def test_a_store_is_made_inactive_and_active_again(
    browser: Browser, till: Till, pos_id: str
) -> None:
    browser.press("#store-active[value='active:off']")
    browser.until(lambda: any(each.endswith("is not active") for each in chips(browser)))
    assert till.call("POST", "/payments", till.payment_body(pos_id), key="k").status_code >= 400
    browser.press("#in-force button[aria-label$=' active']")
    browser.until(lambda: chips(browser) == [])
    browser.one("#store-active[value='active:off']")
    till.initiate(pos_id)


def test_balance_and_poll_delay_are_set(browser: Browser, till: Till, pos_id: str) -> None:
    browser.fill("#balance", "7,25")
    browser.press("#set-balance")
    browser.sees("#faults-result", "Done")
    stores = till.control("GET", "/stores")["stores"]
    assert 7.25 in [each["balance"] for each in stores]
    browser.fill("#poll-delay", "5")
    browser.press("#enforce")
    browser.press("#set-polling")
    browser.until(lambda: chips(browser) == ["Poll delay 5 s, sooner polls get 429"])
    payment_id = till.initiate(pos_id)
    assert till.payment(payment_id)["pollDelayInMs"] == 5000
    assert till.call("GET", f"/payments/{payment_id}").status_code == 429
    browser.press("#in-force button[aria-label='Restore the poll delay']")
    browser.until(lambda: chips(browser) == [])
    assert till.control("GET", "/polling") == {"delay": 1, "enforce": False, "changed": False}


@pytest.mark.parametrize("text", ["much", "-1", ""])
def test_a_poll_delay_that_is_none_is_refused(
    browser: Browser, till: Till, pos_id: str, text: str
) -> None:
    browser.fill("#poll-delay", text)
    browser.press("#set-polling")
    browser.sees("#faults-result [role=alert]", "delay")
    assert not till.control("GET", "/polling")["changed"]
