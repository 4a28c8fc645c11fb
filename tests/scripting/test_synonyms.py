"""Words that people try are no words of the language, and what is said instead is right."""

import re

import pytest
from mobilepay_simulator.scripting import synonyms
from mobilepay_simulator.scripting.actions import ACTIONS
from mobilepay_simulator.scripting.expectation_base import EXPECTATIONS
from mobilepay_simulator.scripting.faults import Cut, Fault
from mobilepay_simulator.scripting.scenario import SHAPE, Step
from mobilepay_simulator.scripting.short_faults import WORDS, short_fault
from mobilepay_simulator.scripting.till import TILL_WORDS

TABLES = [
    (synonyms.ACTIONS, set(ACTIONS)),
    (synonyms.STEPS, set(Step.__dataclass_fields__)),
    (synonyms.FAULTS, set(Fault.__dataclass_fields__)),
    (synonyms.CUTS, {each.value for each in Cut}),
    (synonyms.SHORT_FAULTS, set(WORDS)),
    (synonyms.TILL, set(TILL_WORDS)),
    (synonyms.EXPECTATIONS, set(EXPECTATIONS)),
    (synonyms.FILES, set(SHAPE.__dataclass_fields__)),
]


@pytest.mark.parametrize(("table", "words"), TABLES)
def test_no_word_of_the_language_is_taken_for_a_wrong_one(
    table: dict[str, str], words: set[str]
) -> None:
    assert not set(table) & {word.replace("_", "-") for word in words}


@pytest.mark.parametrize(("table", "words"), TABLES)
def test_each_is_answered_with_a_word_of_the_language(
    table: dict[str, str], words: set[str]
) -> None:
    others = {"500", "after", "faults", "till"}
    for word, meant in table.items():
        assert set(re.findall(r"[\w-]+", meant)) & (words | others), word


@pytest.mark.parametrize(("word", "right"), [("drop", "lost"), ("time-out", "timeout")])
def test_a_fault_of_a_wrong_word_is_answered_with_the_right_one(word: str, right: str) -> None:
    with pytest.raises(ValueError, match=f"write {right}"):
        short_fault("CapturePayment", word, None)
