"""Clients that look after the money, and clients that don't."""

from tests.journal.clients.registry import Client, breaks, keeps

LATER = {"plannedCaptureDelay": "LessThan24Hours"}
RESERVED = "[{do: check-in}, {when: IssuedToUser, do: accept}]"
ENDS_SOON = RESERVED[:-1] + ", {when: Reserved, after: 1h, do: expire}]"
IN_PART = "[{do: {check-in: {user: partial-capture}}}, {when: IssuedToUser, do: accept}]"


@breaks("reservation-left-open")
def lets_a_reservation_expire(client: Client) -> None:
    client.reserved()
    client.advance(days=8)


@breaks("reservation-left-open")
def starts_the_next_payment_with_one_reserved(client: Client) -> None:
    pos_id = client.create_pos()
    client.reserved(pos_id)
    client.captured(pos_id)


@breaks("reservation-left-open")
def looks_for_the_next_customer_with_a_payment_reserved(client: Client) -> None:
    pos_id = client.create_pos()
    client.status(client.reserved(pos_id))
    client.ok("GET", f"/pointofsales/{pos_id}/checkin")


@breaks("reservation-left-open")
def deletes_the_point_of_sale_with_a_payment_reserved(client: Client) -> None:
    pos_id = client.create_pos()
    client.status(client.reserved(pos_id))
    client.ok("DELETE", f"/pointofsales/{pos_id}")


@breaks("reservation-left-open")
def has_not_captured_two_minutes_later(client: Client) -> None:
    client.reserved()
    client.advance(minutes=2)


@breaks("reservation-left-open")
def has_not_captured_a_day_and_an_hour_later(client: Client) -> None:
    client.reserved(**LATER)
    client.advance(hours=25)


@breaks("reservation-left-open")
def gives_up_after_one_capture_that_failed(client: Client) -> None:
    client.plan("{call: CapturePayment, answer: {status: 503}}", steps=RESERVED)
    client.capture(client.initiate(client.create_pos()))
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
def goes_on_as_it_has_planned_to_capture_later(client: Client) -> None:
    pos_id = client.create_pos()
    client.reserved(pos_id, **LATER)
    client.captured(pos_id)
    client.advance(hours=23)


@keeps("reservation-left-open")
def is_surprised_by_an_early_end(client: Client) -> None:
    client.plan(steps=ENDS_SOON)
    client.initiate(client.create_pos(), **LATER)
    client.advance(hours=2)


@keeps("reservation-left-open")
def tries_to_capture_three_times(client: Client) -> None:
    client.plan("{call: CapturePayment, answer: {status: 503}}", steps=RESERVED)
    payment_id = client.initiate(client.create_pos())
    for _ in range(3):
        client.capture(payment_id)
        client.advance(seconds=1)
    client.advance(days=8)


@breaks("captured-late")
def captures_after_61_seconds(client: Client) -> None:
    payment_id = client.reserved()
    client.advance(seconds=61)
    client.capture(payment_id)


@breaks("captured-late")
def captures_after_25_hours(client: Client) -> None:
    payment_id = client.reserved(**LATER)
    client.advance(hours=25)
    client._token = None
    client.capture(payment_id)


@keeps("captured-late")
def captures_after_59_seconds(client: Client) -> None:
    payment_id = client.reserved()
    client.advance(seconds=59)
    client.capture(payment_id)


@keeps("captured-late")
def captures_after_six_days_as_planned(client: Client) -> None:
    payment_id = client.reserved(plannedCaptureDelay="LessThan14Days")
    client.advance(days=6)
    client._token = None
    client.capture(payment_id)


@keeps("captured-late")
def tried_in_time_though_it_failed(client: Client) -> None:
    client.plan("{call: CapturePayment, first: 1, answer: {status: 503}}", steps=RESERVED)
    payment_id = client.initiate(client.create_pos())
    client.capture(payment_id)
    client.advance(minutes=3)
    client.capture(payment_id)


@keeps("captured-late")
def could_not_know_of_the_reservation(client: Client) -> None:
    client.plan("{call: QueryPayment, first: 1, answer: {status: 503}}", steps=RESERVED)
    payment_id = client.initiate(client.create_pos())
    client.call("GET", f"/payments/{payment_id}")
    client.advance(minutes=3)
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
