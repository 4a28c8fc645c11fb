"""`mobilepay-sim scenario ...`: list, check, explain, play, schema."""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from ..engine.elapsed import TimeStep, length_in_words, steps
from ..engine.values import count_of
from ..settings.documents import FileProblem, ProblemsFound
from ..settings.files import is_folder
from ..settings.nearest import nearest
from ..settings.settings import LARGEST_SEED
from .options import TEXT, NamingGroup, PathName
from .printing import echo
from .remote import SCENARIO_FILES, refuse_other_file, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..playing.play import Played, TimelineLine
    from ..scripting.scenario import Scenario

BAD_INPUT = 2
FAILED = 1
#: The ends of the names of files with sequence diagrams.
DRAWINGS = (".svg", ".mmd")

_FOLDER = click.option(
    "--scenarios",
    type=PathName(),
    envvar="MOBILEPAY_SIM_SCENARIOS",
    help="Folder of your own files.",
)


@click.group(cls=NamingGroup)
def scenario() -> None:
    """Look at scenarios, check your own, and play them."""


def _all(folder: Path | None) -> "dict[str, Scenario]":
    """Returns the scenarios and the cases there are, by name."""
    from ..scripting.files import shipped_folder
    from ..scripting.library import CaseCatalog, ScenarioLibrary

    library = ScenarioLibrary([shipped_folder(), *([folder] if folder else [])])
    return {each.name: each for each in library} | dict(CaseCatalog(library)())


def _get(folder: Path | None, name: str) -> "Scenario":
    """Returns the scenario of a name, or the one in a file."""
    known = _all(folder)
    if name in known:
        return known[name]
    if name.endswith(SCENARIO_FILES):
        return _in_file(Path(name), known)
    refuse_other_file(name)
    raise click.ClickException(f"no scenario {name!r}; {nearest(name, known)}")


def _in_file(path: Path, known: "Mapping[str, Scenario]") -> "Scenario":
    from ..scripting.files import beside
    from ..scripting.includes import with_includes
    from ..scripting.scenario import read_scenario

    found = read_scenario(path)
    return with_includes(found, {**known, **beside(found)})


@scenario.command("list")
@_FOLDER
def list_scenarios(scenarios: Path | None) -> None:
    """List all scenarios with their summaries."""
    known = _all(scenarios).values()
    width = max(len(each.name) for each in known)
    for each in known:
        echo(f"{each.name:{width}}  {each.summary}")


@scenario.command("check")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=PathName())
def check(paths: tuple[Path, ...]) -> None:
    """Check scenario files; print every error with its line.

    A folder stands for all its scenario files.
    """
    from ..scripting.files import beside, read_files, shipped_folder
    from ..scripting.includes import with_includes
    from ..scripting.library import ScenarioLibrary

    known = dict(ScenarioLibrary([shipped_folder()]).scenarios)
    problems: list[FileProblem] = []
    read = read_files(_files(paths, problems), problems)
    for each in read.values():
        try:
            others = {**known, **beside(each), **read}
            steps = sum(map(len, with_includes(each, others).scripts))
            echo(f"{each.file}: {each.name} is fine, {count_of(steps, 'step')}")
        except ProblemsFound as found:
            problems.extend(found.problems)
    for problem in problems:
        echo(str(problem), err=True)
    if problems:
        sys.exit(BAD_INPUT)


def _files(paths: "Iterable[Path]", problems: list[FileProblem]) -> "Iterator[Path]":
    """Yields the files, once each, and those of folders."""
    from ..scripting.files import files_in, regular

    seen = set()
    for path in paths:
        files = files_in(path) if is_folder(path) else [path]
        if not files:
            message = "there is no *.yaml file in this folder"
            problems.append(FileProblem.without_text(path, message))
        for each in regular(files, problems) if is_folder(path) else files:
            place = os.path.realpath(each)
            if place not in seen:
                seen.add(place)
                yield each


