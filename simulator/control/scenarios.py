"""Control of scenarios: which there are, what one does, and which the next payments play."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from .. import client
from ..api.carried import looked_at, read_aside, sandbox_of, whole_body
from ..api.context import Context
from ..client.model import sparse
from ..engine.values import as_guid
from ..sandboxes.registry import HostedSandbox
from ..scripting.explain import expectation_in_words, fault_in_words, step_in_words
from ..scripting.includes import with_includes
from ..scripting.library import UnknownScenario
from ..scripting.scenario import Scenario, Step, as_scenario_name, read_scenario
from ..scripting.scenario_engine import NoSuchRun
from ..scripting.uploads import check_room, check_size
from ..settings.documents import FileProblem, ProblemsFound
from .serving import NotThere, checked, file_refusal, mistake, text_body

#: What a scenario is called while it has no name.
UNNAMED = "unnamed"
#: Where a problem is that a name has.
NAME = "name"
#: The name whose path takes back what is queued: an upload of this name could not be removed.
TAKEN = "next"
#: So many can wait for their payments: each is listed wherever the queue is.
MOST_QUEUED = 1000


def list_all(context: Context) -> client.Scenarios:
    sandbox = looked_at(context)
    with sandbox.world:
        queued = sandbox.scenario_engine.runs.queue()
    return client.Scenarios(
        sandbox.scenario_engine.default,
        tuple(_info(sandbox, each) for each in sandbox.scenario_engine.catalog),
        tuple(client.QueuedScenario(run.scenario.name, run.pos_id, run.id) for run in queued),
    )


def _info(sandbox: HostedSandbox, scenario: Scenario) -> client.ScenarioInfo:
    return client.ScenarioInfo(scenario.name, scenario.summary, _theme(sandbox, scenario))


def _theme(sandbox: HostedSandbox, scenario: Scenario) -> str:
    """Returns the folder a scenario's file is in; `sandbox` where it was uploaded."""
    is_upload = scenario.name in sandbox.scenario_engine.catalog.uploads
    return "sandbox" if is_upload else Path(scenario.file).parent.name


def queue(context: Context, body: client.QueueScenario) -> client.Queued:
    pos_id = body.pos_id
    if pos_id is not None:
        pos_id = checked("posId", as_guid, pos_id)
    sandbox = sandbox_of(context)
    with sandbox.world as world:
        if pos_id is not None and world.points_of_sale.get(pos_id) is None:
            raise mistake("posId", f"no active point of sale {pos_id}")
        waiting = len(sandbox.scenario_engine.runs.queue())
        if waiting + body.times > MOST_QUEUED:
            message = f"at most {MOST_QUEUED:,} scenarios can wait; {waiting:,} do already"
            raise mistake("times", message)
        try:
            runs = sandbox.scenario_engine.queue(body.scenario, pos_id, body.times)
        except UnknownScenario as error:
            raise mistake("scenario", str(error)) from error
    return client.Queued(body.scenario, pos_id, body.times, tuple(run.id for run in runs))


def unqueue(context: Context, run_id: str) -> None:
    sandbox = sandbox_of(context)
    with sandbox.world:
        try:
            sandbox.scenario_engine.unqueue(run_id)
        except NoSuchRun as error:
            raise NotThere(str(error)) from error


def unqueue_all(context: Context) -> None:
    sandbox = sandbox_of(context)
    with sandbox.world:
        for run in sandbox.scenario_engine.runs.queue():
            sandbox.scenario_engine.unqueue(run.id)


def show(context: Context, name: str) -> client.ScenarioWhole:
    sandbox = looked_at(context)
    with sandbox.world:
        catalog = sandbox.scenario_engine.catalog
        try:
            scenario = catalog.get(name)
        except UnknownScenario as error:
            raise NotThere(str(error)) from error
        is_upload = name in catalog.uploads
        return client.ScenarioWhole(
            **_in_words(scenario),
            theme=_theme(sandbox, scenario),
            uploaded=is_upload,
            yaml=dict(scenario.texts).get(name, ""),
            hides=is_upload and catalog.is_of_file(name),
        )


