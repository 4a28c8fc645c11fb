"""The command line. The server is imported when it is needed, so that `--help` is instant."""

import gc
import io
import sys
from pathlib import Path
from typing import Any

import click

from simulator import __version__
from simulator.cli_audit import audit, ledger
from simulator.cli_ca import ca
from simulator.cli_certify import certify
from simulator.cli_explain import explain
from simulator.cli_replay import replay
from simulator.cli_scenario import scenario
from simulator.cli_sweep import sweep
from simulator.config import (
    ENVIRONMENT_PREFIX,
    Setting,
    Settings,
    parse_value,
    settings_from,
    settings_in_file,
    settings_table,
    show_value,
)
from simulator.documents import ProblemsFound

__all__ = ["cli", "main"]

PROGRAM = "mobilepay-sim"
BAD_INPUT = 2


def main() -> None:
    """Runs the command line; what goes wrong is said in one line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Into a file or a pipe Windows writes in a code page that lacks most characters.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        _fail(error.format_message())
    except click.Abort:
        sys.exit(130)
    except ProblemsFound as found:
        _fail(str(found))
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> None:
    click.echo(f"{PROGRAM}: {message}", err=True)
    sys.exit(BAD_INPUT)


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
            parsed = parse_value(self._setting, value)
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
def cli() -> None:
    """A simulator of the MobilePay PoS V10 service, for developing and testing tills."""


@cli.command()
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar=f"{ENVIRONMENT_PREFIX}_CONFIG",
    show_envvar=True,
    help="YAML file of settings: each option's name with underscores. Options win over it.",
)
@_options
def serve(config: Path | None, **given: Any) -> None:
    """Start the simulator.

    Every option can also be given as an environment variable, or in the --config file.
    """
    # What a start makes, it keeps: to look for garbage meanwhile would take a fifth of its time.
    gc.disable()
    from simulator.runtime import CannotStart, run

    try:
        run(_settings(config, given))
    except CannotStart as error:
        raise click.ClickException(str(error)) from error


def _settings(config: Path | None, given: dict[str, Any]) -> Settings:
    values = settings_in_file(config) if config else {}
    values.update({name: value for name, value in given.items() if value not in (None, ())})
    for setting in settings_table():
        if setting.is_repeatable and isinstance(values.get(setting.name), tuple):
            parts = " ".join(values[setting.name])
            values[setting.name] = parse_value(setting, parts)
    try:
        return settings_from(values)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


for command in (audit, ca, certify, explain, ledger, replay, scenario, sweep):
    cli.add_command(command)
