"""Clients that get no answer to a call, and what they do about it."""

from typing import Any

import httpx
import pytest

from tests.journal.clients.payments import RESERVED
from tests.journal.clients.registry import Client, breaks, keeps

LOST = "{call: %s, first: 1, cut: after_commit}"
LATER = {"plannedCaptureDelay": "LessThan24Hours"}


def loses(client: Client, path: str, json: Any = None, **options: Any) -> None:
    """Makes a call to which no answer comes."""
    with pytest.raises(httpx.TransportError):
        client.call("POST", path, json, **options)
    client.advance(seconds=1)


def loses_a_capture(client: Client, amount: float = 10.0) -> tuple[str, str]:
    """Captures a payment and gets no answer; returns the point of sale and the payment."""
    client.plan(LOST % "CapturePayment", steps=RESERVED)
    pos_id = client.create_pos()
    payment_id = client.initiate(pos_id, amount)
    loses(client, f"/payments/{payment_id}/capture", {"amount": amount})
    return pos_id, payment_id


def loses_the_capture_of_a_refund(client: Client) -> str:
    """Captures a refund and gets no answer; returns the payment."""
    client.plan(LOST % "CaptureRefund", steps=RESERVED)
    payment_id = client.initiate(client.create_pos())
    client.capture(payment_id)
    refund_id = client.refund(payment_id)
    client.advance(seconds=1)
    loses(client, f"/refunds/{refund_id}/capture")
    return payment_id


# --- captures -------------------------------------------------------------------------------------


@breaks("charged-twice-after-lost-answer")
def takes_a_second_payment_after_a_lost_capture(client: Client) -> None:
    pos_id, _ = loses_a_capture(client)
    client.captured(pos_id)


@breaks("charged-twice-after-lost-answer")
def asks_in_vain_and_takes_a_second_payment(client: Client) -> None:
    client.plan(LOST % "CapturePayment", LOST % "QueryPayment", steps=RESERVED)
    pos_id = client.create_pos()
    payment_id = client.initiate(pos_id)
    loses(client, f"/payments/{payment_id}/capture", {"amount": 10.0})
    with pytest.raises(httpx.TransportError):
        client.status(payment_id)
    client.captured(pos_id)


@breaks("charged-twice-after-lost-answer")
def captures_a_second_refund_after_a_lost_answer(client: Client) -> None:
    payment_id = loses_the_capture_of_a_refund(client)
    refund_id = client.refund(payment_id)
    client.advance(seconds=1)
    client.ok("POST", f"/refunds/{refund_id}/capture")


@keeps("charged-twice-after-lost-answer")
def repeats_the_capture_and_takes_the_next_payment(client: Client) -> None:
    pos_id, payment_id = loses_a_capture(client)
    client.capture(payment_id)
    client.captured(pos_id)


@keeps("charged-twice-after-lost-answer")
def asks_for_the_state_and_takes_the_next_payment(client: Client) -> None:
    pos_id, payment_id = loses_a_capture(client)
    assert client.status(payment_id) == "Captured"
    client.captured(pos_id)


@keeps("charged-twice-after-lost-answer")
def searches_the_payments_of_the_point_of_sale_first(client: Client) -> None:
    pos_id, _ = loses_a_capture(client)
    client.ok("GET", f"/payments?posId={pos_id}")
    client.captured(pos_id)


@keeps("charged-twice-after-lost-answer")
def sells_the_same_at_another_point_of_sale(client: Client) -> None:
    loses_a_capture(client)
    client.captured()


@keeps("charged-twice-after-lost-answer")
def captures_two_payments_that_were_both_started_before(client: Client) -> None:
    client.plan(LOST % "CapturePayment", steps=RESERVED)
    pos_id = client.create_pos()
    first = client.initiate(pos_id, **LATER)
    second = client.reserved(pos_id, **LATER)
    loses(client, f"/payments/{first}/capture", {"amount": 10.0})
    client.capture(second)


@keeps("charged-twice-after-lost-answer")
def gives_a_second_part_back_once_it_knows_of_the_first(client: Client) -> None:
    payment_id = loses_the_capture_of_a_refund(client)
    (refund_id,) = client.ok("GET", f"/refunds?paymentId={payment_id}")["refundIds"]
    assert client.refund_status(refund_id) == "Captured"
    refund_id = client.refund(payment_id)
    client.advance(seconds=1)
    client.ok("POST", f"/refunds/{refund_id}/capture")


# --- what is left without money being taken again -------------------------------------------------


@breaks("gave-up-without-clean-up")
def goes_on_to_another_sale_after_a_lost_capture(client: Client) -> None:
    pos_id, _ = loses_a_capture(client)
    client.captured(pos_id, 12.0)


@breaks("gave-up-without-clean-up")
def does_nothing_more_after_a_lost_capture(client: Client) -> None:
    loses_a_capture(client)
    client.advance(minutes=6)


@breaks("gave-up-without-clean-up")
def never_asks_for_a_payment_whose_start_got_no_answer(client: Client) -> None:
    client.plan(LOST % "InitiatePayment")
    loses(client, "/payments", client.payment_body(client.create_pos()))
    client.advance(minutes=6)


@breaks("gave-up-without-clean-up")
def goes_on_after_a_lost_cancellation(client: Client) -> None:
    client.plan(LOST % "CancelPayment")
    pos_id = client.create_pos()
    loses(client, f"/payments/{client.initiate(pos_id)}/cancel")
    client.captured(pos_id)


@breaks("gave-up-without-clean-up")
def has_no_periodic_job_for_a_capture_that_got_no_answer_three_times(client: Client) -> None:
    pos_id = loses_three_captures(client)
    client.captured(pos_id, 12.0)
    client.advance(days=1, hours=1)


def loses_three_captures(client: Client) -> str:
    client.plan("{call: CapturePayment, first: 3, cut: after_commit}", steps=RESERVED)
    pos_id = client.create_pos()
    payment_id = client.initiate(pos_id)
    for _ in range(3):
        loses(client, f"/payments/{payment_id}/capture", {"amount": 10.0})
    return pos_id


@keeps("gave-up-without-clean-up")
def leaves_a_capture_that_got_no_answer_three_times_to_its_periodic_job(client: Client) -> None:
    client.captured(loses_three_captures(client), 12.0)


@keeps("gave-up-without-clean-up")
def is_about_to_repeat_the_capture(client: Client) -> None:
    pos_id, _ = loses_a_capture(client)
    client.ok("GET", f"/pointofsales/{pos_id}")


@keeps("gave-up-without-clean-up")
def goes_on_after_a_capture_that_did_nothing(client: Client) -> None:
    client.plan("{call: CapturePayment, first: 1, cut: before_commit}", steps=RESERVED)
    pos_id = client.create_pos()
    payment_id = client.initiate(pos_id)
    loses(client, f"/payments/{payment_id}/capture", {"amount": 10.0})
    client.captured(pos_id, 12.0)


@keeps("gave-up-without-clean-up")
def waits_for_an_answer_that_is_slow(client: Client) -> None:
    client.plan("{call: CapturePayment, first: 1, delay: 2100ms}", steps=RESERVED)
    pos_id = client.create_pos()
    assert client.capture(client.initiate(pos_id)).status_code == 200
    client.captured(pos_id)
