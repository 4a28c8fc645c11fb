"""How soon a client may poll again: one reading for the audit and for scenarios (section 9)."""

from datetime import UTC, datetime, timedelta

import pytest
from mobilepay_simulator.engine.poll_pace import EarlyPoll, Poll, PollPace, PollResult

START = datetime(2024, 1, 31, 12, tzinfo=UTC)
ONE, THREE = timedelta(seconds=1), timedelta(seconds=3)


def poll(
    at: float,
    result: PollResult = PollResult.ANSWERED,
    delay: timedelta | None = ONE,
    state: str | None = None,
    real_at: float = 0.0,
) -> Poll:
    return Poll(START + timedelta(seconds=at), real_at, result, delay, state)


def early(operation: str, *polls: Poll) -> list[EarlyPoll | None]:
    pace = PollPace.of(operation)
    return [pace.add(each) for each in polls]


LOST, REFUSED, TOO_EARLY = PollResult.LOST, PollResult.REFUSED, PollResult.TOO_EARLY
READINGS: dict[str, tuple[tuple[Poll, ...], bool]] = {
    "a delay later": ((poll(0), poll(1)), False),
    "sooner": ((poll(0), poll(0.9)), True),
    "a twentieth sooner": ((poll(0), poll(0.95)), False),
    "while time stands still": ((poll(0), poll(0)), False),
    "sooner than a longer delay": ((poll(0, delay=THREE), poll(1)), True),
    "after a lost answer": ((poll(0, LOST), poll(0.5)), True),
    "after a lost answer, by the delay known before": (
        (poll(0, delay=THREE), poll(3, LOST), poll(4)),
        True,
    ),
    "after a refusal": ((poll(0, REFUSED), poll(0.1)), False),
    "after it was told that it came too early": ((poll(0), poll(1, TOO_EARLY), poll(1.1)), False),
    "right after the state was decided": ((poll(0, state="Reserved"), poll(0.1)), False),
    "twice after the state was decided": (
        (poll(0, state="Reserved"), poll(0.1, state="Reserved"), poll(0.2)),
        True,
    ),
    "while the state is open": ((poll(0, state="Initiated"), poll(0.1)), True),
    "later by the real time": ((poll(0, real_at=10), poll(0.1, real_at=11)), False),
}  # fmt: skip


@pytest.mark.parametrize("reading", READINGS)
def test_a_poll_is_too_soon_by_the_last_known_delay(reading: str) -> None:
    polls, is_early = READINGS[reading]
    found = early("QueryPayment", *polls)
    assert found[:-1] == [None] * (len(polls) - 1)
    assert (found[-1] is not None) is is_early


def test_what_the_client_has_changed_may_be_looked_at_at_once() -> None:
    pace = PollPace.of("QueryPayment")
    pace.add(poll(0))
    pace.forget()
    assert pace.add(poll(0.1)) is None


def test_where_no_delay_is_known_payments_and_check_ins_are_polled_once_a_second() -> None:
    polls = poll(0, LOST), poll(0.5, LOST)
    for operation in ("QueryPayment", "GetCheckIn"):
        assert early(operation, *polls)[1] == EarlyPoll(ONE / 2, ONE, is_told=False)
    assert early("GetRefund", *polls) == [None, None]


def test_a_poll_that_came_too_soon_says_how_long_it_should_have_waited() -> None:
    polls = poll(0, delay=THREE), poll(1)
    assert early("QueryPayment", *polls)[1] == EarlyPoll(ONE, THREE, is_told=True)
