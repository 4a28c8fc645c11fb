"""Pressing at the till and on the phone makes the calls that clients make."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from mobilepay_simulator.dashboard.actions import ACTS
from mobilepay_simulator.dashboard.tokens import VERSION

from tests.dashboard.conftest import Reader
from tests.support import CREDIT, OTHER_MERCHANT, Till, fresh, running_server


def make_pos(reader: Reader, till: Till, **form: str) -> str:
    """Makes a point of sale on the page; returns its id."""
    page = reader.text("/page/till")
    store = re.findall(r'<option value="(DK12345678 [^"]+)"', page)[0]
    reader.press("create-pos", **{"store": store, "name": "Till 1", **form})
    return str(till.control("GET", "/points-of-sale")["pointsOfSale"][0]["posId"])


def newest(till: Till) -> dict[str, Any]:
    """The newest payment."""
    found: dict[str, Any] = till.control("GET", "/payments?limit=1")["payments"][0]
    return found


def test_the_whole_course_of_a_payment_can_be_pressed(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    reader.press("start", pos=pos_id, amount="10.50", orderId="by-hand")
    reader.press("check-in", pos=pos_id, phone=CREDIT)
    reader.press("accept", pos=pos_id, phone=CREDIT)
    reader.press("capture", pos=pos_id)
    assert (newest(till)["state"], newest(till)["capturedAmount"]) == ("Captured", 10.5)
    reader.press("refund", pos=pos_id, refundAmount="4")
    till.advance(seconds=1)
    (refund,) = till.control("GET", f"/payments/{newest(till)['paymentId']}")["refunds"]
    reader.press(f"capture-refund:{refund['refundId']}", pos=pos_id)
    (refund,) = till.control("GET", f"/payments/{newest(till)['paymentId']}")["refunds"]
    assert (refund["state"], refund["amount"]) == ("Captured", 4)


def test_what_is_pressed_is_journalled_as_a_clients_calls(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    reader.press("start", pos=pos_id, amount="10")
    calls = till.control("GET", "/requests")["requests"]
    assert [each["operation"] for each in calls] == ["Token", "CreatePos", "InitiatePayment"]
    sent = dict(map(tuple, calls[-1]["request"]["headers"]))
    assert sent["x-mobilepay-client-system-name"] == VERSION["X-MobilePay-Client-System-Name"]
    assert sent["host"] == str(till.http.base_url).split("/")[2]


def test_the_calls_of_the_page_break_no_rule(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    reader.press("start", pos=pos_id, amount="10")
    reader.press("cancel", pos=pos_id)
    assert till.control("GET", "/audit")["findings"] == []


def test_a_token_is_fetched_again_only_once_it_has_expired(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    reader.press("start", pos=pos_id, amount="10")
    till.advance(days=2)
    said = reader.press("start", pos=pos_id, amount="10")
    assert ">200<" in said
    tokens = till.control("GET", "/requests?operation=Token")["requests"]
    assert len(tokens) == 2


def test_a_refusal_is_told_with_its_code_and_reason(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    reader.press("start", pos=pos_id, amount="10")
    said = reader.press("start", pos=pos_id, amount="10")
    assert ">409<" in said
    assert "<b>1301</b>" in said


def test_an_amount_that_is_none_is_sent_and_refused_by_the_api(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    for amount in ("ten", "", "1e999", "nan", "-1", "10.505", "<b>"):
        assert ">400<" in reader.press("start", pos=pos_id, amount=amount)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("10,50", 10.5),
        ("1.000,50", 1000.5),
        ("1,000.50", 1000.5),
        ("12.345.678,90", 12345678.9),
    ],
)
def test_an_amount_is_read_as_people_write_it(
    reader: Reader, till: Till, typed: str, amount: float
) -> None:
    reader.press("start", pos=make_pos(reader, till), amount=typed)
    assert newest(till)["amount"] == amount


@pytest.mark.parametrize("typed", ["1.00,50", "1.000.50", "1,000,5"])
def test_an_amount_that_nobody_can_read_is_sent_as_it_was_typed(
    reader: Reader, till: Till, typed: str
) -> None:
    reader.press("start", pos=make_pos(reader, till), amount=typed)
    (call,) = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    assert json.loads(call["request"]["body"])["amount"] == typed


def test_a_body_that_was_not_kept_is_told_and_comes_from_a_file(reader: Reader, till: Till) -> None:
    till.call("POST", "/payments", {"orderId": "x" * 2_000_000})
    (call,) = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    said = unescape(reader.text(f"/page/requests/{call['id']}"))
    assert "The body of 2,000,014 bytes was too large to be read" in said
    assert "--data-binary @body.json" in said


def test_terms_are_sent_as_they_are_chosen(reader: Reader, till: Till) -> None:
    form = {"label": "Coffee", "delay": "LessThan14Days", "no-debit": "on"}
    reader.press("start", pos=make_pos(reader, till), amount="10", **form)
    payment = newest(till)
    assert (payment["label"], payment["plannedCaptureDelay"]) == ("Coffee", "LessThan14Days")
    assert payment["restrictions"]["debitCardDisallowed"] is True


def test_the_call_is_shown_as_a_command_without_the_token(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    said = unescape(reader.press("start", pos=pos_id, amount="10", orderId="it's"))
    assert "curl -X POST" in said
    assert '"Authorization: Bearer $TOKEN"' in said
    assert "Bearer ey" not in said
    assert """it'"'"'s""" in said


