"""Clients that try again, in right and in wrong ways."""

import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from tests.journal.clients.registry import Client, breaks, keeps


def failing(call: str, times: int, fault: str = "answer: {status: 503}") -> str:
    return f"{{call: {call}, first: {times}, {fault}}}"


def tries(client: Client, body: Any, keys: Iterable[str], pauses: Iterable[float] = ()) -> None:
    """Starts a payment again and again, with these keys and pauses, and cancels it in the end."""
    waits = iter(pauses)
    for key in keys:
        answer = client.call("POST", "/payments", body, key=key)
        client.advance(seconds=next(waits, 1))
    client.cancel(answer.json()["paymentId"])


@breaks("new-key-on-retry")
def makes_a_new_key_after_a_500(client: Client) -> None:
    client.plan(failing("InitiatePayment", 1))
    tries(client, client.payment_body(client.create_pos()), ["key-1", "key-2"])


@breaks("new-key-on-retry")
def makes_a_new_key_after_a_lost_answer_and_meets_its_own_payment(client: Client) -> None:
    client.plan(failing("InitiatePayment", 1, "cut: after_commit"))
    pos_id = client.create_pos()
    body = client.payment_body(pos_id)
    with pytest.raises(httpx.RemoteProtocolError):
        client.call("POST", "/payments", body)
    client.advance(seconds=1)
    assert client.call("POST", "/payments", body).json()["code"] == "1301"
    (payment_id,) = client.ok("GET", f"/payments?posId={pos_id}")["paymentIds"]
    client.cancel(payment_id)


@breaks("new-key-on-retry")
def makes_a_new_key_for_the_third_try(client: Client) -> None:
    client.plan(failing("InitiatePayment", 2))
    tries(client, client.payment_body(client.create_pos()), ["key-1", "key-1", "key-2"])


@keeps("new-key-on-retry")
def tries_again_with_the_same_key(client: Client) -> None:
    client.plan(failing("InitiatePayment", 1))
    tries(client, client.payment_body(client.create_pos()), ["key-1", "key-1"])


@keeps("new-key-on-retry")
def makes_a_new_key_after_a_refusal_that_it_has_mended(client: Client) -> None:
    pos_id = client.create_pos()
    before = client.initiate(pos_id)
    body = client.payment_body(pos_id)
    assert client.call("POST", "/payments", body).json()["code"] == "1301"
    client.cancel(before)
    client.cancel(client.ok("POST", "/payments", body)["paymentId"])


@keeps("new-key-on-retry")
def creates_again_what_it_has_deleted_since(client: Client) -> None:
    client.plan(failing("CreatePos", 1, "cut: after_commit"))
    body = client.pos_body()
    with pytest.raises(httpx.RemoteProtocolError):
        client.call("POST", "/pointofsales", body)
    query = f"/pointofsales?merchantPosId={body['merchantPosId']}"
    client.advance(seconds=1)
    client.ok("DELETE", f"/pointofsales/{client.ok('GET', query)['posIds'][0]}")
    client.ok("POST", "/pointofsales", body)


@breaks("idempotency-key-reused")
def uses_one_key_for_two_payments(client: Client) -> None:
    pos_id = client.create_pos()
    body = client.payment_body(pos_id)
    client.cancel(client.ok("POST", "/payments", body, key="key-1")["paymentId"])
    other = client.payment_body(pos_id, 12.0)
    assert client.call("POST", "/payments", other, key="key-1").json()["code"] == "1306"


@breaks("idempotency-key-reused")
def uses_one_key_for_a_payment_and_a_point_of_sale(client: Client) -> None:
    client.ok("POST", "/pointofsales", client.pos_body(), key="key-1")
    prepare = {"posId": client.create_pos(), "orderId": "order-1"}
    client.call("POST", "/payments/prepare", prepare, key="key-1")


@breaks("idempotency-key-reused")
def uses_the_key_of_a_failed_call_for_another_which_is_not_refused(client: Client) -> None:
    client.plan(failing("InitiatePayment", 1))
    pos_id = client.create_pos()
    client.call("POST", "/payments", client.payment_body(pos_id), key="key-1")
    body = client.payment_body(pos_id, 12.0)
    client.cancel(client.ok("POST", "/payments", body, key="key-1")["paymentId"])


@breaks("idempotency-key-reused")
def uses_a_key_again_when_the_service_has_forgotten_it(client: Client) -> None:
    client.ok("POST", "/pointofsales", client.pos_body(), key="key-1")
    client.advance(days=2)
    client._token = None
    client.ok("POST", "/pointofsales", client.pos_body(), key="key-1")


@keeps("idempotency-key-reused")
def mends_a_refused_request_under_its_key(client: Client) -> None:
    body = client.pos_body()
    assert client.call("POST", "/pointofsales", body | {"name": ""}, key="key-1").is_error
    client.ok("POST", "/pointofsales", body, key="key-1")


