"""Calls for every answer the service's OpenAPI file documents: by operation, status and state."""

from collections.abc import Callable

import httpx

from tests.api.calls import TERMS, UNKNOWN, active, prepare, prepared, ready, simulate
from tests.support import LOYAL, OTHER_MERCHANT, PARTIAL, Till

Ask = Callable[[Till], httpx.Response]


def issued(till: Till, phone: str) -> str:
    """A payment that waits for the customer with this phone."""
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id)
    assert till.user("checkin", pos_id, phone).is_success
    return payment_id


def paired(till: Till) -> str:
    pos_id = till.create_pos()
    payment_id = str(prepare(till, pos_id).json()["paymentId"])
    assert till.user("checkin", pos_id).is_success
    return payment_id


def reserved_with_a_partial_card(till: Till) -> str:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id)
    for action in ("checkin", "acceptpayment"):
        assert till.user(action, pos_id, PARTIAL).is_success
    return payment_id


def cancelled(till: Till) -> str:
    payment_id = till.initiate(till.create_pos())
    till.ok("POST", f"/payments/{payment_id}/cancel")
    return payment_id


def expired(till: Till) -> str:
    payment_id = till.reserved()
    till.advance(days=8)
    return payment_id


def with_everything(till: Till) -> str:
    restrictions = {"debitCardDisallowed": True, "creditCardDisallowed": None}
    return till.reserved(restrictions=restrictions, merchantPaymentLabel="Label")


def reserved_refund(till: Till) -> str:
    refund_id = till.refund(till.captured())
    till.advance(seconds=1)
    return refund_id


def captured_refund(till: Till) -> str:
    refund_id = reserved_refund(till)
    till.ok("POST", f"/refunds/{refund_id}/capture")
    return refund_id


def cancelled_refund(till: Till) -> str:
    refund_id = till.refund(till.captured())
    till.ok("POST", f"/refunds/{refund_id}/cancel")
    return refund_id


def self_captured_refund(till: Till) -> str:
    refund_id = reserved_refund(till)
    till.advance(hours=25)
    return refund_id


def get(path: str, make: Callable[[Till], str]) -> Ask:
    """Looks up what `make` made, with a new token: time may have passed."""

    def ask(till: Till) -> httpx.Response:
        made = make(till)
        return Till(till.http).call("GET", path.format(made))

    return ask


def post(path: str, make: Callable[[Till], str], body: object = None) -> Ask:
    """Does something to what `make` made."""
    return lambda till: till.call("POST", path.format(make(till)), body)


def check_in(phone: str | None) -> Ask:
    """Looks up who is checked in."""

    def ask(till: Till) -> httpx.Response:
        pos_id = till.create_pos()
        if phone is not None:
            assert till.user("checkin", pos_id, phone).is_success
        return till.call("GET", f"/pointofsales/{pos_id}/checkin")

    return ask


def by_another_integrator(
    method: str, path: str, make: Callable[[Till], str], body: object = None
) -> Ask:
    """Somebody else tries."""
    return lambda till: till.as_other_integrator().call(method, path.format(make(till)), body)


def refund_body(till: Till, payment_id: str) -> dict[str, object]:
    return {"paymentId": payment_id, "refundOrderId": "1", "amount": 1, "currencyCode": "DKK"}


def user(action: str, state: Callable[[Till], str]) -> Ask:
    """The customer acts on the PoS of a payment."""

    def ask(till: Till) -> httpx.Response:
        pos_id = till.payment(state(till))["posId"]
        return till.user(action, pos_id)

    return ask


FULL_POS = {
    "beaconId": "123456789012345",
    "callbackAlias": "alias",
    "supportedBeaconTypes": ["QR", "NFC", "Bluetooth"],
    "requirePaymentBeforeCheckin": True,
}

PAYMENT, POS, REFUND = "/payments/{}", "/pointofsales/{}", "/refunds/{}"
CAPTURE = {"amount": 10.0}


def refund(till: Till) -> str:
    return till.refund(till.captured())