def test_what_nobody_knows_is_refused(reader: Reader) -> None:
    answer = reader.post("/page/till/act", act="<b>fly</b>")
    assert answer.status_code == 400
    assert "<b>fly" not in answer.text


@pytest.mark.parametrize("act", [each for each in ACTS if each != "create-pos"])
def test_pressing_where_nothing_is_does_no_harm(reader: Reader, act: str) -> None:
    said = reader.press(act, pos="00000000-0000-4000-8000-000000000000", phone=CREDIT)
    assert 'role="alert"' in said or ">4" in said


def test_a_point_of_sale_of_another_integrator_and_merchant_is_operated_for_them(
    reader: Reader, till: Till
) -> None:
    other = till.as_other_integrator().for_merchant(OTHER_MERCHANT)
    pos_id = other.create_pos()
    said = reader.press("start", pos=pos_id, amount="10")
    assert ">200<" in said
    assert newest(till)["currencyCode"] == "EUR"


def test_without_javascript_the_whole_page_answers(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    answer = reader.post("/page/till/act", act="start", pos=pos_id, amount="10")
    assert answer.status_code == 200
    assert "<html" in answer.text
    assert "curl -X POST" in answer.text


def test_the_qr_code_is_drawn_of_the_exact_link(reader: Reader, till: Till) -> None:
    import segno

    pos_id = make_pos(reader, till)
    link = till.control("GET", f"/points-of-sale/{pos_id}")["qr"]
    page = reader.text(f"/page/till?pos={pos_id}")
    assert unescape(re.findall(r'id="qr-link">([^<]+)<', page)[0]) == link
    drawn = segno.make(link, error="m").svg_inline(omitsize=True, border=3, svgclass="qr")
    assert drawn in page


def test_a_fault_is_told_and_the_page_goes_on(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    till.control("POST", "/scenarios/next", {"scenario": "lost-response-initiate"})
    said = reader.press("start", pos=pos_id, amount="10")
    assert "The answer was lost: the connection broke without an answer" in said
    (call,) = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    assert (call["delivery"], call["answer"]["status"]) == ("nothing", 200)
    assert newest(till)["state"] == "Initiated"


SLOW = """summary: Kept for a moment.
faults:
  - call: InitiatePayment
    delay: 200ms
    work: {work}
"""


@pytest.mark.parametrize("work", ["done", "after"])
def test_a_delay_delays_the_page_as_it_would_a_client(
    reader: Reader, till: Till, work: str
) -> None:
    pos_id = make_pos(reader, till)
    name = fresh("slow")
    text = SLOW.format(work=work).encode()
    assert till.http.put(f"/_simulator/scenarios/{name}", content=text).status_code == 200
    till.control("POST", "/scenarios/next", {"scenario": name})
    answer = reader.post(
        "/page/till/act", headers={"HX-Request": "true"}, act="start", pos=pos_id, amount="10"
    )
    assert answer.elapsed.total_seconds() >= 0.2
    assert ">200<" in answer.text
    assert till.control("GET", "/payments")["total"] == 1


def test_a_token_that_is_not_to_be_had_is_told(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    till.advance(days=2)
    till.control("POST", "/scenarios/next", {"scenario": "token-endpoint-down"})
    said = reader.press("start", pos=pos_id, amount="10")
    assert "<b>Get a token</b>" in said
    assert ">500<" in said


def test_what_is_pressed_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    options = ("--data-dir", str(tmp_path), "--time-scale", "0", "--scenario", "manual")
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        till = Till(http)
        pos_id = till.create_pos()
        Reader(http).press("start", pos=pos_id, amount="10")
        server.process.kill()
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        assert newest(Till(http))["posId"] == pos_id


def test_the_phone_says_why_a_card_is_refused_and_offers_another(
    reader: Reader, till: Till
) -> None:
    pos_id = make_pos(reader, till)
    reader.press("start", pos=pos_id, amount="10", **{"no-credit": "on"})
    reader.press("check-in", pos=pos_id, phone=CREDIT)
    phone = reader.text(f"/page/till?part=phone&pos={pos_id}&phone={quote(CREDIT)}")
    assert 'id="phone-refused"' in phone and "credit card" in phone
    assert 'value="take-debit"' in phone and 'value="accept"' not in phone
    reader.press("take-debit", pos=pos_id, phone=CREDIT)
    phone = reader.text(f"/page/till?part=phone&pos={pos_id}&phone={quote(CREDIT)}")
    assert 'id="phone-refused"' not in phone and 'value="accept"' in phone
    reader.press("accept", pos=pos_id, phone=CREDIT)

    assert newest(till)["state"] == "Reserved"


def test_where_no_kind_of_card_is_allowed_the_phone_offers_none(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    both = {"no-credit": "on", "no-debit": "on"}
    reader.press("start", pos=pos_id, amount="10", **both)
    reader.press("check-in", pos=pos_id, phone=CREDIT)
    phone = reader.text(f"/page/till?part=phone&pos={pos_id}&phone={quote(CREDIT)}")

    assert 'id="phone-refused"' in phone and "take-" not in phone and 'value="reject"' in phone


def test_a_late_answer_of_the_page_took_as_long_as_the_page_waited(
    reader: Reader, till: Till
) -> None:
    pos_id = make_pos(reader, till)
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "timeout"})
    reader.press("start", pos=pos_id, amount="10")
    (call,) = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    assert (call["delivery"], call["answer"]["status"]) == ("abandoned", 200)
    assert 2000 <= call["durationMs"] < 2500


def test_the_phone_shows_the_active_payment_where_the_till_shows_another(
    reader: Reader, till: Till
) -> None:
    pos_id = till.create_pos()
    older = till.captured(pos_id, orderId="older")
    till.initiate(pos_id, orderId="newer", scenario="manual")
    till.user("checkin", pos_id)
    page = reader.text(f"/page/till?pos={pos_id}&payment={older}")
    assert re.search(r'id="another-active">[^<]*<a[^>]*>newer</a>', page)
    assert 'id="phone-accept"' in page
    assert 'id="phone-accept"' in reader.text(f"/page/till?part=phone&pos={pos_id}&payment={older}")
    # The till's next step is not another Start, which would be refused.
    assert not re.search(r'id="act-start"[^>]* data-next', page)


JUMP = re.compile(r'<button class="([^"]*)" id="next-step"([^>]*)>')


@pytest.mark.parametrize("part", ["", "&part=counter"])
@pytest.mark.parametrize(("state", "is_next"), [("Initiated", True), ("Reserved", False)])
def test_the_jump_is_next_where_it_alone_goes_on(
    reader: Reader, till: Till, part: str, state: str, is_next: bool
) -> None:
    accepts = "{after: 5s, do: check-in}, {after: 1s, do: accept}"
    steps = f"steps: [{accepts}, {{when: Reserved, after: 9s, do: leave}}]"
    till.http.put("/_simulator/scenarios/slow", content=f"summary: Slow.\n{steps}")
    till.control("PUT", "/clock", {"scale": 0})
    pos_id = till.create_pos()
    till.initiate(pos_id, scenario="slow")
    if state == "Reserved":
        till.advance(seconds=7)
    assert newest(till)["state"] == state
    jump = JUMP.search(reader.text(f"/page/till?pos={pos_id}{part}"))
    assert jump
    assert ("data-next" in jump[2], jump[1] == "primary") == (is_next, is_next)
