"""The explanation of a retry with another key first advises the key of the first attempt."""

from typing import Any

import httpx
import pytest

from tests.control.test_explain import last_id, part
from tests.support import Till

#: Each ends in a conflict with what the first attempt made, or is done twice.
MADE = {
    "InitiatePayment": ("/payments", 409),
    "PreparePayment": ("/payments/prepare", 409),
    "CreatePos": ("/pointofsales", 409),
    "CreateRefund": ("/refunds", 409),
    "a part": ("/refunds", 200),
}


def _body(till: Till, what: str) -> dict[str, Any]:
    if what == "CreatePos":
        return till.pos_body(merchantPosId="one")
    if what == "InitiatePayment":
        return till.payment_body(till.create_pos())
    if what == "PreparePayment":
        return {"posId": till.create_pos(), "orderId": "order"}
    amount = 4.0 if what == "a part" else 10.0
    terms = {"refundOrderId": "refund", "amount": amount, "currencyCode": "DKK"}
    return {"paymentId": till.captured(), **terms}


def _lose(till: Till, path: str, body: Any, key: str) -> None:
    operation = next(each for each, (at, _) in MADE.items() if at == path)
    till.control("POST", "/faults", {"call": operation, "fault": "lost", "times": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", path, body, key=key)


@pytest.mark.parametrize("what", MADE)
def test_after_a_lost_answer(till: Till, what: str) -> None:
    path, status = MADE[what]
    body = _body(till, what)
    _lose(till, path, body, "first")
    first = last_id(till)
    assert till.call("POST", path, body, key="another").status_code == status
    advice = part(till, "advice")
    assert f"with the key of request {first}, 'first'" in advice[0]
    assert len(advice) == (1 if status == 409 else 2)
    # What has succeeded is not to be sent once more.
    assert ("Send it again" in advice[0]) is (status == 409)


def test_a_lost_conflict_advises_one_thing(till: Till) -> None:
    body = _body(till, "InitiatePayment")
    for key in ("first", "another"):
        _lose(till, "/payments", body, key)
    (advice,) = part(till, "advice")
    assert "with the key of request" in advice
    assert "'first'" in advice


def test_what_was_answered_is_advised_as_its_rule_says(till: Till) -> None:
    body = _body(till, "InitiatePayment")
    till.ok("POST", "/payments", body, key="first")
    till.call("POST", "/payments", body, key="another")
    assert not any("'first'" in each for each in part(till, "advice"))


def test_a_refusal_that_is_no_conflict_keeps_its_advice(till: Till) -> None:
    body = _body(till, "InitiatePayment")
    _lose(till, "/payments", body, "first")
    headers = {"Authorization": "Bearer none"}
    assert till.call("POST", "/payments", body, key="another", headers=headers).status_code == 401
    assert not any("'first'" in each for each in part(till, "advice"))
