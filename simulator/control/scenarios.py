"""Control of single scenarios: what one does, step by step, and what is wrong with one to be."""

from datetime import timedelta
from typing import Any

from simulator.api.context import Context
from simulator.api.pipeline import sandbox_of, whole_body
from simulator.control.views import theme_of
from simulator.documents import Problem, ProblemsFound
from simulator.engine.errors import Refusal, SimulatorError
from simulator.scripting.explain import expectation_in_words, fault_in_words, step_in_words
from simulator.scripting.library import UnknownScenario
from simulator.scripting.scenario import Scenario, Step, read_scenario, with_includes

__all__ = ["check_scenario", "show_scenario"]

#: What a scenario is called while it has no name.
UNNAMED = "unnamed"


def show_scenario(context: Context, name: str) -> dict[str, Any]:
    """One scenario: its steps, faults and expectations in words, and its YAML."""
    sandbox = sandbox_of(context)
    with sandbox.world:
        try:
            scenario = sandbox.director.shelf.get(name)
        except UnknownScenario as error:
            raise SimulatorError(Refusal.NO_SUCH_PATH, str(error)) from error
        return {
            **_in_words(scenario),
            "theme": theme_of(sandbox, scenario),
            "uploaded": name in sandbox.director.shelf.uploads,
            "yaml": dict(scenario.texts).get(name, ""),
        }


def check_scenario(context: Context) -> dict[str, Any]:
    """Whether the YAML in the body is a scenario; every mistake with its line, else its steps."""
    sandbox = sandbox_of(context)
    problems: tuple[Problem, ...]
    try:
        scenario = read_scenario(whole_body().decode("utf-8-sig"), UNNAMED)
        with sandbox.world:
            known = {each.name: each for each in sandbox.director.shelf}
            scenario = with_includes(scenario, known)
    except UnicodeDecodeError:
        problems = (Problem("", 1, 1, "", "is not UTF-8 text"),)
    except ProblemsFound as found:
        problems = found.problems
    else:
        return {"valid": True, "problems": [], **_in_words(scenario)}
    return {"valid": False, "problems": [_problem(each) for each in problems]}


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.line,
        "column": problem.column,
        "field": problem.field,
        "message": problem.message,
    }


def _in_words(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "summary": scenario.summary,
        "scripts": [[_step(step) for step in script] for script in scenario.scripts],
        "faults": [fault_in_words(each) for each in scenario.faults],
        "expect": [expectation_in_words(each) for each in scenario.expect],
        "till": [str(each) for each in scenario.till],
    }


def _step(step: Step) -> dict[str, Any]:
    waits = step.when or step.when_refund
    return {
        "line": step.line,
        "words": step_in_words(step),
        "action": step.do.word if step.do is not None else None,
        "after": step.after / timedelta(seconds=1),
        "when": waits.value if waits else None,
    }
