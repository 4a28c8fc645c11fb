"""What commands share that let a client call a simulator: which one, how long, and the reports."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..engine.values import as_duration, as_url
from ..settings.files import is_folder
from ..settings.settings import pairs_of
from . import NOTHING_REPORTED
from .options import PathName, flags_of, text_option, token_option
from .printing import echo
from .remote import write

if TYPE_CHECKING:
    from ..client import RemoteSimulator

T = TypeVar("T")

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
            type=PathName(dir_okay=False),
            help=f"File for the report as {name.upper() if name != 'junit' else 'JUnit XML'}.",
        )(command)
    return command


def simulator_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say which simulator is called."""
    command = token_option(command)
    command = text_option(
        "--target", metavar="URL", help="Use the running simulator at URL instead of starting one."
    )(command)
    return text_option(
        "--option",
        multiple=True,
        metavar="NAME=VALUE",
        help="A setting of the simulator that is started, such as data=shop.yaml; repeatable.",
    )(command)


def check_reports(given: Mapping[str, Any]) -> None:
    """Refuses files of reports that there can't be in the end.

    Raises:
        ClickException: there is no folder for one, or a folder in its place, or two are one file.
    """
    known: dict[str, str] = {}
    for name in REPORTS:
        path = given[name]
        if path is None:
            continue
        if not is_folder(path.parent):
            raise click.ClickException(f"--{name}: {path}: there is no folder {path.parent}")
        if is_folder(path):
            raise click.ClickException(f"--{name}: {path}: is a folder; name a file")
        place = os.path.realpath(path)
        other = known.setdefault(place, name)
        if other != name and not place.startswith("/dev/"):
            raise click.ClickException(f"--{name}: {path}: --{other} writes to it, too")


def reports_of(
    found: T, makers: Mapping[str, Callable[[T], str]], given: Mapping[str, Any]
) -> dict[str, str]:
    """Returns the reports that have a file, by their option.

    Args:
        found: what they tell of.
        makers: what makes a report, by its option.
        given: the options by name.
    """
    return {name: make(found) for name, make in makers.items() if given[name] is not None}


def write_reports(reports: Mapping[str, str], given: Mapping[str, Any]) -> list[str]:
    """Writes reports, each whatever becomes of the others.

    Args:
        reports: by their option.
        given: the options by name.

    Returns:
        Why some can't be written.
    """
    problems = []
    for name, text in reports.items():
        try:
            write(text, given[name], f"--{name}")
        except click.ClickException as error:
            problems.append(error.message)
    return problems


def say_unwritten(given: Mapping[str, Any]) -> None:
    """Says which reports that were asked for are not written.

    Args:
        given: the options by name.
    """
    if unwritten := [f"--{name} {given[name]}" for name in REPORTS if given[name]]:
        echo(f"Not written: {', '.join(unwritten)}.", err=True)


def refuse(problems: Iterable[str]) -> None:
    """Ends a command some of whose reports could not be written.

    Raises:
        ClickException: there are problems.
    """
    if text := "\n".join(problems):
        raise click.ClickException(text)


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
    for flag in flags_of(own):
        raise click.ClickException(f"{flag} is for a simulator that is started here")
    try:
        as_url(given["target"])
    except ValueError as error:
        raise click.ClickException(f"--target: {error}") from error


def check_list(*others: str) -> None:
    """Refuses what does nothing beside `--list`.

    Args:
        others: the options by name.

    Raises:
        UsageError: one of them is given.
    """
    for flag in flags_of(others):
        raise click.UsageError(f"--list takes no {flag}")


def check_alone(given: Mapping[str, Any]) -> None:
    """Refuses what says where calls are made again, where none is made over HTTP.

    Args:
        given: the options by name.

    Raises:
        UsageError: it is so.
    """
    if given["target"] is None and (flags := flags_of(("sandbox", "integrators", "token"))):
        raise click.UsageError(f"{flags[0]} goes with --target")


def target_hint(message: str, place: tuple[str, int]) -> str:
    """Returns what to do where a simulator can't be started since its port is taken, or nothing.

    Args:
        message: why it can't be started.
        place: host and port that it was to be served at.
    """
    from ..server.listen import taken, url_at

    host, port = place
    if not message.startswith(taken(host, port)):
        return ""
    return f"; if a simulator runs there, use it with --target {url_at(host, port)}"


@contextmanager
def early(given: Mapping[str, Any], *failures: type[Exception]) -> Iterator[None]:
    """Says that nothing is reported where the block ends before there is anything.

    Args:
        given: the options by name.
        failures: what ends it so, beside a signal.
    """
    try:
        yield
    except KeyboardInterrupt:
        echo(NOTHING_REPORTED, err=True)
        say_unwritten(given)
        raise
    except failures:
        say_unwritten(given)
        raise


def settings_of(options: Iterable[str], own: Mapping[str, str]) -> dict[str, str]:
    """Returns what `--option NAME=VALUE` says, by the settings' names.

    Args:
        options: the texts NAME=VALUE.
        own: settings that can't be given so, each with what to do instead.

    Raises:
        ClickException: one says nothing, is no setting, is not right, or can't be given so.
    """
    from ..client import StartFailed
    from ..testing.settings import from_pairs

    try:
        pairs = pairs_of(options)
        for name in pairs:
            if name in own:
                raise click.ClickException(f"--option {name}: {own[name]}")
        return from_pairs(pairs)
    except (ValueError, StartFailed) as error:
        raise click.ClickException(f"--option: {error}") from error


def running_at(target: str, token: str | None) -> "RemoteSimulator":
    """Returns the simulator that runs somewhere.

    Raises:
        ClickException: the target is no URL.
        ClientError: there is none.
    """
    from ..client import RemoteSimulator

    try:
        return RemoteSimulator(target, token=token, timeout=30.0)
    except ValueError as error:
        raise click.ClickException(f"--target: {error}") from error
