"""What the words of a scenario's steps do."""

from datetime import timedelta

import pytest
from mobilepay_simulator.engine.clock import LATEST
from mobilepay_simulator.engine.records import NotificationPolicy
from mobilepay_simulator.engine.states import PaymentState
from mobilepay_simulator.engine.values import Restrictions
from mobilepay_simulator.scripting.actions import ACTIONS
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.settings.documents import ProblemsFound

from tests.scripting.scenario_shop import ScenarioShop
from tests.support import CREDIT, DEBIT, LOYAL, NO_DEBIT

NO_CREDIT = Restrictions(credit_card_disallowed=True)
NEITHER = Restrictions(True, True)


def test_there_are_these_actions_and_no_others() -> None:
    assert [*ACTIONS] == [
        *("check-in", "accept", "choose-card", "cancel-by-user", "cancel-by-mobilepay"),
        *(
            "fail-reserving",
            "expire",
            "keep-active",
            "leave",
            "cancel-refunds",
            "set-store",
            "change",
            "jump",
        ),
        "set-notifications",
    ]
    assert [cls.word for cls in ACTIONS.values()] == [*ACTIONS]


@pytest.mark.parametrize(
    ("word", "states"),
    [
        ("accept", ["IssuedToUser"]),
        ("cancel-by-user", ["IssuedToUser", "Paired"]),
        ("cancel-by-mobilepay", ["Initiated", "IssuedToUser", "Paired", "Prepared"]),
        ("fail-reserving", ["IssuedToUser"]),
        ("expire", ["Reserved"]),
        ("leave", sorted(PaymentState)),
    ],
)
def test_an_action_may_wait_for_the_states_it_can_happen_in(word: str, states: list[str]) -> None:
    def is_possible_in(state: PaymentState) -> bool:
        try:
            read_scenario(f"summary: x\nsteps: [{{when: {state}, do: {word}}}]", "x")
        except ProblemsFound:
            return False
        return True

    assert sorted(filter(is_possible_in, PaymentState)) == states


@pytest.mark.parametrize(
    ("user", "restrictions", "phone"),
    [
        ("loyalty", None, LOYAL),
        (f"'{DEBIT}'", None, DEBIT),
        ("allowed-card", None, CREDIT),
        ("allowed-card", NO_DEBIT, CREDIT),
        ("allowed-card", NO_CREDIT, DEBIT),
        ("allowed-card", NEITHER, CREDIT),
        ("disallowed-card", None, CREDIT),
        ("disallowed-card", NO_DEBIT, DEBIT),
        ("disallowed-card", NO_CREDIT, CREDIT),
    ],
)
def test_who_checks_in_is_named_or_goes_by_the_cards_the_payment_disallows(
    shop: ScenarioShop, user: str, restrictions: Restrictions | None, phone: str
) -> None:
    shop.steps("comes", f"do: {{check-in: {{user: {user}}}}}")
    payment = shop.payment(shop.start(script="comes", restrictions=restrictions))
    check_in = shop.world.check_ins[payment.pos_id]

    assert payment.customer is not None and payment.customer.phone == phone
    assert check_in.is_scripted and check_in.customer == payment.customer


@pytest.mark.parametrize(
    ("choice", "restrictions", "state"),
    [
        ("choose-card", NO_CREDIT, "Reserved"),
        ("{choose-card: {card: debit}}", NO_CREDIT, "Reserved"),
        ("{choose-card: {card: credit}}", NO_CREDIT, "IssuedToUser"),
        ("choose-card", NEITHER, "IssuedToUser"),
    ],
)
def test_a_card_that_is_refused_does_not_end_the_script(
    shop: ScenarioShop, choice: str, restrictions: Restrictions, state: str
) -> None:
    steps = ("check-in", "accept", choice, "accept")
    shop.steps("tries", *(f"do: {each}" for each in steps))
    payment_id = shop.start(script="tries", restrictions=restrictions)

    assert shop.state(payment_id) == state
    assert shop.stopped(payment_id) is not None
    assert getattr(shop.stopped(payment_id), "reason", "") is None


@pytest.mark.parametrize("copies", [0, 1, 2, 3])
def test_tills_are_told_so_often_and_so_late(shop: ScenarioShop, copies: int) -> None:
    shop.steps("tells", f"do: {{set-notifications: {{copies: {copies}, after: 2s}}}}")
    shop.start(script="tells")
    assert shop.world.notification_policy == NotificationPolicy(copies, timedelta(seconds=2))


def test_without_arguments_tills_are_told_once_and_at_once(shop: ScenarioShop) -> None:
    shop.world.notification_policy = NotificationPolicy(0)
    shop.steps("tells", "do: set-notifications")
    shop.start(script="tells")
    assert shop.world.notification_policy == NotificationPolicy(1, timedelta(0))


def test_a_jump_past_the_end_of_time_stops_the_script(shop: ScenarioShop) -> None:
    shop.advance(LATEST - shop.world.clock.now - timedelta(minutes=1))
    shop.steps("jumps", "do: {jump: {by: 2m}}")
    stopped = shop.stopped(shop.start(script="jumps"))

    assert stopped is not None
    assert "The request is not valid. (the clock stops at 9000-01-01)" in (stopped.reason or "")


def test_a_length_of_the_world_can_be_changed(shop: ScenarioShop) -> None:
    shop.steps("changes", "do: {change: {rule: poll_delay, to: 3s}}")
    before = shop.world.first_rules
    shop.start(script="changes")

    assert shop.world.rules.poll_delay == timedelta(seconds=3)
    assert shop.world.rules.refund_poll_delay == before.refund_poll_delay


@pytest.mark.parametrize("rule", ["enforce_poll_delay", "opening_balance", "journal_size"])
def test_settings_that_are_no_lengths_can_not_be_changed(rule: str) -> None:
    with pytest.raises(ProblemsFound, match=f"'{rule}' is not a duration"):
        read_scenario(f"summary: x\nsteps: [{{do: {{change: {{rule: {rule}, to: 1s}}}}}}]", "x")


def test_a_store_can_be_deactivated_and_its_balance_set(shop: ScenarioShop) -> None:
    shop.steps("closes", "do: {set-store: {active: false}}", "do: {set-store: {balance: 7}}")
    payment = shop.payment(shop.start(script="closes"))
    store = shop.world.stores.get(payment.store_id)

    assert store is not None and not store.is_active
    assert shop.balance() == 7
