"""`mobilepay-sim certify`: is a client fit for the shop? For people at a till, and for CI."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..engine.values import count_of
from .certify_cases import (
    USED_BY_LIST,
    check_client,
    check_names,
    list_cases,
    say,
    time_of_demo,
    unserved,
)
from .certify_end import end, end_interrupted, end_unanswered, leave, write_made
from .driving import (
    check_list,
    check_reports,
    check_target,
    early,
    length,
    report_options,
    running_at,
    say_unwritten,
    settings_of,
    simulator_options,
    target_hint,
)
from .options import text_option
from .printing import echo
from .remote import refusal_of

if TYPE_CHECKING:
    from ..client import Certification, ControlClient
    from ..testing.certification_follower import Follower, Patience
    from ..testing.examinees import IsOver

FAILED = 1
#: Where a client that comes by itself finds it.
HOST, PORT = "127.0.0.1", 8080
#: Settings of the simulator that `--option` can't give.
OWN = {
    "host": "give it as --host",
    "port": "give it as --port",
    "control_token": "give it as --token",
}


@click.command(context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@text_option("--section", "sections", multiple=True, help="A section to go through; repeatable.")
@text_option("--case", "cases", multiple=True, help="A single case to go through; repeatable.")
@click.option("--list", "is_list", is_flag=True, help="List the sections and cases, then exit.")
@text_option(
    "--client-id",
    "client_ids",
    multiple=True,
    help="The client to certify, wherever it calls; repeatable.  [default: the seeded one]",
)
@text_option(
    "--client-version", help="The client's version, such as 1.2.  [default: from its requests]"
)
@text_option("--system-name", help="What the client is called in the report.")
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
    help="Real time to keep watching once all is decided: later calls can still fail a case.",
)
@click.option("--fail-fast", is_flag=True, help="End with the first case that fails.")
@click.option(
    "--demo",
    is_flag=True,
    help="Certify the built-in client; all cases take 2 to 3 minutes.",
)
@text_option("--host", help=f"Host to listen on.  [default: {HOST}]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port to listen on.  [default: {PORT}; with COMMAND or --demo a free one]",
)
@simulator_options
@report_options
def certify(**given: Any) -> None:
    """Certify a client, case by case, while it calls the simulator.

    Waits for the client and prints each step as it completes. COMMAND, after --, is run as the
    client, with the simulator's URL in MOBILEPAY_SIM_URL and in place of {url}.

    Exits with 0 if all selected cases passed, 1 if not, 2 if there is no verdict.
    """
    with early(given):
        from ..client import ClientError, ControlError, StartFailed
        from ..testing.commands import CannotRun

        wanted = _Wanted(**given)
        wanted.check()
    try:
        with ExitStack() as stack:
            with early(given, ClientError):
                control = stack.enter_context(wanted.simulator())
                if wanted.is_list:
                    list_cases(control)
                    return
                check_names(control, wanted.sections, wanted.cases)
            shown = _certified(wanted, control)
    except ControlError as error:
        raise click.ClickException(refusal_of(error)) from error
    except StartFailed as error:
        raise click.ClickException(str(error) + target_hint(str(error), wanted.place)) from error
    except (CannotRun, ClientError) as error:
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
    host: str | None
    port: int | None
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
        if self.is_list:
            check_list(*{each.name for each in fields(self)} - USED_BY_LIST)
        check_client(self.command, demo=self.demo)
        check_reports(self.given)
        check_target(self.given, "option", "host", "port")

    @property
    def given(self) -> dict[str, Any]:
        """It by the names of the options."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def patience(self) -> "Patience":
        """How long is waited."""
        from ..testing.certification_follower import Patience

        return Patience(self.timeout, self.settle, self.fail_fast)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of a simulator that is started."""
        # Whoever is started is told where it is; others know no port but the usual one.
        usual = 0 if self.demo or self.command else PORT
        return self.host or HOST, usual if self.port is None else self.port

    @contextmanager
    def simulator(self) -> "Iterator[ControlClient]":
        """Gives a client of the simulator: the one that runs, or one that is started."""
        from ..testing.process import Standing

        if self.target:
            with running_at(self.target, self.token) as there:
                yield there.control
            return
        settings: dict[str, Any] = settings_of(self.option, OWN)
        if self.is_list:
            with unserved(settings) as control:
                yield control
            return
        settings["host"], settings["port"] = self.place
        with Standing(**settings, control_token=self.token) as here:
            yield here.control


def _certified(wanted: _Wanted, control: "ControlClient") -> "Certification":
    """Goes through a certification to its end; returns how it stands then.

    Left open, it would judge what the client does next elsewhere.
    """
    from ..client import ClientError, ControlError, Unreachable
    from ..server.signals import held_back
    from ..settings.data import SEEDED_INTEGRATORS
    from ..testing.certification_follower import Follower

    with ExitStack() as ending:
        # Whoever is interrupted meanwhile would not know which one it is.
        with early(wanted.given, ClientError), held_back():
            session = control.certify(
                sections=wanted.sections,
                cases=wanted.cases,
                client_ids=wanted.client_ids or (SEEDED_INTEGRATORS[0].client_id,),
                usual_paths=True,
                version=wanted.client_version,
                system_name=wanted.system_name,
            )
            follower = Follower(control, session.id, say, session)
            ending.push(partial(leave, follower))
        try:
            shown, reports = _followed(wanted, session, follower)
        except KeyboardInterrupt:
            ending.pop_all()
            end_interrupted(follower, wanted.given)
            raise
        except Unreachable:
            # What is left was said.
            ending.pop_all()
            raise
        except ControlError:
            say_unwritten(wanted.given)
            raise
        write_made(reports, wanted.given)
        return shown


def _followed(
    wanted: _Wanted, session: "Certification", follower: "Follower"
) -> "tuple[Certification, dict[str, str]]":
    """Follows a certification to its end; returns how it stands then, and the reports."""
    from ..client import Unreachable

    try:
        _watch(wanted, session, follower)
        return end(follower, wanted.given)
    except Unreachable:
        end_unanswered(follower, wanted.given)
        raise


def _watch(wanted: _Wanted, session: "Certification", follower: "Follower") -> None:
    """Tells of a certification until all is decided, or nobody goes on with it."""
    from ..testing.certification_follower import ProgressLine

    control = follower.control
    cases = count_of(len(session.cases), "case")
    whose = ", ".join(session.client_ids)
    say(ProgressLine(f"{session.id} is open at {control.base_url} for {whose}: {cases}"))
    notes = time_of_demo([each.name for each in session.cases]) if wanted.demo else ()
    for text in filter(None, (session.coverage, *notes)):
        say(ProgressLine(text))
    if not (wanted.demo or wanted.command):
        first = next((f" It begins with: {each.task}" for each in session.cases), "")
        say(ProgressLine(f"Waiting for the client.{first}"))
    with _client(wanted, control, session) as is_over:
        follower.follow(wanted.patience, is_over)


def _client(
    wanted: _Wanted, control: "ControlClient", session: "Certification"
) -> "AbstractContextManager[IsOver]":
    """Runs the client, if there is one of our own; gives what tells whether it has ended."""
    from ..testing.examinees import demo, nobody, running

    if wanted.demo:
        return demo(control, session, echo)
    if wanted.command:
        return running(wanted.command, control.base_url, wanted.token, echo)
    return nobody()
