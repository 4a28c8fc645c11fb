"""Clients that wait for something to happen."""

import httpx
import pytest

from tests.journal.clients.payments import RESERVED
from tests.journal.clients.registry import Client, breaks, keeps
from tests.journal.clients.retries import failing


def polls(client: Client, payment_id: str, *pauses: float) -> None:
    """Polls a payment before and after each pause, and cancels it in the end."""
    client.status(payment_id)
    for pause in pauses:
        client.advance(seconds=pause)
        client.status(payment_id)
    client.cancel(payment_id)


@breaks("polled-too-soon")
def polls_after_half_a_second(client: Client) -> None:
    polls(client, client.initiate(client.create_pos()), 1, 0.5, 1)


@breaks("polled-too-soon")
def does_not_hear_that_it_is_to_wait_longer(client: Client) -> None:
    client.plan(steps="[{do: {change: {rule: poll_delay, to: 3s}}}]")
    polls(client, client.initiate(client.create_pos()), 3, 1)


@breaks("polled-too-soon")
def polls_a_refund_too_soon(client: Client) -> None:
    refund_id = client.refund(client.captured())
    client.refund_status(refund_id)
    client.advance(seconds=0.05)
    client.refund_status(refund_id)


@breaks("polled-too-soon")
def polls_a_check_in_too_soon(client: Client) -> None:
    pos_id = client.create_pos()
    client.ok("GET", f"/pointofsales/{pos_id}/checkin")
    client.advance(seconds=0.2)
    client.ok("GET", f"/pointofsales/{pos_id}/checkin")


@keeps("polled-too-soon")
def polls_after_a_second_or_nearly_so(client: Client) -> None:
    polls(client, client.initiate(client.create_pos()), 1, 1.5, 0.96)


@keeps("polled-too-soon")
def polls_while_time_stands_still(client: Client) -> None:
    polls(client, client.initiate(client.create_pos()), 0, 0, 0)


def polls_that_fail(client: Client, first: str, *pauses: float) -> None:
    """Polls with these pauses after each; all polls fail but the first that `first` says."""
    client.plan(f"{{call: QueryPayment, {first}, answer: {{status: 503}}}}")
    payment_id = client.initiate(client.create_pos())
    for pause in pauses:
        client.call("GET", f"/payments/{payment_id}")
        client.advance(seconds=pause)
    client.cancel(payment_id)


@breaks("polled-too-soon")
def polls_again_after_half_a_second_as_the_first_poll_failed(client: Client) -> None:
    polls_that_fail(client, "nth: 1", 0.5, 1)


@breaks("polled-too-soon")
def polls_again_after_half_a_second_as_the_second_poll_failed(client: Client) -> None:
    polls_that_fail(client, "nth: 2", 1, 0.5, 1)


@breaks("polled-too-soon")
def forgets_the_long_delay_it_was_told_as_a_poll_fails(client: Client) -> None:
    client.plan(
        "{call: QueryPayment, nth: 2, answer: {status: 503}}",
        steps="[{do: {change: {rule: poll_delay, to: 3s}}}]",
    )
    payment_id = client.initiate(client.create_pos())
    for pause in (3, 1, 3):
        client.call("GET", f"/payments/{payment_id}")
        client.advance(seconds=pause)
    client.cancel(payment_id)


@breaks("polled-too-soon")
def polls_again_at_once_after_a_lost_answer(client: Client) -> None:
    client.plan(failing("QueryPayment", 1, "cut: mid_body"))
    payment_id = client.initiate(client.create_pos())
    with pytest.raises(httpx.RemoteProtocolError):
        client.status(payment_id)
    client.advance(seconds=0.01)
    client.status(payment_id)
    client.cancel(payment_id)


@keeps("polled-too-soon")
def goes_on_at_the_last_known_delay_though_polls_fail(client: Client) -> None:
    polls_that_fail(client, "nth: 2", 1, 1, 1)


@keeps("polled-too-soon")
def goes_on_after_a_second_where_no_delay_is_known(client: Client) -> None:
    polls_that_fail(client, "first: 2", 1, 1, 1)


@keeps("polled-too-soon")
def polls_a_refund_again_soon_after_a_poll_that_failed(client: Client) -> None:
    client.plan(failing("GetRefund", 1), steps=RESERVED)
    payment_id = client.initiate(client.create_pos())
    client.capture(payment_id)
    refund_id = client.refund(payment_id)
    client.call("GET", f"/refunds/{refund_id}")
    client.advance(seconds=0.1)
    client.refund_status(refund_id)


@keeps("polled-too-soon")
def polls_again_with_a_new_token_after_a_401(client: Client) -> None:
    client.plan("{call: QueryPayment, first: 1, answer: {status: 401, body: empty}}")
    payment_id = client.initiate(client.create_pos())
    assert client.call("GET", f"/payments/{payment_id}").status_code == 401
    client.advance(seconds=0.1)
    client._token = None
    polls(client, payment_id)


@keeps("polled-too-soon")
def looks_again_after_it_has_captured(client: Client) -> None:
    payment_id = client.reserved()
    client.status(payment_id)
    client.advance(seconds=0.1)
    client.capture(payment_id)
    client.advance(seconds=0.1)
    client.status(payment_id)


@keeps("polled-too-soon")
def looks_once_more_before_it_captures(client: Client) -> None:
    payment_id = client.reserved()
    client.status(payment_id)
    client.advance(seconds=0.1)
    client.status(payment_id)
    client.capture(payment_id)


def looks_for_a_check_in(client: Client, times: int, pause: float) -> str:
    pos_id = client.create_pos()
    for _ in range(times):
        client.ok("GET", f"/pointofsales/{pos_id}/checkin")
        client.advance(seconds=pause)
    return pos_id


@breaks("check-in-polled-without-end")
def polls_for_a_check_in_for_eleven_minutes(client: Client) -> None:
    looks_for_a_check_in(client, 14, 50)


@breaks("check-in-polled-without-end")
def polls_for_a_check_in_601_times(client: Client) -> None:
    looks_for_a_check_in(client, 601, 0)


@keeps("check-in-polled-without-end")
def polls_for_a_check_in_for_nine_minutes(client: Client) -> None:
    looks_for_a_check_in(client, 11, 50)


@keeps("check-in-polled-without-end")
def polls_for_one_customer_after_another(client: Client) -> None:
    pos_id = looks_for_a_check_in(client, 8, 50)
    client.captured(pos_id)
    for _ in range(8):
        client.ok("GET", f"/pointofsales/{pos_id}/checkin")
        client.advance(seconds=50)


@keeps("check-in-polled-without-end")
def polls_for_a_check_in_with_pauses(client: Client) -> None:
    looks_for_a_check_in(client, 14, 70)
