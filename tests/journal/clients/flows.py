"""Clients that go through a flow to its end, and clients that leave something behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.journal.clients.payments import LATER, RESERVED
from tests.journal.clients.registry import Client, breaks, keeps
from tests.server.test_notifications import Receiver, serve, until

# --- points of sale ---------------------------------------------------------------------------


@breaks("pos-deleted-with-reservation")
def deletes_the_point_of_sale_with_a_payment_reserved(client: Client) -> None:
    pos_id = client.create_pos()
    payment_id = client.reserved(pos_id)
    client.ok("DELETE", f"/pointofsales/{pos_id}")
    client.capture(payment_id)


@keeps("pos-deleted-with-reservation")
def settles_its_payments_and_then_deletes_the_point_of_sale(client: Client) -> None:
    pos_id, other = client.create_pos(), client.create_pos()
    client.captured(pos_id)
    client.cancel(client.reserved(pos_id))
    client.reserved(other, **LATER)
    client.ok("DELETE", f"/pointofsales/{pos_id}")


@breaks("created-instead-of-looked-up")
def creates_its_point_of_sale_at_each_start(client: Client) -> None:
    body = client.pos_body()
    client.ok("GET", f"/pointofsales?merchantPosId={body['merchantPosId']}")
    client.ok("POST", "/pointofsales", body)
    assert client.call("POST", "/pointofsales", body).json()["code"] == "1200"


@keeps("created-instead-of-looked-up")
def looks_its_point_of_sale_up_at_each_start(client: Client) -> None:
    body = client.pos_body()
    query = f"/pointofsales?merchantPosId={body['merchantPosId']}"
    for _ in range(2):
        if not client.ok("GET", query)["posIds"]:
            client.ok("POST", "/pointofsales", body)
        client.advance(seconds=1)


@contextmanager
def notified(client: Client) -> Iterator[str]:
    """A point of sale whose check-ins are told to a receiver; somebody has checked in there."""
    receiver = Receiver()
    server = serve(receiver)
    try:
        client.control("PUT", "/callbacks/my-till", {"url": receiver.url})
        pos_id = client.create_pos(callbackAlias="my-till")
        client.user("checkin", pos_id)
        assert until(client, 1)["delivery"] == "delivered"
        yield pos_id
    finally:
        server.shutdown()
        server.server_close()


@breaks("check-in-not-asked-for")
def starts_a_payment_without_a_look_at_the_check_in(client: Client) -> None:
    with notified(client) as pos_id:
        client.cancel(client.initiate(pos_id))


@breaks("check-in-not-asked-for")
def does_nothing_when_it_is_notified(client: Client) -> None:
    with notified(client):
        client.advance(minutes=2)


@keeps("check-in-not-asked-for")
def asks_for_the_check_in_when_it_is_notified(client: Client) -> None:
    with notified(client) as pos_id:
        client.ok("GET", f"/pointofsales/{pos_id}/checkin")
        client.cancel(client.initiate(pos_id))


# --- payments ---------------------------------------------------------------------------------


def prepares(client: Client, pos_id: str) -> str:
    body = {"posId": pos_id, "orderId": f"order-of-{pos_id[:8]}"}
    return str(client.ok("POST", "/payments/prepare", body)["paymentId"])


def makes_ready(client: Client, payment_id: str) -> None:
    terms = {"amount": 10.0, "currencyCode": "DKK", "plannedCaptureDelay": "None"}
    client.ok("POST", f"/payments/{payment_id}/ready", terms)
    client.cancel(payment_id)


@breaks("prepared-without-looking")
def prepares_a_payment_and_makes_it_ready_at_once(client: Client) -> None:
    makes_ready(client, prepares(client, client.create_pos()))


@keeps("prepared-without-looking")
def polls_the_prepared_payment_before_it_is_made_ready(client: Client) -> None:
    payment_id = prepares(client, client.create_pos())
    client.status(payment_id)
    makes_ready(client, payment_id)


@keeps("prepared-without-looking")
def knows_the_customer_before_it_prepares_a_payment(client: Client) -> None:
    pos_id = client.create_pos()
    client.ok("GET", f"/pointofsales/{pos_id}/checkin")
    makes_ready(client, prepares(client, pos_id))


def gives_up_a_payment(client: Client) -> tuple[str, dict[str, Any]]:
    """Starts a payment three times, always without an answer; returns its point of sale."""
    client.plan("{call: InitiatePayment, first: 3, cut: after_commit}")
    pos_id = client.create_pos()
    body = client.payment_body(pos_id)
    for _ in range(3):
        with pytest.raises(httpx.RemoteProtocolError):
            client.call("POST", "/payments", body, key="key-1")
        client.advance(seconds=1)
    return pos_id, body


@breaks("gave-up-without-clean-up")
def forgets_a_payment_after_three_lost_answers(client: Client) -> None:
    gives_up_a_payment(client)
    client.advance(minutes=6)


@breaks("gave-up-without-clean-up")
def goes_on_elsewhere_after_three_lost_answers(client: Client) -> None:
    gives_up_a_payment(client)
    client.create_pos()


@keeps("gave-up-without-clean-up")
def looks_the_payment_up_and_cancels_it_after_three_lost_answers(client: Client) -> None:
    pos_id, body = gives_up_a_payment(client)
    query = f"/payments?posId={pos_id}&orderId={body['orderId']}"
    for payment_id in client.ok("GET", query)["paymentIds"]:
        client.cancel(payment_id)


@keeps("gave-up-without-clean-up")
def gives_up_a_payment_that_was_never_started(client: Client) -> None:
    client.plan("{call: InitiatePayment, first: 3, answer: {status: 503}}")
    body = client.payment_body(client.create_pos())
    for _ in range(3):
        client.call("POST", "/payments", body, key="key-1")
        client.advance(seconds=1)
    client.advance(minutes=6)


# --- reservations and refunds -----------------------------------------------------------------


def with_reservations(client: Client, count: int) -> list[str]:
    """Payments that have been reserved for ten minutes."""
    made = [client.reserved(**LATER) for _ in range(count)]
    client.advance(minutes=10)
    return made


@breaks("reservations-swept-by-polling")
def polls_all_reserved_payments_and_captures_what_it_finds(client: Client) -> None:
    for payment_id in with_reservations(client, 3):
        assert client.status(payment_id) == "Reserved"
        client.capture(payment_id)


@keeps("reservations-swept-by-polling")
def looks_up_each_payment_of_its_list_and_captures_it(client: Client) -> None:
    for payment_id in with_reservations(client, 3):
        client.ok("GET", f"/payments?orderId={client.payment(payment_id)['orderId']}")
        client.capture(payment_id)


@keeps("reservations-swept-by-polling")
def polls_two_reserved_payments(client: Client) -> None:
    for payment_id in with_reservations(client, 2):
        client.status(payment_id)


@breaks("refund-left-to-capture-itself")
def forgets_a_refund(client: Client) -> None:
    client.refund(client.captured())
    client.advance(hours=25)


@keeps("refund-left-to-capture-itself")
def captures_one_refund_and_cancels_another(client: Client) -> None:
    payment_id = client.captured()
    for action in ("capture", "cancel"):
        refund_id = client.refund(payment_id)
        client.advance(seconds=1)
        client.ok("POST", f"/refunds/{refund_id}/{action}")
    client.advance(hours=25)


@keeps("refund-left-to-capture-itself")
def tries_to_capture_a_refund_in_vain(client: Client) -> None:
    client.plan("{call: CaptureRefund, answer: {status: 503}}", steps=RESERVED)
    payment_id = client.initiate(client.create_pos())
    client.capture(payment_id)
    refund_id = client.refund(payment_id)
    client.advance(seconds=1)
    assert client.call("POST", f"/refunds/{refund_id}/capture").status_code == 503
    client.advance(hours=25)


@breaks("refund-not-settled")
def starts_the_next_payment_with_a_refund_open(client: Client) -> None:
    pos_id = client.create_pos()
    client.refund(client.captured(pos_id))
    client.captured(pos_id)


@breaks("refund-not-settled")
def stops_once_it_has_asked_for_a_refund(client: Client) -> None:
    client.refund(client.captured())
    client.advance(minutes=6)


@keeps("refund-not-settled")
def is_about_to_capture_a_refund(client: Client) -> None:
    client.refund_status(client.refund(client.captured()))


@keeps("refund-not-settled")
def captures_a_refund_before_the_next_payment(client: Client) -> None:
    pos_id = client.create_pos()
    refund_id = client.refund(client.captured(pos_id))
    client.advance(seconds=1)
    client.ok("POST", f"/refunds/{refund_id}/capture")
    client.captured(pos_id)
    client.advance(minutes=6)
