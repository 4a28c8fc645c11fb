"""State diagrams follow the state tables; durations and states are shown for people."""

import re

import pytest
from mobilepay_simulator.control.events import show_states
from mobilepay_simulator.dashboard.diagram import PLACES, state_diagram
from mobilepay_simulator.dashboard.rendering import Templates, show_json, show_money
from mobilepay_simulator.engine.states import PAYMENTS, PaymentState, RefundState

TABLES = show_states(None).raw  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "states"), [("payments", PaymentState), ("refunds", RefundState)])
def test_every_state_has_its_place_and_no_two_the_same(
    kind: str, states: type[PaymentState] | type[RefundState]
) -> None:
    assert set(PLACES[kind]) == {state.value for state in states}
    assert len(set(PLACES[kind].values())) == len(states)


def test_every_transition_is_drawn_once() -> None:
    drawn = str(state_diagram("payments", TABLES["payments"], [], "states"))
    pairs = {(row.before, row.after) for row in PAYMENTS.transitions if row.before}
    assert drawn.count("<path") == len(pairs)


def test_the_way_that_was_taken_is_lit_and_its_end_marked() -> None:
    taken = [(None, "Initiated"), ("Initiated", "IssuedToUser")]
    drawn = str(state_diagram("payments", TABLES["payments"], taken, "states"))
    assert drawn.count('class="way lit"') == 1
    assert re.findall(r'class="state lit here".*?>(\w+)</text>', drawn) == ["IssuedToUser"]


def test_a_state_the_drawing_does_not_know_is_drawn_below() -> None:
    table = {"states": [{"name": "New<", "final": False}], "transitions": []}
    assert "New&lt;" in str(state_diagram("refunds", table, [], 'a "label"'))


def test_states_are_words() -> None:
    label = Templates()._environment.filters["label"]
    assert label("IssuedToUser") == "Issued to user"
    assert label("CancelledByMobilePay") == "Cancelled by MobilePay"


def test_amounts_have_cents_and_a_currency() -> None:
    assert show_money(1234.5, "DKK") == "1,234.50 DKK"
    assert show_money(None) == "-"


def test_bodies_are_indented_where_they_are_json() -> None:
    assert show_json('{"a":1}') == '{\n  "a": 1\n}'
    assert show_json("<html>") == "<html>"
