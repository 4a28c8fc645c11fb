"""Clients that repeat what was refused, in right and in wrong ways."""

from tests.journal.clients.registry import KEY, Client, breaks, keeps
from tests.journal.clients.retries import failing, tries

VERSION = "X-MobilePay-Client-System-Version"


@breaks("refusal-retried")
def captures_until_the_customer_has_accepted(client: Client) -> None:
    pos_id = client.create_pos()
    payment_id = client.initiate(pos_id)
    assert [client.capture(payment_id).status_code for _ in range(3)] == [409, 409, 409]
    client.user("checkin", pos_id)
    client.user("acceptpayment", pos_id)
    assert client.capture(payment_id).status_code == 200


@breaks("refusal-retried")
def starts_a_payment_until_the_point_of_sale_is_free(client: Client) -> None:
    pos_id = client.create_pos()
    before = client.initiate(pos_id)
    body = client.payment_body(pos_id)
    for _ in range(2):
        assert client.call("POST", "/payments", body, key="key-1").json()["code"] == "1301"
    client.cancel(before)
    tries(client, body, ["key-1"])


@breaks("refusal-retried")
def only_looks_what_is_in_the_way_and_starts_again(client: Client) -> None:
    pos_id = client.create_pos()
    before = client.initiate(pos_id)
    body = client.payment_body(pos_id)
    client.call("POST", "/payments", body, key="key-1")
    client.ok("GET", f"/payments?posId={pos_id}")
    client.call("POST", "/payments", body, key="key-1")
    client.cancel(before)


@keeps("refusal-retried")
def cleans_up_after_1301_and_starts_again_with_the_same_key(client: Client) -> None:
    pos_id = client.create_pos()
    client.initiate(pos_id)
    body = client.payment_body(pos_id)
    assert client.call("POST", "/payments", body, key="key-1").json()["code"] == "1301"
    for payment_id in client.ok("GET", f"/payments?posId={pos_id}")["paymentIds"]:
        client.cancel(payment_id)
    tries(client, body, ["key-1"])


@keeps("refusal-retried")
def sends_the_key_that_it_had_forgotten(client: Client) -> None:
    body = client.payment_body(client.create_pos())
    refused = client.call("POST", "/payments", body, headers={KEY: None})
    assert refused.json()["code"] == "1164"
    tries(client, body, ["key-1"])


@keeps("refusal-retried")
def sends_the_version_that_it_had_forgotten(client: Client) -> None:
    body = client.payment_body(client.create_pos())
    refused = client.call("POST", "/payments", body, key="key-1", headers={VERSION: None})
    assert refused.json()["code"] == "1153"
    tries(client, body, ["key-1"])


@breaks("refusal-retried")
def takes_another_key_for_a_body_that_is_wrong(client: Client) -> None:
    body = {**client.payment_body(client.create_pos()), "amount": -1}
    for key in ("key-1", "key-2"):
        assert client.call("POST", "/payments", body, key=key).status_code == 400


@keeps("refusal-retried")
def finds_nothing_to_clean_up_and_starts_again(client: Client) -> None:
    client.plan(failing("InitiatePayment", 1, "answer: {status: 409, code: 1301}"))
    pos_id = client.create_pos()
    body = client.payment_body(pos_id)
    client.call("POST", "/payments", body, key="key-1")
    assert client.ok("GET", f"/payments?posId={pos_id}")["paymentIds"] == []
    tries(client, body, ["key-1"])


@keeps("refusal-retried")
def finds_its_point_of_sale_taken_each_time_it_starts(client: Client) -> None:
    body = client.pos_body()
    client.ok("POST", "/pointofsales", body)
    for _ in range(2):
        client.ok("GET", f"/pointofsales?merchantPosId={body['merchantPosId']}")
        assert client.call("POST", "/pointofsales", body).json()["code"] == "1200"
        client.advance(minutes=6)


@keeps("refusal-retried")
def captures_again_once_the_customer_has_accepted(client: Client) -> None:
    pos_id = client.create_pos()
    payment_id = client.initiate(pos_id)
    assert client.capture(payment_id).json()["code"] == "1304"
    client.user("checkin", pos_id)
    client.user("acceptpayment", pos_id)
    assert client.status(payment_id) == "Reserved"
    assert client.capture(payment_id).status_code == 200


@keeps("refusal-retried")
def creates_its_point_of_sale_again_once_it_has_deleted_the_old(client: Client) -> None:
    body = client.pos_body()
    client.ok("POST", "/pointofsales", body)
    found = client.ok("GET", f"/pointofsales?merchantPosId={body['merchantPosId']}")["posIds"]
    assert client.call("POST", "/pointofsales", body).json()["code"] == "1200"
    client.ok("DELETE", f"/pointofsales/{found[0]}")
    client.ok("POST", "/pointofsales", body)


@breaks("refusal-retried")
def captures_again_without_a_look_and_is_lucky(client: Client) -> None:
    pos_id = client.create_pos()
    payment_id = client.initiate(pos_id)
    assert client.capture(payment_id).json()["code"] == "1304"
    client.user("checkin", pos_id)
    client.user("acceptpayment", pos_id)
    assert client.capture(payment_id).status_code == 200


@breaks("refusal-retried")
def captures_a_refund_again_without_a_look(client: Client) -> None:
    refund_id = client.refund(client.captured())
    assert client.call("POST", f"/refunds/{refund_id}/capture").json()["code"] == "1351"
    client.advance(seconds=1)
    client.ok("POST", f"/refunds/{refund_id}/capture")
