"""Scenarios in plain English."""

import pytest

from simulator.scripting.explain import in_words
from simulator.scripting.library import Library, Shelf, shipped_folder
from simulator.scripting.scenario import read_scenario
from simulator.scripting.till import TILL_WORDS

SHELF = Shelf(Library([shipped_folder()]))

SAID = [
    ("success", "  1s later check-in (user: credit-card)"),
    ("success", "  once it is IssuedToUser, 1s later accept"),
    ("manual", "  nobody does anything"),
    ("active-payment-clean-up", "Payment 2:"),
    ("reset-on-capture", "  the first 1 of CapturePayment is not done, and the connection breaks without an answer (reset)"),
    ("half-body-on-poll", "  call 2 of QueryPayment is done, but the answer breaks off half-way"),
    ("flaky-network", "  every QueryPayment with a chance of 0.33 is not done, and the connection breaks without an answer"),
    ("service-unavailable", "  every CapturePayment for 10s is answered 503 (error)"),
    ("malformed-body", "  the first 1 of InitiatePayment is done, but is answered 200 (malformed)"),
    ("two-tills-start-at-once", "  call 1 of InitiatePayment is kept until the payment is Initiated, at most 1s"),
    ("slow-answers", "  every InitiatePayment or CapturePayment is delayed by 300ms or so"),
    ("refund-cancelled-by-mobilepay", "  once a refund of it is Initiated, 100ms later cancel-refunds"),
    ("refund-over-balance", "  once it is Captured, set-store (balance: 0.00)"),
    ("poll-delay-changes", "  change (rule: poll_delay) (to: 3s)"),
    ("expiry", "Played with: create-pos, initiate 10.00, wait-until-decided, wait 2m, check"),
    ("ready-twice", "Played with: create-pos, prepare, ready 10.00, ready 10.00, refused with 1303, capture"),
    ("lost-response-initiate", "  CapturePayment is called within 1m of Reserved"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "line"), SAID)
def test_a_scenario_is_told_line_by_line(name: str, line: str) -> None:
    assert line in list(in_words(SHELF.get(name)))


def test_a_dribbling_answer_is_told() -> None:
    scenario = read_scenario("summary: x\nfaults:\n  - {call: GetPos, dribble: 2s}", "x")
    assert "  every GetPos has its answer dribble in over 2s" in list(in_words(scenario))


def test_every_word_of_a_till_says_what_it_does() -> None:
    assert all(does for _, does in TILL_WORDS.values())
