"""The cases of a certification pass where the till's coloured button alone is pressed."""

import re
import time
from typing import Any

import pytest
from mobilepay_simulator.dashboard.case_presses import next_press
from mobilepay_simulator.dashboard.tokens import VERSION

from tests.dashboard.conftest import Reader
from tests.support import CLIENT_ID, Till

#: Real seconds that cases may take.
PATIENCE = 90
NEXT = re.compile(r"<button[^>]*\bdata-next\b[^>]*>")
VALUE = re.compile(r'name="act" value="([^"]+)"|value="([^"]+)"|id="case-([^"]+)"')
CALL = re.compile(r'name="call" value="([^"]+)"')


def begin(till: Till, *cases: str, pos_id: str = "") -> str:
    """Begins a certification of the page's client in some cases, with a point of sale."""
    till.control("PUT", "/clock", {"scale": 1})
    pos_id = pos_id or till.create_pos()
    till.control("POST", "/certifications", {"cases": list(cases), "clientIds": [CLIENT_ID]})
    return pos_id


def cases_of(till: Till) -> dict[str, Any]:
    """The cases, as they stand."""
    sections = till.control("GET", "/certifications/C1")["sections"]
    return {case["name"]: case for section in sections for case in section["cases"]}


def is_over(till: Till) -> bool:
    """Whether every case was tried."""
    return all(each["state"] in ("passed", "failed") for each in cases_of(till).values())


def press_next(reader: Reader, pos_id: str) -> str:
    """Presses what is coloured; returns what was pressed, empty where nothing is."""
    page = reader.text("/page/till?part=keys&pos=" + pos_id)
    call = CALL.search(page)
    if call:
        reader.press("again", pos=pos_id, call=call[1])
        return "again"
    button = NEXT.search(page)
    if button is None:
        return ""
    act = VALUE.search(button[0])
    assert act, button[0]
    form = {"amount": "10", **({"no-debit": "on"} if 'id="case-terms"' in page else {})}
    pressed = next(each for each in act.groups() if each)
    reader.press(pressed, pos=pos_id, payment=_shown(reader, pos_id), **form)
    return pressed


def _shown(reader: Reader, pos_id: str) -> str:
    found = re.search(
        r'name="payment" value="([^"]+)"', reader.text("/page/till?part=counter&pos=" + pos_id)
    )
    return found[1] if found else ""


def walk(reader: Reader, till: Till, pos_id: str) -> list[str]:
    """Presses what is coloured until every case was tried; returns what was pressed."""
    pressed, until = [], time.monotonic() + PATIENCE
    while not is_over(till) and time.monotonic() < until:
        pressed.append(press_next(reader, pos_id))
        if not pressed[-1]:
            time.sleep(0.2)
    return pressed


@pytest.mark.parametrize(
    "cases",
    [
        ("certify-broken-answers",),
        ("certify-token-expired",),
        ("certify-active-payment",),
        ("certify-restricted-payment",),
        ("certify-card-refused-prepared",),
        ("certify-prepared-payment-cancelled",),
        ("certify-refund-cancelled",),
    ],
    ids="".join,
)
def test_a_case_passes_by_what_is_coloured(
    reader: Reader, till: Till, cases: tuple[str, ...]
) -> None:
    pos_id = till.create_pos()
    # There is something to refund.
    till.captured(pos_id)
    begin(till, *cases, pos_id=pos_id)
    pressed = walk(reader, till, pos_id)
    for each in cases_of(till).values():
        assert (each["state"], each["why"]) == ("passed", ""), pressed


def test_a_service_that_stays_down_is_given_up_after_five_retries(
    reader: Reader, till: Till
) -> None:
    pos_id = begin(till, "certify-gives-up")
    said = reader.press("start", pos=pos_id, amount="10")
    for _ in range(5):
        call = CALL.search(said)
        assert call
        assert 'id="again" data-next' in said
        said = reader.press("again", pos=pos_id, call=call[1])
    assert "which now gives up" in said
    assert "data-next" not in said
    assert cases_of(till)["certify-gives-up"]["state"] == "passed"


def test_what_needs_a_client_of_ones_own_is_said_before_it_is_tried(
    reader: Reader, till: Till
) -> None:
    pos_id = begin(till, "certify-notified", "certify-refund")
    page = reader.text("/page/till?part=keys&pos=" + pos_id)
    assert "<i>Told of a check-in</i> needs a client of your own" in page
    assert "1. Complete a refund" in page
    shown = reader.text("/page/certification/C1?case=certify-notified")
    assert 'id="own-client"' in shown
    assert 'id="own-client"' not in reader.text("/page/certification/C1?case=certify-refund")


def test_a_poll_within_a_case_waits_for_the_poll_delay(reader: Reader, till: Till) -> None:
    pos_id = begin(till, "certify-payment-cancelled-by-user")
    reader.press("start", pos=pos_id, amount="10")
    began = time.monotonic()
    for _ in range(2):
        reader.press("query", pos=pos_id)
    assert time.monotonic() - began >= 1
    (case,) = cases_of(till).values()
    assert "broken" not in {each["state"] for each in case["steps"]}


