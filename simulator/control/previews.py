"""Control of previews: a scenario is played in a simulator of its own, and drawn."""

from datetime import datetime
from functools import partial

from .. import client
from ..api.answers import Response
from ..api.carried import looked_at
from ..api.context import Context
from ..sandboxes.registry import HostedSandbox
from ..scripting.library import ScenarioCatalog, ScenarioLibrary, UnknownScenario
from ..scripting.scenario import Scenario
from ..settings.documents import FileProblem, ProblemsFound
from .long_work import in_time
from .runs import expectation
from .scenarios import UNNAMED, with_all_included, wrong_name
from .serving import Later, NotThere, mistake
from .timelines import drawn

WITHOUT_LIMIT = "`mobilepay-sim scenario play FILE` has no such limit"


def preview(
    context: Context, name: str, format: str
) -> "Later[client.ScenarioPreview | str | Response]":
    sandbox = looked_at(context)
    with sandbox.world:
        try:
            scenario = sandbox.scenario_engine.catalog.get(name)
        except UnknownScenario as error:
            raise NotThere(str(error)) from error
    return _later(context, sandbox, scenario, format)


def preview_text(
    context: Context, query: client.TextQuery, format: str
) -> "Later[client.ScenarioPreview | str | Response]":
    name = query.name or UNNAMED
    for problem in wrong_name(name):
        raise mistake(problem.field, problem.message)
    sandbox = looked_at(context)
    try:
        scenario = with_all_included(sandbox, name)
    except ProblemsFound as found:
        raise mistake("", _in_words(found, name)) from found
    return _later(context, sandbox, scenario, format)


def _in_words(found: ProblemsFound, name: str) -> str:
    """Returns the mistakes of the text in the body, which is no file and may have no name."""
    return "\n".join(_problem(each, name) for each in found.problems)


def _problem(problem: FileProblem, name: str) -> str:
    if problem.file != f"{name}.yaml":
        return str(problem)
    field = f"{problem.field}: " if problem.field else ""
    return f"line {problem.line}: {field}{problem.message}"


def _later(
    context: Context, sandbox: HostedSandbox, scenario: Scenario, format: str
) -> "Later[client.ScenarioPreview | str | Response]":
    # The play begins at the time of the sandbox that asks for it.
    with sandbox.world as world:
        start = world.clock.now
    # What is copied now is not changed while a thread plays.
    make = partial(_played, context, context.library.copy(), scenario, start, format)
    return Later(make, is_play=True)


def _played(
    context: Context, library: ScenarioLibrary, scenario: Scenario, start: datetime, format: str
) -> client.ScenarioPreview | str | Response:
    from ..playing.play import play_in

    try:
        # What a sandbox does not take, such as a case of a certification, is not played either.
        ScenarioCatalog(library).put(scenario)
        play = partial(play_in, context.another(library, start), scenario)
        played = in_time(context, play, "the play", WITHOUT_LIMIT)
    except ProblemsFound as found:
        raise mistake("", _in_words(found, scenario.name)) from found
    if isinstance(played, Response):
        return played
    if format != "json":
        if played.timeline is None:
            raise mistake("", "no payment was made, so there is nothing to draw")
        return drawn(played.timeline, format, f"Scenario {scenario.name}")
    return client.ScenarioPreview(
        scenario.name,
        client.Verdict.FAILED if played.gave_up else client.Verdict(played.verdict),
        played.gave_up,
        tuple(played.remarks),
        tuple(map(expectation, played.findings)),
        played.timeline,
    )
