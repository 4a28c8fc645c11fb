"""What the words of a scenario's steps do."""

from datetime import timedelta

import pytest

from simulator.documents import ProblemsFound
from simulator.engine.clock import LATEST
from simulator.engine.notifications import Habit
from simulator.engine.states import PaymentState
from simulator.engine.values import Restrictions
from simulator.scripting.actions import ACTIONS
from simulator.scripting.scenario import read_scenario
from tests.scripting.theatre import Theatre
from tests.support import CREDIT, DEBIT, LOYAL, NO_DEBIT

NO_CREDIT = Restrictions(credit_card_disallowed=True)
NEITHER = Restrictions(True, True)


def test_there_are_these_actions_and_no_others() -> None:
    assert [*ACTIONS] == [
        *("check-in", "accept", "cancel-by-user", "cancel-by-mobilepay", "fail-reserving"),
        *("expire", "keep-active", "leave", "cancel-refunds", "set-store", "change", "jump"),
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
    theatre: Theatre, user: str, restrictions: Restrictions | None, phone: str
) -> None:
    theatre.steps("comes", f"do: {{check-in: {{user: {user}}}}}")
    payment = theatre.payment(theatre.start(script="comes", restrictions=restrictions))
    check_in = theatre.world.check_ins[payment.pos_id]

    assert payment.customer is not None and payment.customer.phone == phone
    assert check_in.is_scripted and check_in.customer == payment.customer


@pytest.mark.parametrize("copies", [0, 1, 2, 3])
def test_tills_are_told_so_often_and_so_late(theatre: Theatre, copies: int) -> None:
    theatre.steps("tells", f"do: {{set-notifications: {{copies: {copies}, after: 2s}}}}")
    theatre.start(script="tells")
    assert theatre.world.notification_habit == Habit(copies, timedelta(seconds=2))


def test_without_arguments_tills_are_told_once_and_at_once(theatre: Theatre) -> None:
    theatre.world.notification_habit = Habit(0)
    theatre.steps("tells", "do: set-notifications")
    theatre.start(script="tells")
    assert theatre.world.notification_habit == Habit(1, timedelta(0))


def test_a_jump_past_the_end_of_time_stops_the_script(theatre: Theatre) -> None:
    theatre.advance(LATEST - theatre.world.clock.now - timedelta(minutes=1))
    theatre.steps("jumps", "do: {jump: {by: 2m}}")
    stopped = theatre.stopped(theatre.start(script="jumps"))

    assert stopped is not None
    assert "The request is not valid. (the clock stops at 9000-01-01)" in (stopped.reason or "")


def test_a_length_of_the_world_can_be_changed(theatre: Theatre) -> None:
    theatre.steps("changes", "do: {change: {rule: poll_delay, to: 3s}}")
    before = theatre.world.first_rules
    theatre.start(script="changes")

    assert theatre.world.rules.poll_delay == timedelta(seconds=3)
    assert theatre.world.rules.refund_poll_delay == before.refund_poll_delay


@pytest.mark.parametrize("rule", ["enforce_poll_delay", "opening_balance", "journal_size"])
def test_settings_that_are_no_lengths_can_not_be_changed(rule: str) -> None:
    with pytest.raises(ProblemsFound, match=f"'{rule}' is not a length"):
        read_scenario(f"summary: x\nsteps: [{{do: {{change: {{rule: {rule}, to: 1s}}}}}}]", "x")


def test_a_store_can_be_deactivated_and_its_balance_set(theatre: Theatre) -> None:
    theatre.steps("closes", "do: {set-store: {active: false}}", "do: {set-store: {balance: 7}}")
    payment = theatre.payment(theatre.start(script="closes"))
    store = theatre.world.stores.get(payment.store_id)

    assert store is not None and not store.is_active
    assert theatre.balance() == 7
