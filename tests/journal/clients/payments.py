"""Clients that look after the money, and clients that don't."""

import httpx
import pytest

from tests.journal.clients.registry import Client, breaks, keeps

LATER = {"plannedCaptureDelay": "LessThan24Hours"}
RESERVED = "[{do: check-in}, {when: IssuedToUser, do: accept}]"
ENDS_SOON = RESERVED[:-1] + ", {when: Reserved, after: 1h, do: expire}]"
CAPTURE_FAILS = "{call: CapturePayment, answer: {status: 503}}"
IN_PART = "[{do: {check-in: {user: partial-capture}}}, {when: IssuedToUser, do: accept}]"


@breaks("reservation-left-open")
def lets_a_reservation_expire(client: Client) -> None:
    client.reserved()
    client.advance(days=8)


@breaks("reservation-left-open")
def has_not_captured_two_days_later(client: Client) -> None:
    client.reserved()
    client.advance(days=2)


@breaks("reservation-left-open")
def has_not_captured_three_days_later(client: Client) -> None:
    client.reserved(**LATER)
    client.advance(days=3, seconds=1)


@breaks("reservation-left-open")
def gives_up_after_one_capture_that_failed(client: Client) -> None:
    client.plan(CAPTURE_FAILS, steps=RESERVED)
    client.capture(client.initiate(client.create_pos()))
    client.advance(days=8)


@breaks("reservation-left-open")
def has_no_periodic_job_for_a_capture_that_failed_three_times(client: Client) -> None:
    client.plan(CAPTURE_FAILS, steps=RESERVED)
    tries_to_capture(client, client.initiate(client.create_pos()))
    client.advance(days=8)


@keeps("reservation-left-open")
def captures(client: Client) -> None:
    client.captured()
    client.advance(days=8)


@keeps("reservation-left-open")
def cancels(client: Client) -> None:
    client.cancel(client.reserved())
    client.advance(days=8)


@keeps("reservation-left-open")
def is_about_to_capture(client: Client) -> None:
    client.status(client.reserved())


@keeps("reservation-left-open")
def has_not_captured_two_and_a_half_days_later_as_planned(client: Client) -> None:
    client.reserved(**LATER)
    client.advance(days=2.5)


@keeps("reservation-left-open")
def is_surprised_by_an_early_end(client: Client) -> None:
    client.plan(steps=ENDS_SOON)
    client.initiate(client.create_pos(), **LATER)
    client.advance(hours=2)


@keeps("reservation-left-open")
def tries_to_capture_again_in_its_periodic_job(client: Client) -> None:
    client.plan(CAPTURE_FAILS, steps=RESERVED)
    payment_id = client.initiate(client.create_pos())
    tries_to_capture(client, payment_id)
    client.advance(minutes=10)
    tries_to_capture(client, payment_id)
    client.advance(days=8)


@keeps("reservation-left-open")
def captures_in_its_periodic_job_what_it_could_not_capture_at_once(client: Client) -> None:
    client.plan("{call: CapturePayment, first: 3, answer: {status: 503}}", steps=RESERVED)
    pos_id = client.create_pos()
    payment_id = client.initiate(pos_id)
    tries_to_capture(client, payment_id)
    client.captured(pos_id)
    client.advance(minutes=10)
    assert client.capture(payment_id).status_code == 200


def tries_to_capture(client: Client, payment_id: str) -> None:
    for _ in range(3):
        assert client.capture(payment_id).status_code == 503
        client.advance(seconds=1)


@breaks("reservation-not-settled")
def starts_the_next_payment_with_one_reserved(client: Client) -> None:
    pos_id = client.create_pos()
    client.reserved(pos_id)
    client.captured(pos_id)


@breaks("reservation-not-settled")
def looks_for_the_next_customer_with_a_payment_reserved(client: Client) -> None:
    pos_id = client.create_pos()
    client.status(client.reserved(pos_id))
    client.ok("GET", f"/pointofsales/{pos_id}/checkin")


