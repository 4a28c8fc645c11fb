"""How a scenario's file names an expectation, and what all expectations may have."""

import pytest
from mobilepay_simulator.settings.documents import ProblemsFound

from tests.scripting.witness import expectation


@pytest.mark.parametrize("before", ["", "step: One, ", "advice: Do it., "])
def test_of_a_word_that_is_none_the_nearest_is_told_whatever_stands_before_it(before: str) -> None:
    with pytest.raises(
        ProblemsFound, match=r"'final_stat', such as .*`; did you mean 'final_state'"
    ):
        expectation(f"{before}final_stat: Captured")


@pytest.mark.parametrize("text", ["call: GetPos, final_state: Captured", "step: One"])
def test_an_expectation_has_exactly_one_word(text: str) -> None:
    with pytest.raises(
        ProblemsFound, match="expected an expectation, such as `- call: CapturePayment`"
    ):
        expectation(text)


def test_step_and_advice_are_for_those_who_want_to_say_more() -> None:
    plain = expectation("call: GetPos")
    told = expectation("call: GetPos, step: ' Look  it up ', advice: Call it.")

    assert (plain.step, plain.advice) == ("", "")
    assert (told.step, told.advice) == ("Look it up", "Call it.")
