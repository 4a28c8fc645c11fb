"""What the till does, as a scenario's file says it."""

import pytest
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.scripting.till import TILL_WORDS, TillStep
from mobilepay_simulator.settings.documents import ProblemsFound


def steps(text: str) -> tuple[TillStep, ...]:
    return read_scenario(f"summary: x\ntill: [{text}]", "x").till


#: By hand: what each word takes.
TAKES = {
    "amount": ["initiate", "initiate-no-debit", "initiate-no-credit", "reuse-key", "ready",
               "ready-no-debit", "refund"],
    "amount?": ["capture"],
    "time": ["wait"],
    "": ["create-pos", "create-strict-pos", "create-notified-pos", "delete-pos", "prepare",
         "await-check-in", "wait-until-decided", "settle", "cancel", "check", "capture-refund",
         "cancel-refund", "check-refund"],
}  # fmt: skip
EVERY = [(word, takes) for takes, words in TAKES.items() for word in words]


def test_there_are_these_words_and_no_others() -> None:
    assert {*TILL_WORDS} == {word for word, _ in EVERY}


@pytest.mark.parametrize(("word", "takes"), EVERY)
def test_a_word_takes_an_amount_a_time_or_nothing(word: str, takes: str) -> None:
    if takes in ("", "amount?"):
        (_, *shown) = steps(f"{{initiate: 5}}, {word}, {{{word}: }}")
        assert [str(each) for each in shown] == [word, word]
    else:
        example = "10.00" if takes == "amount" else "8d"
        with pytest.raises(ProblemsFound, match=f"needs a {takes}, such as {{{word}: {example}}}"):
            steps(word)
    given, told = ("8d", "8d") if takes == "time" else ("7.5", "7.50")
    if takes:
        assert [str(each) for each in steps(f"{{{word}: {given}}}")] == [f"{word} {told}"]
    else:
        with pytest.raises(ProblemsFound, match="has no argument"):
            steps(f"{{{word}: {given}}}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{cancel: , refused: 1300}", "cancel, refused with 1300"),
        ("{initiate: 10, refused: no-answer}", "initiate 10.00, refused with no-answer"),
        ("{capture: 1, refused: 1308}", "capture 1.00, refused with 1308"),
        ("{wait: 2m, refused: 1300}", "wait 2m, refused with 1300"),
    ],
)
def test_a_step_may_be_ready_to_be_refused(text: str, told: str) -> None:
    (step,) = steps(text)
    assert str(step) == told
    assert step.is_refused_with == told.split()[-1]