@keeps("reservation-not-settled")
def goes_on_as_it_has_planned_to_capture_later(client: Client) -> None:
    pos_id = client.create_pos()
    client.reserved(pos_id, **LATER)
    client.captured(pos_id)
    client.advance(hours=23)


@keeps("reservation-not-settled")
def goes_on_with_a_capture_that_failed_left_to_its_periodic_job(client: Client) -> None:
    client.plan(CAPTURE_FAILS, steps=RESERVED)
    pos_id = client.create_pos()
    tries_to_capture(client, client.initiate(pos_id))
    client.captured(pos_id)


def captures_later(client: Client, payment_id: str, **length: float) -> None:
    """Captures a payment after this long, with a new token."""
    client.advance(**length)
    client._token = None
    assert client.capture(payment_id).status_code == 200


@breaks("captured-late")
def captures_after_two_days(client: Client) -> None:
    captures_later(client, client.reserved(), days=2)


@breaks("captured-late")
def captures_after_three_days_what_it_has_planned_within_one(client: Client) -> None:
    captures_later(client, client.reserved(**LATER), days=3, seconds=1)


@keeps("captured-late")
def captures_after_23_hours(client: Client) -> None:
    captures_later(client, client.reserved(), hours=23)


@keeps("captured-late")
def captures_in_three_days_what_it_has_planned_within_one(client: Client) -> None:
    captures_later(client, client.reserved(**LATER), days=2, hours=23)


@keeps("captured-late")
def captures_after_six_days_as_planned(client: Client) -> None:
    captures_later(client, client.reserved(plannedCaptureDelay="LessThan14Days"), days=6)


@keeps("captured-late")
def tried_in_time_though_it_failed(client: Client) -> None:
    client.plan("{call: CapturePayment, first: 1, answer: {status: 503}}", steps=RESERVED)
    payment_id = client.initiate(client.create_pos())
    client.capture(payment_id)
    captures_later(client, payment_id, days=3)


@keeps("captured-late")
def could_not_know_of_the_reservation(client: Client) -> None:
    client.plan("{call: QueryPayment, first: 1, answer: {status: 503}}", steps=RESERVED)
    payment_id = client.initiate(client.create_pos())
    client.call("GET", f"/payments/{payment_id}")
    client.advance(days=3)
    client._token = None
    client.status(payment_id)
    client.capture(payment_id)


@breaks("duplicate-order-id")
def pays_twice_under_one_order_id(client: Client) -> None:
    pos_id = client.create_pos()
    client.captured(pos_id, orderId="order-1")
    client.captured(pos_id, orderId="order-1")


@keeps("duplicate-order-id")
def is_answered_again_under_one_key(client: Client) -> None:
    body = client.payment_body(client.create_pos())
    made = [client.ok("POST", "/payments", body, key="key-1")["paymentId"] for _ in range(2)]
    assert made[0] == made[1]


@keeps("duplicate-order-id")
def has_two_merchants_with_the_same_order_id(client: Client) -> None:
    client.captured(orderId="order-1")
    other = Client(client.http, merchant="DK87654321")
    other.captured(orderId="order-1")


@breaks("partial-capture-not-possible")
def captures_a_part_of_a_card_that_does_not_allow_it(client: Client) -> None:
    payment_id = client.reserved()
    assert client.capture(payment_id, 4.0).json()["code"] == "1308"
    client.capture(payment_id)


@breaks("partial-capture-not-possible")
def captures_a_part_though_it_was_told_though_the_call_fails(client: Client) -> None:
    client.plan("{call: CapturePayment, first: 1, answer: {status: 503}}", steps=RESERVED)
    payment_id = client.initiate(client.create_pos())
    assert client.payment(payment_id)["partialCapturePossible"] is False
    client.capture(payment_id, 4.0)
    client.capture(payment_id)


@keeps("partial-capture-not-possible")
def captures_a_part_where_it_is_possible(client: Client) -> None:
    client.plan(steps=IN_PART)
    payment_id = client.initiate(client.create_pos())
    assert client.payment(payment_id)["partialCapturePossible"] is True
    assert client.capture(payment_id, 4.0).status_code == 200


