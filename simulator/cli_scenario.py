"""`mobilepay-sim scenario ...`: list, check, explain, play, schema."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.documents import ProblemsFound, nearest

if TYPE_CHECKING:
    from simulator.play import Line, Played
    from simulator.scripting.scenario import Scenario

__all__ = ["scenario"]

BAD_INPUT = 2
FAILED = 1

_FOLDER = click.option(
    "--scenarios",
    type=click.Path(path_type=Path),
    envvar="MOBILEPAY_SIM_SCENARIOS",
    help="Folder of your own files.",
)


@click.group()
def scenario() -> None:
    """Look at scenarios, check your own, and play them."""


def _all(folder: Path | None) -> "dict[str, Scenario]":
    """Returns the scenarios and the cases there are, by name."""
    from simulator.scripting.library import CaseShelf, Library, shipped_folder

    library = Library([shipped_folder(), *([folder] if folder else [])])
    return {each.name: each for each in library} | dict(CaseShelf(library)())


def _get(folder: Path | None, name: str) -> "Scenario":
    known = _all(folder)
    if name not in known:
        raise click.ClickException(f"no scenario {name!r}; {nearest(name, known)}")
    return known[name]


@scenario.command("list")
@_FOLDER
def list_scenarios(scenarios: Path | None) -> None:
    """List all scenarios with their summaries."""
    known = _all(scenarios).values()
    width = max(len(each.name) for each in known)
    for each in known:
        click.echo(f"{each.name:{width}}  {each.summary}")


@scenario.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check scenario files; every mistake is told with its line."""
    from simulator.scripting.library import Library, shipped_folder
    from simulator.scripting.scenario import read_scenario, with_includes

    known = dict(Library([shipped_folder()]).scenarios)
    problems: list[str] = []
    read = []
    for path in files:
        try:
            read.append(read_scenario(path))
            known[read[-1].name] = read[-1]
        except ProblemsFound as found:
            problems.extend(str(each) for each in found.problems)
    for each in read:
        try:
            steps = sum(map(len, with_includes(each, known).scripts))
            click.echo(f"{each.file}: {each.name} is fine, {steps} steps")
        except ProblemsFound as found:
            problems.extend(str(each) for each in found.problems)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(BAD_INPUT)


@scenario.command("explain")
@click.argument("name")
@_FOLDER
def explain(name: str, scenarios: Path | None) -> None:
    """Say in plain English what a scenario does."""
    from simulator.scripting.explain import in_words

    for line in in_words(_get(scenarios, name)):
        click.echo(line)


@scenario.command("schema")
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from simulator.scripting.schema import scenario_schema

    click.echo(json.dumps(scenario_schema(), indent=2))


@scenario.command("play")
@click.argument("name")
@_FOLDER
@click.option("--seed", type=int, default=1, help="Seed of ids and chances. [default: 1]")
@click.option("--record", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JSON.")
def play(name: str, scenarios: Path | None, seed: int, record: Path | None) -> None:
    """Play a scenario with the built-in model client, on the virtual clock.

    Exits with 1 where an expectation is not met.
    """
    from simulator.config import settings_from
    from simulator.play import as_json
    from simulator.play import play as play_it

    found = _get(scenarios, name)
    played = play_it(found, settings_from({"scenarios": scenarios, "seed": seed}))
    for line in played.lines:
        click.echo(_shown(line))
    for text, colour in _verdicts(played):
        click.secho(text, fg=colour)
    if record is not None:
        try:
            record.write_text(as_json(played) + "\n", encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"--record: {record}: {error.strerror}") from error
    if not played.has_passed:
        sys.exit(FAILED)


def _shown(line: "Line") -> str:
    when = f"{line.at:%H:%M:%S}.{line.at.microsecond // 1000:03d}"
    if line.kind == "call":
        status = "no answer" if not line.status else str(line.status)
        colour = "green" if line.status == 200 else "yellow"
        return f"{when}  {click.style(f'{status:>9}', fg=colour)}  {line.text}"
    colours = {"state": "cyan", "till": "blue", "note": "red"}
    return f"{when}  {line.kind:>9}  {click.style(line.text, fg=colours[line.kind])}"


def _verdicts(played: "Played") -> list[tuple[str, str]]:
    colours = {"passed": "green", "failed": "red", "unfinished": "yellow"}
    lines = []
    for each in played.findings:
        seen = f" (seen: {each.seen})" if each.seen and each.verdict != "passed" else ""
        lines.append((f"{each.verdict}: {each.expected}{seen}", colours[each.verdict]))
    if played.gave_up is not None:
        lines.append((f"failed: the till gave up: {played.gave_up}", "red"))
    word = "passed" if played.has_passed else "failed"
    return [*lines, (f"{played.scenario} {word}", colours[word])]
