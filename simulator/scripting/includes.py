"""Scenarios that include the steps of others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count

from ..engine.states import PAYMENTS, PaymentState
from ..settings.documents import FileProblem, ProblemsFound
from ..settings.nearest import nearest
from .scenario import Scenario, Step, Texts, read_scenario

MAX_STEPS = 1000
#: Scenarios that include each other; together they may have as many includes as steps.
MAX_DEPTH = 50


def scenario_of(texts: Texts) -> Scenario:
    """Returns the scenario of some texts.

    Raises:
        ProblemsFound: the texts have mistakes.
    """
    read = {name: read_scenario(text, name) for name, text in texts}
    return with_includes(read[texts[0][0]], read)


def with_includes(scenario: Scenario, all_scenarios: Mapping[str, Scenario]) -> Scenario:
    """Returns a scenario in which each `include` is replaced by the steps of the other scenario.

    Raises:
        ProblemsFound: the other scenario is unknown, has several payments, or includes this one.
    """
    seen = count(1)
    scripts = tuple(
        tuple(_included(scenario, script, all_scenarios, (scenario.name,), seen))
        for script in scenario.scripts
    )
    if sum(len(script) for script in scripts) > MAX_STEPS:
        raise _too_many_steps(scenario)
    for script in scripts:
        _check_that_it_ends(scenario, script)
    return replace(scenario, scripts=scripts, texts=_all_texts(scenario, all_scenarios))


def _all_texts(scenario: Scenario, all_scenarios: Mapping[str, Scenario]) -> Texts:
    found = dict(scenario.texts)
    waiting = [scenario]
    while waiting:
        steps = (step for script in waiting.pop().scripts for step in script)
        for name in [step.include for step in steps if step.include not in (None, *found)]:
            other = all_scenarios[name or ""]
            found.update(other.texts)
            waiting.append(other)
    return tuple(found.items())


def _included(
    scenario: Scenario,
    script: Iterable[Step],
    all_scenarios: Mapping[str, Scenario],
    path: tuple[str, ...],
    seen: Iterator[int],
    begun_at: int = 0,
) -> Iterator[Step]:
    for step in script:
        # Scenarios that each include the one before several times multiply.
        if next(seen) > 2 * MAX_STEPS:
            raise _too_many_steps(scenario)
        if step.include is None:
            yield step
            continue
        line = begun_at or step.line
        if step.include in path:
            circle = ", ".join((*path, step.include))
            raise _include_problem(scenario, line, f"goes in a circle: {circle}")
        if len(path) > MAX_DEPTH:
            raise _include_problem(scenario, line, f"goes more than {MAX_DEPTH} scenarios deep")
        other = all_scenarios.get(step.include)
        if other is None:
            hint = nearest(step.include, all_scenarios)
            raise _include_problem(scenario, line, f"no scenario {step.include!r}; {hint}")
        if len(other.scripts) > 1:
            raise _include_problem(scenario, line, f"{other.name!r} has several payments")
        path_there = (*path, other.name)
        yield from _included(scenario, other.scripts[0], all_scenarios, path_there, seen, line)


def _include_problem(scenario: Scenario, line: int, message: str) -> ProblemsFound:
    return ProblemsFound([FileProblem(scenario.file, line, 1, "include", message)])


def _too_many_steps(scenario: Scenario) -> ProblemsFound:
    """Returns the problem at the first step that is too many, or at the include they come from."""
    message = f"has more than {MAX_STEPS} steps"
    own = [step for script in scenario.scripts for step in script]
    if len(own) > MAX_STEPS:
        line = own[MAX_STEPS].line
        return ProblemsFound([FileProblem(scenario.file, line, 1, "steps", message)])
    include = next(step for step in own if step.include is not None)
    return _include_problem(scenario, include.line, message)


def _check_that_it_ends(scenario: Scenario, script: Iterable[Step]) -> None:
    """Checks that no step waits for a state that the payment can't reach any more."""
    before: PaymentState | None = None
    for step in script:
        if step.when is None:
            continue
        if before is not None and not PAYMENTS.may_become(before, step.when):
            message = f"never runs: a payment that was {before} never becomes {step.when}"
            raise ProblemsFound([FileProblem(scenario.file, step.line, 1, "when", message)])
        before = step.when
