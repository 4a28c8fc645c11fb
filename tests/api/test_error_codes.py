"""THE ERROR CODES, written down by hand from sections 2 to 9 and 11 of the service's documentation.

One row for each refusal of each operation: how it is provoked, and what answers. Header rules hold
for every PoS call; `test_headers.py` tries them on every operation.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from mobilepay_simulator.engine.refusals import Refusal

from tests.api.calls import (
    CREATING,
    KEY_HEADER,
    MERCHANT_HEADER,
    NAME_HEADER,
    OPERATIONS,
    UNKNOWN,
    VERSION_HEADER,
    active,
    cancel,
    capture,
    outcome,
    prepare,
    prepared,
    ready,
    simulate,
)
from tests.support import CREDIT, OTHER_MERCHANT, Till, fresh

#: Refusals that need a server with other settings, and the files that provoke them.
ELSEWHERE = {
    Refusal.VAT_CLAIM_INVALID: "test_bearer.py",
    Refusal.SYSTEM_NAME_MISSING: "test_settings_of_the_api.py",
    Refusal.VERSION_BLOCKED: "test_settings_of_the_api.py",
    Refusal.VERSION_NOT_CERTIFIED: "test_settings_of_the_api.py",
    Refusal.POLLED_TOO_SOON: "test_settings_of_the_api.py",
}

POS_CALL, CALL = "every PoS call", "every call"
NO_GUID = "not-a-guid"
TOO_LONG = "x" * 37

R = Refusal
Provoke = Callable[[Till], httpx.Response]


def pay(t: Till, **changes: Any) -> httpx.Response:
    return t.call("POST", "/payments", t.payment_body(UNKNOWN, **changes))


def occupied(t: Till) -> str:
    pos_id = t.create_pos()
    t.initiate(pos_id)
    return pos_id


def asked_with_wrong_card(t: Till) -> str:
    pos_id = t.create_pos()
    t.initiate(pos_id, restrictions={"creditCardDisallowed": True})
    t.user("checkin", pos_id, CREDIT)
    return pos_id


def create_pos(t: Till, **changes: Any) -> httpx.Response:
    return t.call("POST", "/pointofsales", t.pos_body(**changes))


def store_of_another(t: Till) -> str:
    return t.for_merchant(OTHER_MERCHANT).store_id()


def refund(t: Till, payment_id: str = UNKNOWN, **changes: Any) -> httpx.Response:
    body = {"paymentId": payment_id, "refundOrderId": fresh("refund"), "amount": 1.0}
    return t.call("POST", "/refunds", body | {"currencyCode": "DKK"} | changes)


def refunded(t: Till) -> str:
    return t.refund(t.captured())


def captured_refund(t: Till) -> str:
    refund_id = refunded(t)
    t.advance(seconds=1)
    t.ok("POST", f"/refunds/{refund_id}/capture")
    return refund_id


def refund_after(t: Till, **length: float) -> httpx.Response:
    payment_id = t.captured()
    t.advance(**length)
    return refund(Till(t.http), payment_id)


def with_store(t: Till, **changes: Any) -> Till:
    t.control("PATCH", f"/stores/{t.store_id()}", changes)
    return t


def key_again(t: Till, path: str, body: dict[str, Any], other: dict[str, Any]) -> httpx.Response:
    t.ok("POST", path, body, key="the-same-key")
    return t.call("POST", path, body | other, key="the-same-key")


def with_header(t: Till, operation: str, header: str, value: str | None) -> httpx.Response:
    method, path = OPERATIONS[operation]
    return t.call(method, path, {}, headers={header: value})


def twice(t: Till, operation: str, header: str, value: str) -> httpx.Response:
    method, path = OPERATIONS[operation]
    headers = {"Authorization": f"Bearer {t.token()}", VERSION_HEADER: "1.2.3", KEY_HEADER: "key"}
    pairs = [(name, each) for name, each in headers.items() if name != header]
    return t.http.request(method, f"/pos/v10{path}", headers=[*pairs, *[(header, value)] * 2])


def other(t: Till) -> Till:
    return t.as_other_integrator()


def elsewhere(t: Till) -> Till:
    return t.for_merchant(OTHER_MERCHANT)


# fmt: off
ROWS: list[tuple[str, int, str | None, Refusal, Provoke]] = [
    # Authentication and headers (sections 2 and 3)
    (CALL, 401, None, R.UNAUTHORIZED, lambda t: with_header(t, "GetStores", "Authorization", None)),
    (CALL, 400, "1099", R.BAD_REQUEST, lambda t: t.call("GET", f"/payments/{NO_GUID}")),
    (CALL, 415, "1099", R.BODY_ENCODED, lambda t: t.call("POST", "/payments", {}, headers={"Content-Encoding": "gzip"})),
    (CALL, 413, "1099", R.BODY_TOO_LARGE, lambda t: t.call("POST", "/payments", {"orderId": "x" * 1_048_576})),
    (CALL, 404, "1099", R.NO_SUCH_PATH, lambda t: t.call("GET", "/payment")),
    (POS_CALL, 403, "1099", R.OTHER_MERCHANT, lambda t: with_header(t, "GetStores", MERCHANT_HEADER, OTHER_MERCHANT)),
    (POS_CALL, 400, "1151", R.VAT_MISSING, lambda t: Till(t.http, merchant=None).call("GET", "/stores")),
    (POS_CALL, 400, "1155", R.VAT_DUPLICATED, lambda t: twice(t, "GetStores", MERCHANT_HEADER, "DK12345678")),
    (POS_CALL, 400, "1159", R.VAT_INVALID, lambda t: with_header(t, "GetStores", MERCHANT_HEADER, "SE12345678")),
    (POS_CALL, 400, "1153", R.SYSTEM_VERSION_MISSING, lambda t: with_header(t, "GetStores", VERSION_HEADER, None)),
    (POS_CALL, 400, "1157", R.SYSTEM_VERSION_DUPLICATED, lambda t: twice(t, "GetStores", VERSION_HEADER, "1.2.3")),
    (POS_CALL, 400, "1161", R.SYSTEM_VERSION_INVALID, lambda t: with_header(t, "GetStores", VERSION_HEADER, "1.2")),
    (POS_CALL, 400, "1156", R.SYSTEM_NAME_DUPLICATED, lambda t: twice(t, "GetStores", NAME_HEADER, "till")),
    (POS_CALL, 400, "1160", R.SYSTEM_NAME_INVALID, lambda t: with_header(t, "GetStores", NAME_HEADER, TOO_LONG)),
    *((name, 400, "1164", R.KEY_MISSING, lambda t, name=name: with_header(t, name, KEY_HEADER, None)) for name in CREATING),
    *((name, 400, "1163", R.KEY_DUPLICATED, lambda t, name=name: twice(t, name, KEY_HEADER, "key")) for name in CREATING),
    *((name, 400, "1162", R.KEY_INVALID, lambda t, name=name: with_header(t, name, KEY_HEADER, TOO_LONG)) for name in CREATING),

    # Points of sale and stores (section 6)
    ("CreatePos", 400, "1099", R.BAD_REQUEST, lambda t: create_pos(t, supportedBeaconTypes=["Smoke"])),
    ("CreatePos", 400, "1100", R.BEACON_ID_INVALID, lambda t: create_pos(t, beaconId="12345678901234")),
    ("CreatePos", 400, "1111", R.MERCHANT_POS_ID_INVALID, lambda t: create_pos(t, merchantPosId=TOO_LONG)),
    ("CreatePos", 400, "1112", R.POS_NAME_INVALID, lambda t: create_pos(t, name=TOO_LONG)),
    ("CreatePos", 400, "1116", R.CALLBACK_ALIAS_INVALID, lambda t: create_pos(t, callbackAlias=TOO_LONG)),
    ("CreatePos", 403, "1403", R.STORE_OF_ANOTHER_MERCHANT, lambda t: create_pos(t, storeId=store_of_another(t))),
    ("CreatePos", 409, "1002", R.STORE_NOT_FOUND, lambda t: create_pos(t, storeId=UNKNOWN)),
    ("CreatePos", 409, "1200", R.MERCHANT_POS_ID_TAKEN, lambda t: (t.create_pos(merchantPosId="one"), create_pos(t, merchantPosId="one"))[1]),
    ("CreatePos", 409, "1202", R.BEACON_ID_TAKEN, lambda t: (t.create_pos(beaconId="1" * 15), create_pos(t, beaconId="1" * 15))[1]),
    ("CreatePos", 409, "1306", R.KEY_USED_FOR_ANOTHER_REQUEST, lambda t: key_again(t, "/pointofsales", t.pos_body(), {"name": "Other"})),
    ("GetPosWithFilter", 400, "1121", R.POS_FILTER_MISSING, lambda t: t.call("GET", "/pointofsales")),
    ("GetPosWithFilter", 400, "1099", R.BAD_REQUEST, lambda t: t.call("GET", f"/pointofsales?storeId={NO_GUID}")),
    ("GetPos", 400, "1099", R.BAD_REQUEST, lambda t: t.call("GET", f"/pointofsales/{NO_GUID}")),
    ("GetPos", 403, "1400", R.POS_OF_ANOTHER_INTEGRATOR, lambda t: other(t).call("GET", f"/pointofsales/{t.create_pos()}")),
    ("GetPos", 403, "1410", R.GET_POS_OF_ANOTHER_MERCHANT, lambda t: elsewhere(t).call("GET", f"/pointofsales/{t.create_pos()}")),
    ("GetPos", 404, None, R.NOT_FOUND, lambda t: t.call("GET", f"/pointofsales/{UNKNOWN}")),
    ("DeletePos", 400, "1099", R.BAD_REQUEST, lambda t: t.call("DELETE", f"/pointofsales/{NO_GUID}")),
    ("DeletePos", 403, "1400", R.POS_OF_ANOTHER_INTEGRATOR, lambda t: other(t).call("DELETE", f"/pointofsales/{t.create_pos()}")),
    ("DeletePos", 403, "1409", R.DELETE_POS_OF_ANOTHER_MERCHANT, lambda t: elsewhere(t).call("DELETE", f"/pointofsales/{t.create_pos()}")),
    ("DeletePos", 404, None, R.NOT_FOUND, lambda t: t.call("DELETE", f"/pointofsales/{UNKNOWN}")),
    ("GetCheckIn", 400, "1099", R.BAD_REQUEST, lambda t: t.call("GET", f"/pointofsales/{NO_GUID}/checkin")),
    ("GetCheckIn", 403, "1400", R.POS_OF_ANOTHER_INTEGRATOR, lambda t: other(t).call("GET", f"/pointofsales/{t.create_pos()}/checkin")),
    ("GetCheckIn", 403, "1400", R.POS_OF_ANOTHER_MERCHANT, lambda t: elsewhere(t).call("GET", f"/pointofsales/{t.create_pos()}/checkin")),
    ("GetCheckIn", 404, None, R.NOT_FOUND, lambda t: t.call("GET", f"/pointofsales/{UNKNOWN}/checkin")),
    ("GetStores", 400, "1122", R.STORE_FILTER_HALF, lambda t: t.call("GET", "/stores?merchantBrandId=POSDK12345")),
    ("GetStores", 400, "1119", R.BRAND_ID_INVALID, lambda t: t.call("GET", "/stores?merchantBrandId=POSSE12345&merchantLocationId=10001")),
    ("GetStores", 400, "1120", R.LOCATION_ID_INVALID, lambda t: t.call("GET", "/stores?merchantBrandId=POSDK12345&merchantLocationId=1001")),
    ("GetDetailedStores", 400, "1122", R.STORE_FILTER_HALF, lambda t: t.call("GET", "/stores/detailed?merchantLocationId=10001")),
    ("GetDetailedStores", 400, "1119", R.BRAND_ID_INVALID, lambda t: t.call("GET", "/stores/detailed?merchantBrandId=x&merchantLocationId=10001")),
    ("GetDetailedStores", 400, "1120", R.LOCATION_ID_INVALID, lambda t: t.call("GET", "/stores/detailed?merchantBrandId=MPPOS12345&merchantLocationId=100001")),
    ("GetStore", 400, "1099", R.BAD_REQUEST, lambda t: t.call("GET", f"/stores/{NO_GUID}")),
    ("GetStore", 404, None, R.NOT_FOUND, lambda t: t.call("GET", f"/stores/{UNKNOWN}")),
    ("GetStore", 404, None, R.NOT_FOUND, lambda t: t.call("GET", f"/stores/{store_of_another(t)}")),

    # Payments (section 7)
    ("InitiatePayment", 400, "1099", R.BAD_REQUEST, lambda t: pay(t, currencyCode="SEK")),
    ("InitiatePayment", 400, "1102", R.AMOUNT_INVALID, lambda t: pay(t, amount=0)),
    ("InitiatePayment", 400, "1113", R.ORDER_ID_INVALID, lambda t: pay(t, orderId=TOO_LONG)),
    ("InitiatePayment", 400, "1117", R.LABEL_INVALID, lambda t: pay(t, merchantPaymentLabel=TOO_LONG)),
    ("InitiatePayment", 403, "1400", R.POS_OF_ANOTHER_INTEGRATOR, lambda t: pay(other(t), posId=t.create_pos())),
    ("InitiatePayment", 403, "1400", R.POS_OF_ANOTHER_MERCHANT, lambda t: pay(elsewhere(t), posId=t.create_pos())),
    ("InitiatePayment", 409, "1000", R.POS_NOT_FOUND, lambda t: pay(t)),
    ("InitiatePayment", 409, "1204", R.STORE_NOT_ACTIVATED, lambda t: pay(with_store(t, active=False), posId=t.create_pos())),
    ("InitiatePayment", 409, "1301", R.PAYMENT_ACTIVE, lambda t: pay(t, posId=occupied(t))),
    ("InitiatePayment", 409, "1306", R.KEY_USED_FOR_ANOTHER_REQUEST, lambda t: key_again(t, "/payments", t.payment_body(t.create_pos()), {"amount": 9})),
    ("PreparePayment", 400, "1099", R.BAD_REQUEST, lambda t: prepare(t, NO_GUID)),
    ("PreparePayment", 400, "1113", R.ORDER_ID_INVALID, lambda t: prepare(t, order_id=TOO_LONG)),
    ("PreparePayment", 403, "1400", R.POS_OF_ANOTHER_INTEGRATOR, lambda t: prepare(other(t), t.create_pos())),
    ("PreparePayment", 403, "1400", R.POS_OF_ANOTHER_MERCHANT, lambda t: prepare(elsewhere(t), t.create_pos())),
    ("PreparePayment", 409, "1000", R.POS_NOT_FOUND, lambda t: prepare(t)),
    ("PreparePayment", 409, "1204", R.STORE_NOT_ACTIVATED, lambda t: prepare(with_store(t, active=False), t.create_pos())),
    ("PreparePayment", 409, "1301", R.PAYMENT_ACTIVE, lambda t: prepare(t, occupied(t))),
    ("PreparePayment", 409, "1306", R.KEY_USED_FOR_ANOTHER_REQUEST, lambda t: key_again(t, "/payments/prepare", {"posId": t.create_pos(), "orderId": "1"}, {"orderId": "2"})),
    ("PaymentReady", 400, "1099", R.BAD_REQUEST, lambda t: ready(t, prepared(t), plannedCaptureDelay="Never")),
    ("PaymentReady", 400, "1102", R.AMOUNT_INVALID, lambda t: ready(t, prepared(t), amount=-1)),
    ("PaymentReady", 400, "1117", R.LABEL_INVALID, lambda t: ready(t, prepared(t), merchantPaymentLabel=TOO_LONG)),
    ("PaymentReady", 403, "1401", R.PAYMENT_OF_ANOTHER_INTEGRATOR, lambda t: ready(other(t), prepared(t))),
    ("PaymentReady", 403, "1406", R.READY_OF_ANOTHER_MERCHANT, lambda t: ready(elsewhere(t), prepared(t))),
    ("PaymentReady", 404, None, R.NOT_FOUND, lambda t: ready(t, UNKNOWN)),
    ("PaymentReady", 409, "1303", R.NOT_PREPARED, lambda t: ready(t, active(t))),
    ("CapturePayment", 400, "1099", R.BAD_REQUEST, lambda t: capture(t, NO_GUID)),
    ("CapturePayment", 400, "1102", R.AMOUNT_INVALID, lambda t: capture(t, t.reserved(), 1.001)),
    ("CapturePayment", 403, "1401", R.PAYMENT_OF_ANOTHER_INTEGRATOR, lambda t: capture(other(t), t.reserved())),
    ("CapturePayment", 403, "1407", R.CAPTURE_OF_ANOTHER_MERCHANT, lambda t: capture(elsewhere(t), t.reserved())),
    ("CapturePayment", 404, None, R.NOT_FOUND, lambda t: capture(t, UNKNOWN)),
    ("CapturePayment", 409, "1304", R.NOT_RESERVED, lambda t: capture(t, active(t))),
    ("CapturePayment", 409, "1305", R.CAPTURE_TOO_HIGH, lambda t: capture(t, t.reserved(), 10.01)),
    ("CapturePayment", 409, "1307", R.CAPTURED_ANOTHER_AMOUNT, lambda t: capture(t, t.captured(), 9.99)),
    ("CapturePayment", 409, "1308", R.PARTIAL_CAPTURE_NOT_POSSIBLE, lambda t: capture(t, t.reserved(), 9.99)),
    ("CancelPayment", 400, "1099", R.BAD_REQUEST, lambda t: cancel(t, NO_GUID)),
    ("CancelPayment", 403, "1401", R.PAYMENT_OF_ANOTHER_INTEGRATOR, lambda t: cancel(other(t), active(t))),
    ("CancelPayment", 403, "1408", R.CANCEL_OF_ANOTHER_MERCHANT, lambda t: cancel(elsewhere(t), active(t))),
    ("CancelPayment", 404, None, R.NOT_FOUND, lambda t: cancel(t, UNKNOWN)),
    ("CancelPayment", 409, "1300", R.CANNOT_CANCEL, lambda t: cancel(t, t.captured())),
    ("QueryPayment", 400, "1099", R.BAD_REQUEST, lambda t: t.call("GET", f"/payments/{NO_GUID}")),
    ("QueryPayment", 403, "1401", R.PAYMENT_OF_ANOTHER_INTEGRATOR, lambda t: other(t).call("GET", f"/payments/{active(t)}")),
    ("QueryPayment", 403, "1411", R.GET_PAYMENT_OF_ANOTHER_MERCHANT, lambda t: elsewhere(t).call("GET", f"/payments/{active(t)}")),
    ("QueryPayment", 404, None, R.NOT_FOUND, lambda t: t.call("GET", f"/payments/{UNKNOWN}")),
    ("QueryPaymentIds", 400, "1109", R.PAYMENT_FILTER_MISSING, lambda t: t.call("GET", "/payments?state=Captured")),
    ("QueryPaymentIds", 400, "1099", R.BAD_REQUEST, lambda t: t.call("GET", f"/payments?posId={UNKNOWN}&state=Reserved")),

    # Refunds (section 8)
    ("CreateRefund", 400, "1099", R.BAD_REQUEST, lambda t: refund(t, NO_GUID)),
    ("CreateRefund", 400, "1102", R.AMOUNT_INVALID, lambda t: refund(t, amount=0)),
    ("CreateRefund", 400, "1114", R.REFUND_ORDER_ID_INVALID, lambda t: refund(t, refundOrderId=TOO_LONG)),
    ("CreateRefund", 403, "1401", R.PAYMENT_OF_ANOTHER_INTEGRATOR, lambda t: refund(other(t), t.captured())),
    ("CreateRefund", 403, "1401", R.REFUND_PAYMENT_OF_ANOTHER_MERCHANT, lambda t: refund(elsewhere(t), t.captured())),
    ("CreateRefund", 409, "1001", R.PAYMENT_NOT_FOUND, lambda t: refund(t)),
    ("CreateRefund", 409, "1306", R.KEY_USED_FOR_ANOTHER_REQUEST, lambda t: key_again(t, "/refunds", {"paymentId": t.captured(), "refundOrderId": "1", "amount": 1, "currencyCode": "DKK"}, {"amount": 2})),
    ("CreateRefund", 409, "1354", R.NOT_CAPTURED, lambda t: refund(t, t.reserved())),
    ("CreateRefund", 409, "1365", R.OTHER_CURRENCY, lambda t: refund(t, t.captured(), currencyCode="EUR")),
    ("CreateRefund", 409, "1366", R.TOO_LATE_TO_REFUND, lambda t: refund_after(t, days=90, seconds=1)),
    ("CreateRefund", 409, "1367", R.REFUND_TOO_HIGH, lambda t: refund(t, t.captured(), amount=10.01)),
    ("CreateRefund", 409, "1368", R.BALANCE_TOO_LOW, lambda t: refund(t, (t.captured(), with_store(t, balance=0.99))[0])),
    ("GetRefund", 400, "1099", R.BAD_REQUEST, lambda t: t.call("GET", f"/refunds/{NO_GUID}")),
    ("GetRefund", 403, "1402", R.REFUND_OF_ANOTHER, lambda t: other(t).call("GET", f"/refunds/{refunded(t)}")),
    ("GetRefund", 404, None, R.NOT_FOUND, lambda t: t.call("GET", f"/refunds/{UNKNOWN}")),
    ("QueryRefundIds", 400, "1110", R.REFUND_FILTER_MISSING, lambda t: t.call("GET", "/refunds")),
    ("QueryRefundIds", 400, "1099", R.BAD_REQUEST, lambda t: t.call("GET", f"/refunds?paymentId={NO_GUID}")),
    ("CaptureRefund", 400, "1099", R.BAD_REQUEST, lambda t: t.call("POST", f"/refunds/{NO_GUID}/capture")),
    ("CaptureRefund", 403, "1402", R.REFUND_OF_ANOTHER, lambda t: other(t).call("POST", f"/refunds/{refunded(t)}/capture")),
    ("CaptureRefund", 404, "1004", R.REFUND_TO_CAPTURE_NOT_FOUND, lambda t: t.call("POST", f"/refunds/{UNKNOWN}/capture")),
    ("CaptureRefund", 409, "1351", R.REFUND_NOT_RESERVED, lambda t: t.call("POST", f"/refunds/{refunded(t)}/capture")),
    ("CancelRefund", 400, "1099", R.BAD_REQUEST, lambda t: t.call("POST", f"/refunds/{NO_GUID}/cancel")),
    ("CancelRefund", 403, "1402", R.REFUND_OF_ANOTHER, lambda t: elsewhere(t).call("POST", f"/refunds/{refunded(t)}/cancel")),
    ("CancelRefund", 404, None, R.NOT_FOUND, lambda t: t.call("POST", f"/refunds/{UNKNOWN}/cancel")),
    ("CancelRefund", 409, "1352", R.CANNOT_CANCEL_REFUND, lambda t: t.call("POST", f"/refunds/{captured_refund(t)}/cancel")),

    # User simulation (section 11)
    ("UserSimulationCheckin", 400, "1099", R.BAD_REQUEST, lambda t: simulate(t, "checkin", beaconId=UNKNOWN)),
    ("UserSimulationCheckin", 404, "1099", R.BEACON_UNKNOWN, lambda t: simulate(t, "checkin", beaconId=UNKNOWN, phoneNumber=CREDIT)),
    ("UserSimulationCheckin", 404, "1099", R.USER_UNKNOWN, lambda t: t.user("checkin", t.create_pos(), "+4512345678")),
    ("UserSimulationCheckin", 409, "1099", R.CHECK_IN_REFUSED, lambda t: t.user("checkin", t.create_pos(requirePaymentBeforeCheckin=True))),
    ("UserSimulationAcceptPayment", 404, "1099", R.BEACON_UNKNOWN, lambda t: simulate(t, "acceptpayment", beaconId=UNKNOWN, phoneNumber=CREDIT)),
    ("UserSimulationAcceptPayment", 404, "1099", R.USER_UNKNOWN, lambda t: t.user("acceptpayment", occupied(t), "+4512345678")),
    ("UserSimulationAcceptPayment", 409, "1099", R.NOTHING_TO_ACCEPT, lambda t: t.user("acceptpayment", t.create_pos())),
    ("UserSimulationAcceptPayment", 409, "1099", R.CARD_NOT_ALLOWED, lambda t: t.user("acceptpayment", asked_with_wrong_card(t))),
    ("UserSimulationCancelPayment", 404, "1099", R.BEACON_UNKNOWN, lambda t: simulate(t, "cancelpaymentbyuser", beaconId=UNKNOWN)),
    ("UserSimulationCancelPayment", 409, "1099", R.NOTHING_TO_CANCEL, lambda t: t.user("cancelpaymentbyuser", t.create_pos(), None)),
]
# fmt: on


@pytest.mark.parametrize(
    ("operation", "status", "code", "refusal", "provoke"),
    [pytest.param(*row, id=f"{row[0]}-{row[1]}-{row[2]}-{row[3].name}") for row in ROWS],
)
def test_every_refusal_has_its_documented_status_and_code(
    till: Till, operation: str, status: int, code: str | None, refusal: Refusal, provoke: Provoke
) -> None:
    answer = provoke(till)

    assert outcome(answer) == (status, code)
    reason = answer.json()["message"] if code else answer.headers["X-Simulator-Reason"]
    assert reason.startswith(refusal.value.message)


def test_the_table_provokes_every_refusal_wherever_it_can_occur() -> None:
    """The catalogue only says what there is to be provoked: status and code stand in the table."""
    everywhere = {R.BAD_REQUEST}
    in_table = {(name, row) for name, _, _, row, _ in ROWS if row not in everywhere}
    in_catalogue = {
        (name, refusal)
        for refusal in set(Refusal) - set(ELSEWHERE) - everywhere
        for name in refusal.value.where
    }

    assert in_table == in_catalogue


@pytest.mark.parametrize(("refusal", "file"), ELSEWHERE.items())
def test_what_only_settings_provoke_is_provoked_elsewhere(refusal: Refusal, file: str) -> None:
    assert f"Refusal.{refusal.name}" in Path(__file__).with_name(file).read_text(encoding="utf-8")