def test_without_a_certification_one_may_query_as_fast_as_one_likes(
    reader: Reader, till: Till
) -> None:
    pos_id = till.create_pos()
    reader.press("start", pos=pos_id, amount="10")
    assert [">200<" in reader.press("query", pos=pos_id) for _ in range(3)] == [True] * 3
    calls = till.control("GET", "/requests?operation=QueryPayment")["requests"]
    first, *_, last = (each["realAt"] for each in calls)
    assert len(calls) == 3
    assert last > first


def test_a_call_that_the_till_has_no_press_for_is_left_to_the_client() -> None:
    case = {"opensWith": ["CreatePos"], "run": None}
    steps = [{"state": "to come", "calls": ["GetPos"], "title": "It is looked at"}]
    press = next_press({**case, "steps": steps}, {"posId": "1"}, None, "")
    assert (press.act, press.title) == ("", "It is looked at")


@pytest.mark.parametrize("state", [None, "Captured", "Initiated"])
def test_no_point_of_sale_that_the_shop_works_with_is_deleted_for_a_case(state: str | None) -> None:
    case = {"opensWith": ["DeletePos"], "run": None, "steps": []}
    is_open = state == "Initiated"
    payment = {"state": state, "open": is_open} if state else None
    press = next_press(case, {"posId": "1"}, payment, "")
    assert press.act == ("create-pos" if is_open else "delete-pos")
    assert bool(press.needs) is is_open


def test_the_till_tells_which_scenario_plays_its_next_payment(reader: Reader, till: Till) -> None:
    pos_id, other = till.create_pos(), till.create_pos()
    assert "queued-here" not in reader.text("/page/till?part=keys&pos=" + pos_id)
    till.control("POST", "/scenarios/next", {"scenario": "rejection", "posId": pos_id})
    assert re.search(
        r'id="queued-here">[^<]*<a[^>]*>rejection</a>', reader.text("/page/till?pos=" + pos_id)
    )
    assert "queued-here" not in reader.text("/page/till?part=keys&pos=" + other)


def test_a_payment_to_refund_is_started_for_no_step_of_the_refund(
    reader: Reader, till: Till
) -> None:
    other = till.create_pos()
    till.captured(other)
    pos_id = begin(till, "certify-refund")
    page = reader.text("/page/till?part=keys&pos=" + pos_id)
    assert "Next: press <b>Start</b>, since the case needs a captured payment." in page
    page = reader.text("/page/till?part=keys&pos=" + other)
    assert "Next: press <b>Refund</b>. The step: " in page


def test_after_the_last_case_the_till_leads_to_what_is_left(reader: Reader, till: Till) -> None:
    pos_id = begin(till, "certify-payment")
    till.control("PUT", "/clock", {"scale": 0})
    reader.press("start", pos=pos_id, amount="10")
    assert "not-counted" in reader.text("/page/till?pos=" + pos_id)
    till.advance(seconds=60)
    page = reader.text("/page/till?pos=" + pos_id)
    assert "not-counted" not in page
    (link,) = re.findall(r"<a [^>]*data-next[^>]*>", page)
    assert "/page/certification/C1?case=certify-payment" in link
    assert not NEXT.search(page)


def test_the_till_tells_which_case_the_last_attempt_passed(reader: Reader, till: Till) -> None:
    pos_id = begin(till, "certify-create-pos-for-the-rest", "certify-payment")
    path = "/page/till?part=keys&pos=" + pos_id
    assert "case-passed" not in reader.text(path)
    # A client of the version that the page's own has.
    till.headers.update(VERSION)
    till.create_pos()
    passed = re.search(r'id="case-passed".*?</p>', reader.text(path))
    assert passed
    assert "Create the point of sale for the rest</a> passed." in passed[0]
    till.control("PUT", "/clock", {"scale": 0})
    reader.press("start", pos=pos_id, amount="10")
    till.advance(seconds=60)
    page = reader.text(path)
    assert "case-failed" in page
    assert "case-passed" not in page


def test_the_case_of_a_deletion_names_its_button(reader: Reader, till: Till) -> None:
    pos_id = begin(till, "certify-delete-pos")
    page = reader.text("/page/till?part=keys&pos=" + pos_id)
    assert page.count("Delete this point of sale") == 2


def test_a_button_of_a_case_is_no_button_of_the_tills_form(reader: Reader, till: Till) -> None:
    pos_id = begin(till, "certify-active-payment")
    reader.press("start", pos=pos_id, amount="10")
    page = reader.text("/page/till?part=keys&pos=" + pos_id)
    (button,) = re.findall(r"<button[^>]*case-query-ids[^>]*>", page)
    # Enter in a field would press it.
    assert "form=" not in button
