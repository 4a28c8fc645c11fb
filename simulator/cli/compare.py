"""`mobilepay-sim compare`: a recording of the real service, held against this simulator."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .driving import (
    check_alone,
    check_reports,
    check_target,
    early,
    refuse,
    report_options,
    reports_of,
    settings_of,
    simulator_options,
    write_reports,
)
from .options import PathName, played_options
from .printing import echo

if TYPE_CHECKING:
    from ..testing.compare.comparison import ComparedRecording

DIFFERS = 1
#: Settings that `--option` can't give: the recording decides them.
OWN = {
    "scenario": "the recording says what customers do",
    "time_scale": "time goes on from call to call, as recorded",
    "start_time": "time begins with the recording",
    "integrator": "the clients of the recording are known",
}


@click.command("compare")
@click.argument(
    "recording",
    metavar="RECORDING.har",
    type=PathName(exists=True, dir_okay=False),
)
@played_options
@simulator_options
@report_options
@click.option(
    "--quiet", "-q", is_flag=True, help="Show only the calls that differ, and the result."
)
def compare(recording: Path, **given: Any) -> None:
    """Compare a recording of the real service with the simulator, call by call.

    RECORDING.har is what a browser or a proxy has saved (HAR). Its calls are made again to a fresh
    simulator, each at its recorded time; customers do what the recorded answers show. Where status,
    error code, fields, types or formats differ, it is shown. Secrets are never written out.

    Exits with 0 if all compared answers are equal, 1 if one differs, 2 if nothing can be compared.
    """
    with early(given):
        from ..scripting.library import UnknownScenario
        from ..settings.documents import ProblemsFound
        from ..testing.compare.archive import BadRecording
        from ..testing.replay.over_http import TargetProblem

        _check(given)
    try:
        with early(given, TargetProblem):
            compared = _compared(recording, given)
            reports = _reports(compared, given)
    except OSError as error:
        raise click.ClickException(f"{recording}: {error.strerror or error}") from error
    except BadRecording as error:
        raise click.ClickException(f"{recording}: {error}") from error
    except (TargetProblem, ProblemsFound, UnknownScenario) as error:
        raise click.ClickException(str(error)) from error
    _tell(compared, reports, given)
    if not compared.compared:
        raise click.ClickException(f"{recording}: no answer in it can be compared")
    if compared.different:
        sys.exit(DIFFERS)


def _check(given: dict[str, Any]) -> None:
    check_reports(given)
    check_target(given, "option")
    check_alone(given)


def _compared(file: Path, given: dict[str, Any]) -> "ComparedRecording":
    from ..testing.compare.beforehand import fresh_simulator, vats_of, with_credentials
    from ..testing.compare.comparison import compare as compare_with
    from ..testing.compare.har import read_har
    from ..testing.replay.over_http import OverHttp
    from .replay import secrets_of

    url = given["target"]
    secrets = secrets_of(given["integrators"]) if url else None
    recording = with_credentials(read_har(file), secrets)
    try:
        local = fresh_simulator(recording, settings_of(given["option"], OWN))
    except ValueError as error:
        raise click.ClickException(f"--option: {error}") from error
    if url is None or secrets is None:
        return compare_with(recording, local, file.name, "a fresh simulator")
    snapshot = local.snapshot(vats_of(recording))
    target = OverHttp(url, given["sandbox"] or "compare", snapshot, secrets, given["token"])
    try:
        return compare_with(recording, target, file.name, url)
    finally:
        target.close()


def _reports(compared: "ComparedRecording", given: dict[str, Any]) -> dict[str, str]:
    """Returns the reports that have a file, by their option."""
    from ..testing.compare.pages import as_html
    from ..testing.compare.reports import as_json, as_junit

    makers = {"json": as_json, "junit": as_junit, "html": as_html}
    return reports_of(compared, makers, given)


def _tell(compared: "ComparedRecording", reports: dict[str, str], given: dict[str, Any]) -> None:
    from ..testing.compare.reports import as_text

    # The files first: what reads the text may have enough of it.
    problems = write_reports(reports, given)
    echo(as_text(compared, is_quiet=given["quiet"]), nl=False)
    refuse(problems)
