"""The command line. The server is imported when it is needed, so that `--help` is instant."""

import gc
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, cast

import click
from click.core import ParameterSource

from .. import __version__
from ..server.signals import end_at_once, exit_code_of, interruptible
from ..settings.documents import ProblemsFound
from ..settings.echoes import without_long
from ..settings.nearest import nearest
from ..settings.settings import ENVIRONMENT_PREFIX, Setting, Settings, settings_table
from ..settings.settings_values import (
    given_value,
    parse_value,
    settings_from,
    settings_in_file,
    show_value,
)
from .audit import audit, ledger
from .ca import ca
from .certify import certify
from .compare import compare
from .explain import explain
from .mcp import mcp
from .options import NamingGroup, PathName
from .printing import echo, output_failure, prepare, without_passwords
from .replay import replay
from .scenario import scenario
from .sweep import sweep

PROGRAM = "mobilepay-sim"
#: The variables of commands and of tests, which are no settings of a server.
OTHER_VARIABLES = {
    f"{ENVIRONMENT_PREFIX}_{name}" for name in ("CONFIG", "URL", "SWEEP", "SWEEP_FOLDER")
}
NOT_KEPT = 1
BAD_INPUT = 2
#: A message says an argument again as it is, unless it is longer; paths may be long.
LONGEST_ARGUMENT = 1000


def main() -> None:
    """Runs the command line; what goes wrong is said in one line."""
    prepare()
    with interruptible():
        try:
            with written_output():
                _run()
        except KeyboardInterrupt as error:
            sys.exit(exit_code_of(error))


def _run() -> None:
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        # click lists the choices of a missing argument on lines of their own.
        _fail(error.format_message().replace("\n\t", " "))
    except click.Abort as error:
        sys.exit(exit_code_of(error.__cause__))
    except ProblemsFound as found:
        _fail(str(found))
    sys.exit(code if isinstance(code, int) else 0)


@contextmanager
def written_output() -> Iterator[None]:
    """Says in one line that standard output could not be written, however a command took it."""
    try:
        yield
        sys.stdout.flush()
    except BaseException:
        if output_failure() is None:
            raise
    if (failure := output_failure()) is not None:
        _say(f"standard output can't be written: {failure}")
        sys.exit(BAD_INPUT)


def _fail(message: str) -> NoReturn:
    end_at_once(BAD_INPUT)
    # Where that is why a command failed, `written_output` says it.
    if output_failure() is None:
        _say(message)
    sys.exit(BAD_INPUT)


def _say(message: str) -> None:
    words = [part for each in sys.argv[1:] for part in (each, *each.split("=", 1))]
    shown = without_long(without_passwords(message), words, LONGEST_ARGUMENT)
    echo(f"{PROGRAM}: {shown}", err=True)


