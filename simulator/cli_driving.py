"""What commands share that let a client call a simulator: which one, how long, and the reports."""

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from simulator.config import ENVIRONMENT_PREFIX
from simulator.engine.values import as_duration, as_url

if TYPE_CHECKING:
    from simulator.client import RemoteSimulator

__all__ = [
    "INTERRUPTED",
    "REPORTS",
    "check_reports",
    "check_target",
    "length",
    "report_options",
    "running_at",
    "settings_of",
    "simulator_options",
    "terminable",
]

#: The exit code after Ctrl-C.
INTERRUPTED = 130
#: The formats of reports.
REPORTS = ("html", "json", "junit")


def length(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """Returns the seconds of an option that is a length of time."""
    if value is None:
        return None
    try:
        seconds = as_duration(value).total_seconds()
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if not 0 < seconds <= 24 * 3600:
        raise click.BadParameter(f"must be more than 0 and at most 1d, not {value}")
    return seconds


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options for files of reports."""
    for name in reversed(REPORTS):
        command = click.option(
            f"--{name}",
            type=click.Path(dir_okay=False, path_type=Path),
            help=f"File for the report as {name.upper() if name != 'junit' else 'JUnit XML'}.",
        )(command)
    return command


def simulator_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say which simulator is called."""
    command = click.option(
        "--token",
        envvar=f"{ENVIRONMENT_PREFIX}_CONTROL_TOKEN",
        show_envvar=True,
        help="Token of the control API, where it has one.",
    )(command)
    command = click.option(
        "--target", metavar="URL", help="Use the simulator that runs there; start none."
    )(command)
    return click.option(
        "--option",
        multiple=True,
        metavar="NAME=VALUE",
        help="A setting of the simulator that is started, such as data=shop.yaml; repeatable.",
    )(command)


def check_reports(given: Mapping[str, Any]) -> None:
    """Refuses files of reports that there can't be in the end.

    Raises:
        ClickException: there is no folder for one.
    """
    for name in REPORTS:
        path = given[name]
        if path is not None and not path.parent.is_dir():
            raise click.ClickException(f"--{name}: {path}: there is no folder {path.parent}")


def check_target(given: Mapping[str, Any], *own: str) -> None:
    """Refuses what does not go with `--target`.

    Args:
        given: the options by name.
        own: those that are for a simulator of our own.

    Raises:
        ClickException: one of them is given, or the target is no URL.
    """
    if given["target"] is None:
        return
    for name in own:
        if given[name]:
            raise click.ClickException(f"--{name} is for a simulator that is started here")
    try:
        as_url(given["target"])
    except ValueError as error:
        raise click.ClickException(f"--target: {error}") from error


def settings_of(options: Iterable[str]) -> dict[str, str]:
    """Returns what `--option NAME=VALUE` says, by the settings' names.

    Raises:
        ClickException: one says nothing, or what has an option of its own.
    """
    settings: dict[str, str] = {}
    for text in options:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals):
            raise click.ClickException(f"--option: expected NAME=VALUE, got {text!r}")
        settings[name.strip().lstrip("-").replace("-", "_")] = value.strip()
    if "control_token" in settings:
        raise click.ClickException("--option control_token: give it as --token")
    return settings


def running_at(target: str, token: str | None) -> "RemoteSimulator":
    """Returns the simulator that runs somewhere.

    Raises:
        ClickException: the target is no URL.
        ClientError: there is none.
    """
    from simulator.client import RemoteSimulator

    try:
        return RemoteSimulator(target, token=token, timeout=30.0)
    except ValueError as error:
        raise click.ClickException(f"--target: {error}") from error


@contextmanager
def terminable() -> Iterator[None]:
    """CI ends what takes too long with SIGTERM: then, too, nothing must be left running."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
