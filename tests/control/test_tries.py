"""A payment's time line has the calls that were tried in vain before the payment was there."""

from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.support import Till


def failing(till: Till, call: str, fault: str = "500") -> None:
    """Lets the next call of an operation fail."""
    till.control("POST", "/faults", {"call": call, "fault": fault})


def calls(till: Till, payment_id: str) -> list[tuple[int, int, int | None]]:
    """Number, status and first try of each call of a payment, but for the control API's."""
    found = till.control("GET", f"/timeline?paymentId={payment_id}")["entries"]
    return [
        (each["request"], each["status"], each.get("firstTry"))
        for each in found
        if each["kind"] == "call"
    ]


def start(till: Till, body: dict[str, Any], key: str, path: str = "/payments") -> str | None:
    """Starts a payment, and returns its id, if it was started."""
    with suppress(httpx.RemoteProtocolError, httpx.ReadError):
        answer = till.call("POST", path, body, key=key)
        if answer.status_code == 200:
            return str(answer.json()["paymentId"])
    return None


def last(till: Till) -> int:
    """The number of the newest call."""
    return int(till.control("GET", "/requests?limit=1")["requests"][0]["id"])


@pytest.mark.parametrize(("fault", "status"), [("500", 500), ("429", 429), ("reset", 0)])
@pytest.mark.parametrize("operation", ["InitiatePayment", "PreparePayment"])
def test_a_try_that_failed_before_the_payment_is_there_with_its_retry(
    till: Till, operation: str, fault: str, status: int
) -> None:
    body = till.payment_body(till.create_pos())
    path = "/payments"
    if operation == "PreparePayment":
        path, body = "/payments/prepare", {k: body[k] for k in ("posId", "orderId")}
    failing(till, operation, fault)
    assert start(till, body, "one", path) is None
    first = last(till)
    payment_id = start(till, body, "one", path)
    assert payment_id is not None
    assert calls(till, payment_id) == [(first, status, None), (first + 1, 200, first)]
    about = f"/_simulator/timeline?paymentId={payment_id}&format"
    assert f"#35;{first + 1}, same key as #35;{first}" in till.http.get(f"{about}=mermaid").text
    assert 'class="tie"' in till.http.get(f"{about}=svg").text
    table = till.http.get(f"/page/timeline?paymentId={payment_id}&view=table").text
    assert f"#{first}</span>" in table


def test_a_try_of_another_client_key_or_operation_is_not(till: Till) -> None:
    body = till.payment_body(till.create_pos())
    failing(till, "InitiatePayment")
    assert start(till, body, "other") is None
    failing(till, "CreatePos")
    till.call("POST", "/pointofsales", till.pos_body(), key="one")
    payment_id = start(till, body, "one")
    assert payment_id is not None
    assert calls(till, payment_id) == [(last(till), 200, None)]


def test_a_retry_that_fails_after_the_payment_is_there_and_the_next_payment_of_a_key_is_not(
    till: Till,
) -> None:
    pos_id = till.create_pos()
    body = till.payment_body(pos_id)
    payment_id = start(till, body, "one")
    assert payment_id is not None
    first = last(till)
    failing(till, "InitiatePayment")
    assert start(till, body, "one") is None
    tried = last(till)
    # A refusal because the key is another request's is no try of that request.
    assert till.call("POST", "/payments", till.payment_body(pos_id), key="one").status_code == 409
    assert calls(till, payment_id) == [(first, 200, None), (tried, 500, first)]
    till.ok("POST", f"/payments/{payment_id}/cancel")
    till.advance(hours=30)
    till._token = None
    failing(till, "InitiatePayment")
    body = till.payment_body(pos_id)
    assert start(till, body, "one") is None
    tried = last(till)
    second = start(till, body, "one")
    assert second is not None
    assert [number for number, *_ in calls(till, second)] == [tried, tried + 1]
    assert tried not in [number for number, *_ in calls(till, payment_id)]


def test_a_failed_refund_is_there_with_its_retry(till: Till) -> None:
    payment_id = till.captured()
    body = {"paymentId": payment_id, "refundOrderId": "r", "amount": 1, "currencyCode": "DKK"}
    failing(till, "CreateRefund")
    for status in (500, 200):
        assert till.call("POST", "/refunds", body, key="two").status_code == status
    tried = last(till) - 1
    assert calls(till, payment_id)[-2:] == [(tried, 500, None), (tried + 1, 200, tried)]
