"""The page of the scenario language has every word, and says of each what is true."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from mobilepay_simulator.engine.rules import Rules
from mobilepay_simulator.scripting.faults import Cut, Fault
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.scripting.schema import scenario_schema

from tests.support import ROOT

PAGE = (ROOT / "docs/scenario-language.md").read_text(encoding="utf-8")


def words(schema: Any) -> Iterator[str]:
    """Every field and every fixed word that a JSON Schema knows."""
    if isinstance(schema, list):
        for each in schema:
            yield from words(each)
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (each for each in schema.get("enum", ()) if isinstance(each, str))
        for each in schema.values():
            yield from words(each)


def test_every_word_of_the_language_is_on_its_page() -> None:
    wanted = set(words(scenario_schema()))
    assert {"summary", "check-in", "for", "after_commit", "calls_in_order", "refused"} <= wanted
    assert sorted(each for each in wanted if f"`{each}`" not in PAGE) == []


ROWS = [
    ("| `after` | time | then waits this long | `0s` |"),
    ("| `user` | text, such as `credit-card`, `debit-card`, `another-credit-card`, `loyalty`, `partial-capture`, `allowed-card`, `disallowed-card` |"),
    ("| `by` | [word](#by) | how the connection ends | `close` |"),
    ("| `for` | time | only this long after the first call |  |"),
    ("| `status` | whole number from 200 to 599 | the HTTP status | `500` |"),
    ("| `at_most` | real time | the longest real time it is held | `10s` |"),
    ("| `accept` | The customer accepts the payment; the app refuses a card that the payment disallows. | `IssuedToUser` |"),
    ("| `calls_in_order` | list of [calls](#calls) | the operations, in order | must be given |"),
    ("| `capture` | amount, or nothing | polls until it is reserved, and captures all of it or this amount |"),
    ("| `Token` | `POST /integrator-authentication/connect/token` |"),
    ("| `CapturePayment` | `POST /pos/v10/payments/{paymentid}/capture` |"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_a_table_tells_value_meaning_and_default(row: str) -> None:
    assert f"\n{row}" in PAGE


@pytest.mark.parametrize("cut", Cut)
def test_the_page_says_whether_a_cut_call_is_done(cut: Cut) -> None:
    said = re.search(rf"^\| `{cut}` \| (done|not done) \|", PAGE, re.MULTILINE)
    assert said is not None
    assert (said[1] == "done") is Fault(call=("CapturePayment",), cut=cut).is_work_done


def test_the_page_says_how_late_an_answer_past_the_clients_timeout_comes() -> None:
    assert Rules().timeout_limit == timedelta(seconds=30)
    assert "one after 30 s (`--timeout-limit`)" in PAGE


SNIPPETS = [
    ("do: {check-in: {user: loyalty}}", "steps:\n  - "),
    ("{initiate: 10.00}", "till:\n  - "),
    ("{capture: 5.00, refused: 1308}", "till:\n  - "),
]


@pytest.mark.parametrize(("snippet", "where"), SNIPPETS)
def test_what_the_page_shows_in_passing_is_valid(snippet: str, where: str) -> None:
    assert f"`{snippet}`" in PAGE
    assert read_scenario(f"summary: x\n{where}{snippet}\n", "x")
