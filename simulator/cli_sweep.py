"""`mobilepay-sim sweep`: a command is run again and again, each time with another fault."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli_driving import (
    INTERRUPTED,
    check_reports,
    check_target,
    length,
    report_options,
    running_at,
    settings_of,
    simulator_options,
    terminable,
)
from simulator.cli_remote import refusal_of, write

if TYPE_CHECKING:
    from simulator.client import SimulatorInUse
    from simulator.sweep.running import Observer, Options, Swept

__all__ = ["sweep"]

FAILED = 1
#: The options that make a run again: the others say which runs are made, and where they are told.
SHAPING = ("target", "scenario", "option", "time_scale", "stall", "timeout")


COLOURS = {
    "survived": "green",
    "double-charged": "red",
    "stuck reservation": "red",
    "crashed": "red",
    "false success": "red",
    "false failure": "red",
    "gave up": "yellow",
    "not struck": "bright_black",
}
VERDICTS = (
    *("double-charged", "crashed", "stuck-reservation"),
    *("false-success", "false-failure", "gave-up"),
)
FAILING = (*VERDICTS, "not-struck", "noisy", "never")
KINDS = (
    *("lost-response", "time-out", "500", "reset"),
    *("half-answer", "500-done", "503", "html", "late-work"),
)


def _stall(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    seconds = length(context, parameter, value)
    if seconds is not None and seconds > 300:
        raise click.BadParameter(f"passes in real time, so it must be at most 5m, not {value}")
    return seconds


@click.command(context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    type=click.Choice(KINDS),
    help="What goes wrong; repeatable.  [default: lost-response, time-out, 500, reset]",
)
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Only these runs, such as 'CapturePayment#1:reset', 'Capture*' or '*:500'; repeatable.",
)
@click.option("--every-call", is_flag=True, help="Strike every poll, not the first and last only.")
@click.option("--list", "is_list", is_flag=True, help="Make the clean run and list the others.")
@click.option(
    "--max-runs",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="How many runs at most; the seed chooses.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="How many runs at once.  [default: one for each processor]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="What the choice is made by.")
@click.option(
    "--timeout",
    default="60s",
    show_default=True,
    callback=length,
    metavar="TIME",
    help="Real time one run may take; then it is killed, and has crashed.",
)
@click.option(
    "--stall",
    callback=_stall,
    metavar="TIME",
    help="How late a time-out's answer is.  [default: 3s, to a GET 0.75s]",
)
@click.option("--scenario", metavar="NAME", help="What customers do.  [default: success]")
@click.option(
    "--time-scale",
    type=click.FloatRange(0, 1_000_000),
    default=1.0,
    show_default=True,
    help="Seconds that pass for the simulator in a real one.",
)
@simulator_options
@click.option("--keep", is_flag=True, help="With --target: keep the sandboxes of bad runs there.")
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for each run's output, calls and replay bundle.",
)
@report_options
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(FAILING),
    help=f"What makes the exit code 1; repeatable.  [default: {', '.join(VERDICTS)}]",
)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
def sweep(command: tuple[str, ...], **given: Any) -> None:
    """Run COMMAND once for each call it makes and each fault, and say what became of the money.

    COMMAND is your own test or program: it pays, and exits with 0. It finds the simulator at {url}
    in its arguments, or in the variable MOBILEPAY_SIM_URL: a sandbox of its own in each run. At
    first it is run without any fault. Then, at each call it made, the answer is lost, or late, or
    is 500, or the connection is reset. The ledger and the audit tell what came of it.

    Exits with 0 where all runs survived, 1 where one did not, 2 where that can't be told.

    \b
    mobilepay-sim sweep -- python till.py --url {url} pay 10.50
    mobilepay-sim sweep --html sweep.html -- pytest tests/test_till.py
    """
    from simulator.client import ClientError, ControlError
    from simulator.commands import CannotRun, program_of
    from simulator.sweep.planning import NothingFits
    from simulator.sweep.running import CleanRunFailed

    _check(given)
    with terminable():
        try:
            program_of(command)
            swept = _swept(_options(command, given), given)
        except CleanRunFailed as error:
            if error.output:
                click.echo(error.output, err=True)
            raise click.ClickException(str(error)) from error
        except NothingFits as error:
            raise click.ClickException(f"--only: {error}") from error
        except OSError as error:
            option = "--output-dir: " if given["output_dir"] else ""
            where = f"{error.filename}: " if error.filename else ""
            message = f"{option}{where}{error.strerror or error}"
            raise click.ClickException(message) from error
        except ControlError as error:
            raise click.ClickException(refusal_of(error)) from error
        except (CannotRun, ClientError) as error:
            raise click.ClickException(str(error)) from error
    if given["is_list"]:
        click.echo("\n".join(map(str, swept.cells)))
        return
    _tell(swept, given)


def _check(given: dict[str, Any]) -> None:
    """Refuses options that contradict each other, and files that there can't be in the end."""
    check_reports(given)
    if given["target"] is None:
        if given["keep"]:
            message = "a simulator that is started here ends with the sweep; see --output-dir"
            raise click.ClickException(f"--keep goes with --target: {message}")
        return
    check_target(given, "scenario", "option")
    if "/sandboxes/" in given["target"]:
        raise click.ClickException("--target: give the simulator's URL, without a sandbox")