@scenario.command("explain")
@click.argument("name", metavar="NAME|FILE", type=TEXT)
@_FOLDER
def explain(name: str, scenarios: Path | None) -> None:
    """Explain a scenario, given by its name or its file, in plain English."""
    from ..scripting.explain import in_words

    for line in in_words(_get(scenarios, name)):
        echo(line)


@scenario.command("schema")
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from ..scripting.schema import scenario_schema

    echo(json.dumps(scenario_schema(), indent=2))


@scenario.command("play")
@click.argument("name", metavar="NAME|FILE", type=TEXT)
@_FOLDER
@click.option(
    "--seed",
    type=click.IntRange(-LARGEST_SEED, LARGEST_SEED),
    default=1,
    help="Seed of ids and chances. [default: 1]",
)
@click.option(
    "--record",
    type=PathName(dir_okay=False),
    help="File for the recording.",
)
@click.option(
    "--draw",
    type=PathName(dir_okay=False),
    metavar="FILE.svg|FILE.mmd",
    help="Draw it as a sequence diagram into this file: SVG, or Mermaid text.",
)
def play(
    name: str, scenarios: Path | None, seed: int, record: Path | None, draw: Path | None
) -> None:
    """Play a scenario with the built-in model client, on the virtual clock.

    NAME is a shipped scenario or a file. Exits with 1 where an expectation is not met.
    """
    from ..playing.play import as_json

    if draw is not None and draw.suffix not in DRAWINGS:
        raise click.ClickException(f"--draw: {draw} must end with {' or '.join(DRAWINGS)}")
    played = _played(_get(scenarios, name), seed)
    for line, step in zip(played.lines, steps(each.at for each in played.lines), strict=True):
        for text in _apart(line, step):
            echo(text, bold=True)
        echo(_shown(line), is_painted=True)
    for text, colour in _verdicts(played):
        echo(text, fg=colour)
    if record is not None:
        write(as_json(played), record, "--record")
    if draw is not None:
        write(_drawn(played, draw), draw, "--draw")
    if not played.has_passed:
        sys.exit(FAILED)


def _drawn(played: "Played", file: Path) -> str:
    """Returns the sequence diagram of what was played, as the file's name says.

    Raises:
        ClickException: there was no payment.
    """
    from ..journal.sequence.building import sequence_of
    from ..journal.sequence.file import as_svg
    from ..journal.sequence.mermaid import as_mermaid

    if played.timeline is None:
        raise click.ClickException("--draw: no payment was made, so there is nothing to draw")
    diagram = sequence_of(played.timeline, f"Scenario {played.scenario}")
    return as_svg(diagram) if file.suffix == ".svg" else as_mermaid(diagram)


def _played(found: "Scenario", seed: int) -> "Played":
    """Plays a scenario where it is known, with all it includes, wherever these are from."""
    from ..settings.settings_values import settings_from
    from ..testing.play import play as play_it

    with TemporaryDirectory() as folder:
        for name, text in found.texts:
            (Path(folder) / f"{name}.yaml").write_text(text, encoding="utf-8")
        return play_it(found, settings_from({"scenarios": Path(folder), "seed": seed}))


def _apart(line: "TimelineLine", step: TimeStep) -> list[str]:
    """Returns what stands between a line and the line before it: a long gap, another day."""
    gap = [f"    +{length_in_words(step.gap)}"] if step.gap is not None else []
    return [*gap, *([f"{line.at:%Y-%m-%d}"] if step.day is not None else [])]


def _shown(line: "TimelineLine") -> str:
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
        told = each.seen.told(is_over=True)
        seen = f" (seen: {told})" if told and each.verdict != "passed" else ""
        lines.append((f"{each.verdict}: {each.expected}{seen}", colours[each.verdict]))
    if played.gave_up is not None:
        lines.append((f"failed: the till gave up: {played.gave_up}", "red"))
    lines += [(f"note: {each}", "yellow") for each in played.remarks]
    if played.has_passed and played.remarks:
        return [*lines, (f"{played.scenario} passed with notes", "yellow")]
    word = "passed" if played.has_passed else "failed"
    return [*lines, (f"{played.scenario} {word}", colours[word])]
