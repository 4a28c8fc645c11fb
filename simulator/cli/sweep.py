"""`mobilepay-sim sweep`: a command is run again and again, each time with another fault."""

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from .driving import (
    REPORTS,
    check_list,
    check_reports,
    check_target,
    early,
    length,
    refuse,
    report_options,
    running_at,
    settings_of,
    simulator_options,
    write_reports,
)
from .options import PathName, text_option
from .printing import echo
from .remote import refusal_of
from .sweep_words import FAILING, KINDS, LEFT, VERDICTS, Program, again, made_reports, stall

if TYPE_CHECKING:
    from ..client import SimulatorInUse
    from ..testing.sweep.swept import Observer, Options, Swept

FAILED = 1
#: Sandboxes there may be at once.
MANY = "100000"
#: Settings of the simulator that `--option` can't give.
OWN = {
    "scenario": "give it as --scenario",
    "time_scale": "give it as --time-scale",
    "control_token": "give it as --token",
    "port": "the simulator of a sweep takes a free one",
}


@click.command(context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=Program())
@click.option(
    "--fault",
    "faults",
    multiple=True,
    type=click.Choice(KINDS),
    help="What goes wrong; repeatable.  [default: lost-response, time-out, 500, reset]",
)
@text_option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Only these runs, such as 'CapturePayment#1:reset', 'Capture*' or '*:500'; repeatable.",
)
@click.option(
    "--every-call", is_flag=True, help="Inject faults into every poll, not only the first and last."
)
@click.option(
    "--list", "is_list", is_flag=True, help="Run once without faults, then list the fault runs."
)
@click.option(
    "--max-runs",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Maximum number of runs; --seed selects which.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Number of parallel runs.  [default: one for each processor]",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Random seed for selecting runs."
)
@click.option(
    "--timeout",
    default="60s",
    show_default=True,
    callback=length,
    metavar="TIME",
    help="Time limit of a run; one that exceeds it is killed and counts as crashed.",
)
@click.option(
    "--stall",
    callback=stall,
    metavar="TIME",
    help="Delay of the response in a time-out fault.  [default: 3s, to a GET 0.75s]",
)
@text_option("--scenario", metavar="NAME", help="Scenario of all payments.  [default: success]")
@click.option(
    "--time-scale",
    type=click.FloatRange(0, 1_000_000),
    help="Simulated seconds per real second.  [default: 1; with the pytest plugin: the "
    "suite's own setting]",
)
@simulator_options
@click.option(
    "--keep", is_flag=True, help="With --target: keep the sandboxes of failed runs on the target."
)
@click.option(
    "--output-dir",
    type=PathName(file_okay=False),
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
    """Run COMMAND once for each call it makes and each fault, and report lost or double money.

    COMMAND is your own test or program: it makes a payment and exits with 0. It gets the URL of the
    simulator in place of {url} in its arguments, and in MOBILEPAY_SIM_URL; each run has its own
    sandbox. The first run has no fault. In each further run, the answer to one of the calls is
    lost, late or 500, or the connection is reset. The ledger and the audit show the result.

    Exits with 0 where all runs survived, 1 if one did not, 2 if there is no verdict.

    \b
    mobilepay-sim sweep -- python till.py --url {url} pay 10.50
    mobilepay-sim sweep --html sweep.html -- pytest tests/test_till.py
    """
    with early(given):
        from ..client import ClientError, ControlError
        from ..testing.commands import CannotRun, program_of
        from ..testing.sweep.planning import NothingFits
        from ..testing.sweep.swept import CleanRunFailed

        _check(given)
    try:
        program_of(command)
        with early(given, ClientError):
            swept = _swept(_options(command, given), given)
    except CleanRunFailed as error:
        if error.output:
            echo(error.output, err=True)
        raise click.ClickException(str(error)) from error
    except NothingFits as error:
        raise click.ClickException(f"--only: {error}") from error
    except OSError as error:
        option = "--output-dir: " if given["output_dir"] else ""
        where = f"{error.filename}: " if error.filename else ""
        raise click.ClickException(f"{option}{where}{error.strerror or error}") from error
    except ControlError as error:
        raise click.ClickException(refusal_of(error)) from error
    except (CannotRun, ClientError) as error:
        raise click.ClickException(str(error)) from error
    if given["is_list"]:
        echo("\n".join(map(str, swept.cells)))
        return
    _tell(swept, given)


def _check(given: dict[str, Any]) -> None:
    """Refuses options that contradict each other, and files that there can't be in the end."""
    check_reports(given)
    if given["is_list"]:
        check_list("fail_on", "keep", *REPORTS)
    if given["target"] is None:
        if given["keep"]:
            message = "a simulator that is started here ends with the sweep; see --output-dir"
            raise click.ClickException(f"--keep goes with --target: {message}")
        return
    check_target(given, "scenario", "option")
    if "/sandboxes/" in given["target"]:
        raise click.ClickException("--target: give the simulator's URL, without a sandbox")


def _options(command: tuple[str, ...], given: dict[str, Any]) -> "Options":
    from ..testing.sweep.planning import KINDS as ALL
    from ..testing.sweep.planning import USUAL
    from ..testing.sweep.swept import Options

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
        again=tuple(again(given)),
        scenario=given["scenario"],
    )


