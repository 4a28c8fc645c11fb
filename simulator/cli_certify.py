"""`mobilepay-sim certify`: is a client fit for the shop? For people at a till, and for CI."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from simulator.cli_driving import (
    REPORTS,
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
    from simulator.certifying import Line, Patience
    from simulator.client import Certification, ControlClient

__all__ = ["certify"]

FAILED = 1
#: Real seconds a command may run: a day.
LONGEST = 24 * 3600.0
MOODS: dict[str, dict[str, Any]] = {
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "quiet": {"dim": True},
    "plain": {},
}


@click.command(context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--section", "sections", multiple=True, help="A section to go through; repeatable.")
@click.option("--case", "cases", multiple=True, help="A single case to go through; repeatable.")
@click.option("--list", "is_list", is_flag=True, help="List the sections and cases, and end.")
@click.option("--client-id", "client_ids", multiple=True, help="Whose calls count; repeatable.")
@click.option("--client-version", help="The client's version, such as 1.2.  [default: as it says]")
@click.option("--system-name", help="What the client is called in the report.")
@click.option(
    "--timeout",
    default="120s",
    show_default=True,
    callback=length,
    metavar="TIME",
    help="Real time to wait for the client's next step.",
)
@click.option(
    "--settle",
    default="1s",
    show_default=True,
    callback=length,
    metavar="TIME",
    help="Real time to look on once all is decided: a client can still spoil it.",
)
@click.option("--fail-fast", is_flag=True, help="End with the first case that fails.")
@click.option("--demo", is_flag=True, help="Let the built-in client go through it.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it is served.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@simulator_options
@report_options
def certify(**given: Any) -> None:
    """Certify a client, case by case, while it calls the simulator.

    Waits for the client and tells each step as it makes it. With COMMAND, behind --, that is run as
    the client, with the simulator's URL in MOBILEPAY_SIM_URL and in place of {url}.

    Exits with 0 if all selected cases passed, 1 if not, 2 where that can't be told.
    """
    from simulator.client import ClientError, ControlError, StartFailed

    wanted = _Wanted(**given)
    wanted.check()
    try:
        with terminable(), wanted.simulator() as control:
            if wanted.is_list:
                _list(control)
                return
            shown = _follow(wanted, control)
    except ControlError as error:
        raise click.ClickException(refusal_of(error)) from error
    except (ClientError, StartFailed) as error:
        raise click.ClickException(str(error)) from error
    if shown.state != "passed":
        sys.exit(FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What was asked for on the command line."""

    command: tuple[str, ...]
    sections: tuple[str, ...]
    cases: tuple[str, ...]
    is_list: bool
    client_ids: tuple[str, ...]
    client_version: str | None
    system_name: str | None
    timeout: float
    settle: float
    fail_fast: bool
    demo: bool
    host: str
    port: int
    option: tuple[str, ...]
    target: str | None
    token: str | None
    html: Path | None
    json: Path | None
    junit: Path | None

    def check(self) -> None:
        """Checks that what was asked for goes together.

        Raises:
            ClickException: it does not.
        """
        if self.demo and self.command:
            raise click.ClickException("--demo and COMMAND exclude each other: both are the client")
        if self.command:
            _check_program(self.command)
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        check_reports(given)
        check_target(given, "option")

    @property
    def patience(self) -> "Patience":
        """How long is waited."""
        from simulator.certifying import Patience

        return Patience(self.timeout, self.settle, self.fail_fast)

    @contextmanager
    def simulator(self) -> "Iterator[ControlClient]":
        """Gives a client of the simulator: the one that runs, or one that is started."""
        from simulator.process import Standing

        if self.target:
            with running_at(self.target, self.token) as there:
                yield there.control
            return
        settings: dict[str, Any] = {**settings_of(self.option), "host": self.host}
        with Standing(**settings, port=self.port, control_token=self.token) as here:
            yield here.control


def _check_program(command: tuple[str, ...]) -> None:
    from simulator.commands import CannotRun, program_of

    try:
        program_of(command)
    except CannotRun as error:
        raise click.ClickException(str(error)) from error


