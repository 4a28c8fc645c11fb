"""The audit measures by two clocks, the sandbox's and the real one, and takes the kinder."""

import pytest

from tests.journal.clients.registry import Client
from tests.journal.conftest import Hands


def pass_time(client: Client, hands: Hands, *, sandbox: float, real: float) -> None:
    """Lets seconds pass, in the sandbox and in reality."""
    client.advance(seconds=sandbox)
    hands.seconds += real


def rules_of(client: Client) -> list[str]:
    return [each["rule"] for each in client.findings()]


EXPIRY = [
    # seconds in the sandbox, seconds in reality, whether the client could know of the token's end
    (3701, 3701, True),
    (3701, 10, False),  # the clock was moved by a test
    (37, 3701, False),  # the sandbox's time runs slowly
    (3699, 3699, False),
]


@pytest.mark.parametrize(("sandbox", "real", "knew"), EXPIRY)
def test_a_token_is_known_to_have_ended_where_both_clocks_say_so(
    near: Client, hands: Hands, sandbox: float, real: float, knew: bool
) -> None:
    pos_id = near.create_pos()
    pass_time(near, hands, sandbox=sandbox, real=real)
    near.call("GET", f"/pointofsales/{pos_id}")
    assert rules_of(near) == (["expired-token-used"] if knew else [])


POLLS = [
    # seconds in the sandbox, seconds in reality, whether that was too soon for a delay of 1 s
    (0.5, 0.5, True),
    (0.1, 1.0, False),  # the sandbox's time runs slowly: the client has waited
    (1.0, 0.1, False),  # it runs fast: the service was spared
    (0.0, 0.1, False),  # it stands still
    (0.96, 0.96, False),
]


@pytest.mark.parametrize(("sandbox", "real", "is_early"), POLLS)
def test_a_poll_is_too_soon_where_both_clocks_say_so(
    near: Client, hands: Hands, sandbox: float, real: float, is_early: bool
) -> None:
    payment_id = near.initiate(near.create_pos())
    near.status(payment_id)
    pass_time(near, hands, sandbox=sandbox, real=real)
    near.status(payment_id)
    near.cancel(payment_id)
    assert rules_of(near) == (["polled-too-soon"] if is_early else [])


PAUSES = [
    # seconds in the sandbox, seconds in reality, whether the retry came at once
    (0.0, 0.04, True),
    (0.0, 0.06, False),  # the sandbox's time stands still: the real one counts
    (0.06, 0.0, False),
    (0.04, 0.0, True),
]


@pytest.mark.parametrize(("sandbox", "real", "is_hasty"), PAUSES)
def test_a_retry_comes_at_once_where_both_clocks_say_so(
    near: Client, hands: Hands, sandbox: float, real: float, is_hasty: bool
) -> None:
    near.plan("{call: InitiatePayment, first: 1, answer: {status: 503}}")
    body = near.payment_body(near.create_pos())
    near.call("POST", "/payments", body, key="key-1")
    pass_time(near, hands, sandbox=sandbox, real=real)
    near.cancel(near.ok("POST", "/payments", body, key="key-1")["paymentId"])
    assert rules_of(near) == (["no-back-off"] if is_hasty else [])
