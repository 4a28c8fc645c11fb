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


CASE = """
summary: The client pays.
case:
  section: payments
  number: 7
  title: A payment
  task: Take a payment.
  opens_with: {opening}
  {finds}
"""
OPENINGS = [
    ("{call: InitiatePayment}", "", ["  it begins with InitiatePayment"]),
    ("{call: [CreatePos, InitiatePayment]}", "", ["  it begins with CreatePos or InitiatePayment"]),
    (
        "{call: InitiatePayment, restricted: true}",
        "",
        ["  it begins with InitiatePayment, that disallows a kind of card"],
    ),
    (
        "{call: InitiatePayment, restricted: false, notified: true}",
        "finds: active-payment",
        [
            "  it begins with InitiatePayment, not one that disallows a kind of card, "
            "on a point of sale that is told of check-ins",
            "  an old payment is active on the point of sale",
        ],
    ),
]


@pytest.mark.parametrize(("opening", "finds", "told"), OPENINGS)
def test_a_case_tells_its_section_its_task_and_how_it_begins(
    opening: str, finds: str, told: list[str]
) -> None:
    text = CASE.replace("{opening}", opening).replace("{finds}", finds)
    lines = list(in_words(read_scenario(text, "mine")))

    assert lines[: 5 + len(told)] == [
        "mine: The client pays.",
        "",
        "A case of the section Payments: A payment",
        "  at the till: Take a payment.",
        *told,
        "",
    ]


WHOLE = """
summary: Everything.
payments:
  - steps: [{do: check-in}, {when: IssuedToUser, after: 2s, do: accept}]
  - steps: []
faults:
  - {call: [GetPos, GetStore], first: 2, chance: 0.5, for: 2m, delay: 3s}
  - {call: GetPos, nth: 3, cut: mid_body, by: reset}
  - {call: GetPos, cut: past_client_timeout}
  - {call: GetPos, answer: {status: 503, body: html}, work: done}
  - {call: GetPos, hold: {until: Reserved, at_most: 4s}, dribble: 5s}
expect:
  - not_called: DeletePos
"""


def test_everything_a_scenario_says_is_told_in_its_order() -> None:
    assert list(in_words(read_scenario(WHOLE, "whole"))) == [
        "whole: Everything.",
        "",
        "Payment 1:",
        "  check-in (user: credit-card)",
        "  once it is IssuedToUser, 2s later accept",
        "",
        "Payment 2:",
        "  nobody does anything",
        "",
        "On the wire:",
        "  the first 2 of GetPos or GetStore with a chance of 0.5 for 2m is delayed by 3s or so",
        "  call 3 of GetPos is done, but the answer breaks off half-way (reset)",
        "  every GetPos is done, but the answer comes after the client has given up",
        "  every GetPos is done, but is answered 503 (html)",
        "  every GetPos is kept until the payment is Reserved, at most 4s "
        "has its answer dribble in over 5s",
        "",
        "A right client:",
        "  DeletePos is not called",
        "",
        "Played with: create-pos, initiate 10.00, capture",
    ]


def test_of_a_scenario_that_says_little_little_is_told() -> None:
    assert list(in_words(read_scenario("summary: x", "plain"))) == [
        "plain: x",
        "",
        "The payment:",
        "  nobody does anything",
        "",
        "Played with: create-pos, initiate 10.00, capture",
    ]
