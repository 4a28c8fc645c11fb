"""Scenarios in plain English."""

import pytest
from mobilepay_simulator.scripting.explain import in_words
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.scripting.till import TILL_WORDS

SHELF = ScenarioCatalog(ScenarioLibrary([shipped_folder()]))

SAID = [
    ("success", "  after 1s: check-in (user: credit-card)"),
    ("success", "  when the payment is IssuedToUser, after 1s: accept"),
    ("manual", "  nothing happens by itself"),
    ("active-payment-clean-up", "Payment 2:"),
    ("reset-on-capture", "  the first CapturePayment fails before its work is done, without a response (reset)"),
    ("half-body-on-poll", "  the second QueryPayment is worked on, but its response breaks off half-way"),
    ("flaky-network", "  every QueryPayment, with a probability of 0.33, fails before its work is done, without a response"),
    ("service-unavailable", "  every CapturePayment within 10s of the first returns 503 with code 2000"),
    ("malformed-body", "  the first InitiatePayment is worked on, but returns 200 with malformed JSON"),
    ("two-tills-start-at-once", "  the first InitiatePayment is held until the payment is Initiated, at most 1s"),
    ("slow-answers", "  every InitiatePayment or CapturePayment is answered after about 300ms"),
    ("refund-cancelled-by-mobilepay", "  when a refund is Initiated, after 100ms: cancel-refunds"),
    ("refund-over-balance", "  when the payment is Captured: set-store (balance: 0.00)"),
    ("poll-delay-changes", "  change (rule: poll_delay, to: 3s)"),
    ("expiry", "Till script: create-pos, initiate 10.00, wait-until-decided, wait 2m, check"),
    ("ready-twice", "Till script: create-pos, prepare, ready 10.00, ready 10.00, ready 11.00, refused with 1303, capture 10.00"),
    ("lost-response-initiate", "  CapturePayment is called within 1m of the state Reserved and answered with 200"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "line"), SAID)
def test_a_scenario_is_told_line_by_line(name: str, line: str) -> None:
    assert line in list(in_words(SHELF.get(name)))


def test_a_dribbling_answer_is_told() -> None:
    scenario = read_scenario("summary: x\nfaults:\n  - {call: GetPos, dribble: 2s}", "x")
    assert "  every GetPos gets its response slowly over 2s" in list(in_words(scenario))


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
    ("{call: InitiatePayment}", "", ["  begins with InitiatePayment"]),
    ("{call: [CreatePos, InitiatePayment]}", "", ["  begins with CreatePos or InitiatePayment"]),
    (
        "{call: InitiatePayment, restricted: true}",
        "",
        ["  begins with InitiatePayment with card restrictions"],
    ),
    (
        "{call: InitiatePayment, restricted: false, notified: true}",
        "finds: active-payment",
        [
            "  begins with InitiatePayment without card restrictions "
            "on a point of sale with notifications",
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
        "  when the payment is IssuedToUser, after 2s: accept",
        "",
        "Payment 2:",
        "  nothing happens by itself",
        "",
        "Faults:",
        "  each of the first 2 GetPos or GetStore within 2m of the first, with a probability of 0.5, is answered after 3s",
        "  the third GetPos is worked on, but its response breaks off half-way (reset)",
        "  every GetPos is worked on, but its response comes after the client's time-out",
        "  every GetPos is worked on, but returns 503 with an HTML page",
        "  every GetPos is held until the payment is Reserved, at most 4s, "
        "and gets its response slowly over 5s",
        "",
        "Expected of the client:",
        "  DeletePos is not called",
        "",
        "Till script: create-pos, initiate 10.00, capture",
    ]


def test_of_a_scenario_that_says_little_little_is_told() -> None:
    assert list(in_words(read_scenario("summary: x", "plain"))) == [
        "plain: x",
        "",
        "The payment:",
        "  nothing happens by itself",
        "",
        "Till script: create-pos, initiate 10.00, capture",
    ]
