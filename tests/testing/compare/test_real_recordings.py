"""A recording of the real service: customers act as recorded, and what differs is told by kind."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.testing.compare.real_service import (
    BEACON,
    FIRST,
    POS,
    SECOND,
    THE_POS,
    a_day_at_the_shop,
    payment,
    starting,
    token_call,
)
from tests.testing.compare.recordings import Recorder, compared, told, written


def test_what_the_documentation_says_is_answered_equally(tmp_path: Path) -> None:
    result = compared(written(a_day_at_the_shop().archive, tmp_path))
    assert told(result) == []
    assert [each.left_out for each in result.calls if each.left_out] == []
    assert len(result.compared) == len(a_day_at_the_shop().entries)


def test_what_customers_did_is_inferred_and_told(tmp_path: Path) -> None:
    result = compared(written(a_day_at_the_shop().archive, tmp_path))
    whats = [each.what for each in result.inferences]
    assert whats == [
        "the customer checks in",
        "the customer accepts",
        "the customer checks in",
        "the customer cancels",
        "the customer checks in",
        "the customer accepts",
    ]


def answer(entry: Any, **changes: Any) -> None:
    """Changes fields of a recorded answer; None removes one."""
    content = entry["response"]["content"]
    fields = json.loads(content["text"]) | changes
    content["text"] = json.dumps({name: each for name, each in fields.items() if each is not None})


def found(archive: Any, method: str, path: str, number: int = 0) -> Any:
    """An entry of a recording."""
    url = f"https://api.sandbox.mobilepay.dk/pos/v10{path}"
    fit = [
        each
        for each in archive["log"]["entries"]
        if (each["request"]["method"], each["request"]["url"]) == (method, url)
    ]
    return fit[number]


DELIBERATE = [
    (
        "status",
        lambda it: found(it, "DELETE", f"/pointofsales/{POS}")["response"].update(status=204),
        ["DeletePos status: status: was 204, is 200"],
    ),
    (
        "code",
        lambda it: answer(found(it, "GET", "/payments"), code="1121"),
        ['QueryPaymentIds code: body.code: was "1121", is "1109"'],
    ),
    (
        "missing",
        lambda it: answer(found(it, "GET", f"/pointofsales/{POS}"), calibrationType=4),
        ["GetPos missing field: body.calibrationType: was 4, is missing"],
    ),
    (
        "extra",
        lambda it: answer(found(it, "GET", f"/payments/{FIRST}", 0), plannedCaptureDelay=None),
        ['QueryPayment extra field: body.plannedCaptureDelay: was missing, is "None"'],
    ),
    (
        "type",
        lambda it: answer(found(it, "GET", f"/payments/{FIRST}", 0), amount="120.5"),
        ["QueryPayment type: body.amount: was a text, is a number"],
    ),
    (
        "format of a time",
        lambda it: answer(
            found(it, "GET", f"/payments/{FIRST}", 0), paymentExpiresAt="2023-03-21T09:27:01Z"
        ),
        ["QueryPayment format: body.paymentExpiresAt: was a time with Z, is a time with an offset"],
    ),
    (
        "format of an id",
        lambda it: answer(found(it, "GET", f"/payments/{FIRST}", 0), posId=POS.upper()),
        ["QueryPayment format: body.posId: was a GUID in capitals, is a GUID"],
    ),
    (
        "media type",
        lambda it: found(it, "GET", "/payments")["response"]["content"].update(
            mimeType="application/problem+json"
        ),
        ["QueryPaymentIds format: content-type: was application/problem+json, is application/json"],
    ),
    (
        "value",
        lambda it: answer(found(it, "GET", f"/payments/{FIRST}", 0), amount=1.0),
        ["QueryPayment value: body.amount: was 1.0, is 120.5"],
    ),
]


@pytest.mark.parametrize(("change", "said"), [each[1:] for each in DELIBERATE], ids=lambda _: "")
def test_a_difference_is_told_with_its_kind_and_place(
    tmp_path: Path, change: Any, said: list[str]
) -> None:
    archive = a_day_at_the_shop().archive
    change(archive)
    assert told(compared(written(archive, tmp_path))) == said


FREE = [
    ("GET", "/payments", {"message": "Another wording", "correlationId": POS}),
    ("GET", f"/payments/{FIRST}", {"pollDelayInMs": 1}),
    ("GET", f"/payments/{FIRST}", {"paymentExpiresAt": "2031-01-01T00:00:00+00:00"}),
]


@pytest.mark.parametrize(("method", "path", "changes"), FREE)
def test_what_must_differ_is_no_difference(
    tmp_path: Path, method: str, path: str, changes: dict[str, Any]
) -> None:
    archive = a_day_at_the_shop().archive
    answer(found(archive, method, path), **changes)
    assert told(compared(written(archive, tmp_path))) == []


def test_an_id_that_names_something_else_is_a_difference(tmp_path: Path) -> None:
    archive = a_day_at_the_shop().archive
    other = "11111111-aaaa-4bbb-8ccc-222222222222"
    answer(found(archive, "GET", f"/pointofsales/{POS}"), storeId=other)
    (line,) = told(compared(written(archive, tmp_path)))
    assert "GetPos value: body.storeId" in line


# --- files as browsers and proxies write them -----------------------------------------------------


def as_base64(entry: dict[str, Any]) -> None:
    content = entry["response"]["content"]
    text = base64.b64encode(content["text"].encode()).decode()
    content.update(text=text, encoding="base64")


def http2(entry: dict[str, Any]) -> None:
    request = entry["request"]
    headers = [(each["name"].lower(), each["value"]) for each in request["headers"]]
    pseudo = [(":authority", "api.sandbox.mobilepay.dk"), (":path", "/x"), ("cookie", "a=b")]
    request["headers"] = [{"name": name, "value": value} for name, value in (*pseudo, *headers)]
    entry |= {"comment": "a remark", "pageref": "page_2", "_priority": "High"}


def sanitized(entry: dict[str, Any]) -> None:
    headers = entry["request"]["headers"]
    entry["request"]["headers"] = [each for each in headers if each["name"] != "Authorization"]
    post = entry["request"].get("postData", {})
    for each in post.get("params", ()):
        if each["name"] == "client_secret":
            each["value"] = ""


@pytest.mark.parametrize("change", [as_base64, http2])
def test_files_of_proxies_are_read(tmp_path: Path, change: Any) -> None:
    archive = a_day_at_the_shop().archive
    for entry in archive["log"]["entries"]:
        change(entry)
    assert told(compared(written(archive, tmp_path))) == []


def test_a_file_whose_credentials_were_removed_is_compared(tmp_path: Path) -> None:
    archive = a_day_at_the_shop().archive
    for entry in archive["log"]["entries"]:
        if entry["response"]["status"] != 401:
            sanitized(entry)
    assert told(compared(written(archive, tmp_path))) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_mistake(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "recording.har"
    file.write_text(json.dumps(a_day_at_the_shop().archive), encoding=encoding)
    assert told(compared(file)) == []


def test_other_hosts_and_preflights_are_counted_and_left_out(tmp_path: Path) -> None:
    recorder = a_day_at_the_shop()
    recorder.call("OPTIONS", f"/payments/{FIRST}", 204)
    elsewhere = Recorder("https://stats.example.com")
    elsewhere.call("POST", "//collect", 200)
    elsewhere.call("GET", "//pos-self-certification-api/pos/v10/stores", 500)
    archive = recorder.archive
    archive["log"]["entries"] = [*elsewhere.entries, *archive["log"]["entries"]]
    result = compared(written(archive, tmp_path))
    assert told(result) == []
    assert sum(result.others.values()) == 3
    assert any("stats.example.com" in each for each in result.others)


def test_an_answer_without_its_body_is_compared_by_its_status(tmp_path: Path) -> None:
    archive = a_day_at_the_shop().archive
    found(archive, "GET", f"/pointofsales/{POS}")["response"]["content"] = {"size": 312}
    result = compared(written(archive, tmp_path))
    assert told(result) == []
    (note,) = [each.note for each in result.calls if each.note]
    assert "body" in note


# --- recordings that begin in the middle, and lost answers ----------------------------------------


def test_a_recording_that_begins_with_a_payment_gets_its_point_of_sale(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.call("POST", "/payments", 200, {"paymentId": FIRST}, body=starting("o"), key="k")
    recorder.after(seconds=2)
    issued = payment(FIRST, "IssuedToUser", "o", customerToken="abc")
    recorder.call("GET", f"/payments/{FIRST}", 200, issued)
    result = compared(written(recorder.archive, tmp_path))
    assert told(result) == []
    assert any(POS in each.what for each in result.inferences)


def test_a_payment_from_before_the_recording_is_started_first(tmp_path: Path) -> None:
    recorder = Recorder()
    reserved = payment(FIRST, "Reserved", "o", customerToken="abc", partialCapturePossible=False)
    recorder.call("GET", f"/payments/{FIRST}", 200, reserved)
    recorder.call("POST", f"/payments/{FIRST}/capture", 200, body={"amount": 120.5})
    result = compared(written(recorder.archive, tmp_path))
    assert told(result) == []
    assert len(result.compared) == 2


def test_a_lost_capture_that_was_done_is_done(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.call("POST", "/payments", 200, {"paymentId": FIRST}, body=starting("o"), key="k")
    reserved = payment(FIRST, "Reserved", "o", customerToken="abc", partialCapturePossible=False)
    recorder.call("GET", f"/payments/{FIRST}", 200, reserved)
    recorder.call("POST", f"/payments/{FIRST}/capture", 0, body={"amount": 120.5})
    captured = payment(FIRST, "Captured", "o", customerToken="abc")
    recorder.call("GET", f"/payments/{FIRST}", 200, captured)
    result = compared(written(recorder.archive, tmp_path))
    assert told(result) == []
    assert [each.left_out for each in result.calls if each.left_out] == ["it got no answer"]


def test_a_failed_capture_that_was_not_done_is_not_done(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.call("POST", "/payments", 200, {"paymentId": FIRST}, body=starting("o"), key="k")
    reserved = payment(FIRST, "Reserved", "o", customerToken="abc", partialCapturePossible=False)
    recorder.call("GET", f"/payments/{FIRST}", 200, reserved)
    recorder.call("POST", f"/payments/{FIRST}/capture", 500, body={"amount": 120.5})
    recorder.call("GET", f"/payments/{FIRST}", 200, reserved)
    assert told(compared(written(recorder.archive, tmp_path))) == []


def test_mobilepay_cancels_where_the_recording_says_so(tmp_path: Path) -> None:
    recorder = Recorder()
    token_call(recorder)
    recorder.call("POST", "/payments", 200, {"paymentId": FIRST}, body=starting("o"), key="k")
    recorder.after(seconds=5)
    cancelled = payment(FIRST, "CancelledByMobilePay", "o")
    recorder.call("GET", f"/payments/{FIRST}", 200, cancelled)
    result = compared(written(recorder.archive, tmp_path))
    assert told(result) == []
    assert "MobilePay cancels the payment" in [each.what for each in result.inferences]


def test_a_store_is_closed_and_poor_where_the_recording_says_so(tmp_path: Path) -> None:
    recorder = Recorder()
    closed = {"code": "1204", "message": "m", "correlationId": POS}
    recorder.call("POST", "/payments", 409, closed, body=starting("o"), key="k1")
    recorder.call("GET", f"/pointofsales/{POS}", 200, THE_POS)
    recorder.call("POST", "/payments", 409, closed, body=starting("o"), key="k2")
    recorder.call("POST", "/payments", 200, {"paymentId": FIRST}, body=starting("o"), key="k3")
    reserved = payment(FIRST, "Reserved", "o", customerToken="abc", partialCapturePossible=False)
    recorder.call("GET", f"/payments/{FIRST}", 200, reserved)
    recorder.call("POST", f"/payments/{FIRST}/capture", 200, body={"amount": 120.5})
    refund = {"paymentId": FIRST, "refundOrderId": "r", "amount": 5.0, "currencyCode": "DKK"}
    poor = {**closed, "code": "1368", "origin": "PoS"}
    recorder.call("POST", "/refunds", 409, poor, body=refund, key="k4")
    recorder.call("POST", "/refunds", 200, {"refundId": SECOND}, body=refund, key="k5")
    assert told(compared(written(recorder.archive, tmp_path))) == []


def test_a_path_that_leads_elsewhere_is_left_out(tmp_path: Path) -> None:
    recorder = a_day_at_the_shop()
    recorder.call("POST", "/../../_simulator/reset", 200)
    result = compared(written(recorder.archive, tmp_path))
    assert told(result) == []
    assert sum(result.others.values()) == 1


def test_what_is_taken_already_was_made_before_the_recording(tmp_path: Path) -> None:
    recorder = Recorder()
    for key, code in (("k1", "1200"), ("k2", "1202")):
        body = {**THE_POS, "merchantPosId": key}
        answer = {"code": code, "message": "m", "correlationId": FIRST}
        recorder.call("POST", "/pointofsales", 409, answer, body=body, key=key)
    assert told(compared(written(recorder.archive, tmp_path))) == []


def test_a_payment_that_occupied_the_point_of_sale_before_is_there(tmp_path: Path) -> None:
    recorder = Recorder()
    busy = {"code": "1301", "message": "m", "correlationId": FIRST}
    recorder.call("POST", "/payments", 409, busy, body=starting("o"), key="k1")
    found = {"paymentIds": [SECOND]}
    recorder.call("GET", f"/payments?posId={POS}", 200, found)
    recorder.call("POST", f"/payments/{SECOND}/cancel", 200)
    recorder.call("POST", "/payments", 200, {"paymentId": FIRST}, body=starting("o"), key="k1")
    assert told(compared(written(recorder.archive, tmp_path))) == []


def test_a_lost_start_is_found_by_its_order(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.call("POST", "/payments", 0, body=starting("o"), key="k1")
    recorder.call("GET", f"/payments?posId={POS}&orderId=o", 200, {"paymentIds": [FIRST]})
    recorder.call("GET", f"/payments/{FIRST}", 200, payment(FIRST, "Initiated", "o"))
    result = compared(written(recorder.archive, tmp_path))
    assert told(result) == []
    assert any("call 1 had done its work" in each.what for each in result.inferences)


def test_a_check_in_before_the_payment_is_inferred(tmp_path: Path) -> None:
    recorder = Recorder()
    nobody = {"isUserCheckedIn": False, "pollDelayInMs": 1000}
    recorder.call("GET", f"/pointofsales/{POS}/checkin", 200, nobody)
    recorder.after(seconds=3)
    somebody = {
        "isUserCheckedIn": True,
        "pollDelayInMs": 1000,
        "loyaltyIds": ["77"],
        "customerReceiptToken": "",
        "customerToken": "abc",
    }
    recorder.call("GET", f"/pointofsales/{POS}/checkin", 200, somebody)
    recorder.call("POST", "/payments", 200, {"paymentId": FIRST}, body=starting("o"), key="k")
    assert told(compared(written(recorder.archive, tmp_path))) == []


def test_the_users_of_the_sandbox_act_as_they_were_told(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.call("GET", f"/pointofsales/{POS}", 200, THE_POS)
    recorder.call("POST", "/payments", 200, {"paymentId": FIRST}, body=starting("o"), key="k")
    user = {"beaconId": BEACON, "phoneNumber": "+4520031801"}
    recorder.call("POST", "//pos/app/usersimulation/checkin", 200, body=user)
    recorder.call("POST", "//pos/app/usersimulation/acceptpayment", 200, body=user)
    reserved = payment(FIRST, "Reserved", "o", customerToken="abc", partialCapturePossible=False)
    recorder.call("GET", f"/payments/{FIRST}", 200, reserved)
    result = compared(written(recorder.archive, tmp_path))
    assert told(result) == []
    assert not any("accepts" in each.what for each in result.inferences)


def test_a_refund_that_took_longer_takes_longer_here(tmp_path: Path) -> None:
    recorder = Recorder()
    reserved = payment(FIRST, "Reserved", "o", customerToken="abc", partialCapturePossible=False)
    recorder.call("GET", f"/payments/{FIRST}", 200, reserved)
    recorder.call("POST", f"/payments/{FIRST}/capture", 200, body={"amount": 120.5})
    money = {"paymentId": FIRST, "refundOrderId": "r", "amount": 5.0, "currencyCode": "DKK"}
    recorder.call("POST", "/refunds", 200, {"refundId": SECOND}, body=money, key="k")
    shown = {**money, "refundId": SECOND, "createdOn": None, "pollDelayInMs": 100}
    del shown["createdOn"]
    recorder.after(seconds=4)
    recorder.call("GET", f"/refunds/{SECOND}", 200, {**shown, "status": "Initiated"})
    recorder.after(seconds=4)
    recorder.call("GET", f"/refunds/{SECOND}", 200, {**shown, "status": "Reserved"})
    result = compared(written(recorder.archive, tmp_path))
    assert told(result) == []
    assert any("refund_reserving_time" in each.what for each in result.inferences)