@keeps("partial-capture-not-possible")
def captures_in_full_where_a_part_is_not_possible(client: Client) -> None:
    payment_id = client.reserved()
    client.status(payment_id)
    client.capture(payment_id)


def with_one_reserved_and_one_active(client: Client) -> tuple[str, str]:
    """A point of sale with a payment whose capture has failed, and an active one."""
    client.plan(CAPTURE_FAILS, steps=RESERVED)
    pos_id = client.create_pos()
    payment_id = client.initiate(pos_id)
    tries_to_capture(client, payment_id)
    client.initiate(pos_id)
    return pos_id, payment_id


def clears_its_way(client: Client, pos_id: str) -> None:
    """Finds the way to a payment blocked, and cancels the active one alone."""
    for payment_id in finds_its_way_blocked(client, pos_id):
        if client.status(payment_id) != "Reserved":
            client.cancel(payment_id)


def fails_to_start_beside_a_reserved_payment(client: Client) -> tuple[str, str]:
    """Starts a payment without an answer; returns the reserved one, and how to find that one."""
    client.plan(steps=RESERVED)
    pos_id = client.create_pos()
    reserved = client.initiate(pos_id)
    client.plan("{call: InitiatePayment, first: 1, answer: {status: 503}}")
    body = client.payment_body(pos_id)
    assert client.call("POST", "/payments", body).status_code == 503
    return reserved, f"/payments?posId={pos_id}&orderId={body['orderId']}"


def finds_its_way_blocked(client: Client, pos_id: str) -> list[str]:
    """Starts a payment, is refused with 1301, and returns the payments of the point of sale."""
    body = client.payment_body(pos_id)
    assert client.call("POST", "/payments", body).json()["code"] == "1301"
    return list(client.ok("GET", f"/payments?posId={pos_id}")["paymentIds"])


@breaks("wrong-payment-cancelled")
def cancels_all_payments_that_it_finds(client: Client) -> None:
    pos_id, _ = with_one_reserved_and_one_active(client)
    found = finds_its_way_blocked(client, pos_id)
    assert len(found) == 2
    for payment_id in found:
        client.cancel(payment_id)


@breaks("wrong-payment-cancelled")
def cancels_the_reserved_payment_after_a_lost_answer(client: Client) -> None:
    reserved, _ = fails_to_start_beside_a_reserved_payment(client)
    client.cancel(reserved)


@keeps("wrong-payment-cancelled")
def cancels_the_active_payment_alone(client: Client) -> None:
    pos_id, _ = with_one_reserved_and_one_active(client)
    clears_its_way(client, pos_id)


@keeps("wrong-payment-cancelled")
def cancels_a_reserved_payment_long_after_it_has_cleared_the_way(client: Client) -> None:
    pos_id, reserved = with_one_reserved_and_one_active(client)
    clears_its_way(client, pos_id)
    client.advance(minutes=6)
    client.cancel(reserved)


@keeps("wrong-payment-cancelled")
def cancels_a_reserved_payment_once_it_has_found_none_in_its_way(client: Client) -> None:
    reserved, query = fails_to_start_beside_a_reserved_payment(client)
    assert client.ok("GET", query)["paymentIds"] == []
    client.cancel(reserved)


@keeps("wrong-payment-cancelled")
def cancels_what_a_lost_call_has_started_though_it_is_reserved_by_now(client: Client) -> None:
    client.plan("{call: InitiatePayment, first: 1, cut: after_commit}", steps=RESERVED)
    pos_id = client.create_pos()
    body = client.payment_body(pos_id)
    with pytest.raises(httpx.RemoteProtocolError):
        client.call("POST", "/payments", body)
    query = f"/payments?posId={pos_id}&orderId={body['orderId']}"
    (payment_id,) = client.ok("GET", query)["paymentIds"]
    client.cancel(payment_id)


@keeps("wrong-payment-cancelled")
def cancels_a_reserved_payment_while_nothing_is_in_the_way(client: Client) -> None:
    pos_id = client.create_pos()
    client.cancel(client.reserved(pos_id))
    client.captured(pos_id)
