"""Files that are refused when they are read, with what would be right."""

import pytest
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.settings.documents import ProblemsFound

from tests.scripting.bad_files import BAD_FILES

LIBRARY = ScenarioLibrary([shipped_folder()])


@pytest.mark.parametrize(("text", "said"), BAD_FILES)
def test_a_file_with_a_mistake_is_refused(text: str, said: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        ScenarioCatalog(LIBRARY).put(read_scenario(text, "bad"))
    assert said in str(found.value)
    assert str(found.value).startswith("bad.yaml:")


@pytest.mark.parametrize(
    "expected",
    [
        "tries: CapturePayment, nth: 2, between: QueryPayment",
        "tries: CapturePayment, nth: 2, between: GetPos",
        "tries: CapturePayment, nth: 2, between: QueryRefundIds, payment: 1",
        # A queued run sees every call until it has its payment.
        "tries: InitiatePayment, nth: 2, between: Token",
        "tries: CreatePos, nth: 2, between: Token",
    ],
)
def test_a_call_between_two_attempts_that_a_run_can_see_is_read(expected: str) -> None:
    (made,) = read_scenario(f"summary: x\nexpect:\n  - {{{expected}}}", "good").expect
    assert made.mistake(is_case=False) is None


@pytest.mark.parametrize(
    "text",
    [
        "steps:\n" + "- {do: acceptt}\n" * 14_000,
        "".join(f"k{number}: 1\n" for number in range(20_000)),
        "payments:\n" + "- {steps: [{doo: a}]}\n" * 9_000,
    ],
    ids=["list", "mapping", "lists in a list"],
)
def test_of_very_many_mistakes_a_hundred_are_told_and_that_there_are_more(text: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        read_scenario(f"summary: x\n{text}", "many")
    *told, last = found.value.problems
    assert len(told) == 100
    assert len({each.line for each in told}) == 100
    assert "more mistakes" in last.message
    assert last.line == told[-1].line
    assert len(str(found.value)) < 30_000
