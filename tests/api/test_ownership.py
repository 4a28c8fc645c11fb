"""Whose things are whose (sections 6 to 8): an integrator's, for one merchant. The codes stand in
`test_error_codes.py`; here it is about what others can see and do.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.calls import TERMS, UNKNOWN, events, outcome, prepare, prepared
from tests.support import OTHER_CLIENT_ID, OTHER_MERCHANT, OTHER_SECRET, Till

STRANGERS: dict[str, Callable[[Till], Till]] = {
    "another integrator": lambda till: till.as_other_integrator(),
    "another merchant": lambda till: till.for_merchant(OTHER_MERCHANT),
}

#: What a stranger tries: method, path to what `till` owns, body.
ATTEMPTS: dict[str, Callable[[Till], tuple[str, str, Any]]] = {
    "GetPos": lambda till: ("GET", f"/pointofsales/{till.create_pos()}", None),
    "GetCheckIn": lambda till: ("GET", f"/pointofsales/{till.create_pos()}/checkin", None),
    "DeletePos": lambda till: ("DELETE", f"/pointofsales/{till.create_pos()}", None),
    "InitiatePayment": lambda till: ("POST", "/payments", till.payment_body(till.create_pos())),
    "PreparePayment": lambda till: (
        "POST",
        "/payments/prepare",
        {"posId": till.create_pos(), "orderId": "1"},
    ),
    "QueryPayment": lambda till: ("GET", f"/payments/{till.reserved()}", None),
    "PaymentReady": lambda till: ("POST", f"/payments/{prepared(till)}/ready", TERMS),
    "CapturePayment": lambda till: ("POST", f"/payments/{till.reserved()}/capture", {"amount": 10}),
    "CancelPayment": lambda till: ("POST", f"/payments/{till.reserved()}/cancel", None),
    "CreateRefund": lambda till: (
        "POST",
        "/refunds",
        {"paymentId": till.captured(), "refundOrderId": "1", "amount": 1, "currencyCode": "DKK"},
    ),
    "GetRefund": lambda till: ("GET", f"/refunds/{till.refund(till.captured())}", None),
    "CaptureRefund": lambda till: (
        "POST",
        f"/refunds/{till.refund(till.captured())}/capture",
        None,
    ),
    "CancelRefund": lambda till: ("POST", f"/refunds/{till.refund(till.captured())}/cancel", None),
}


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_strangers_are_refused_and_change_nothing(till: Till, attempt: str, stranger: str) -> None:
    method, path, body = ATTEMPTS[attempt](till)
    before = events(till)

    assert STRANGERS[stranger](till).call(method, path, body).status_code == 403
    assert events(till) == before


@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_find_nothing_of_ours(till: Till, stranger: str) -> None:
    pos_id = till.create_pos(merchantPosId="ours", beaconId="1" * 15)
    payment_id = till.captured(pos_id, orderId="ours")
    till.refund(payment_id)
    till.initiate(pos_id, orderId="ours")
    queries = [
        f"/pointofsales?storeId={till.store_id()}",
        "/pointofsales?merchantPosId=ours",
        f"/pointofsales?beaconId={'1' * 15}",
        f"/payments?posId={pos_id}",
        "/payments?orderId=ours",
        "/payments?orderId=ours&state=Captured",
        f"/refunds?paymentId={payment_id}",
    ]
    them = STRANGERS[stranger](till)

    ours = [next(iter(till.ok("GET", query).values())) for query in queries]
    theirs = [next(iter(them.ok("GET", query).values())) for query in queries]
    assert all(ours)
    assert theirs == [[]] * len(queries)


def test_ownership_is_checked_before_the_state(till: Till) -> None:
    payment_id = till.initiate(till.create_pos())
    them = till.as_other_integrator()
    capture = them.call("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    ready = them.call("POST", f"/payments/{payment_id}/ready", TERMS)

    assert (outcome(capture), outcome(ready)) == ((403, "1401"), (403, "1401"))


def test_what_does_not_exist_belongs_to_nobody(till: Till) -> None:
    for stranger in STRANGERS.values():
        assert outcome(stranger(till).call("GET", f"/payments/{UNKNOWN}")) == (404, None)
        assert outcome(stranger(till).call("GET", f"/pointofsales/{UNKNOWN}")) == (404, None)


def test_two_integrators_share_a_merchants_store(till: Till) -> None:
    them = till.as_other_integrator()
    store_id = till.store_id()
    ours, theirs = till.create_pos(storeId=store_id), them.create_pos(storeId=store_id)

    assert till.ok("GET", f"/pointofsales?storeId={store_id}") == {"posIds": [ours]}
    assert them.ok("GET", f"/pointofsales?storeId={store_id}") == {"posIds": [theirs]}


def test_a_point_of_sale_needs_a_store_of_the_same_merchant(till: Till) -> None:
    foreign = till.for_merchant(OTHER_MERCHANT).store_id()
    answer = till.call("POST", "/pointofsales", till.pos_body(storeId=foreign))

    assert outcome(answer) == (403, "1403")
    found = till.for_merchant(OTHER_MERCHANT).ok("GET", f"/pointofsales?storeId={foreign}")
    assert found == {"posIds": []}


def test_a_client_id_is_the_same_integrator_in_any_case(till: Till) -> None:
    lower = Till(till.http, OTHER_CLIENT_ID.lower(), OTHER_SECRET)
    upper = Till(till.http, OTHER_CLIENT_ID.upper(), OTHER_SECRET)
    pos_id = lower.create_pos()

    assert upper.ok("GET", f"/pointofsales/{pos_id}")["posId"] == pos_id


def test_a_roaming_token_owns_what_the_header_says(till: Till) -> None:
    pos_id = till.create_pos()
    header = "X-MobilePay-Merchant-VAT-Number"
    ours = Till(till.http, merchant=None, headers={header: "DK12345678"})
    other = Till(till.http, merchant=None, headers={header: OTHER_MERCHANT})

    assert outcome(ours.call("GET", f"/pointofsales/{pos_id}")) == (200, None)
    assert outcome(other.call("GET", f"/pointofsales/{pos_id}")) == (403, "1410")
    assert outcome(prepare(other, pos_id)) == (403, "1400")


def test_what_is_in_one_sandbox_is_unknown_in_another(till: Till, twin: Till) -> None:
    payment_id = till.initiate(till.create_pos())

    assert outcome(twin.call("GET", f"/payments/{payment_id}")) == (404, None)
