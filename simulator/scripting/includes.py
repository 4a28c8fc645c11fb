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
        raise _include_problem(scenario, f"has more than {MAX_STEPS} steps")
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
) -> Iterator[Step]:
    for step in script:
        # Scenarios that each include the one before several times multiply.
        if next(seen) > 2 * MAX_STEPS:
            raise _include_problem(scenario, f"has more than {MAX_STEPS} steps")
        if step.include is None:
            yield step
            continue
        if step.include in path:
            circle = ", ".join((*path, step.include))
            raise _include_problem(scenario, f"goes in a circle: {circle}")
        if len(path) > MAX_DEPTH:
            raise _include_problem(scenario, f"goes more than {MAX_DEPTH} scenarios deep")
        other = all_scenarios.get(step.include)
        if other is None:
            hint = nearest(step.include, all_scenarios)
            raise _include_problem(scenario, f"no scenario {step.include!r}; {hint}")
        if len(other.scripts) > 1:
            raise _include_problem(scenario, f"{other.name!r} has several payments")
        yield from _included(scenario, other.scripts[0], all_scenarios, (*path, other.name), seen)


def _include_problem(scenario: Scenario, message: str) -> ProblemsFound:
    return ProblemsFound([FileProblem(scenario.file, 1, 1, "include", message)])


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
