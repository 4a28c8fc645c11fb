"""The shipped scenarios in a world, with a till that does nothing: which state when."""

from datetime import timedelta

import pytest
from mobilepay_simulator.engine.values import Restrictions, as_duration

from tests.scripting.scenario_shop import LIBRARY, ScenarioShop
from tests.support import CREDIT, CREDIT_3, DEBIT, LOYAL, NO_DEBIT, PARTIAL

NO_CREDIT = Restrictions(credit_card_disallowed=True)


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
    shop: ScenarioShop, name: str, states: str
) -> None:
    payment_id = shop.start(script=name)
    shop.wait(days=30)

    assert shop.timeline(payment_id) == times(states)


@pytest.mark.parametrize(("name", "states"), PREPARED)
def test_a_prepared_payment_takes_the_course_of_its_scenario(
    shop: ScenarioShop, name: str, states: str
) -> None:
    payment_id = shop.start_prepared(name)
    shop.wait(seconds=10)
    shop.ready(payment_id)
    shop.wait(days=30)

    assert shop.timeline(payment_id) == times(states)


def test_a_prepared_payment_can_be_cancelled_on_the_phone(shop: ScenarioShop) -> None:
    payment_id = shop.start_prepared("prepared-cancelled-by-user")
    shop.wait(days=1)

    assert shop.timeline(payment_id) == times("Prepared, 1s Paired, 2s CancelledByUser")


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
def test_a_scenario_is_played_by_its_customer(shop: ScenarioShop, name: str, phone: str) -> None:
    payment_id = shop.start(script=name)
    shop.wait(seconds=5)

    assert shop.payment(payment_id).customer == shop.world.customers.with_phone(phone)


@pytest.mark.parametrize(
    ("name", "restrictions", "states"),
    [
        ("debit-card", NO_DEBIT, "Initiated, 1s IssuedToUser, 601s CancelledByMobilePay"),
        ("debit-card-disallowed", NO_DEBIT, "Initiated, 1s IssuedToUser, 5s CancelledByUser"),
        ("credit-card-disallowed", NO_CREDIT, "Initiated, 1s IssuedToUser, 6s Reserved"),
    ],
)
def test_a_card_the_payment_disallows_changes_nothing_until_somebody_acts(
    shop: ScenarioShop, name: str, restrictions: Restrictions, states: str
) -> None:
    payment_id = shop.start(script=name, restrictions=restrictions)
    shop.wait(days=1)

    assert shop.timeline(payment_id) == times(states)


@pytest.mark.parametrize(("name", "is_possible"), [("partial-capture", True), ("success", False)])
def test_partial_capture_depends_on_the_scenario(
    shop: ScenarioShop, name: str, is_possible: bool
) -> None:
    payment_id = shop.start(script=name)
    shop.wait(seconds=5)

    assert shop.payment(payment_id).partial_capture_possible is is_possible


def test_every_shipped_scenario_says_in_one_line_what_happens() -> None:
    for scenario in LIBRARY:
        assert scenario.summary.endswith(".")
        assert "\n" not in scenario.summary
