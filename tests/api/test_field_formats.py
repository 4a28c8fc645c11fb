"""Every field of every request (section 5): what it takes, what it refuses, and with which code."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.calls import TERMS, UNKNOWN, VALID_TEXTS, count_made, events, outcome, prepared
from tests.support import CREDIT, Till, fresh

Request = tuple[str, dict[str, Any]]


def initiate(till: Till) -> Request:
    body = till.payment_body(till.create_pos(), merchantPaymentLabel="label")
    return "/payments", body | {"restrictions": {"debitCardDisallowed": True}}


def prepare(till: Till) -> Request:
    return "/payments/prepare", {"posId": till.create_pos(), "orderId": "order"}


def ready(till: Till) -> Request:
    return f"/payments/{prepared(till)}/ready", TERMS | {"merchantPaymentLabel": "label"}


def capture(till: Till) -> Request:
    return f"/payments/{till.reserved()}/capture", {"amount": 10.0}


def create_pos(till: Till) -> Request:
    return "/pointofsales", till.pos_body(callbackAlias="alias", beaconId="1" * 15)


def refund(till: Till) -> Request:
    body = {"paymentId": till.captured(), "refundOrderId": "1", "amount": 1, "currencyCode": "DKK"}
    return "/refunds", body


#: Operation, field, code, and whether it may be left out or null.
FIELDS: list[tuple[Callable[[Till], Request], str, str, bool]] = [
    (initiate, "posId", "1099", False),
    (initiate, "orderId", "1113", False),
    (initiate, "amount", "1102", False),
    (initiate, "currencyCode", "1099", False),
    (initiate, "plannedCaptureDelay", "1099", False),
    (initiate, "merchantPaymentLabel", "1117", True),
    (initiate, "restrictions", "1099", True),
    (prepare, "posId", "1099", False),
    (prepare, "orderId", "1113", False),
    (ready, "amount", "1102", False),
    (ready, "currencyCode", "1099", False),
    (ready, "plannedCaptureDelay", "1099", False),
    (ready, "merchantPaymentLabel", "1117", True),
    (ready, "restrictions", "1099", True),
    (capture, "amount", "1102", False),
    (create_pos, "merchantPosId", "1111", False),
    (create_pos, "storeId", "1099", False),
    (create_pos, "name", "1112", False),
    (create_pos, "supportedBeaconTypes", "1099", False),
    (create_pos, "beaconId", "1100", True),
    (create_pos, "callbackAlias", "1116", True),
    (refund, "paymentId", "1099", False),
    (refund, "refundOrderId", "1114", False),
    (refund, "amount", "1102", False),
    (refund, "currencyCode", "1099", False),
]
ABSENT = object()
NEVER: list[Any] = [
    True, -5, 1.005, ["x"], [[]], "x" * 37, "\ud800", "\x00", "a\x00b", "\n", "☕", "日本", "\u202e",
    "DKK ", "dkkk", "\u0661\u0660", "1e3", "NaN", "Infinity", "0x10",
]  # fmt: skip
#: What is refused where a text has to be there.
BLANK = ("", " ", " " * 36)
NOT_FOR_STRINGS: list[Any] = [5, 12.5, [], {}]
FREE_TEXT = ("orderId", "merchantPaymentLabel", "merchantPosId", "name", "callbackAlias", "refundOrderId")  # fmt: skip
#: Strings in NEVER that are fine where any text is.
ANY_TEXT = ("DKK ", "dkkk", "1e3", "NaN", "Infinity", "0x10")


def wrong_values(field: str, may_be_left_out: bool) -> list[Any]:
    values = [each for each in NEVER if field not in FREE_TEXT or each not in ANY_TEXT]
    if field not in ("amount", "restrictions", "supportedBeaconTypes"):
        values += NOT_FOR_STRINGS
    if may_be_left_out:
        return values
    return [*values, *(BLANK if field in FREE_TEXT else ()), None, ABSENT]


@pytest.mark.parametrize(
    ("request_of", "field", "code", "may_be_left_out"),
    [pytest.param(*row, id=f"{row[0].__name__}-{row[1]}") for row in FIELDS],
)
def test_a_wrong_value_has_the_fields_code_and_changes_nothing(
    till: Till,
    request_of: Callable[[Till], Request],
    field: str,
    code: str,
    may_be_left_out: bool,
) -> None:
    path, right = request_of(till)
    before = events(till)

    def send(value: Any) -> tuple[int, str | None]:
        body = {name: each for name, each in right.items() if name != field}
        body |= {} if value is ABSENT else {field: value}
        # Escapes what UTF-8 can't say.
        headers = {"Content-Type": "application/json"}
        return outcome(
            till.call("POST", path, content=json.dumps(body), headers=headers, key="key")
        )

    wrong = wrong_values(field, may_be_left_out)
    assert [(each, send(each)) for each in wrong] == [(each, (400, code)) for each in wrong]
    assert events(till) == before
    # The key is still good: nothing was done under it.
    assert send(right.get(field)) == (200, None)


@pytest.mark.parametrize(("request_of", "field"), [row[:2] for row in FIELDS if row[3]])
@pytest.mark.parametrize("value", [None, ABSENT])
def test_an_optional_field_may_be_null_or_left_out(
    till: Till, request_of: Callable[[Till], Request], field: str, value: Any
) -> None:
    path, body = request_of(till)
    body |= {field: value}
    body = {name: each for name, each in body.items() if each is not ABSENT}

    assert till.call("POST", path, body).status_code == 200


@pytest.mark.parametrize(
    "restrictions",
    [
        "none", 1, [], [{}], True, {"debitCardDisallowed": "true"}, {"debitCardDisallowed": 1},
        {"creditCardDisallowed": []}, {"creditCardDisallowed": "no"},
    ],
)  # fmt: skip
def test_restrictions_are_an_object_of_two_booleans(till: Till, restrictions: Any) -> None:
    path, body = initiate(till)

    answer = till.call("POST", path, body | {"restrictions": restrictions})
    assert outcome(answer) == (400, "1099")


@pytest.mark.parametrize("flag", [None, 0, 1, "true", "false", "", [], {}])
def test_require_payment_before_checkin_is_true_or_false(till: Till, flag: Any) -> None:
    body = till.pos_body(requirePaymentBeforeCheckin=flag)

    assert outcome(till.call("POST", "/pointofsales", body)) == (400, "1099")


@pytest.mark.parametrize(
    "types",
    [["BluetoothMP5"], ["QR", "Smoke"], ["QR", None], [["QR"]], "QR", {"QR": 1}],
)
def test_supported_beacon_types_are_a_list_of_words(till: Till, types: Any) -> None:
    body = till.pos_body(supportedBeaconTypes=types)

    assert outcome(till.call("POST", "/pointofsales", body)) == (400, "1099")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (10, 10.0), (10.5, 10.5), (0.01, 0.01), (19.99, 19.99), (1e3, 1000.0), (999999999.99, 999999999.99),
        ("10", 10.0), ("10.5", 10.5), ("0.01", 0.01), ("007.50", 7.5), ("10.000", 10.0),
    ],
)  # fmt: skip
def test_an_amount_is_a_number_or_a_decimal_in_a_string(
    till: Till, amount: Any, shown: float
) -> None:
    payment = till.payment(till.initiate(till.create_pos(), amount))

    assert payment["amount"] == shown
    assert isinstance(payment["amount"], float)


@pytest.mark.parametrize(
    "amount",
    [0, -1, 0.001, 10.005, 10**12, "", " ", "abc", "10,50", "1.2.3", "-1", "+1", "1e2", " 10", "10 ", "ten", "0", ".", "\uff11\uff10", True, [10], {"amount": 10}],
)  # fmt: skip
def test_anything_else_is_an_invalid_amount(till: Till, amount: Any) -> None:
    body = till.payment_body(till.create_pos(), amount)

    assert outcome(till.call("POST", "/payments", body)) == (400, "1102")


@pytest.mark.parametrize("beacon", ["0" * 15, UNKNOWN, "A7B69D37-6753-4E94-AFC3-EF5DAB04B7F4"])
def test_a_beacon_is_a_guid_or_fifteen_digits(till: Till, beacon: str) -> None:
    pos = till.ok("GET", f"/pointofsales/{till.create_pos(beaconId=beacon)}")

    assert pos["beaconId"] == beacon.lower()


@pytest.mark.parametrize("beacon", ["", "0" * 14, "0" * 16, "0" * 31, f"{{{UNKNOWN}", "\u0663" * 15, " " + "0" * 15, UNKNOWN[:-1]])  # fmt: skip
def test_anything_else_is_an_invalid_beacon(till: Till, beacon: str) -> None:
    body = till.pos_body(beaconId=beacon)

    assert outcome(till.call("POST", "/pointofsales", body)) == (400, "1100")


@pytest.mark.parametrize("text", VALID_TEXTS)
def test_free_text_is_kept_as_it_was_sent(till: Till, text: str) -> None:
    pos_id = till.create_pos(merchantPosId=text, name=text, callbackAlias=text)
    payment_id = till.captured(pos_id, orderId=text, merchantPaymentLabel=text)
    refund_id = till.refund(payment_id, refundOrderId=text)

    pos = till.ok("GET", f"/pointofsales/{pos_id}")
    assert [pos[name] for name in ("merchantPosId", "name", "callbackAlias")] == [text] * 3
    payment = till.payment(payment_id)
    assert [payment[name] for name in ("orderId", "merchantPaymentLabel")] == [text] * 2
    assert till.ok("GET", f"/refunds/{refund_id}")["refundOrderId"] == text
    assert till.ok("GET", "/pointofsales", params={"merchantPosId": text}) == {"posIds": [pos_id]}
    found = till.ok("GET", "/payments", params={"orderId": text, "state": "Captured"})
    assert found == {"paymentIds": [payment_id]}


@pytest.mark.parametrize("state", ["Captured ", "Reserved", "Initiated", "0"])
def test_captured_is_the_only_state_to_ask_for(till: Till, state: str) -> None:
    answer = till.call("GET", "/payments", params={"orderId": fresh("order"), "state": state})

    assert outcome(answer) == (400, "1099")


@pytest.mark.parametrize("action", ["checkin", "acceptpayment", "cancelpaymentbyuser"])
@pytest.mark.parametrize("beacon", [ABSENT, None, 5, "", "x", [], {}, "1" * 14, "\ud800", "\x00"])
def test_the_user_simulation_needs_a_beacon_id(till: Till, action: str, beacon: Any) -> None:
    body = {"phoneNumber": CREDIT} | ({} if beacon is ABSENT else {"beaconId": beacon})
    headers = {"Content-Type": "application/json"}
    path = f"/pos/app/usersimulation/{action}"

    answer = till.http.post(path, content=json.dumps(body), headers=headers)
    assert outcome(answer) == (400, "1099")


@pytest.mark.parametrize("action", ["checkin", "acceptpayment"])
@pytest.mark.parametrize("phone", [ABSENT, None, 4520031801, "", "20031801", "004520031801", "+45", "+45abc", "+\u0664\u0665\u0662\u0660\u0660\u0663\u0661\u0668", "+" + "1" * 40, "\ud800", []])  # fmt: skip
def test_the_user_simulation_needs_a_phone_number(till: Till, action: str, phone: Any) -> None:
    body = {"beaconId": "1" * 15} | ({} if phone is ABSENT else {"phoneNumber": phone})
    till.create_pos(beaconId="1" * 15)
    headers = {"Content-Type": "application/json"}
    path = f"/pos/app/usersimulation/{action}"

    answer = till.http.post(path, content=json.dumps(body), headers=headers)
    assert outcome(answer) == (400, "1099")
    assert count_made(till) == len(events(till)) == 1
