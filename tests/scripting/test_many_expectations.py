"""A scenario with a thousand expectations is judged without looking through all calls each time."""

from datetime import timedelta

import pytest
from mobilepay_simulator.scripting.expectations import PollsNoFasterThan
from mobilepay_simulator.scripting.run_record import ExpectationResult, RunRecord
from mobilepay_simulator.scripting.runs import ScenarioRun
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.scripting.uploads import MOST_LINES, check_size
from mobilepay_simulator.settings.documents import ProblemsFound

from tests.scripting.witness import RESERVED, SLOW, record
from tests.support import START


def run_with(*expectations: str) -> ScenarioRun:
    lines = "".join(f"  - {each}\n" for each in expectations)
    scenario = read_scenario(f"summary: x\nexpect:\n{lines}", "many")
    return ScenarioRun("r1", scenario, START, (1,))


def test_equal_expectations_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = 0
    judge = PollsNoFasterThan.judge

    def counted(*given: object) -> ExpectationResult:
        nonlocal judged
        judged += 1
        return judge(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(PollsNoFasterThan, "judge", counted)
    run = run_with(*["polls_no_faster_than: 1s"] * 500, "polls_no_faster_than: 2s")
    results = run.results(START)
    assert (len(results), judged) == (501, 2)


def test_whoever_judges_is_asked_before_each_expectation_whether_to_go_on() -> None:
    left = 3

    def may_go_on() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise TimeoutError

    run = run_with(*["call: GetPos"] * 3)
    assert len(run.results(START, may_go_on)) == 3
    with pytest.raises(TimeoutError):
        run.results(START, may_go_on)


def test_the_calls_are_looked_through_once_for_all_that_ask_for_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, ...]] = []
    of = RunRecord.of

    def counted(record: RunRecord, *calls: str) -> object:
        asked.append(calls)
        return of(record, *calls)

    monkeypatch.setattr(RunRecord, "of", counted)
    run = run_with(*(f"polls_no_faster_than: {each}ms" for each in range(1, 101)))
    assert len(run.results(START)) == 100
    assert len(asked) == 1


def test_results_are_those_of_each_expectation_alone() -> None:
    lines = [
        "call: GetPos",
        "{polls_no_faster_than: 1s, payment: 1}",
        "{polls_no_faster_than: 5s, payment: 1}",
        "{not_called: CancelPayment, payment: Reserved}",
        "final_state: Captured",
    ]
    run = run_with(*lines)
    run.record = record(
        ("QueryPayment", 1, SLOW),
        ("QueryPayment", 3, SLOW),
        ("GetPos", 4, {}),
        ("CancelPayment", 12, {}),
        states=RESERVED,
    )
    now = START + timedelta(minutes=1)
    alone = [each.result(run.record, now) for each in run.scenario.expect]
    assert run.results(now) == alone == run.copy().results(now)


@pytest.mark.parametrize(
    ("field", "entry"),
    [
        ("expect", "call: GetPos"),
        ("faults", "{call: GetPos, answer: {status: 503}}"),
        ("till", "create-pos"),
    ],
)
def test_a_scenario_beyond_the_bound_is_read_but_not_taken_from_others(
    field: str, entry: str
) -> None:
    def scenario(count: int) -> str:
        return f"summary: x\n{field}:\n" + f"  - {entry}\n" * count

    check_size(read_scenario(scenario(MOST_LINES), "most"))
    with pytest.raises(ProblemsFound) as found:
        check_size(read_scenario(scenario(MOST_LINES + 1), "more"))
    (problem,) = found.value.problems
    assert problem.field == field
    assert "1,000" in problem.message
