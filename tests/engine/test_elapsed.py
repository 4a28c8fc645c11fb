"""How lists of times are read: days, gaps, and what happened at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from mobilepay_simulator.engine.elapsed import length_in_words, steps

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)


def test_the_day_is_told_first_and_where_it_changes() -> None:
    told = steps([NOON, NOON + timedelta(hours=11), NOON + timedelta(hours=13)])
    assert [each.day for each in told] == [date(2024, 1, 31), None, date(2024, 2, 1)]


def test_a_gap_is_told_from_a_minute_on() -> None:
    told = steps([NOON, NOON + timedelta(seconds=59), NOON + timedelta(seconds=119)])
    assert [each.gap for each in told] == [None, None, timedelta(minutes=1)]


def test_seven_days_at_the_same_time_of_day_are_no_instant() -> None:
    _, after = steps([NOON, NOON + timedelta(days=7)])
    assert (after.day, after.gap, after.is_same) == (date(2024, 2, 7), timedelta(days=7), False)


def test_what_happened_at_once_belongs_together() -> None:
    assert [each.is_same for each in steps([NOON, NOON, NOON])] == [False, True, True]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(), "0 s"),
        (timedelta(milliseconds=250), "0.25 s"),
        (timedelta(seconds=10), "10 s"),
        (timedelta(seconds=59.9996), "1 min"),
        (timedelta(seconds=65), "1 min 5 s"),
        (timedelta(hours=2, minutes=5, seconds=3), "2 h 5 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=7, milliseconds=1), "7 days"),
        (timedelta(days=7, minutes=3), "7 days"),
        (timedelta(days=13, hours=23), "13 days 23 h"),
        (timedelta(days=6, hours=23, minutes=59, seconds=54), "7 days"),
        (timedelta(hours=23, minutes=59, seconds=30), "1 day"),
        (timedelta(hours=2, minutes=5, seconds=40), "2 h 6 min"),
    ],
)
def test_lengths_are_told_in_two_units(length: timedelta, words: str) -> None:
    assert length_in_words(length) == words