def _follow(wanted: _Wanted, control: "ControlClient") -> "Certification":
    """Begins a certification, and follows it to its end; returns how it stands then."""
    from simulator.certifying import Follower, Line, summary

    session = control.certify(
        sections=wanted.sections,
        cases=wanted.cases,
        client_ids=wanted.client_ids,
        version=wanted.client_version,
        system_name=wanted.system_name,
    )
    count = len(session.cases)
    cases = "1 case" if count == 1 else f"{count} cases"
    _say(Line(f"{session.id} is open at {control.base_url}: {cases}"))
    if not (wanted.demo or wanted.command):
        _say(Line(f"Waiting for the client. It begins with: {session.cases[0].task}"))
    with _client(wanted, control, session) as is_over:
        follower = Follower(control, session.id, _say)
        shown = follower.follow(wanted.patience, is_over)
    _say(Line(""))
    for line in summary(shown):
        _say(line)
    _end(wanted, control, shown)
    return shown


@contextmanager
def _client(
    wanted: _Wanted, control: "ControlClient", session: "Certification"
) -> Iterator[Callable[[], bool]]:
    """Runs the client, if there is one of our own; gives what tells whether it has ended."""
    if wanted.demo:
        yield _in_thread(lambda: _demo(control, session))
    elif wanted.command:
        with _running(wanted, control) as is_over:
            yield is_over
    else:
        yield lambda: False


@contextmanager
def _running(wanted: _Wanted, control: "ControlClient") -> Iterator[Callable[[], bool]]:
    """Runs the user's command as the client; says how it ended, where that was not well."""
    from simulator.commands import Commands, Ended, Stopped

    url = control.base_url
    command = [each.replace("{url}", url) for each in wanted.command]
    variables = {"MOBILEPAY_SIM_URL": url}
    if wanted.token:
        variables["MOBILEPAY_SIM_CONTROL_TOKEN"] = wanted.token
    commands, ended = Commands(), list[Ended]()

    def run() -> None:
        with suppress(Stopped):
            ended.append(commands.run(command, variables, log, LONGEST))

    # On Windows a file stays as long as somebody whom nobody waits for has it open.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "output"
        is_over = _in_thread(run)
        try:
            yield is_over
        finally:
            commands.stop()
    for each in ended:
        if not each.is_fine:
            click.echo(f"COMMAND ended with {each.exit_code}; its last lines:\n{each.output}")


def _in_thread(run: Callable[[], None]) -> Callable[[], bool]:
    thread = Thread(target=run, daemon=True)
    thread.start()
    return lambda: not thread.is_alive()


def _demo(control: "ControlClient", session: "Certification") -> None:
    """Lets the model client go through the cases of a certification."""
    from simulator.acting import ALIAS, go_through
    from simulator.data import SEEDED_INTEGRATORS
    from simulator.engine.merchants import CERTIFICATION_VATS
    from simulator.http_wire import HttpWire, listening
    from simulator.model_client import ModelClient
    from simulator.scripting.library import CaseShelf, Library

    cases = CaseShelf(Library([]))()
    integrator = SEEDED_INTEGRATORS[0]
    wire = HttpWire(control.base_url)
    client = ModelClient(wire, integrator.client_id, integrator.secret, CERTIFICATION_VATS[0])
    with closing(wire), listening(client.take_notice) as url:
        control.set_callback(ALIAS, url)
        go_through(client, [cases[each.name] for each in session.cases])


def _end(wanted: _Wanted, control: "ControlClient", shown: "Certification") -> None:
    """Approves what has passed, and writes the reports."""
    from simulator.certifying import Line
    from simulator.client import ControlError

    if shown.state == "passed":
        try:
            control.approve(shown.id)
            client = ", ".join(shown.client_ids)
            _say(Line(f"Approved: version {shown.version} of {client} is certified.", "good"))
        except ControlError as error:
            _say(Line(f"All passed, but there is no certificate: {error.message}"))
    for name in REPORTS:
        path: Path | None = getattr(wanted, name)
        if path is not None:
            write(control.certification_report(shown.id, name), path, f"--{name}")


def _list(control: "ControlClient") -> None:
    for section in control.certifications().sections:
        is_mandatory = ", mandatory" if section.mandatory else ""
        click.echo(f"{section.name}{is_mandatory}: {section.about}")
        for case in section.cases:
            click.echo(f"  {case.number}. {case.title} ({case.name})")


def _say(line: "Line") -> None:
    click.secho(line.text, **MOODS[line.mood])
    sys.stdout.flush()
