"""Scenarios as data: their names, their bounds, their texts, and making them again out of these."""

from pathlib import Path

import pytest
from mobilepay_simulator.scripting.includes import scenario_of, with_includes
from mobilepay_simulator.scripting.scenario import Scenario, as_scenario_name, read_scenario
from mobilepay_simulator.settings.documents import FileProblem, ProblemsFound

BASE = "summary: base\nsteps: [{do: check-in}]"
MIDDLE = "summary: middle\nsteps: [{include: base}, {do: keep-active}]"
TOP = "summary: top\nsteps: [{include: middle}, {include: base}, {do: leave}]"


def put_together(**texts: str) -> Scenario:
    """The last of some scenarios, with all it includes."""
    read = {name: read_scenario(text, name) for name, text in texts.items()}
    return with_includes([*read.values()][-1], read)


def words(scenario: Scenario) -> list[str]:
    return [step.do.word for script in scenario.scripts for step in script if step.do]


def problem_of(text: str, **others: str) -> FileProblem:
    with pytest.raises(ProblemsFound) as found:
        put_together(**others, mine=text)
    return found.value.problems[0]


@pytest.mark.parametrize("name", ["a", "my-scenario", "a" * 64, "1-2", "a-"])
def test_a_name_may_be_of_letters_digits_and_dashes(name: str) -> None:
    assert as_scenario_name(name) == name


@pytest.mark.parametrize("name", ["", "a" * 65, "a b", "a_b", "A", "ß", "con", "lpt9"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a scenario name"):
        as_scenario_name(name)


def test_a_file_may_be_given_another_name_than_its_own(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text("summary: x")
    assert read_scenario(path).name == "file"
    other = read_scenario(path, "other")
    assert (other.name, other.file) == ("other", str(path))


def test_a_scenario_has_1_to_100_payments() -> None:
    for count, is_right in ((1, True), (100, True), (0, False), (101, False)):
        text = f"summary: x\npayments: [{', '.join(['{}'] * count)}]"
        if is_right:
            assert len(read_scenario(text, "x").scripts) == count
        else:
            with pytest.raises(ProblemsFound, match="must be 1 to 100"):
                read_scenario(text, "x")


def test_a_scenario_has_at_most_1000_steps_however_they_are_included() -> None:
    hundred = f"summary: x\nsteps: [{', '.join(['{do: leave}'] * 100)}]"
    ten = "{include: hundred}, " * 10
    whole = put_together(hundred=hundred, mine=f"summary: x\nsteps: [{ten}]")
    assert len(whole.scripts[0]) == 1000
    problem = problem_of(f"summary: x\nsteps: [{ten} {{do: leave}}]", hundred=hundred)
    assert (problem.line, problem.column, problem.field) == (2, 1, "include")
    assert "more than 1000 steps" in problem.message


@pytest.mark.parametrize("count", [1001, 3000])
def test_steps_of_its_own_that_are_too_many_are_told_at_the_first_of_them(count: int) -> None:
    problem = problem_of("summary: x\nsteps:\n" + "  - do: leave\n" * count)
    assert (problem.line, problem.field) == (3 + 1000, "steps")
    assert "more than 1000 steps" in problem.message


@pytest.mark.parametrize(
    ("included", "others"),
    [("none", {}), ("other", {"other": "summary: x\nsteps: [{include: none}]"})],
)
def test_an_include_that_is_wrong_is_told_at_its_own_line(
    included: str, others: dict[str, str]
) -> None:
    text = f"summary: x\nsteps:\n  - do: leave\n  - include: {included}\n"
    problem = problem_of(text, **others)
    assert (problem.line, problem.field) == (4, "include")


def test_what_is_included_takes_the_place_of_the_step() -> None:
    scenario = put_together(base=BASE, middle=MIDDLE, top=TOP)
    assert words(scenario) == ["check-in", "keep-active", "check-in", "leave"]


def test_a_scenario_is_made_again_out_of_its_own_text_and_those_it_includes() -> None:
    scenario = put_together(unused="summary: x", base=BASE, middle=MIDDLE, top=TOP)
    assert scenario.texts == (("top", TOP), ("middle", MIDDLE), ("base", BASE))
    again = scenario_of(scenario.texts)
    assert (again.name, again.scripts, again.texts) == (
        scenario.name,
        scenario.scripts,
        scenario.texts,
    )


def test_what_is_included_only_by_what_is_included_belongs_to_its_texts() -> None:
    outer = "summary: outer\nsteps: [{include: middle}]"
    scenario = put_together(base=BASE, middle=MIDDLE, outer=outer)
    assert scenario.texts == (("outer", outer), ("middle", MIDDLE), ("base", BASE))
    assert scenario_of(scenario.texts).scripts == scenario.scripts


def test_a_digest_tells_scenarios_of_different_texts_apart() -> None:
    first = put_together(base=BASE, mine=MIDDLE)
    same = put_together(base=BASE, mine=MIDDLE)
    other = put_together(base=BASE.replace("base", "other"), mine=MIDDLE)
    assert first.digest == same.digest != other.digest
    assert len(first.digest) == 32
    assert read_scenario(MIDDLE, "mine").digest != read_scenario(MIDDLE, "another").digest


def test_a_step_that_waits_for_ever_is_told_with_its_line() -> None:
    problem = problem_of(
        "summary: x\nsteps:\n- {when: Reserved, do: leave}\n- {do: leave}\n"
        "- {when: Initiated, do: leave}"
    )
    assert (problem.line, problem.column, problem.field) == (5, 1, "when")
    assert "a payment that was Reserved never becomes Initiated" in problem.message


def test_a_step_may_wait_for_what_can_still_come() -> None:
    text = "summary: x\nsteps:\n- {when: Initiated, do: leave}\n- {when: Captured, do: leave}"
    assert words(put_together(mine=text)) == ["leave", "leave"]


def test_the_states_an_action_can_happen_in_are_told_in_order() -> None:
    with pytest.raises(ProblemsFound, match="only in Initiated, IssuedToUser, Paired, Prepared"):
        read_scenario("summary: x\nsteps: [{when: Reserved, do: cancel-by-mobilepay}]", "x")


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("", True),
        ("applies_to: {order_id: A*}", True),
        ("applies_to: {operation: InitiatePayment}", False),
        ("applies_to: {header: {x: a}}", False),
        ("faults: [{call: GetPos, delay: 1s}]", False),
        ("expect: [{not_called: GetPos}]", False),
    ],
)
def test_a_scenario_is_plain_where_it_looks_at_payments_alone(text: str, is_plain: bool) -> None:
    assert read_scenario(f"summary: x\n{text}", "x").is_plain is is_plain


def test_a_scenario_that_does_not_say_takes_a_payment_and_captures_it() -> None:
    scenario = read_scenario("summary: x", "x")
    assert [str(step) for step in scenario.till] == ["create-pos", "initiate 10.00", "capture"]
    assert scenario.scripts == ((),)
    assert (scenario.file, scenario.case) == ("x.yaml", None)