def upload(context: Context, name: str) -> client.ScenarioInfo:
    checked(NAME, _free, name)
    sandbox = sandbox_of(context)
    text = text_body(f"{name}.yaml")
    try:
        scenario = read_aside(_sized, text, name)
        with sandbox.world:
            check_room(scenario, sandbox.scenario_engine.catalog.uploads)
            sandbox.scenario_engine.catalog.put(scenario)
    except ProblemsFound as found:
        raise file_refusal(found) from found
    return _info(sandbox, scenario)


def _free(name: str) -> str:
    """Returns a name that an upload can have.

    Raises:
        ValueError: no call could remove it.
    """
    if name == TAKEN:
        taken = f"DELETE /scenarios/{TAKEN} takes back what is queued and could not remove it"
        raise ValueError(f"{name!r} is no name for an upload: {taken}; choose another name")
    return name


def remove(context: Context, name: str) -> None:
    sandbox = sandbox_of(context)
    with sandbox.world:
        engine = sandbox.scenario_engine
        try:
            engine.catalog.get(name)
        except UnknownScenario as error:
            raise NotThere(str(error)) from error
        needed = _need_of(sandbox, name)
        if needed:
            raise mistake("scenario", needed)
        engine.catalog.remove(name)


def _need_of(sandbox: HostedSandbox, name: str) -> str | None:
    """Returns why a scenario has to stay; None where it can be removed."""
    engine = sandbox.scenario_engine
    if name not in engine.catalog.uploads:
        return f"{name!r} is in a file; only what was uploaded to the sandbox can be removed"
    if name == engine.default and not engine.catalog.is_of_file(name):
        return f"{name!r} is the default scenario, and no file has one of this name"
    waiting = [run.id for run in engine.runs.queue() if run.scenario.name == name]
    if waiting:
        return f"{name!r} is queued as {waiting[0]}; take it back with DELETE /scenarios/next first"
    return None


def check(context: Context, query: client.TextQuery) -> client.ScenarioChecked:
    """Shows every mistake of the YAML in the body with its line, else the scenario in words."""
    sandbox = looked_at(context)
    name = query.name or UNNAMED
    wrong = tuple(wrong_name(name))
    try:
        scenario = with_all_included(sandbox, UNNAMED if wrong else name)
    except ProblemsFound as found:
        wrong += tuple(client.Problem(e.line, e.column, e.field, e.message) for e in found.problems)
    if wrong:
        return sparse(client.ScenarioChecked, valid=False, problems=wrong)
    return client.ScenarioChecked(valid=True, problems=(), **_in_words(scenario))


def wrong_name(name: str) -> Iterator[client.Problem]:
    """Yields what is wrong with the name of a text."""
    try:
        as_scenario_name(_free(name))
    except ValueError as error:
        yield client.Problem(1, 1, NAME, str(error))


def with_all_included(sandbox: HostedSandbox, name: str) -> Scenario:
    """Returns the scenario that the YAML in the body is, as it would be in a sandbox.

    Args:
        sandbox: says what it may include.
        name: what it is called.

    Raises:
        ProblemsFound: the text has mistakes.
    """
    try:
        scenario = read_aside(_sized, whole_body().decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        wrong = FileProblem(f"{name}.yaml", 1, 1, "", "is not UTF-8 text")
        raise ProblemsFound([wrong]) from error
    with sandbox.world:
        known = {each.name: each for each in sandbox.scenario_engine.catalog}
        return with_includes(scenario, known)


def _sized(text: str, name: str) -> Scenario:
    scenario = read_scenario(text, name)
    check_size(scenario)
    return scenario


def show_schema(context: Context) -> dict[str, Any]:
    from ..scripting.schema import scenario_schema

    return scenario_schema()


def _in_words(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "summary": scenario.summary,
        "scripts": tuple(tuple(map(_step, script)) for script in scenario.scripts),
        "faults": tuple(map(fault_in_words, scenario.faults)),
        "expect": tuple(map(expectation_in_words, scenario.expect)),
        "till": tuple(map(str, scenario.till)),
    }


def _step(step: Step) -> client.ScenarioStep:
    waits = step.when or step.when_refund
    return client.ScenarioStep(
        line=step.line,
        words=step_in_words(step),
        action=step.do.word if step.do is not None else None,
        after=step.after / timedelta(seconds=1),
        when=waits.value if waits else None,
    )