# fmt: off
#: Operation, status, and a call that is answered so.
CALLS: list[tuple[str, int, str, Ask]] = [
    ("InitiatePayment", 200, "", lambda t: t.call("POST", "/payments", t.payment_body(t.create_pos()))),
    ("InitiatePayment", 403, "", lambda t: t.as_other_integrator().call("POST", "/payments", t.payment_body(t.create_pos()))),
    ("InitiatePayment", 409, "", lambda t: t.call("POST", "/payments", t.payment_body(UNKNOWN))),
    ("PreparePayment", 200, "", lambda t: prepare(t, t.create_pos())),
    ("PreparePayment", 403, "", lambda t: prepare(t.as_other_integrator(), t.create_pos())),
    ("PreparePayment", 409, "", lambda t: prepare(t, UNKNOWN)),
    ("QueryPaymentIds", 200, "none", lambda t: t.call("GET", "/payments?orderId=none")),
    ("QueryPaymentIds", 200, "some", lambda t: t.call("GET", f"/payments?posId={t.payment(active(t))['posId']}")),

    ("QueryPayment", 200, "prepared", get(PAYMENT, prepared)),
    ("QueryPayment", 200, "initiated", get(PAYMENT, active)),
    ("QueryPayment", 200, "paired", get(PAYMENT, paired)),
    ("QueryPayment", 200, "issued", get(PAYMENT, lambda t: issued(t, PARTIAL))),
    ("QueryPayment", 200, "loyal", get(PAYMENT, lambda t: issued(t, LOYAL))),
    ("QueryPayment", 200, "reserved", get(PAYMENT, Till.reserved)),
    ("QueryPayment", 200, "partial", get(PAYMENT, reserved_with_a_partial_card)),
    ("QueryPayment", 200, "everything", get(PAYMENT, with_everything)),
    ("QueryPayment", 200, "captured", get(PAYMENT, Till.captured)),
    ("QueryPayment", 200, "cancelled", get(PAYMENT, cancelled)),
    ("QueryPayment", 200, "expired", get(PAYMENT, expired)),
    ("QueryPayment", 403, "", by_another_integrator("GET", PAYMENT, active)),
    ("QueryPayment", 404, "", get(PAYMENT, lambda t: UNKNOWN)),

    ("PaymentReady", 200, "", lambda t: ready(t, prepared(t))),
    ("PaymentReady", 403, "", by_another_integrator("POST", PAYMENT + "/ready", prepared, TERMS)),
    ("PaymentReady", 404, "", lambda t: ready(t, UNKNOWN)),
    ("PaymentReady", 409, "", lambda t: ready(t, active(t))),
    ("CapturePayment", 200, "", post(PAYMENT + "/capture", Till.reserved, CAPTURE)),
    ("CapturePayment", 403, "", by_another_integrator("POST", PAYMENT + "/capture", Till.reserved, CAPTURE)),
    ("CapturePayment", 404, "", post(PAYMENT + "/capture", lambda t: UNKNOWN, CAPTURE)),
    ("CapturePayment", 409, "", post(PAYMENT + "/capture", active, CAPTURE)),
    ("CancelPayment", 200, "", post(PAYMENT + "/cancel", active)),
    ("CancelPayment", 403, "", by_another_integrator("POST", PAYMENT + "/cancel", active)),
    ("CancelPayment", 404, "", post(PAYMENT + "/cancel", lambda t: UNKNOWN)),
    ("CancelPayment", 409, "", post(PAYMENT + "/cancel", Till.captured)),

    ("CreatePos", 200, "", lambda t: t.call("POST", "/pointofsales", t.pos_body())),
    ("CreatePos", 403, "", lambda t: t.call("POST", "/pointofsales", t.for_merchant(OTHER_MERCHANT).pos_body())),
    ("CreatePos", 409, "", lambda t: t.call("POST", "/pointofsales", t.pos_body(storeId=UNKNOWN))),
    ("GetPosWithFilter", 200, "none", lambda t: t.call("GET", "/pointofsales?merchantPosId=none")),
    ("GetPosWithFilter", 200, "some", lambda t: t.call("GET", f"/pointofsales?merchantPosId={t.ok('GET', POS.format(t.create_pos()))['merchantPosId']}")),
    ("GetPos", 200, "plain", get(POS, Till.create_pos)),
    ("GetPos", 200, "everything", get(POS, lambda t: t.create_pos(**FULL_POS))),
    ("GetPos", 403, "", by_another_integrator("GET", POS, Till.create_pos)),
    ("GetPos", 404, "", get(POS, lambda t: UNKNOWN)),
    ("DeletePos", 200, "", lambda t: t.call("DELETE", POS.format(t.create_pos()))),
    ("DeletePos", 403, "", by_another_integrator("DELETE", POS, Till.create_pos)),
    ("DeletePos", 404, "", lambda t: t.call("DELETE", POS.format(UNKNOWN))),
    ("GetCheckIn", 200, "nobody", check_in(None)),
    ("GetCheckIn", 200, "somebody", check_in(PARTIAL)),
    ("GetCheckIn", 200, "loyal", check_in(LOYAL)),
    ("GetCheckIn", 403, "", by_another_integrator("GET", POS + "/checkin", Till.create_pos)),
    ("GetCheckIn", 404, "", get(POS + "/checkin", lambda t: UNKNOWN)),

    ("GetStores", 200, "", lambda t: t.call("GET", "/stores")),
    ("GetDetailedStores", 200, "", lambda t: t.call("GET", "/stores/detailed")),
    ("GetStore", 200, "", get("/stores/{}", Till.store_id)),
    ("GetStore", 404, "", get("/stores/{}", lambda t: UNKNOWN)),

    ("CreateRefund", 200, "", lambda t: t.call("POST", "/refunds", refund_body(t, t.captured()))),
    ("CreateRefund", 403, "", lambda t: t.as_other_integrator().call("POST", "/refunds", refund_body(t, t.captured()))),
    ("CreateRefund", 409, "", lambda t: t.call("POST", "/refunds", refund_body(t, UNKNOWN))),
    ("QueryRefundIds", 200, "", lambda t: t.call("GET", f"/refunds?paymentId={t.ok('GET', REFUND.format(refund(t)))['paymentId']}")),
    ("GetRefund", 200, "initiated", get(REFUND, refund)),
    ("GetRefund", 200, "reserved", get(REFUND, reserved_refund)),
    ("GetRefund", 200, "captured", get(REFUND, captured_refund)),
    ("GetRefund", 200, "cancelled", get(REFUND, cancelled_refund)),
    ("GetRefund", 200, "self-captured", get(REFUND, self_captured_refund)),
    ("GetRefund", 403, "", by_another_integrator("GET", REFUND, refund)),
    ("GetRefund", 404, "", get(REFUND, lambda t: UNKNOWN)),
    ("CaptureRefund", 200, "", post(REFUND + "/capture", reserved_refund)),
    ("CaptureRefund", 403, "", by_another_integrator("POST", REFUND + "/capture", refund)),
    ("CaptureRefund", 409, "", post(REFUND + "/capture", refund)),
    ("CancelRefund", 200, "", post(REFUND + "/cancel", refund)),
    ("CancelRefund", 403, "", by_another_integrator("POST", REFUND + "/cancel", refund)),
    ("CancelRefund", 404, "", post(REFUND + "/cancel", lambda t: UNKNOWN)),
    ("CancelRefund", 409, "", post(REFUND + "/cancel", captured_refund)),

    ("UserSimulationCheckin", 200, "", user("checkin", active)),
    ("UserSimulationAcceptPayment", 200, "", user("acceptpayment", lambda t: issued(t, "+4520031801"))),
    ("UserSimulationCancelPayment", 200, "", user("cancelpaymentbyuser", lambda t: issued(t, PARTIAL))),
]
# fmt: on

#: Documented, but with a code and so with a body that the file leaves out.
CODE_1004 = ("CaptureRefund", 404)

#: The file knows only 200, 401 and 500 of these; what the simulator answers looks like all other errors.
DECIDED: list[tuple[str, int, Ask]] = [
    ("UserSimulationCheckin", 400, lambda t: simulate(t, "checkin", beaconId="x")),
    ("UserSimulationCheckin", 404, lambda t: simulate(t, "checkin", beaconId=UNKNOWN, phoneNumber=LOYAL)),
    ("UserSimulationAcceptPayment", 409, lambda t: t.user("acceptpayment", t.create_pos())),
    ("UserSimulationCancelPayment", 409, lambda t: t.user("cancelpaymentbyuser", t.create_pos(), None)),
]  # fmt: skip