@keeps("idempotency-key-reused")
def mends_what_failed_first_and_was_refused_then(client: Client) -> None:
    body = client.pos_body()
    client.ok("POST", "/pointofsales", body)
    client.plan(failing("CreatePos", 1))
    for status in (503, 409):
        again = body | {"name": "Another till"}
        assert client.call("POST", "/pointofsales", again, key="key-1").status_code == status
        client.advance(seconds=1)
    client.ok("POST", "/pointofsales", client.pos_body(), key="key-1")


@keeps("idempotency-key-reused")
def writes_the_same_request_in_another_way(client: Client) -> None:
    body = client.payment_body(client.create_pos(), 5.25)
    first = client.ok("POST", "/payments", body, key="key-1")
    body = body | {"posId": body["posId"].upper()}
    text = json.dumps(dict(sorted(body.items()))).replace("5.25", "5.250")
    headers = {"Content-Type": "application/json"}
    again = client.call("POST", "/payments", key="key-1", content=text, headers=headers)
    assert again.json() == first


@breaks("too-many-retries")
def tries_seven_times(client: Client) -> None:
    client.plan(failing("InitiatePayment", 6))
    body = client.payment_body(client.create_pos())
    tries(client, body, ["key-1"] * 7, [1, 2, 4, 8, 16, 32])


@keeps("too-many-retries")
def polls_on_and_on_though_every_poll_fails(client: Client) -> None:
    client.plan(failing("QueryPayment", 8))
    payment_id = client.initiate(client.create_pos())
    for _ in range(8):
        client.call("GET", f"/payments/{payment_id}")
        client.advance(seconds=1)
    client.cancel(payment_id)


@keeps("too-many-retries")
def tries_six_times(client: Client) -> None:
    client.plan(failing("InitiatePayment", 5))
    body = client.payment_body(client.create_pos())
    tries(client, body, ["key-1"] * 6, [1, 2, 4, 8, 16])


@keeps("too-many-retries")
def tries_again_ten_minutes_later(client: Client) -> None:
    client.plan(failing("InitiatePayment", 10))
    body = client.payment_body(client.create_pos())
    tries(client, body, ["key-1"] * 11, [1, 1, 1, 1, 600, 1, 1, 1, 1, 1])


@keeps("too-many-retries")
def sends_its_credentials_once_it_is_asked(client: Client) -> None:
    form = {"grant_type": "client_credentials", "merchant_vat": client.merchant}
    path = "/integrator-authentication/connect/token"
    client.create_pos()
    for _ in range(8):
        assert client.http.post(path, data=form).status_code == 401
        client._token = client.token()
        for _ in range(2):
            client.ok("GET", "/stores")
        client.advance(seconds=10)


@breaks("too-many-retries")
def asks_for_a_token_seven_times_with_a_wrong_secret(client: Client) -> None:
    form = {"grant_type": "client_credentials", "merchant_vat": client.merchant}
    client.create_pos()
    for _ in range(7):
        path = "/integrator-authentication/connect/token"
        wrong = (client.client_id, "wrong")
        assert client.http.post(path, data=form, auth=wrong).status_code == 401
        client.advance(seconds=10)


@breaks("no-back-off")
def tries_again_at_once(client: Client) -> None:
    client.plan(failing("InitiatePayment", 1))
    tries(client, client.payment_body(client.create_pos()), ["key-1"] * 2, [0])


@breaks("no-back-off")
def asks_again_at_once_for_the_payments_of_a_point_of_sale(client: Client) -> None:
    client.plan(failing("QueryPaymentIds", 1, "cut: mid_body"))
    pos_id = client.create_pos()
    payment_id = client.initiate(pos_id)
    with pytest.raises(httpx.RemoteProtocolError):
        client.ok("GET", f"/payments?posId={pos_id}")
    client.ok("GET", f"/payments?posId={pos_id}")
    client.cancel(payment_id)


@breaks("no-back-off")
def waits_less_and_less(client: Client) -> None:
    client.plan(failing("InitiatePayment", 4))
    body = client.payment_body(client.create_pos())
    tries(client, body, ["key-1"] * 5, [8, 4, 2, 1])


@keeps("no-back-off")
def waits_longer_and_longer(client: Client) -> None:
    client.plan(failing("InitiatePayment", 4))
    body = client.payment_body(client.create_pos())
    tries(client, body, ["key-1"] * 5, [0.5, 1, 2, 4])


@keeps("no-back-off")
def waits_as_long_each_time_with_jitter(client: Client) -> None:
    client.plan(failing("InitiatePayment", 4))
    body = client.payment_body(client.create_pos())
    tries(client, body, ["key-1"] * 5, [1.1, 0.9, 1.2, 0.8])


@keeps("no-back-off")
def comes_back_at_once_with_a_new_token(client: Client) -> None:
    client.plan(failing("InitiatePayment", 1, "answer: {status: 401, body: empty}"))
    body = client.payment_body(client.create_pos())
    assert client.call("POST", "/payments", body, key="key-1").status_code == 401
    client._token = None
    tries(client, body, ["key-1"])
