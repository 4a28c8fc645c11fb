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
        "tries: InitiatePayment, nth: 2, between: GetPos",
    ],
)
def test_a_call_between_two_attempts_that_a_run_can_see_is_read(expected: str) -> None:
    text = f"summary: x\nexpect:\n  - {{{expected}}}"
    assert len(read_scenario(text, "good").expect) == 1


_CASE = "case: {section: payments, number: 1, title: x, task: x, opens_with: {call: %s}}"


def _a_case(opens_with: str, payments: str, tries: str, between: str) -> str:
    expected = f"expect: [{{tries: {tries}, nth: 2, between: {between}}}]"
    return "\n".join(("summary: x", _CASE % opens_with, payments, expected))


@pytest.mark.parametrize(
    ("opens_with", "payments", "tries", "between"),
    [
        ("InitiatePayment", "", "CapturePayment", "Token"),
        ("InitiatePayment", "", "InitiatePayment", "CreatePos"),
        ("InitiatePayment", "", "CapturePayment", "QueryPayment"),
        ("CreatePos", "payments: []", "CreatePos", "Token"),
        ("CreatePos", "payments: []", "CreatePos", "GetStores"),
        ("CreateRefund", "payments: []", "CaptureRefund", "GetRefund"),
        ("[InitiatePayment, PreparePayment]", "", "CapturePayment", "PreparePayment"),
    ],
)
def test_a_case_sees_more(opens_with: str, payments: str, tries: str, between: str) -> None:
    text = _a_case(opens_with, payments, tries, between)
    assert len(read_scenario(text, "good").expect) == 1


@pytest.mark.parametrize(
    ("opens_with", "payments", "tries", "between", "said"),
    [
        ("InitiatePayment", "", "CapturePayment", "KeySet", "between: no case sees a KeySet"),
        ("InitiatePayment", "", "CapturePayment", "Discovery", "between: no case sees a Disc"),
        ("InitiatePayment", "", "Discovery", "Token", "tries: no case sees a Discovery"),
        ("InitiatePayment", "", "CapturePayment", "UserSimulationCheckin", "no case sees a User"),
        ("InitiatePayment", "", "CapturePayment", "PreparePayment", "does not begin with Prepare"),
        ("InitiatePayment", "", "CapturePayment", "GetRefund", "only a case that begins with Cr"),
        ("CreatePos", "payments: []", "CreatePos", "QueryPayment", "sees no QueryPayment"),
        ("CreatePos", "payments: []", "CreatePos", "CapturePayment", "sees no CapturePayment"),
        ("CreatePos", "payments: []", "CapturePayment", "Token", "tries: a case without payments"),
    ],
)
def test_what_no_run_of_a_case_sees_is_refused(
    opens_with: str, payments: str, tries: str, between: str, said: str
) -> None:
    with pytest.raises(ProblemsFound, match=said):
        read_scenario(_a_case(opens_with, payments, tries, between), "bad")


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
