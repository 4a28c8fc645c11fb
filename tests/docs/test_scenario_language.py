"""The page of the scenario language has every word, and says of each what is true."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from simulator.engine.ids import seeded
from simulator.scripting.faults import Cut, Fault, plan_of
from simulator.scripting.scenario import read_scenario
from simulator.scripting.schema import scenario_schema
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
    ("| `by` | [word](#by) | how a cut breaks it | `close` |"),
    ("| `for` | time | only so long after the first call |  |"),
    ("| `status` | whole number from 200 to 599 | the HTTP status | `500` |"),
    ("| `at_most` | real time | real time after which it is let go all the same | `10s` |"),
    ("| `accept` | The customer accepts the payment. | `IssuedToUser` |"),
    ("| `calls_in_order` | list of [calls](#calls) | the operations, in order | must be given |"),
    ("| `capture` | amount, or nothing | polls until it is reserved, and captures it, in full or this much |"),
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
    fault = Fault(call=("CapturePayment",), cut=Cut.PAST_CLIENT_TIMEOUT)
    late = [plan_of(fault, method, seeded("x")).delay for method in ("POST", "GET")]
    assert late == [timedelta(seconds=3).total_seconds(), 0.75]
    assert "the answer after 3 s, or 0.75 s to a GET" in PAGE


SNIPPETS = [
    ("do: {check-in: {user: loyalty}}", "steps:\n  - "),
    ("{initiate: 10.00}", "till:\n  - "),
    ("{capture: 5.00, refused: 1308}", "till:\n  - "),
]


@pytest.mark.parametrize(("snippet", "where"), SNIPPETS)
def test_what_the_page_shows_in_passing_is_valid(snippet: str, where: str) -> None:
    assert f"`{snippet}`" in PAGE
    assert read_scenario(f"summary: x\n{where}{snippet}\n", "x")