def _swept(options: "Options", given: dict[str, Any]) -> "Swept":
    from ..testing.sweep.progress import Progress
    from ..testing.sweep.swept import Observer, OtherSettings

    is_quiet = given["quiet"] or given["is_list"]
    observer = Observer() if is_quiet else Progress(lambda line: echo(line, err=True))
    settings = _settings(given)
    try:
        return _swept_with(settings, options, given, observer)
    except OtherSettings as other:
        # What was asked for here wins.
        settings = {**other.settings, **settings}
    observer.begun_anew(settings)
    try:
        return _swept_with(settings, options, given, observer)
    except OtherSettings as other:
        message = f"the suite's own settings differ from run to run: {', '.join(other.settings)}"
        raise click.ClickException(message) from other


def _swept_with(
    settings: dict[str, str], options: "Options", given: dict[str, Any], observer: "Observer"
) -> "Swept":
    from ..client import Unreachable
    from ..testing.sweep.running import Sweep

    is_own = given["target"] is None
    token = settings.get("control_token") or given["token"]
    made: Sweep | None = None
    swept: Swept | None = None
    try:
        with _simulator(settings, given, token) as simulator:
            made = Sweep(
                simulator,
                replace(options, settings=tuple(settings) if is_own else None),
                observer,
                token=token,
                is_shared=not is_own,
            )
            swept = made.plan() if given["is_list"] else made.run()
    except (KeyboardInterrupt, Unreachable) as error:
        # All that is left to do once there is something is to end the simulator.
        if swept is None or given["is_list"] or isinstance(error, Unreachable):
            _say_left(made.left if made is not None else "", given)
            raise
        swept = replace(swept, interrupt=error)
    return swept


def _say_left(left: str, given: dict[str, Any]) -> None:
    """Says how the names of sandboxes begin that may be left on the target, if any may."""
    if left and given["target"]:
        echo(LEFT.format(left), err=True)


def _settings(given: dict[str, Any]) -> dict[str, str]:
    """Returns what the simulator that is started is to be set, as far as it is said here."""
    own = {"scenario": given["scenario"], "control_token": given["token"]}
    return settings_of(given["option"], OWN) | {name: text for name, text in own.items() if text}


def _simulator(
    settings: dict[str, str], given: dict[str, Any], token: str | None
) -> "SimulatorInUse":
    from ..testing.process import Simulator

    if given["target"] is not None:
        return running_at(given["target"], given["token"])
    # A suite of many tests has many sandboxes at once.
    return Simulator(**{"max_sandboxes": MANY, **settings, "control_token": token})


def _tell(swept: "Swept", given: dict[str, Any]) -> None:
    from ..client import Unreachable
    from ..server.signals import held_back

    failing = set(given["fail_on"] or VERDICTS)
    interrupt: BaseException | None = swept.interrupt
    try:
        with held_back():
            text, reports = made_reports(swept, given, failing)
    except KeyboardInterrupt as error:
        interrupt = error
    # The files first: what reads the text may have enough of it.
    problems = write_reports(reports, given)
    echo(text, nl=False, is_painted=True)
    _say_left(swept.left, given)
    unanswered = [str(interrupt)] if isinstance(interrupt, Unreachable) else []
    refuse([*problems, *unanswered])
    if interrupt is not None:
        raise interrupt
    for result in swept.results:
        judgement = result.judgement
        if judgement.verdict.value in failing or (judgement.is_noisy and "noisy" in failing):
            sys.exit(FAILED)
