"""Every word of the scenario language with every odd value: it is read, or refused with a line."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from mobilepay_simulator.scripting.actions import ACTIONS
from mobilepay_simulator.scripting.cases import CaseDefinition, OpeningCall
from mobilepay_simulator.scripting.expectation_base import EXPECTATIONS
from mobilepay_simulator.scripting.explain import in_words
from mobilepay_simulator.scripting.faults import Fault, FaultAnswer, Hold
from mobilepay_simulator.scripting.matchers import AmountRange, AppliesTo
from mobilepay_simulator.scripting.scenario import SHAPE, Scenario, Step, read_scenario
from mobilepay_simulator.scripting.schema import scenario_schema
from mobilepay_simulator.scripting.till import TILL_WORDS
from mobilepay_simulator.scripting.value_kinds import Delay
from mobilepay_simulator.settings.documents import ProblemsFound
from mobilepay_simulator.settings.shapes import name_of

#: Values as they are written in a file: empty, null, an empty text, mappings, lists, numbers, texts.
ODD = (
    *("", " null", ' ""', " {}", " {x: 1}", " {'': {}}", " []", " [[]]", " [{}]", " ['']", " ~"),
    *(" 0", " 1", " -1", " 1.5", " 1e400", " NaN", " -Infinity", f" {'9' * 5000}", " ²", " ٣"),
    *(" x", " true", " GetPos", " 1s", " -1s", " 1e9d", f" {'9' * 400}d", " '*'", " /(/", " '+'"),
)
#: Where the fields of each shape stand in a file.
FIELDS = (
    (SHAPE, "{}:{}"),
    (AppliesTo, "applies_to:\n  {}:{}"),
    (AmountRange, "applies_to:\n  amount:\n    {}:{}"),
    (CaseDefinition, "case:\n  {}:{}"),
    (OpeningCall, "case:\n  opens_with:\n    {}:{}"),
    (Step, "steps:\n- after: 1s\n- {}:{}"),
    (Fault, "faults:\n- {}:{}"),
    (Fault, "faults:\n- call: GetPos\n  delay: 1s\n  {}:{}"),
    (FaultAnswer, "faults:\n- call: GetPos\n  answer:\n    {}:{}"),
    (Hold, "faults:\n- call: GetPos\n  hold:\n    {}:{}"),
    (Delay, "faults:\n- call: GetPos\n  delay:\n    {}:{}"),
)


def fields(shape: Any) -> list[str]:
    return [name_of(each) for each in dataclasses.fields(shape) if "kind" in each.metadata]


def odd_files() -> Iterator[str]:
    """Every word and field in its place, bare and with every odd value."""
    for word, action in ACTIONS.items():
        yield f"steps:\n- do: {word}"
        yield f"steps:\n- do: [{word}]"
        for odd in ODD:
            yield f"steps:\n- do: {{{word}:{odd}}}"
            yield from (f"steps:\n- do: {{{word}: {{{f}:{odd}}}}}" for f in fields(action))
    for word, expectation in EXPECTATIONS.items():
        yield f"expect:\n- {word}"
        for odd in ODD:
            yield from (f"expect:\n- {field}:{odd}" for field in fields(expectation))
            for field in fields(expectation):
                yield f"expect:\n- {word}: GetPos\n  {field}:{odd}" if field != word else ""
    for word in TILL_WORDS:
        yield f"till:\n- {word}"
        for odd in ODD:
            yield f"till:\n- {word}:{odd}"
            yield f"till:\n- {word}:\n  refused:{odd}"
    for shape, place in FIELDS:
        for field in fields(shape):
            yield from (place.format(field, odd) for odd in ODD)


def refusal(text: str) -> ProblemsFound | None:
    """What is said about a file, which is explained where it is read."""
    try:
        text = text if text.startswith("summary:") else f"summary: x\n{text}"
        scenario: Scenario = read_scenario(text, "odd")
    except ProblemsFound as found:
        return found
    assert all(isinstance(line, str) for line in in_words(scenario))
    return None


def test_every_word_with_every_odd_value_is_read_or_refused_with_its_place() -> None:
    for text in odd_files():
        try:
            found = refusal(text)
        except Exception as error:
            pytest.fail(f"{type(error).__name__}: {error}\n{text[:300]}")
        for problem in found.problems if found else ():
            assert problem.line >= 1, text
            assert problem.column >= 1, text
            assert problem.message, text


@pytest.mark.parametrize(("word", "needed"), [("jump", {"by"}), ("change", {"rule", "to"})])
def test_a_bare_action_is_told_each_field_that_it_needs(word: str, needed: set[str]) -> None:
    found = refusal(f"steps:\n- after: 1s\n  do: {word}")
    assert found is not None
    assert {(each.line, each.column) for each in found.problems} == {(4, 7)}
    assert {each.message.split("'")[1] for each in found.problems} == needed


def test_a_bare_word_is_read_where_it_needs_nothing_and_the_schema_says_the_same() -> None:
    bare, *_ = scenario_schema()["$defs"]["step"]["properties"]["do"]["anyOf"]
    assert bare["enum"] == [each for each in ACTIONS if not refusal(f"steps:\n- do: {each}")]
    assert {*ACTIONS} - {*bare["enum"]} == {"jump", "change"}


@pytest.mark.parametrize(
    "word", ["call", "calls_in_order", "final_state", "final_refund", "not_refused"]
)
def test_an_expectation_of_nothing_is_refused(word: str) -> None:
    found = refusal(f"expect:\n- {word}: []")
    assert found is not None
    assert [(each.line, each.message) for each in found.problems] == [(3, "must not be empty")]