class _Value(click.ParamType[Any]):
    """A setting's value; it is read as it would be in a file."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.name = _metavar(setting)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Returns the value of a text."""
        if not isinstance(value, str):
            return value
        try:
            parsed = given_value(self._setting, value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        # Click gathers the values of a repeatable option itself.
        return value if self._setting.is_repeatable else parsed


def _metavar(setting: Setting) -> str:
    names = {"timedelta": "time", "Path": "path", "int": "n", "float": "n", "Decimal": "amount"}
    word = str(getattr(setting.type, "__name__", setting.type))
    return next((name for part, name in names.items() if part in word), "text")


def _options(command: Any) -> Any:
    for setting in reversed(list(settings_table())):
        shown = show_value(setting.default)
        help = f"{setting.help} [default: {shown}]" if shown and shown != "false" else setting.help
        kind: dict[str, Any] = {
            "envvar": setting.variable,
            "help": help,
            "show_envvar": True,
            "default": None,
        }
        if setting.type is bool:
            flag = f"{setting.flag}/--no-{setting.flag[2:]}"
            command = click.option(flag, setting.name, **kind)(command)
        else:
            command = click.option(
                setting.flag,
                setting.name,
                type=_Value(setting),
                multiple=setting.is_repeatable,
                **kind,
            )(command)
    return command


#: Commands whose modules no start of the server has to wait for: module and name.
_LAZY = {
    "advance": "acting",
    "arrange": "arranging",
    "clock": "acting",
    "customer": "acting",
    "fault": "acting",
    "payments": "looking",
    "queue": "acting",
    "report": "looking",
    "requests": "looking",
    "reset": "acting",
    "runs": "looking",
    "timeline": "looking",
}


class _LazyGroup(NamingGroup):
    """A group that imports some of its commands when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_LAZY])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _LAZY:
            return super().get_command(ctx, cmd_name)
        module = import_module(f".{_LAZY[cmd_name]}", __package__)
        return cast(click.Command, getattr(module, cmd_name))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
def cli() -> None:
    """A simulator of the MobilePay PoS V10 service, for developing and testing tills."""


@cli.command()
@click.option(
    "--config",
    type=PathName(exists=True, dir_okay=False),
    envvar=f"{ENVIRONMENT_PREFIX}_CONFIG",
    show_envvar=True,
    help="YAML file of settings: each option's name with underscores. Options override it.",
)
@_options
def serve(config: Path | None, **given: Any) -> None:
    """Start the simulator.

    Every option can also be given as an environment variable, or in the --config file.

    Exits with 0 after Ctrl-C, SIGTERM or SIGHUP, also during start-up; with 1 if the data dir could
    not be written in the end; with 2 if it can't start.
    """
    # What a start makes, it keeps: to look for garbage meanwhile would take a fifth of its time.
    gc.disable()
    from ..server.runtime import CannotStart, run

    for hint in _hints_on_variables():
        _say(hint)
    try:
        is_kept = run(_settings(config, given))
    except (CannotStart, ProblemsFound, click.ClickException) as error:
        message = str(error)
        raise click.ClickException(message + _variables_behind(message)) from error
    if not is_kept:
        sys.exit(NOT_KEPT)


def _settings(config: Path | None, given: dict[str, Any]) -> Settings:
    values = settings_in_file(config) if config else {}
    chosen = {name: value for name, value in given.items() if value not in (None, ())}
    if not {**values, **chosen}.get("tls") and _is_variable("tls_dir"):
        # `ca` has the same variable, so it may be set where no server speaks HTTPS.
        chosen.pop("tls_dir", None)
        click.get_current_context().set_parameter_source("tls_dir", ParameterSource.DEFAULT)
    values.update(chosen)
    for setting in settings_table():
        if setting.is_repeatable and isinstance(values.get(setting.name), tuple):
            parts = " ".join(values[setting.name])
            values[setting.name] = parse_value(setting, parts)
    try:
        return settings_from(values)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _is_variable(name: str) -> bool:
    """Whether the environment gives a setting."""
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.ENVIRONMENT


def _hints_on_variables() -> Iterator[str]:
    """Yields what is wrong with variables whose names begin as those of settings do."""
    known = {each.variable for each in settings_table()} | OTHER_VARIABLES
    for name in sorted(os.environ):
        if name.startswith(f"{ENVIRONMENT_PREFIX}_") and name not in known:
            hint = nearest(name, known)
            yield f"no setting has the variable {name}, so it changes nothing; {hint}"


def _variables_behind(message: str) -> str:
    """Returns which variables of the environment set what a message is about, or nothing.

    Whoever has set them long ago, or never knew of them, has given no such option.
    """
    names = []
    for setting in settings_table():
        if not _is_variable(setting.name):
            continue
        is_named = re.search(rf"(?<![\w-]){setting.flag}(?![\w-])", message)
        # Messages about files name the file alone.
        is_file = setting.is_path and os.environ[setting.variable] in message
        if is_named or is_file:
            names.append(setting.variable)
    return f" (set by the variable {', '.join(names)})" if names else ""


for command in (audit, ca, certify, compare, explain, ledger, mcp, replay, scenario, sweep):
    cli.add_command(command)