def _options(command: tuple[str, ...], given: dict[str, Any]) -> "Options":
    from simulator.sweep.planning import KINDS as ALL
    from simulator.sweep.planning import USUAL
    from simulator.sweep.running import Options

    names = given["faults"] or USUAL
    return Options(
        command=command,
        kinds=tuple(ALL[name] for name in dict.fromkeys(names)),
        only=given["only"],
        every_call=given["every_call"],
        max_runs=given["max_runs"],
        jobs=given["jobs"] or os.cpu_count() or 1,
        seed=given["seed"],
        timeout=given["timeout"],
        stall=given["stall"],
        time_scale=given["time_scale"],
        folder=given["output_dir"],
        is_kept=given["keep"],
        again=tuple(_again(given)),
    )


def _again(given: dict[str, Any]) -> Iterator[str]:
    """Yields the options that make a run again, as far as they were given."""
    context = click.get_current_context()
    for name in SHAPING:
        source = context.get_parameter_source(name)
        if source is not click.core.ParameterSource.COMMANDLINE:
            continue
        value = given[name]
        for each in value if isinstance(value, tuple) else (value,):
            shown = f"{each:g}s" if name in ("stall", "timeout") else str(each)
            yield from (f"--{name.replace('_', '-')}", shown)


def _swept(options: "Options", given: dict[str, Any]) -> "Swept":
    from simulator.sweep.running import Sweep

    with ExitStack() as stack:
        simulator = stack.enter_context(_simulator(given))
        made = Sweep(
            simulator,
            options,
            _observer(is_quiet=given["quiet"] or given["is_list"]),
            token=given["token"],
            is_shared=given["target"] is not None,
        )
        return made.plan() if given["is_list"] else made.run()


def _simulator(given: dict[str, Any]) -> "SimulatorInUse":
    from simulator.process import Simulator

    if given["target"] is not None:
        return running_at(given["target"], given["token"])
    settings = settings_of(given["option"])
    if given["scenario"]:
        settings["scenario"] = given["scenario"]
    return Simulator(**settings, control_token=given["token"])


# --- what is told ---------------------------------------------------------------------------------


def _observer(*, is_quiet: bool) -> "Observer":
    from simulator.sweep.progress import Progress
    from simulator.sweep.running import Observer

    return Observer() if is_quiet else Progress(lambda line: click.echo(line, err=True))


def _tell(swept: "Swept", given: dict[str, Any]) -> None:
    from simulator.sweep.judging import Verdict
    from simulator.sweep.reports import as_json, as_junit, as_text

    def paint(text: str, verdict: Verdict) -> str:
        return click.style(text, fg=COLOURS[verdict.value])

    click.echo(as_text(swept, paint), nl=False)
    failing = set(given["fail_on"] or VERDICTS)
    if given["json"]:
        write(as_json(swept), given["json"], "--json")
    if given["junit"]:
        write(as_junit(swept, failing), given["junit"], "--junit")
    if given["html"]:
        from simulator.sweep.pages import as_html

        write(as_html(swept), given["html"], "--html")
    if swept.was_interrupted:
        sys.exit(INTERRUPTED)
    for result in swept.results:
        judgement = result.judgement
        if judgement.verdict.word in failing or (judgement.is_noisy and "noisy" in failing):
            sys.exit(FAILED)
