"""Idempotency (section 9): one key, one request, one thing made, however often it is sent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.api.calls import UNKNOWN, cancel, count_made, events, outcome
from tests.support import OTHER_MERCHANT, Till

Request = tuple[str, dict[str, Any]]


def payment(till: Till) -> Request:
    return "/payments", till.payment_body(till.create_pos())


def prepared_payment(till: Till) -> Request:
    return "/payments/prepare", {"posId": till.create_pos(), "orderId": "ORDER-1"}


def point_of_sale(till: Till) -> Request:
    return "/pointofsales", till.pos_body()


def refund(till: Till) -> Request:
    body = {"paymentId": till.captured(), "refundOrderId": "1", "amount": 1, "currencyCode": "DKK"}
    return "/refunds", body


CREATIONS = [payment, prepared_payment, point_of_sale, refund]
Creation = Callable[[Till], Request]


@pytest.mark.parametrize("creation", CREATIONS)
def test_the_same_request_again_gets_the_first_answer_and_makes_nothing(
    till: Till, creation: Creation
) -> None:
    path, body = creation(till)
    first = till.ok("POST", path, body, key="key")
    before = events(till)

    assert [till.ok("POST", path, body, key="key") for _ in range(3)] == [first] * 3
    assert events(till) == before


@pytest.mark.parametrize(
    ("creation", "other"),
    [
        (payment, {"amount": 10.01}),
        (payment, {"orderId": "other"}),
        (payment, {"currencyCode": "EUR"}),
        (payment, {"plannedCaptureDelay": "LessThan14Days"}),
        (payment, {"merchantPaymentLabel": "label"}),
        (payment, {"restrictions": {"debitCardDisallowed": True}}),
        (payment, {"posId": UNKNOWN}),
        (prepared_payment, {"orderId": "other"}),
        (prepared_payment, {"posId": UNKNOWN}),
        (point_of_sale, {"name": "Other"}),
        (point_of_sale, {"merchantPosId": "other"}),
        (point_of_sale, {"supportedBeaconTypes": ["QR", "NFC"]}),
        (point_of_sale, {"requirePaymentBeforeCheckin": True}),
        (refund, {"amount": 2}),
        (refund, {"refundOrderId": "2"}),
        (refund, {"paymentId": UNKNOWN}),
    ],
)
def test_another_request_with_the_same_key_is_refused(
    till: Till, creation: Creation, other: dict[str, Any]
) -> None:
    path, body = creation(till)
    till.ok("POST", path, body, key="key")
    before = events(till)

    assert outcome(till.call("POST", path, body | other, key="key")) == (409, "1306")
    assert events(till) == before


@pytest.mark.parametrize("creation", CREATIONS)
def test_a_key_is_used_up_for_all_four_operations(till: Till, creation: Creation) -> None:
    requests = [each(till) for each in CREATIONS if each is not creation]
    path, body = creation(till)
    till.ok("POST", path, body, key="key")

    for other_path, other_body in requests:
        answer = till.call("POST", other_path, other_body, key="key")
        assert outcome(answer) == (409, "1306")


@pytest.mark.parametrize("same", [10, 10.00, "10", "10.00"])
def test_an_amount_written_differently_is_the_same_request(till: Till, same: Any) -> None:
    path, body = payment(till)
    first = till.ok("POST", path, body, key="key")

    assert till.ok("POST", path, body | {"amount": same}, key="key") == first


def test_case_of_guids_order_of_fields_and_unknown_fields_make_no_difference(till: Till) -> None:
    path, body = payment(till)
    first = till.ok("POST", path, body, key="key")
    same = dict(reversed((body | {"posId": body["posId"].upper(), "unknown": 1}).items()))

    assert till.ok("POST", path, same, key="key") == first


def test_null_and_left_out_are_the_same_request(till: Till) -> None:
    path, body = payment(till)
    first = till.ok("POST", path, body, key="key")
    same = body | {"merchantPaymentLabel": None, "restrictions": None}

    assert till.ok("POST", path, same, key="key") == first


def test_after_an_active_payment_is_cancelled_the_same_key_works(till: Till) -> None:
    path, body = payment(till)
    active = till.initiate(body["posId"])
    refused = [outcome(till.call("POST", path, body, key="key")) for _ in range(2)]
    cancel(till, active)
    made = till.ok("POST", path, body, key="key")["paymentId"]

    assert refused == [(409, "1301")] * 2
    assert till.status(made) == "Initiated"


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [({"amount": -1}, (400, "1102")), ({"currencyCode": "SEK"}, (400, "1099"))],
)
def test_a_bad_request_does_not_use_its_key_up(
    till: Till, wrong: dict[str, Any], refusal: tuple[int, str]
) -> None:
    path, body = payment(till)

    assert outcome(till.call("POST", path, body | wrong, key="key")) == refusal
    assert till.ok("POST", path, body, key="key")["paymentId"]


def test_the_first_answer_comes_again_whatever_became_of_what_was_made(till: Till) -> None:
    path, body = payment(till)
    first = till.ok("POST", path, body, key="key")
    cancel(till, first["paymentId"])
    till.ok("DELETE", f"/pointofsales/{body['posId']}")

    assert till.ok("POST", path, body, key="key") == first


def test_a_key_is_kept_for_a_day_and_then_forgotten(till: Till) -> None:
    path, body = payment(till)
    first = till.ok("POST", path, body, key="key")
    till.advance(hours=24)
    assert Till(till.http).ok("POST", path, body, key="key") == first

    till.advance(seconds=1)
    assert Till(till.http).ok("POST", path, body, key="key") != first


def test_a_replay_does_not_make_the_key_last_longer(till: Till) -> None:
    path, body = payment(till)
    first = till.ok("POST", path, body, key="key")
    till.advance(hours=23)
    assert Till(till.http).ok("POST", path, body, key="key") == first

    till.advance(hours=1, seconds=1)
    assert Till(till.http).ok("POST", path, body, key="key") != first


def test_keys_of_other_integrators_and_merchants_are_other_keys(till: Till) -> None:
    callers = (till, till.as_other_integrator(), till.for_merchant(OTHER_MERCHANT))
    made = {each.ok("POST", *point_of_sale(each), key="key")["posId"] for each in callers}

    assert len(made) == 3


def test_keys_of_another_sandbox_are_other_keys(till: Till, twin: Till) -> None:
    for each in (till, twin):
        each.ok("POST", *point_of_sale(each), key="key")

    assert (count_made(till), count_made(twin)) == (1, 1)


def test_other_calls_need_and_heed_no_key(till: Till) -> None:
    path, body = payment(till)
    payment_id = till.ok("POST", path, body, key="key")["paymentId"]
    headers = {"X-MobilePay-Idempotency-Key": None}

    assert outcome(cancel(till, payment_id)) == (200, None)
    assert till.call("POST", f"/payments/{payment_id}/cancel", key="key").status_code == 200
    assert till.call("POST", f"/payments/{payment_id}/cancel", headers=headers).status_code == 200


@pytest.mark.parametrize("creation", CREATIONS)
def test_identical_requests_at_once_make_one_thing(till: Till, creation: Creation) -> None:
    path, body = creation(till)
    before = count_made(till)
    at_once = Barrier(32)

    def send(_: int) -> tuple[int, str]:
        at_once.wait(timeout=30)
        answer = till.call("POST", path, body, key="key")
        return answer.status_code, answer.text

    with ThreadPoolExecutor(max_workers=32) as pool:
        answers = set(pool.map(send, range(32)))

    assert len(answers) == 1
    assert next(iter(answers))[0] == 200
    assert count_made(till) == before + 1
