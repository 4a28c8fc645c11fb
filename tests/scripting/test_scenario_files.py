"""The shipped scenarios in a world, with a till that does nothing: which state when."""

from datetime import timedelta

import pytest

from simulator.engine.values import as_duration
from tests.scripting.theatre import LIBRARY, Theatre
from tests.support import CREDIT, CREDIT_3, DEBIT, LOYAL, NO_DEBIT, PARTIAL


def times(text: str) -> list[tuple[timedelta, str]]:
    """Reads `Initiated, 1s IssuedToUser, 7d+2s ExpiredAndCancelled`."""
    found = []
    for entry in text.split(", "):
        *when, state = entry.split()
        lengths = [as_duration(each) for part in when for each in part.split("+")]
        found.append((sum(lengths, timedelta(0)), state))
    return found


#: Every state of an initiated payment that nobody captures or cancels, for a month.
INITIATED = [
    ("success", "Initiated, 1s IssuedToUser, 2s Reserved, 7d+2s ExpiredAndCancelled"),
    ("manual", "Initiated, 10m CancelledByMobilePay"),
    ("inactive-too-long", "Initiated, 10m CancelledByMobilePay"),
    ("instant", "Initiated, IssuedToUser, Reserved, 7d ExpiredAndCancelled"),
    ("rejection", "Initiated, 1s IssuedToUser, 3s CancelledByUser"),
    ("cancelled-by-mobilepay", "Initiated, 1s IssuedToUser, 3s CancelledByMobilePay"),
    ("expiry", "Initiated, 1s IssuedToUser, 2s Reserved, 62s ExpiredAndCancelled"),
    ("slow-customer", "Initiated, 30s IssuedToUser, 150s Reserved, 7d+150s ExpiredAndCancelled"),
    ("loyalty", "Initiated, 1s IssuedToUser, 2s Reserved, 7d+2s ExpiredAndCancelled"),
    ("partial-capture", "Initiated, 1s IssuedToUser, 2s Reserved, 7d+2s ExpiredAndCancelled"),
    ("partial-capture-refused", "Initiated, 1s IssuedToUser, 2s Reserved, 7d+2s ExpiredAndCancelled"),
    ("debit-card", "Initiated, 1s IssuedToUser, 2s Reserved, 7d+2s ExpiredAndCancelled"),
    ("prepared-success", "Initiated, 1s IssuedToUser, 3s Reserved, 7d+3s ExpiredAndCancelled"),
    ("platform-sunset", "Initiated"),
    ("cancelled-by-client", "Initiated, 1s IssuedToUser, 601s CancelledByMobilePay"),
    ("poll-delay-changes", "Initiated, 5s IssuedToUser, 15s Reserved, 7d+15s ExpiredAndCancelled"),
    ("check-in-lapses", "Initiated, 1s IssuedToUser, 361s Reserved, 7d+361s ExpiredAndCancelled"),
    ("customer-leaves", "Initiated, 1s IssuedToUser, 601s CancelledByMobilePay"),
    ("customer-takes-over", "Initiated, 1s IssuedToUser, 3s Reserved, 7d+3s ExpiredAndCancelled"),
    ("late-lookups", "Initiated, 1s IssuedToUser, 6s Reserved, 7d+6s ExpiredAndCancelled"),
    ("lost-response-initiate", "Initiated, 1s IssuedToUser, 2s Reserved, 7d+2s ExpiredAndCancelled"),
]  # fmt: skip

#: Every state of a prepared payment that its client marks as ready after ten seconds.
PREPARED = [
    ("prepared-success", "Prepared, 1s Paired, 10s IssuedToUser, 12s Reserved, 7d+12s ExpiredAndCancelled"),
    ("success", "Prepared, 1s Paired, 10s IssuedToUser, 11s Reserved, 7d+11s ExpiredAndCancelled"),
    ("slow-customer", "Prepared, 10s Initiated, 30s IssuedToUser, 150s Reserved, 7d+150s ExpiredAndCancelled"),
    ("manual", "Prepared, 10s Initiated, 610s CancelledByMobilePay"),
    ("instant", "Prepared, Paired, 10s IssuedToUser, 10s Reserved, 7d+10s ExpiredAndCancelled"),
    ("rejection", "Prepared, 1s Paired, 10s IssuedToUser, 12s CancelledByUser"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "states"), INITIATED)
def test_a_payment_takes_the_course_of_its_scenario_in_one_jump(
    theatre: Theatre, name: str, states: str
) -> None:
    payment_id = theatre.start(script=name)
    theatre.wait(days=30)

    assert theatre.timeline(payment_id) == times(states)


@pytest.mark.parametrize(("name", "states"), PREPARED)
def test_a_prepared_payment_takes_the_course_of_its_scenario(
    theatre: Theatre, name: str, states: str
) -> None:
    payment_id = theatre.start_prepared(name)
    theatre.wait(seconds=10)
    theatre.ready(payment_id)
    theatre.wait(days=30)

    assert theatre.timeline(payment_id) == times(states)


def test_a_prepared_payment_can_be_cancelled_on_the_phone(theatre: Theatre) -> None:
    payment_id = theatre.start_prepared("prepared-cancelled-by-user")
    theatre.wait(days=1)

    assert theatre.timeline(payment_id) == times("Prepared, 1s Paired, 2s CancelledByUser")


@pytest.mark.parametrize(
    ("name", "phone"),
    [
        ("success", CREDIT),
        ("debit-card", DEBIT),
        ("partial-capture-refused", CREDIT_3),
        ("loyalty", LOYAL),
        ("partial-capture", PARTIAL),
        ("customer-takes-over", LOYAL),
    ],
)
def test_a_scenario_is_played_by_its_customer(theatre: Theatre, name: str, phone: str) -> None:
    payment_id = theatre.start(script=name)
    theatre.wait(seconds=5)

    assert theatre.payment(payment_id).customer == theatre.world.customers.with_phone(phone)


def test_a_debit_card_fails_where_the_payment_disallows_it(theatre: Theatre) -> None:
    payment_id = theatre.start(script="debit-card", restrictions=NO_DEBIT)
    theatre.wait(days=1)

    assert theatre.timeline(payment_id)[-1] == (timedelta(seconds=2), "CancelledByMobilePay")


@pytest.mark.parametrize(("name", "is_possible"), [("partial-capture", True), ("success", False)])
def test_partial_capture_depends_on_the_scenario(
    theatre: Theatre, name: str, is_possible: bool
) -> None:
    payment_id = theatre.start(script=name)
    theatre.wait(seconds=5)

    assert theatre.payment(payment_id).partial_capture_possible is is_possible


def test_every_shipped_scenario_says_in_one_line_what_happens() -> None:
    for scenario in LIBRARY:
        assert scenario.summary.endswith(".")
        assert "\n" not in scenario.summary
